package reply

import (
	"strings"
	"unicode/utf8"

	"usher/matching/mention"
)

// field is what a line of a header block tells.
type field int

const (
	noField field = iota
	from
	date
	to
	copied
	subject
	replyTo
	other
)

// stand is what a header block stands under.
type stand int

const (
	bare      stand = iota // nothing: it must be complete to be believed
	captioned              // a caption or a rule
)

const (
	maxBlock     = 24 // lines of a header block
	maxLabel     = 40 // bytes
	maxContinued = 4  // lines of one field: a long list of recipients
)

// block holds the values of a header block as they are written.
type block struct {
	values [other + 1]string
	count  int
}

// headerBlock reads the header lines that a client writes above the mail it answers or forwards, from line i on, and says where they end.
func headerBlock(lines []line, i int, st stand) (block, int, bool) {
	if i >= len(lines) {
		return block{}, i, false
	}
	if f, _ := headerLine(&lines[i]); f == noField || (st == bare && f != from && f != date && f != subject) {
		return block{}, i, false
	}
	var b block
	end := b.read(lines[i:min(len(lines), i+maxBlock)]) + i
	return b, end, b.believed(st)
}

// read takes the fields off the top of lines and returns how many lines they are.
func (b *block) read(lines []line) int {
	end, last, continued := 0, noField, 0
	for k := range lines {
		l := &lines[k]
		f, value := headerLine(l)
		switch {
		case f != noField:
			b.set(f, value)
			end, last, continued = k+1, f, 0
		case l.blank:
			last = blankAfter(b, last)
		case last == noField || continued == maxContinued || len(l.text) > maxLine:
			return end
		case b.values[last] == "" || last == to || last == copied || strings.HasPrefix(l.text, " ") || strings.HasPrefix(l.text, "\t"):
			b.values[last] = strings.TrimSpace(b.values[last] + " " + unmarked(l.text))
			end, continued = k+1, continued+1
		default:
			return end
		}
	}
	return end
}

// blankAfter is the field that a line below an empty one may continue: one that has no value yet (labels and values in two lines).
func blankAfter(b *block, last field) field {
	if last != noField && b.values[last] == "" {
		return last
	}
	return noField
}

func (b *block) set(f field, value string) {
	if b.values[f] == "" {
		b.values[f] = value
		b.count++
	}
}

// believed reports whether the fields found make a header block and not a list in somebody's text.
func (b *block) believed(st stand) bool {
	if b.values[from] == "" {
		return false
	}
	if st == captioned {
		return b.count >= 2
	}
	if b.values[subject] == "" && !strings.Contains(b.values[from], "@") {
		return false // "From: Berlin, To: Munich, Date: Monday" is an order
	}
	return b.count >= 3 && (b.values[date] != "" || b.values[subject] != "" && b.values[to] != "")
}

// headerLine is the field and value of a line "Label: value", also quoted and in a client's bold stars.
func headerLine(l *line) (field, string) {
	if !l.asked {
		l.asked = true
		l.field, l.value = readHeaderLine(l)
	}
	return l.field, l.value
}

func readHeaderLine(l *line) (field, string) {
	if !strings.ContainsAny(l.folded, ":|") { // folding turned the wide colon into this one
		return noField, ""
	}
	text := strings.Trim(strings.Map(plainBlank, unmarked(l.text)), "* ")
	label, value, ok := cutLabel(text)
	if !ok || len(label) > maxLabel {
		return noField, ""
	}
	return labels[strings.Trim(fold(label), "* ")], strings.Trim(value, "* \t|")
}

// cutLabel cuts at the first colon, or at the bar of a table: "| From | Ann |".
func cutLabel(s string) (label, value string, found bool) {
	if row, ok := strings.CutPrefix(s, "|"); ok {
		return strings.Cut(row, "|")
	}
	at := strings.IndexAny(s, ":：")
	if at < 0 {
		return "", "", false
	}
	_, width := utf8.DecodeRuneInString(s[at:])
	return s[:at], s[at+width:], true
}

func plainBlank(r rune) rune {
	switch {
	case r == '\u00a0' || r == '\t':
		return ' '
	case mention.Invisible(r):
		return -1
	}
	return r
}

// unmarked is a line without its quote marks.
func unmarked(s string) string {
	s = strings.TrimSpace(s)
	for strings.HasPrefix(s, ">") {
		s = strings.TrimSpace(s[1:])
	}
	return s
}
