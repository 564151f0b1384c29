package event

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"usher/adapters/email/message"
	"usher/adapters/email/sender"
	"usher/gateway/contact"
)

// event is the event of an ordinary mail.
func (m mail) event() contact.Inbound {
	in := m.envelope(contact.MessageReceived)
	in.Data.Class, in.Data.Direction = m.class, contact.FromCustomer
	in.Data.From = m.from()
	in.Data.To, in.Data.CC = m.parties(m.message.To), m.parties(m.message.Cc)
	switch {
	case m.class == contact.Own && m.proven():
		in.Data.Direction, in.Data.From.Role = contact.FromUs, contact.Agent
		in.Data.To, in.Data.CC = m.outward()
	case len(in.Data.From.Identifiers) == 0 && (m.class != contact.Relay || in.Data.From.DisplayName == ""):
		in.Data.From.Withheld, in.Data.From.WithheldReason = true, "unknown"
		in.Data.Class = contact.Withheld
		if m.sentBy().Addr == "" {
			in.Data.Parse = failed
		}
	}
	in.Data.Content = m.content()
	in.Data.Evidence = m.evidence()
	if in.Data.Direction == contact.FromCustomer {
		in.Data.Consent = unsubscribes(m.message.Subject)
	}
	return in
}

// unsubscribes is the consent of a mail that a reader's program sends to the address of List-Unsubscribe (RFC 2369): its subject is that word, with a token of ours at most.
func unsubscribes(subject string) *contact.Consent {
	words := strings.FieldsFunc(subject, func(r rune) bool { return unicode.IsSpace(r) || r == ':' || r == '=' })
	if len(words) == 0 || len(words) > 2 || !strings.EqualFold(words[0], "unsubscribe") {
		return nil
	}
	return &contact.Consent{Action: contact.OptOut, Scope: "marketing", Keyword: "UNSUBSCRIBE", Source: "keyword"}
}

// envelope is what all events of a mail have.
func (m mail) envelope(kind contact.Type) contact.Inbound {
	root := m.thread()
	in := contact.Inbound{Type: kind, Subject: root}
	key := m.contentKey()
	in.Data = contact.Data{
		Interaction: key, InteractionScope: string(contact.Email), Channel: contact.Email,
		Dedupe:       contact.Dedupe{Key: key, ProviderEventID: m.message.MessageID},
		Provider:     contact.Provider{Name: "imap", Channel: contact.Email, EventType: string(m.kind)},
		Times:        m.times(),
		Conversation: &contact.Conversation{ID: root, Kind: "direct", Subject: m.message.Subject, References: m.message.References},
		Extensions:   m.extensions(),
	}
	if len(m.message.InReplyTo) > 0 {
		in.Data.Conversation.InReplyTo = m.message.InReplyTo[0]
	}
	in.Data.Parse, in.Data.Warnings = m.damage()
	in.Time = in.Data.Times.OccurredAt
	return in
}

// thread is the id of the mail that began the conversation, as far as this mail knows. It groups for reading; it attaches nobody to anything, so that a stranger who quotes an id gains nothing.
func (m mail) thread() string {
	return cmp.Or(first(m.message.References), first(m.message.InReplyTo), m.message.MessageID)
}

func first(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

// contentKey is the natural key of the mail's interaction: the same for copies in two folders or mailboxes and after the server has numbered a folder anew. A Message-ID alone would not do, because some senders use one again and anybody can use one first; nor would the bytes, which servers render anew.
func (m mail) contentKey() string {
	h := m.message.Headers
	parts := []string{"v1", m.message.MessageID, h.Value("Date"), sender.KeyOf(m.sentBy().Addr).Key, m.message.Digest}
	if m.message.MessageID == "" {
		parts = append(parts, h.Value("Subject"), h.Value("To"), h.Value("Received"))
	}
	if m.message.MessageID == "" && h.Value("Date") == "" && parts[3] == "" { // a stub: only all of it tells it apart
		for _, field := range h {
			parts = append(parts, field.Name, field.Value)
		}
	}
	sum := sha256.New()
	_, _ = io.WriteString(sum, strings.Join(parts, "\x00")) // a hash's Write cannot fail
	return "mail:" + hex.EncodeToString(sum.Sum(nil))
}

// sentBy is the first address of From.
func (m mail) sentBy() message.Address {
	if len(m.message.From) == 0 {
		return message.Address{}
	}
	return m.message.From[0]
}

// tolerance is how far a sender's clock may be from ours before ours counts.
const tolerance = 24 * time.Hour

// times takes the sender's date, unless it is far from when our server received the mail, or in the future.
func (m mail) times() contact.Times {
	received := m.delivery.ReceivedAt
	hop := m.message.Headers.Value("Received")
	if i := strings.LastIndexByte(hop, ';'); i >= 0 {
		if at, ok := message.ParseDate(hop[i+1:]); ok && !at.After(received.Add(tolerance)) {
			received = at
		}
	}
	date := m.message.Date
	if date.IsZero() || date.After(received) && date.Sub(received) > time.Hour || received.Sub(date) > tolerance {
		return contact.Times{OccurredAt: contact.Instant(received), OccurredAtSource: "received"}
	}
	return contact.Times{OccurredAt: contact.Instant(date), OccurredAtSource: "provider"}
}

// from is who wrote.
func (m mail) from() contact.Party {
	p := contact.Party{Role: contact.Customer, DisplayName: m.who.Name, Language: m.language()}
	if m.who.Identifies() {
		p.Identifiers = []contact.Identifier{{
			Scheme: contact.Mailto, Value: m.who.Key.Key, Raw: m.who.Addr, Provenance: m.who.Provenance, Assurance: m.assurance(), Primary: true,
		}}
	}
	return p
}

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}`)

// language is what the sender's program says of the language it is used in. RFC 3282.
func (m mail) language() string {
	h := m.message.Headers
	return languageTag.FindString(strings.TrimSpace(cmp.Or(h.Value("Content-Language"), h.Value("Accept-Language"))))
}

// parties are the recipients.
func (m mail) parties(all []message.Address) []contact.Party {
	var parties []contact.Party
	for _, a := range all {
		key := sender.KeyOf(a.Addr)
		if key.Key == "" {
			continue
		}
		p := contact.Party{DisplayName: sender.Clean(a.Name, a.Addr).Text, Identifiers: []contact.Identifier{{Scheme: contact.Mailto, Value: key.Key, Raw: a.Addr}}}
		if m.Policy.Ours(a.Addr) {
			p.Role = contact.Business
		}
		parties = append(parties, p)
	}
	return parties
}

// outward are the recipients of our own mail: those outside first, because it is about them.
func (m mail) outward() (to, cc []contact.Party) {
	all := append(m.parties(m.message.To), m.parties(m.message.Cc)...)
	i := slices.IndexFunc(all, func(p contact.Party) bool { return p.Role == contact.Business })
	for _, p := range all {
		if i >= 0 && p.Role == contact.Business {
			cc = append(cc, p)
		} else {
			to = append(to, p)
		}
	}
	return to, cc
}

// How much of a mail could be read.
const (
	damaged = "damaged"
	failed  = "failed" // hardly anything
)

// damage says what was wrong with the mail.
func (m mail) damage() (parse string, warnings []string) {
	for _, w := range m.message.Warnings {
		warnings = append(warnings, string(w))
		switch w {
		case message.NoHeader:
			parse = failed
		case message.UnknownCharset, message.WrongCharset, message.NoDate, message.TextTooLong, message.TooManyEntries:
		default:
			parse = cmp.Or(parse, damaged)
		}
	}
	for _, c := range []struct {
		is   bool
		code string
	}{{m.who.Spoofs, "display_name_spoof"}, {m.who.Several, "several_senders"}, {m.cut(), "cut_off"}} {
		if c.is {
			warnings = append(warnings, c.code)
		}
	}
	return parse, warnings
}

// extensions are what has no place elsewhere.
func (m mail) extensions() []contact.Pair {
	var pairs []contact.Pair
	for _, p := range []contact.Pair{
		{Name: "message_id", Value: m.message.MessageID},
		{Name: "folder", Value: valueOf(m.delivery.Header, FolderHeader)},
		{Name: "size", Value: valueOf(m.delivery.Header, SizeHeader)},
		{Name: "via", Value: m.who.Via},
		{Name: "on_behalf", Value: m.who.OnBehalf.Addr},
		{Name: "recorded_by", Value: m.who.RecordedBy},
		{Name: "relay", Value: m.who.Scope},
		{Name: "list_id", Value: m.message.Headers.Value("List-Id")},
		{Name: "auth.server", Value: m.auth.AuthservID},
		{Name: "auth.dmarc", Value: m.auth.DMARC},
		{Name: "auth.dkim", Value: m.auth.DKIM},
		{Name: "auth.spf", Value: m.auth.SPF},
		{Name: "auth.arc", Value: m.auth.ARC},
	} {
		if p.Value != "" {
			pairs = append(pairs, p)
		}
	}
	return pairs
}
