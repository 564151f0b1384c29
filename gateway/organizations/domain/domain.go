// Package domain says which mail domains can stand for an organization, and to which of them an address belongs. It reads two lists and the public suffix list, and nothing else.
package domain

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"usher/gateway/contact"
)

// Limits of a domain: of its text as it is sent, and of its ASCII form (RFC 1035 section 2.3.4), in bytes; and of its chain.
const (
	maxRaw   = 512
	maxName  = 253
	maxLabel = 63
	maxChain = 10
)

// Parse brings a domain to the form in which it is registered: ASCII (RFC 5891), lower case, no dot behind it. A domain that cannot be one organization's is refused: Invalid, with a code that says why.
func Parse(raw string) (string, error) {
	name, ok := normalForm(raw)
	if !ok {
		return "", refused("domain_invalid", "this is no domain")
	}
	if Registrable(name) == "" {
		return "", refused("domain_is_public_suffix", "anybody can have a domain below this one")
	}
	if strings.Count(name, ".")-strings.Count(Registrable(name), ".") >= maxChain {
		return "", refused("domain_invalid", "the domain has too many labels")
	}
	if code := Open(name); code != "" {
		return "", refused(code, "anybody can have an address at this domain")
	}
	return name, nil
}

func refused(code, message string) error {
	return contact.NewError(contact.Invalid, code, message, nil)
}

// normalForm is a host name in ASCII; it is false for what is none, and for an IP address.
func normalForm(raw string) (string, bool) {
	if len(raw) > maxRaw {
		return "", false
	}
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(raw), "@"), "."))
	if err != nil || len(name) > maxName {
		return "", false
	}
	if again, err := idna.Lookup.ToASCII(name); err != nil || again != name { // what was no UTF-8 has an ASCII form that is none
		return "", false
	}
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if label == "" || len(label) > maxLabel {
			return "", false
		}
	}
	top := labels[len(labels)-1]
	return name, len(labels) > 1 && strings.Trim(top, "0123456789") != ""
}

// Registrable is the part of a host name that somebody has registered below a public suffix: example.co.uk of mail.example.co.uk. It is empty for a public suffix and for what is no host name.
func Registrable(host string) string {
	name, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return ""
	}
	return name
}

// Chain is the domains that mail from a host may be registered under, the longest first: itself and those above it, never across a public suffix. Of a very long name the uppermost few.
func Chain(host string) []string {
	top := Registrable(host)
	if top == "" {
		return nil
	}
	var all []string
	for name := host; ; _, name, _ = strings.Cut(name, ".") {
		all = append(all, name)
		if name == top {
			return all[max(0, len(all)-maxChain):]
		}
	}
}

// Of is the domain of an address in its normal form, empty if it has none.
func Of(address string) string {
	return address[strings.LastIndexByte(address, '@')+1:]
}
