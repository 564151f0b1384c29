package normal

import "strings"

// keypad are the numbers that carriers send in the place of a withheld one: the words on a telephone's keypad.
var keypad = map[string]string{
	"266696687":   "anonymous",
	"7378742833":  "restricted",
	"2562533":     "blocked",
	"8656696":     "unknown",
	"86282452253": "unavailable",
}

// words are what networks write instead of a number.
var words = map[string]string{
	"anonymous": "anonymous", "private": "anonymous", "withheld": "anonymous", "no caller id": "anonymous", "anonym": "anonymous", "unterdrueckt": "anonymous",
	"restricted": "restricted", "blocked": "blocked",
	"unknown": "unknown", "unavailable": "unavailable", "out of area": "unavailable",
}

// WithheldReason says why a caller's number is not told, if it is one of the stand-ins for a withheld number: a keypad word (+266696687 is ANONYMOUS) or the word itself, also as a SIP user (RFC 3323).
func WithheldReason(raw string) (reason string, withheld bool) {
	s := strings.ToLower(strings.TrimSpace(raw))
	for _, scheme := range []string{"sips:", "sip:", "tel:", "whatsapp:"} {
		s = strings.TrimPrefix(s, scheme)
	}
	user, host, _ := strings.Cut(s, "@")
	if strings.HasSuffix(host, "anonymous.invalid") {
		return "anonymous", true
	}
	if reason, ok := words[user]; ok {
		return reason, true
	}
	if strings.TrimLeft(user, "+0123456789 ()-./") != "" {
		return "", false
	}
	reason, withheld = keypad[strings.TrimPrefix(onlyDigits(user), "00")]
	return reason, withheld
}
