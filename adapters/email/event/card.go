package event

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"

	"github.com/emersion/go-vcard"

	"usher/adapters/email/reply"
	"usher/gateway/contact"
)

// Bounds of what is read of cards and invitations.
const (
	maxCards    = 5         // in one file
	maxCard     = 256 << 10 // bytes of a file: cards hold pictures
	maxValues   = 20        // of one field
	maxCalendar = 256 << 10 // bytes
)

// card takes what a vCard (RFC 6350) says. It may be the sender's or a friend's: it speaks, and attaches nothing.
func (c *evidence) card(text []byte) {
	decoder := vcard.NewDecoder(bytes.NewReader(text[:min(len(text), maxCard)]))
	for range maxCards {
		card, err := decoder.Decode()
		if err != nil && !errors.Is(err, io.EOF) || card == nil { // a damaged card says what stands before the damage, which is nothing
			return
		}
		at := contact.Place{Part: "vcard"}
		for _, field := range []struct{ name, kind string }{{vcard.FieldTelephone, reply.Phone}, {vcard.FieldEmail, reply.Email}, {vcard.FieldFormattedName, "name"}, {vcard.FieldTitle, reply.Title}, {vcard.FieldURL, reply.Link}} {
			for _, value := range few(card.Values(field.name)) {
				c.add(field.kind, strings.TrimPrefix(value, "tel:"), at)
			}
		}
		for _, org := range few(card.Values(vcard.FieldOrganization)) {
			name, _, _ := strings.Cut(org, ";")
			c.add(reply.Company, name, at)
		}
	}
}

func few(values []string) []string { return values[:min(len(values), maxValues)] }

// calendar takes the organizer and the attendees of an invitation (RFC 5545, sections 3.8.4.1 and 3.8.4.3). It looks for these two properties alone, line by line: a library that builds the tree took 15 s for 200 KB of nested events.
func (c *evidence) calendar(text []byte) {
	at := contact.Place{Part: "calendar"}
	unfolded := folding.Replace(string(text[:min(len(text), maxCalendar)]))
	for line := range strings.Lines(unfolded) {
		if found := invited.FindStringSubmatch(strings.TrimSpace(line)); found != nil {
			c.add(reply.Email, found[1], at)
		}
	}
}

var (
	folding = strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\n ", "", "\n\t", "") // RFC 5545, section 3.1
	invited = regexp.MustCompile(`(?i)^(?:ORGANIZER|ATTENDEE)(?:;[^\n]*)?:mailto:([^\s"]{3,254})$`)
)
