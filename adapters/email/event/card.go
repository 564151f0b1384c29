package event

import (
	"bytes"
	"errors"
	"io"
	"strings"

	ical "github.com/arran4/golang-ical"
	"github.com/emersion/go-vcard"

	"usher/adapters/email/reply"
	"usher/gateway/contact"
)

// Bounds of what is read of cards and invitations.
const (
	maxCards     = 5 // in one file
	maxAttendees = 50
	maxCalendar  = 256 << 10 // bytes
)

// card takes what a vCard (RFC 6350) says. It may be the sender's or a friend's: it speaks, and attaches nothing.
func (c *evidence) card(text []byte) {
	decoder := vcard.NewDecoder(bytes.NewReader(text))
	for range maxCards {
		card, err := decoder.Decode()
		if err != nil && !errors.Is(err, io.EOF) || card == nil { // a damaged card says what stands before the damage, which is nothing
			return
		}
		at := contact.Place{Part: "vcard"}
		for _, field := range []struct{ name, kind string }{{vcard.FieldTelephone, reply.Phone}, {vcard.FieldEmail, reply.Email}, {vcard.FieldFormattedName, "name"}, {vcard.FieldTitle, reply.Title}, {vcard.FieldURL, reply.Link}} {
			for _, value := range card.Values(field.name) {
				c.add(field.kind, strings.TrimPrefix(value, "tel:"), at)
			}
		}
		for _, org := range card.Values(vcard.FieldOrganization) {
			name, _, _ := strings.Cut(org, ";")
			c.add(reply.Company, name, at)
		}
	}
}

// calendar takes the organizer and the attendees of an invitation (RFC 5545).
func (c *evidence) calendar(text []byte) {
	if len(text) == 0 || len(text) > maxCalendar {
		return
	}
	calendar, err := ical.ParseCalendar(bytes.NewReader(text))
	if err != nil {
		return
	}
	at := contact.Place{Part: "calendar"}
	for _, event := range calendar.Events() {
		if organizer := event.GetProperty(ical.ComponentPropertyOrganizer); organizer != nil {
			c.invited(organizer.Value, at)
		}
		for i, attendee := range event.Attendees() {
			if i == maxAttendees {
				break
			}
			c.invited(attendee.Value, at)
		}
	}
}

func (c *evidence) invited(address string, at contact.Place) {
	if rest, ok := strings.CutPrefix(strings.ToLower(address), "mailto:"); ok {
		c.add(reply.Email, rest, at)
	}
}
