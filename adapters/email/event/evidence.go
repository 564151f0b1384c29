package event

import (
	"slices"
	"strings"

	"usher/adapters/email/reply"
	"usher/adapters/email/sender"
	"usher/gateway/contact"
	"usher/matching/normal"
)

// maxEvidence bounds what one mail says about its sender.
const maxEvidence = 64

// evidence is what the sender's own words, signature and cards say about the sender. What others wrote (quotes, forwarded mails) and what is ours say nothing; nor does a mail that an agent forwarded: its own words are the agent's.
func (m mail) evidence() []contact.Evidence {
	switch {
	case m.class != contact.Human && m.class != contact.RoleBox && m.class != contact.Relay, m.who.Source == sender.InForward:
		return nil
	}
	c := evidence{mail: m}
	at := counter{text: m.parts.Whole()}
	for _, e := range reply.Signature(m.parts, nil) {
		c.add(e.Kind, e.Value, contact.Place{Part: string(kinds[e.Part]), Span: []int{at.runes(e.Start), at.runes(e.End)}})
	}
	for _, card := range m.message.VCards {
		c.card(card)
	}
	c.calendar(m.message.Calendar)
	return c.found
}

// evidence gathers values, each once.
type evidence struct {
	mail  mail
	found []contact.Evidence
}

// words are the kinds of evidence by the names of contact points, so that a number in a signature and a caller's are the same kind of thing.
var words = map[string]string{reply.Phone: string(contact.Tel), reply.Email: string(contact.Mailto)}

func (c *evidence) add(kind, value string, at contact.Place) {
	value, ok := c.normal(kind, value)
	if word := words[kind]; word != "" {
		kind = word
	}
	known := func(e contact.Evidence) bool { return e.Kind == kind && e.Left == value }
	if !ok || value == "" || len(c.found) == maxEvidence || slices.ContainsFunc(c.found, known) {
		return
	}
	c.found = append(c.found, contact.Evidence{Kind: kind, Left: value, Provenance: contact.Extracted, Source: &at})
}

// normal is a value in its normal form. It is false for one that is ours, or the address the mail came from, or no value at all.
func (c *evidence) normal(kind, value string) (string, bool) {
	switch kind {
	case reply.Phone, reply.Fax:
		number, ok := normal.Phone(value, c.mail.Region)
		return number, ok && !slices.Contains(c.mail.Own.Numbers, number)
	case reply.Email:
		key := sender.KeyOf(value)
		return key.Key, key.Key != "" && key.Key != c.mail.who.Key.Key && !c.mail.Policy.Ours(value)
	case reply.Link:
		return value, !c.ourLink(value)
	}
	return strings.TrimSpace(value), true
}

// ourLink reports whether a link leads to one of our own sites.
func (c *evidence) ourLink(link string) bool {
	_, rest, found := strings.Cut(link, "://")
	if !found {
		rest = link
	}
	host, _, _ := strings.Cut(rest, "/")
	return c.mail.Policy.OurDomain(strings.TrimPrefix(strings.ToLower(host), "www."))
}
