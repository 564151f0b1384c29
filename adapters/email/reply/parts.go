package reply

import "strings"

// Kind says what a piece of a mail's text is.
type Kind string

// The kinds.
const (
	Own       Kind = "own_text"
	Quote     Kind = "quoted"
	Forward   Kind = "forwarded"
	SignedOff Kind = "signature"
)

// Span is a piece of the text: bytes Start up to but not including End.
type Span struct {
	Kind  Kind `json:"kind"`
	Start int  `json:"start"`
	End   int  `json:"end"`
}

// Parts is a text taken apart. The spans are in order, none is empty, neighbours differ in kind, and together they are the whole text.
type Parts struct {
	Spans []Span
	text  string
}

// Text is all pieces of a kind, trimmed, one below the other.
func (p Parts) Text(kind Kind) string {
	var pieces []string
	for _, s := range p.Spans {
		if s.Kind != kind {
			continue
		}
		if piece := strings.Trim(p.text[s.Start:s.End], " \t\r\n"); piece != "" {
			pieces = append(pieces, piece)
		}
	}
	return strings.Join(pieces, "\n\n")
}

// Whole is the text that was taken apart.
func (p Parts) Whole() string { return p.text }

// spans joins lines of one kind.
func spans(lines []line) []Span {
	var all []Span
	for _, l := range lines {
		if n := len(all); n > 0 && all[n-1].Kind == l.kind {
			all[n-1].End = l.end
			continue
		}
		all = append(all, Span{l.kind, l.start, l.end})
	}
	return all
}
