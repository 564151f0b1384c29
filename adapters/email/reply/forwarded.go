package reply

import (
	"regexp"
	"strings"

	"usher/matching/mention"
)

// Header is what a forwarded mail's header block says of it, as it is written there. Nobody vouches for any of it.
type Header struct {
	Name    string // of the sender; may be empty
	Addr    string // empty where the client writes only a name
	Date    string // in the words of the client's language
	Subject string
}

// Forwarded reads the first header block of a forwarded mail in a text. It is false without one: the text may still hold a forwarded mail that nothing announces.
func Forwarded(text string) (Header, bool) {
	lines := linesOf(text)
	for i := range lines {
		st := bare
		if _, ruled := captionWords(lines[i].folded); ruled || captions[strings.Trim(lines[i].folded, "-: ")] != "" {
			i, st = nonBlank(lines, i+1), captioned
		}
		if b, _, ok := headerBlock(lines, i, st); ok {
			return headerOf(b), true
		}
	}
	return Header{}, false
}

func headerOf(b block) Header {
	name, addr := mailbox(b.values[from])
	return Header{Name: name, Addr: addr, Date: b.values[date], Subject: b.values[subject]}
}

var mailtoPattern = regexp.MustCompile(`(?i)[\[<(]?\s*(?:<?mailto:)`)

// mailbox takes the sender of a header block apart: "Ann <ann@example.com>", "Ann [mailto:ann@example.com]", "ann@example.com", or a name alone.
func mailbox(value string) (name, addr string) {
	value = strings.TrimSpace(mailtoPattern.ReplaceAllString(value, " <"))
	found := mention.Addresses(value)
	if len(found) == 0 {
		return strings.Trim(value, `"'<>[]() ;`), ""
	}
	at := found[0]
	addr = value[at[0]:at[1]]
	name = strings.Trim(value[:at[0]], `"'<>[]() ,;*`)
	if strings.Contains(name, "@") {
		name = ""
	}
	return name, addr
}
