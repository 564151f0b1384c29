package reply

import (
	"strings"

	"usher/matching/mention"
)

const (
	maxLines    = 20_000 // the rest of a longer text is one line, and of the kind before it
	maxInitials = 2
	maxLine     = 400 // bytes; a longer line is a paragraph of prose and no header, attribution or signature
)

// line is one line with its place in the text and, if it is short enough to mean anything, its folded form.
type line struct {
	start, end int // with the line's end
	text       string
	folded     string // lower case, trimmed, without marks of direction; empty for a long line
	kind       Kind
	blank      bool
	marked     bool // begins with a quote mark

	// What headerLine found, once it was asked: in a text of nothing but header lines every line is asked by many before it.
	asked bool
	field field
	value string
}

// linesOf cuts a text at its line ends: LF, CR LF or CR.
func linesOf(text string) []line {
	lines := make([]line, 0, min(maxLines, 1+len(text)/40))
	for start := 0; start < len(text); {
		end := len(text)
		if len(lines) < maxLines-1 {
			end = lineEnd(text, start)
		}
		lines = append(lines, newLine(text, start, end))
		start = end
	}
	return lines
}

func lineEnd(text string, start int) int {
	i := strings.IndexAny(text[start:min(len(text), start+4*maxLine)], "\r\n")
	if i < 0 {
		i = strings.IndexAny(text[start:], "\r\n")
	}
	switch {
	case i < 0:
		return len(text)
	case strings.HasPrefix(text[start+i:], "\r\n"):
		return start + i + 2
	}
	return start + i + 1
}

func newLine(text string, start, end int) line {
	l := line{start: start, end: end, text: strings.TrimRight(text[start:end], "\r\n"), kind: Own}
	if len(l.text) <= maxLine {
		l.folded = fold(l.text)
	}
	l.blank = l.folded == "" && strings.TrimSpace(l.text) == ""
	l.marked = isMarked(l.text)
	return l
}

// isMarked reports whether a line begins with a quote mark, also behind the writer's initials as The Bat! has it. ">From" is an mbox writer's escape and no mark.
func isMarked(s string) bool {
	s = strings.TrimLeft(s[:min(len(s), 8)], " \t")
	initials := 0
	for initials < len(s) && initials < maxInitials && s[initials] >= 'A' && s[initials] <= 'Z' {
		initials++
	}
	if initials > 0 {
		return strings.HasPrefix(s[initials:], "> ")
	}
	return strings.HasPrefix(s, ">") && !strings.HasPrefix(s, ">From ")
}

// fold is the comparable form of a line.
func fold(s string) string { return mention.Fold(s) }

func foldRunes(s string) string { return mention.FoldRunes(s) }
