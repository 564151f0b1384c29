package sender

import (
	"regexp"
	"strings"
	"unicode"
)

const (
	maxName  = 512 // bytes of a name that are read
	keptName = 200 // runes that are kept
)

// Name is a display name in shape.
type Name struct {
	Text   string // empty if there is none worth keeping
	Via    string // the relay or list the name says it came by
	Spoofs bool   // it showed another address or another domain than the mail's own
}

// Clean brings a display name into shape: marks of direction and width and quotes are taken off, "Last, First" is turned round, and a name that is an address or shows a domain is none.
func Clean(name, addr string) Name {
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "")
	}
	text := strings.Join(strings.Fields(strings.Map(visible, strings.ToValidUTF8(name, ""))), " ")
	text = unquote(text)
	n := Name{Text: text}
	n.Text, n.Via = withoutVia(n.Text)
	n.Text = strings.TrimSpace(unquote(turned(unquote(withoutRemark(n.Text)))))
	key := KeyOf(addr)
	switch {
	case n.Text == "" || strings.EqualFold(n.Text, addr) || KeyOf(n.Text).Key == key.Key && key.Key != "":
		n.Text = ""
	case spoofs(text, key):
		n.Text, n.Spoofs = "", true
	case !strings.ContainsFunc(n.Text, unicode.IsLetter) && !strings.ContainsFunc(n.Text, unicode.IsDigit):
		n.Text = ""
	}
	if runes := []rune(n.Text); len(runes) > keptName {
		n.Text = string(runes[:keptName])
	}
	return n
}

// visible drops what is not seen in a name and may turn it round or hide a part: controls, marks of direction and width, the fillers of Hangul and Braille.
func visible(r rune) rune {
	switch {
	case r >= ' ' && r < 0x7f:
		return r
	case r == '\t' || r == '\r' || r == '\n':
		return ' '
	case unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) || unicode.Is(unicode.Variation_Selector, r):
		return -1
	case r == '\u034f' || r == '\u115f' || r == '\u1160' || r == '\u17b4' || r == '\u17b5' || r == '\u3164' || r == '\uffa0' || r == '\u2800' || r == unicode.ReplacementChar:
		return -1
	}
	return r
}

const quoteMarks = "\"'`“”„‘’‚«»‹›「」"

// unquote takes off quotes that stand around a name. A lone apostrophe at its end belongs to it.
func unquote(s string) string {
	for {
		s = strings.TrimSpace(s)
		r := []rune(s)
		if len(r) < 2 || !strings.ContainsRune(quoteMarks, r[0]) || !strings.ContainsRune(quoteMarks, r[len(r)-1]) {
			return strings.Trim(s, "\"")
		}
		s = string(r[1 : len(r)-1])
	}
}

// viaWords stand in a name between the person and what the mail came by.
var viaWords = []string{" via ", "(via ", "[via ", " über ", "(über ", " par l'intermédiaire de ", " a través de ", " tramite ", " przez ", " через "}

// withoutVia cuts what a list or relay appends to a name: "'Ann' via Support", "Ann (via Shop)".
func withoutVia(name string) (rest, via string) {
	lower := strings.ToLower(name)
	if len(lower) != len(name) { // a letter whose other case has another length: the places below would not fit
		lower = name
	}
	for _, word := range viaWords {
		at := strings.LastIndex(lower, word)
		if at <= 0 || strings.ContainsRune(name[:at], '@') {
			continue
		}
		if via = strings.Trim(name[at+len(word):], " )]"); via != "" {
			return unquote(name[:at]), via
		}
	}
	return name, ""
}

// withoutRemark cuts remarks in brackets at the end of a name: "(Acme)", "[External]".
func withoutRemark(name string) string {
	for {
		name = strings.TrimSpace(name)
		open := max(strings.LastIndexByte(name, '('), strings.LastIndexByte(name, '['))
		if open <= 0 || !strings.HasSuffix(name, ")") && !strings.HasSuffix(name, "]") {
			return name
		}
		name = name[:open]
	}
}

// suffixes follow a name after a comma without being its first part.
var suffixes = map[string]bool{"jr": true, "sr": true, "ii": true, "iii": true, "iv": true, "phd": true, "md": true, "mba": true, "esq": true, "llm": true, "dds": true, "cpa": true, "inc": true, "llc": true, "ltd": true, "gmbh": true, "ag": true, "corp": true, "co": true, "dr": true, "prof": true}

// turned is "Last, First" as "First Last".
func turned(name string) string {
	last, given, ok := strings.Cut(name, ",")
	given, last = strings.TrimSpace(given), strings.TrimSpace(last)
	if !ok || given == "" || last == "" || strings.ContainsRune(given, ',') || len(strings.Fields(last)) > 3 || len(strings.Fields(given)) > 3 {
		return name
	}
	follows := true
	for word := range strings.FieldsSeq(given) {
		plain := strings.ToLower(strings.ReplaceAll(word, ".", ""))
		if joins[plain] || !unicode.IsLetter([]rune(word)[0]) {
			return name // a list of departments
		}
		follows = follows && suffixes[plain]
	}
	if follows {
		return name
	}
	return given + " " + last
}

var joins = map[string]bool{"and": true, "und": true, "et": true, "y": true, "e": true, "en": true, "och": true, "og": true, "i": true, "и": true, "&": true}

var (
	shownAddr   = regexp.MustCompile(`[^\s<>"'(),;:@]+[@＠﹫][^\s<>"'(),;:@]+`)
	shownDomain = regexp.MustCompile(`(?i)\b(?:[a-z0-9-]+\.)+[a-z]{2,24}\b`)
)

var atSigns = strings.NewReplacer("＠", "@", "﹫", "@")

// spoofs reports whether a name shows an address or a domain that is not the mail's own.
func spoofs(name string, key Key) bool {
	for _, addr := range shownAddr.FindAllString(name, 8) {
		if KeyOf(atSigns.Replace(addr)).Key != key.Key {
			return true
		}
	}
	for _, domain := range shownDomain.FindAllString(name, 8) {
		if isRegistered(domain) && !sameOrganisation(domain, key.Domain()) {
			return true
		}
	}
	return false
}
