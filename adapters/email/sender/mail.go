package sender

import (
	"mime"
	"strings"

	"usher/gateway/contact"
)

// Headers are a mail's header fields, decoded and unfolded, in the order of the mail: the topmost was added last.
type Headers []contact.Pair

// Value is the topmost field of a name, in any case, or "".
func (h Headers) Value(name string) string {
	for _, p := range h {
		if strings.EqualFold(p.Name, name) {
			return strings.TrimSpace(p.Value)
		}
	}
	return ""
}

// Values are all fields of a name, topmost first.
func (h Headers) Values(name string) []string {
	var all []string
	for _, p := range h {
		if strings.EqualFold(p.Name, name) {
			all = append(all, strings.TrimSpace(p.Value))
		}
	}
	return all
}

// Has reports whether there is a field of a name, even an empty one.
func (h Headers) Has(name string) bool {
	for _, p := range h {
		if strings.EqualFold(p.Name, name) {
			return true
		}
	}
	return false
}

// Address is a mailbox as it was parsed: the name decoded, the address as received.
type Address struct {
	Name string
	Addr string
}

// Mail is what of a mail says who wrote it.
type Mail struct {
	Headers     Headers
	From        []Address
	Sender      []Address
	ReplyTo     []Address
	Subject     string
	ContentType string // of the whole mail, with its parameters
}

// from is the first address of From: a second one has no say.
func (m Mail) from() Address {
	if len(m.From) == 0 {
		return Address{}
	}
	return m.From[0]
}

// media is the mail's content type and the value of one of its parameters, both in lower case.
func (m Mail) media(param string) (kind, value string) {
	kind, params, err := mime.ParseMediaType(m.ContentType)
	if err != nil && kind == "" {
		kind, _, _ = strings.Cut(m.ContentType, ";")
	}
	return strings.ToLower(strings.TrimSpace(kind)), strings.ToLower(params[param])
}

// Choice is a mailbox's way to choose the contact.
type Choice string

// The choices.
const (
	ByFrom    Choice = "from"
	ByReplyTo Choice = "reply_to"
	Auto      Choice = "auto" // From, but for mails that something rewrote or sent for a person; the default
)

// Policy is what a mailbox knows of itself and of those who write to it.
type Policy struct {
	Choice       Choice
	OwnAddresses []string // the mailbox, its aliases and groups, as addresses
	OwnDomains   []string // whoever writes from one of them is ours
	Agents       []string // addresses of agents, wherever they are
	Relays       []Relay
}

// Relay is a registered sender that writes for people: a form, a shop, a marketplace. What it claims about them holds within its scope only.
type Relay struct {
	From string // an address, or "@domain"
}

// isOwn reports whether an address is the mailbox's own or one of its domains'.
func (p Policy) isOwn(addr string) bool {
	key := KeyOf(addr)
	return key.Key != "" && (listed(p.OwnAddresses, key.Key) || inDomains(p.OwnDomains, key.Domain()))
}

// Ours reports whether an address is the workspace's own: the mailbox, one of its domains', an agent's.
func (p Policy) Ours(addr string) bool { return p.isOwn(addr) || p.isAgent(addr) }

// OurDomain reports whether a domain is one of the workspace's own.
func (p Policy) OurDomain(domain string) bool { return inDomains(p.OwnDomains, domain) }

// isAgent reports whether an address is a known agent's.
func (p Policy) isAgent(addr string) bool {
	key := KeyOf(addr)
	return key.Key != "" && (listed(p.Agents, key.Key) || inDomains(p.OwnDomains, key.Domain())) && !listed(p.OwnAddresses, key.Key)
}

// relay is the registered relay that an address belongs to. An address is stronger than a domain.
func (p Policy) relay(addr string) (scope string, ok bool) {
	key := KeyOf(addr)
	if key.Key == "" {
		return "", false
	}
	for _, r := range p.Relays {
		if KeyOf(r.From).Key == key.Key {
			return key.Key, true
		}
	}
	for _, r := range p.Relays {
		if domain, isDomain := strings.CutPrefix(r.From, "@"); isDomain && sameDomain(domain, key.Domain()) {
			return strings.ToLower(domain), true
		}
	}
	return "", false
}

func listed(addresses []string, key string) bool {
	for _, a := range addresses {
		if KeyOf(a).Key == key {
			return true
		}
	}
	return false
}

func inDomains(domains []string, domain string) bool {
	for _, d := range domains {
		if sameDomain(strings.TrimPrefix(d, "@"), domain) {
			return true
		}
	}
	return false
}
