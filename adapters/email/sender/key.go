package sender

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/unicode/norm"

	"usher/matching/normal"
)

// maxAddr is the longest address there is: a path of 256 octets with its brackets (RFC 5321 section 4.5.3.1.3).
const maxAddr = 254

// Key is an address in the form by which it is compared.
type Key struct {
	Addr string // as received, without route, brackets and quotes around it
	Key  string // lower case, the domain in ASCII; empty for what is no single address
	Tag  string // what follows "+" in the local part; the key holds it too
}

// Domain is the key's domain.
func (k Key) Domain() string {
	return k.Key[strings.LastIndexByte(k.Key, '@')+1:]
}

// Local is the key's local part.
func (k Key) Local() string {
	return k.Key[:max(0, strings.LastIndexByte(k.Key, '@'))]
}

// KeyOf brings an address into shape. Two addresses with one key are one mailbox in practice: RFC 5321 lets a server tell the cases of a local part apart, and none does.
func KeyOf(addr string) Key {
	k := Key{Addr: bareAddr(addr)}
	if len(k.Addr) > 2*maxAddr {
		return k
	}
	local, domain, ok := cutAt(k.Addr)
	if !ok {
		return k
	}
	local = withoutNeedlessQuotes(local)
	if isPlain(local) && isPlain(domain) && len(k.Addr) <= maxAddr && strings.Contains(domain, ".") {
		k.Key = strings.ToLower(local + "@" + domain) // what the slower ways below come to
	} else if key, ok := normal.Email(norm.NFC.String(local + "@" + domain)); ok && !strings.HasPrefix(local, `"`) && strings.HasSuffix(key, "@"+asciiDomain(domain)) {
		k.Key = key
	} else {
		k.Key = looseKey(local, domain)
	}
	_, k.Tag, _ = strings.Cut(k.Local(), "+")
	return k
}

// bareAddr takes off what senders wrap around an address: brackets, quotes, mailto:, an obsolete route (RFC 5322 section 4.4: <@a,@b:ann@example.com>), a dot at the end.
func bareAddr(s string) string {
	s = strings.Trim(strings.TrimSpace(s), "<>'`,; \t\r\n")
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	if strings.HasPrefix(s, "@") {
		if i := strings.LastIndexByte(s, ':'); i >= 0 {
			s = s[i+1:]
		}
	}
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	return strings.TrimRight(strings.Map(visible, s), ".")
}

// cutAt cuts an address at its only "@" outside quotes.
func cutAt(addr string) (local, domain string, ok bool) {
	i := strings.LastIndexByte(addr, '@')
	if i < 1 || i == len(addr)-1 {
		return "", "", false
	}
	local, domain = addr[:i], addr[i+1:]
	quoted := len(local) > 1 && local[0] == '"' && local[len(local)-1] == '"'
	return local, domain, quoted || !strings.ContainsAny(local, "@ \t\"<>(),;:\\"+wideSpecials)
}

// wideSpecials are the special signs of the mail grammar as Chinese and Japanese keyboards write them: what stands beside them is no part of the address.
const wideSpecials = "＠＜＞（），；：、。"

// looseKey is the key of an address that the mail grammar refuses but servers deliver: two dots in a row, a dot before "@", an underscore in the domain.
func looseKey(local, domain string) string {
	domain = asciiDomain(domain)
	key := strings.ToLower(norm.NFC.String(local)) + "@" + domain
	if len(key) > maxAddr || !strings.Contains(domain, ".") || strings.ContainsFunc(domain, notInDomain) || strings.ContainsFunc(local, inNoKey) {
		return ""
	}
	return key
}

func inNoKey(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }

func notInDomain(r rune) bool {
	return r <= ' ' || strings.ContainsRune("@<>()[]\\,;:\"'/"+wideSpecials, r)
}

// withoutNeedlessQuotes takes quotes off a local part that is the same without.
func withoutNeedlessQuotes(local string) string {
	inner := strings.Trim(local, `"`)
	if inner == "" || strings.ContainsAny(inner, "\" \t()<>[]:;@\\,") {
		return local
	}
	return inner
}

// isPlain reports whether a part of an address has only signs that mean themselves.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == '_', c == '+', c == '=':
		default:
			return false
		}
	}
	return true
}

// asciiDomain is a domain in its ASCII form, as it came if it has none.
func asciiDomain(domain string) string {
	domain = strings.TrimSuffix(strings.ToLower(domain), ".")
	if isPlain(domain) {
		return domain
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return domain
	}
	return ascii
}

func sameDomain(a, b string) bool {
	return a != "" && asciiDomain(a) == asciiDomain(b)
}

// organisation is the domain that was registered: example.co.uk of mail.example.co.uk. A public suffix is its own.
func organisation(domain string) string {
	domain = asciiDomain(domain)
	org, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		return domain
	}
	return org
}

// sameOrganisation reports whether two domains were registered by one. Two customers of a public suffix (a.github.io, b.github.io) were not.
func sameOrganisation(a, b string) bool {
	return a != "" && b != "" && organisation(a) == organisation(b)
}
