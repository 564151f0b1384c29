package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const shownQuote = 10 // quote marks of a line at most: a deeply nested quote would cost its square

// layout writes lines: blanks collapsed, at most one empty line in a row, quote marks in front.
type layout struct {
	out     strings.Builder
	quote   int
	rest    int // 1 when all that follows is quoted
	pre     int
	pending int  // line ends to write before the next text
	space   bool // a blank to write before the next text
	inLine  bool // the line has text
	glued   bool // the line has only a mark of a list so far
}

func newLayout(size int) *layout {
	l := &layout{}
	l.out.Grow(min(size/2, 64<<10))
	return l
}

// String is the text, ended by one line end.
func (l *layout) String() string {
	text := strings.Trim(l.out.String(), "\n")
	if text == "" {
		return ""
	}
	return text + "\n"
}

// breaks ends the line and asks for n line ends in all before the next text.
func (l *layout) breaks(n int) {
	if n == 0 || l.glued {
		return
	}
	if l.inLine || l.pending > 0 {
		l.pending = max(l.pending, n)
	}
	l.space, l.inLine = false, false
}

// newline writes one line end more: what <br> does.
func (l *layout) newline() {
	l.pending = min(l.pending+1, paragraph)
	l.space, l.inLine, l.glued = false, false, false
}

// blank asks for an empty line.
func (l *layout) blank() {
	if !l.inLine && l.pending > 0 {
		l.pending = paragraph
	}
}

// cell separates cells that stand in one line.
func (l *layout) cell() {
	if l.inLine && l.pending == 0 && !l.glued {
		l.put(" | ")
		l.space = false
	}
}

// prefix starts a line with a mark.
func (l *layout) prefix(mark string) {
	l.glued = false
	l.breaks(1)
	l.put(mark)
	l.space, l.glued = false, true
}

// text writes text of the document.
func (l *layout) text(s string) {
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		s = s[n:]
		switch {
		case r == '\n' && l.pre > 0:
			l.newline()
		case r == 0 || r == '\u00ad' || r == '\u200b' || r == '\ufeff' || r == '\u034f':
		case unicode.IsSpace(r) && l.pre == 0:
			l.space = l.inLine
		case r < ' ' && r != '\t' || r == 0x7f:
		default:
			l.rune(r)
		}
	}
}

func (l *layout) rune(r rune) {
	l.lead()
	l.out.WriteRune(r)
	l.inLine, l.glued = true, false
}

func (l *layout) put(s string) {
	l.lead()
	l.out.WriteString(s)
	l.inLine = true
}

// lead writes what is due before text: line ends, quote marks, a blank.
func (l *layout) lead() {
	depth := min(l.quote+l.rest, shownQuote)
	if l.pending > 0 && l.out.Len() > 0 {
		l.out.WriteByte('\n')
		if l.pending > 1 {
			l.out.WriteString(strings.TrimSuffix(strings.Repeat("> ", depth), " "))
			l.out.WriteByte('\n')
		}
	}
	if l.pending > 0 || l.out.Len() == 0 {
		l.out.WriteString(strings.Repeat("> ", depth))
	}
	if l.space && l.pending == 0 {
		l.out.WriteByte(' ')
	}
	l.pending, l.space = 0, false
}

// mark is where the text is now; since gives what was written after it, unless that is long.
func (l *layout) mark() int { return l.out.Len() }

func (l *layout) since(mark, most int) string {
	text := l.out.String()[mark:]
	if len(text) > most {
		return "long"
	}
	return text
}
