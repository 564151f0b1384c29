package sender

import (
	"cmp"
	"strings"

	"usher/gateway/contact"
	"usher/matching/normal"
)

// Source says where in a mail an address stands.
type Source string

// The sources.
const (
	InFrom           Source = "from"
	InReplyTo        Source = "reply_to"
	InOriginalFrom   Source = "x_original_from"
	InOriginalSender Source = "x_original_sender"
	InForward        Source = "forward"
	InBody           Source = "body" // a form's text
)

// Contact is who wrote a mail.
type Contact struct {
	Key
	Name       string
	Via        string // what the name says it came by
	Source     Source
	Provenance contact.Provenance
	Scope      string            // of a claimed address: the relay that claims it
	Assurance  contact.Assurance // none, until [Assurance] says more of the From address
	OnBehalf   Address           // Sender, where it is another than From
	RecordedBy string            // the key of the agent who forwarded the mail
	Spoofs     bool              // the name showed another address or domain, and was dropped
	Several    bool              // From names more than one; the first counts, and nothing is sure
}

// Identifies reports whether the contact has an address at all.
func (c Contact) Identifies() bool { return c.Key.Key != "" }

// Choose picks the one contact of a mail by the mailbox's policy. Addresses that a relay or a list names are its claims and hold in its scope only.
func Choose(m Mail, p Policy) Contact {
	if s, ok := stands(m, p); ok {
		return s.contact(m)
	}
	if p.Choice == ByReplyTo {
		if a, ok := single(m.ReplyTo); ok && !p.isOwn(a.Addr) && KeyOf(a.Addr).Key != KeyOf(m.from().Addr).Key {
			return stand{person: a, source: InReplyTo, scope: cmp.Or(KeyOf(m.from().Addr).Key, "reply_to")}.contact(m)
		}
	}
	return fromContact(m)
}

func fromContact(m Mail) Contact {
	a := m.from()
	c := Contact{Key: KeyOf(a.Addr), Source: InFrom, Provenance: contact.FromChannel, Assurance: contact.None, Several: len(m.From) > 1}
	c.named(a)
	if len(m.Sender) > 0 && KeyOf(m.Sender[0].Addr).Key != c.Key.Key {
		c.OnBehalf = m.Sender[0]
	}
	return c
}

// named takes the name of an address.
func (c *Contact) named(a Address) {
	n := Clean(a.Name, a.Addr)
	c.Name, c.Via, c.Spoofs = n.Text, n.Via, n.Spoofs
}

// stand is a person for whom the address in From only stands.
type stand struct {
	person Address
	source Source
	scope  string
	kind   Kind
	known  bool // the stand-in is registered or our own
}

func (s stand) contact(m Mail) Contact {
	c := Contact{Key: KeyOf(s.person.Addr), Source: s.source, Provenance: contact.Claimed, Scope: s.scope, Assurance: contact.None, Several: len(m.From) > 1, OnBehalf: m.from()}
	c.named(s.person)
	if via := Clean(m.from().Name, m.from().Addr); via.Via != "" && c.Name == "" && !c.Spoofs {
		c.Name = via.Text // a list keeps the name in the From that it rewrote
	}
	return c
}

// stands finds the person behind a From that is a registered relay, our own form or group, a list that rewrote it, or an address that nobody reads.
func stands(m Mail, p Policy) (stand, bool) {
	from := m.from()
	key := KeyOf(from.Addr)
	if p.Choice == ByFrom || key.Key == "" {
		return stand{}, false
	}
	if scope, registered := p.relay(from.Addr); registered {
		s, _ := behind(m, p, stand{scope: scope, kind: Form, known: true})
		return s, true // nobody named: the text may say who it is
	}
	switch ours, rewritten := p.isOwn(from.Addr), isRewritten(m); {
	case ours && rewritten:
		return behind(m, p, stand{scope: key.Key, kind: Group, known: true})
	case rewritten && isListed(m.Headers):
		return behind(m, p, stand{scope: key.Key, kind: MailingList})
	case ours && !listed(p.Agents, key.Key):
		return behind(m, p, stand{scope: key.Key, kind: Form, known: true})
	case rewritten:
		return behind(m, p, stand{scope: key.Key, kind: Form})
	}
	s, ok := behind(m, p, stand{scope: key.Key, kind: Form})
	return s, ok && isUnread(from.Addr) && !sameOrganisation(KeyOf(s.person.Addr).Domain(), key.Domain())
}

// behind fills in the person: the original sender that a list keeps, else the only outside address of Reply-To.
func behind(m Mail, p Policy, s stand) (stand, bool) {
	for _, original := range []Source{InOriginalFrom, InOriginalSender} {
		if a, ok := original.address(m.Headers); ok && !p.isOwn(a.Addr) && s.kind != Form {
			s.person, s.source = a, original
			return s, true
		}
	}
	a, ok := single(outside(m.ReplyTo, p))
	if !ok || KeyOf(a.Addr).Key == KeyOf(m.from().Addr).Key {
		return s, false
	}
	s.person, s.source = a, InReplyTo
	return s, true
}

// address reads the one address of a field that a list wrote: "Ann <ann@example.com>", or the address alone.
func (s Source) address(h Headers) (Address, bool) {
	value := h.Value(strings.ReplaceAll(string(s), "_", "-"))
	name, addr, bracketed := strings.Cut(strings.TrimSuffix(value, ">"), "<")
	if !bracketed {
		name, addr = "", value
	}
	return Address{Name: strings.TrimSpace(name), Addr: addr}, KeyOf(addr).Key != ""
}

// outside are the addresses that are not our own.
func outside(all []Address, p Policy) []Address {
	var others []Address
	for _, a := range all {
		if !p.isOwn(a.Addr) {
			others = append(others, a)
		}
	}
	return others
}

// single is the only address of a list, which may name it twice.
func single(all []Address) (Address, bool) {
	if len(all) == 0 {
		return Address{}, false
	}
	key := KeyOf(all[0].Addr).Key
	for _, a := range all[1:] {
		if KeyOf(a.Addr).Key != key {
			return Address{}, false
		}
	}
	return all[0], key != ""
}

// isRewritten reports whether a list put its own address into From, as it must under DMARC: the name says "via", or the address is the list's.
func isRewritten(m Mail) bool {
	from := KeyOf(m.from().Addr)
	isList := m.Headers.Value("List-Id") != "" || m.Headers.Value("List-Post") != ""
	if viaIn(m.from().Name) != "" && (isList || len(m.ReplyTo) > 0 || m.Headers.Has("X-Original-From") || m.Headers.Has("X-Original-Sender")) {
		return true
	}
	post := KeyOf(strings.Trim(m.Headers.Value("List-Post"), "<> "))
	return isList && (post.Key != "" && post.Key == from.Key || m.Headers.Has("X-Original-From"))
}

// viaIn is what a From's name says the mail came by.
func viaIn(name string) string {
	_, via := withoutVia(strings.Join(strings.Fields(strings.Map(visible, name[:min(len(name), maxName)])), " "))
	return via
}

// isUnread reports whether nobody reads an address.
func isUnread(addr string) bool {
	local := localOf(addr)
	return normal.AutomaticMailbox(local) || isNoReply(local)
}
