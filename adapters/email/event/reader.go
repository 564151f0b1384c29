// Package event reads stored mails into canonical events: who wrote, what, when, in which conversation, and what the words and cards in it say about the sender. It is pure.
package event

import (
	"cmp"

	"usher/adapters"
	"usher/adapters/email/message"
	"usher/adapters/email/reply"
	"usher/adapters/email/sender"
	"usher/gateway/contact"
)

// The header fields of a delivery by which the poller says what the mail itself does not.
const (
	FolderHeader = "Usher-Folder"
	SizeHeader   = "Usher-Size" // of the whole mail, where only its beginning was fetched
	JunkHeader   = "Usher-Junk" // keyword or folder: the server, or somebody, called it junk
)

// Reader reads the mails of one mailbox.
type Reader struct {
	Policy      sender.Policy
	AuthservIDs []string // whose Authentication-Results and spam verdicts count
	KeepSpam    bool     // record what our servers call spam like other mails
	Region      string   // ISO 3166-1 alpha-2, for numbers in signatures
	Own         adapters.Own
}

// Read reads a mail: one event, or one for each recipient of a bounce. Damage is no error; it fails only when the body cannot be read.
func (r Reader) Read(d contact.Delivery, body contact.Body) ([]contact.Inbound, error) {
	m, err := message.Parse(body, body.Size())
	if err != nil {
		return nil, err
	}
	mail := r.understand(d, m)
	switch mail.kind {
	case sender.DeliveryReport:
		return mail.bounces(), nil
	case sender.Receipt:
		return []contact.Inbound{mail.receipt()}, nil
	case sender.Complaint:
		return []contact.Inbound{mail.complaint()}, nil
	}
	return []contact.Inbound{mail.event()}, nil
}

// mail is a mail that has been understood.
type mail struct {
	Reader
	delivery contact.Delivery
	message  *message.Message
	class    contact.Class
	kind     sender.Kind
	who      sender.Contact
	auth     sender.Authentication
	parts    reply.Parts
}

func (r Reader) understand(d contact.Delivery, parsed *message.Message) mail {
	m := mail{Reader: r, delivery: d, message: parsed}
	head := headOf(parsed)
	m.class, m.kind = sender.Class(head, r.Policy)
	m.who = sender.Choose(head, r.Policy)
	m.parts = reply.Split(parsed.Text, m.who.Name)
	m.auth = sender.Assurance(head.Headers, head.From, r.AuthservIDs)
	switch {
	case m.kind == sender.Agent && m.auth.Assurance == contact.Fail: // our own server disowns it
		m.class, m.kind = contact.Human, ""
	case m.kind == sender.Agent:
		m.forwarded(head)
	case m.class == contact.Relay && !m.who.Identifies():
		m.who = m.person()
	}
	if !r.KeepSpam && m.class != contact.Own && m.class != contact.Bounce && m.junk(head) {
		m.class = contact.Spam
	}
	return m
}

// headOf is what of a mail says who wrote it.
func headOf(m *message.Message) sender.Mail {
	return sender.Mail{
		Headers: sender.Headers(m.Headers), From: addresses(m.From), Sender: addresses(m.Sender), ReplyTo: addresses(m.ReplyTo),
		Subject: m.Subject, ContentType: m.Headers.Value("Content-Type"),
	}
}

func addresses(all []message.Address) []sender.Address {
	out := make([]sender.Address, len(all))
	for i, a := range all {
		out[i] = sender.Address(a)
	}
	return out
}

func (m mail) junk(head sender.Mail) bool {
	return valueOf(m.delivery.Header, JunkHeader) != "" || sender.Spam(head.Headers, m.AuthservIDs)
}

func valueOf(pairs []contact.Pair, name string) string {
	for _, p := range pairs {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// forwarded makes the contact of a mail that an agent forwarded to us whoever wrote the mail inside: of one attached, else of the header block in the text. A mail that goes to others too is our own correspondence.
func (m *mail) forwarded(head sender.Mail) {
	for _, a := range append(m.message.To, m.message.Cc...) {
		if !m.Policy.Ours(a.Addr) {
			return
		}
	}
	inner, ok := m.inner()
	if !ok {
		return
	}
	if who, ok := sender.Forwarded(head, m.Policy, inner, m.auth.Assurance); ok {
		m.class, m.who, m.auth = contact.Human, who, sender.Authentication{}
	}
}

func (m *mail) inner() (sender.Inner, bool) {
	for _, r := range m.message.Reports {
		if r.Type != "message/rfc822" || len(r.Groups) == 0 {
			continue
		}
		if from := message.ParseAddresses(r.Groups[0].Value("From")); len(from) > 0 {
			return sender.Inner(from[0]), true
		}
	}
	if m.parts.Text(reply.Forward) == "" && !sender.Forwards(m.message.Subject) { // Outlook captions what is forwarded like what is answered
		return sender.Inner{}, false
	}
	h, ok := reply.Forwarded(m.message.Text)
	return sender.Inner{Name: h.Name, Addr: h.Addr}, ok
}

// assurance is how sure our server is of the contact's address: only that in From was looked at.
func (m mail) assurance() contact.Assurance {
	if m.who.Source != sender.InFrom || m.who.Several {
		return contact.None
	}
	return cmp.Or(m.auth.Assurance, contact.None)
}

// size is the size of the whole mail if only its beginning is here.
func (m mail) cut() bool { return valueOf(m.delivery.Header, SizeHeader) != "" }
