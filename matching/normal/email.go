package normal

import (
	"net/mail"
	"strings"

	"golang.org/x/net/idna"
)

// maxEmail is the longest address there is: a path of 256 octets with its brackets (RFC 5321 section 4.5.3.1.3).
const maxEmail = 254

// Email is the key of an address: lower case, the domain in its ASCII form (RFC 5891). It is false for what is no single address.
func Email(raw string) (string, bool) {
	s := strings.TrimSpace(raw)
	if rest, ok := strings.CutPrefix(strings.ToLower(s), "mailto:"); ok {
		s = rest
	}
	parsed, err := mail.ParseAddress(s)
	if err != nil {
		return "", false
	}
	local, domain, ok := cutLast(parsed.Address, "@")
	if !ok {
		return "", false
	}
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(domain, "."))
	if err != nil || !strings.Contains(ascii, ".") {
		return "", false
	}
	key := strings.ToLower(local) + "@" + ascii
	return key, len(key) <= maxEmail && !strings.ContainsAny(key, " \t\r\n\x00")
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
