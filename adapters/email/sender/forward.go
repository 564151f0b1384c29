package sender

import "usher/gateway/contact"

// Inner is who wrote the mail that an agent forwarded: the From of an attached message, or of the header block in the text.
type Inner struct {
	Name string
	Addr string
}

// Forwarded is the contact of a mail that an agent forwarded to the mailbox: who wrote the mail inside, recorded by the agent. It is false unless the outer From is a known agent:
// from anybody else it would write onto a stranger's profile. That the agent wrote it is for the caller to prove.
func Forwarded(m Mail, p Policy, inner Inner) (Contact, bool) {
	agent := KeyOf(m.from().Addr)
	if len(m.From) != 1 || !p.isAgent(agent.Addr) {
		return Contact{}, false
	}
	key := KeyOf(inner.Addr)
	if key.Key == "" || p.isOwn(inner.Addr) || p.isAgent(inner.Addr) {
		return Contact{}, false
	}
	c := Contact{Key: key, Source: InForward, Provenance: contact.FromAgent, Assurance: contact.None, RecordedBy: agent.Key}
	c.named(Address(inner))
	return c, true
}
