package reply

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"usher/matching/mention"
)

// What is found in a text.
const (
	Phone   = "phone" // digits, with + where the country is written
	Fax     = "fax"   // a number that identifies nobody
	Email   = "email"
	Link    = "link"
	Company = "company"
	Title   = "title"
	Postal  = "postal_address"
)

const (
	maxEvidence = 64         // taken from one mail
	maxRead     = 128 * 1024 // bytes of a mail that are read for it
)

// Evidence is a value found in what the sender wrote: it supports a match and identifies nobody.
type Evidence struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
	Part  Kind   `json:"part"` // Own or SignedOff
	Start int    `json:"start"`
	End   int    `json:"end"` // Start and End are the bytes of the text where the value stands
}

// Ours reports whether a value is one of our own: an agent's address or number, our site. Such a value says nothing about the sender.
type Ours func(kind, value string) bool

var linkPattern = regexp.MustCompile(`(?i)(?:https?://|\bwww\.)[^\s<>"'()\[\]{}|\\^` + "`" + `]{3}[^\s<>"'()\[\]{}|\\^` + "`" + `]*`)

// Signature reads contact points, company, title and postal address from the sender's own text and signature. What ours reports is left out; ours may be nil.
func Signature(p Parts, ours Ours) []Evidence {
	c := collector{text: p.text, ours: ours, seen: map[string]bool{}}
	for _, kind := range []Kind{SignedOff, Own} { // the signature first: it is short, and a long text may use up the bounds
		for _, s := range p.Spans {
			if s.Kind == kind {
				c.span(s)
			}
		}
	}
	slices.SortFunc(c.found, func(a, b Evidence) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Kind, b.Kind)) })
	return c.found
}

func isLinked(text string) bool {
	return strings.Contains(text, "://") || strings.Contains(text, "www.") || strings.Contains(text, "WWW.") || strings.Contains(text, "Www.")
}

// collector gathers values in the order of the text, each once.
type collector struct {
	text  string
	ours  Ours
	seen  map[string]bool
	found []Evidence
	read  int // bytes
}

// span reads the lines of a piece, but not the legal notices, list footers and device lines below a signature: they speak for a company or a program.
func (c *collector) span(s Span) {
	muted := false
	for start := s.Start; start < s.End && c.read < maxRead && len(c.found) < maxEvidence; {
		l := newLine(c.text, start, min(s.End, lineEnd(c.text, start)))
		start = l.end
		c.read += l.end - l.start
		if s.Kind == SignedOff {
			muted = (muted && !l.blank) || isFooter(l.folded)
		}
		if !muted && !isDevice(l.folded) && len(l.text) <= 4*maxLine {
			c.line(s.Kind, l.start, l.end)
		}
	}
}

func (c *collector) line(part Kind, start, end int) {
	text := c.text[start:end]
	if strings.ContainsAny(text, "@") {
		c.matches(Email, part, start, mention.Addresses(text))
	}
	if isLinked(text) {
		c.matches(Link, part, start, linkPattern.FindAllStringIndex(text, maxEvidence))
	}
	c.numbers(part, start, text)
	if part == SignedOff {
		c.card(start, text)
	}
}

func (c *collector) matches(kind string, part Kind, start int, at [][]int) {
	for _, m := range at {
		from, to := start+m[0], start+m[1]
		value := strings.TrimRight(c.text[from:to], ".,;:!?*")
		c.add(Evidence{Kind: kind, Value: value, Part: part, Start: from, End: from + len(value)})
	}
}

func (c *collector) numbers(part Kind, start int, text string) {
	for _, m := range mention.Phones(text) {
		kind := Phone
		if m.Fax {
			kind = Fax
		}
		c.add(Evidence{kind, mention.Digits(text[m.Start:m.End]), part, start + m.Start, start + m.End})
	}
}

// card takes the lines that tell a company, a title or a place, as a whole or between the bars of a line.
func (c *collector) card(start int, text string) {
	at := 0
	for field := range strings.FieldsFuncSeq(text, isBar) {
		at += strings.Index(text[at:], field)
		value := strings.Trim(field, " \t\r\n*_,-–—")
		if kind := cardKind(value); kind != "" {
			from := start + at + strings.Index(field, value)
			c.add(Evidence{kind, value, SignedOff, from, from + len(value)})
		}
		at += len(field)
	}
}

// add keeps a value that is new and not ours.
func (c *collector) add(e Evidence) {
	key := e.Kind + "\x00" + strings.ToLower(e.Value)
	if len(c.found) >= maxEvidence || c.seen[key] || (c.ours != nil && c.ours(e.Kind, e.Value)) {
		return
	}
	c.seen[key] = true
	c.found = append(c.found, e)
}
