package reply

import "strings"

// Split takes a mail's plain text apart. Any text will do; what is nothing else is the sender's own. The names are those that the sender goes by: a mail that ends in one is signed with it.
func Split(text string, names ...string) Parts {
	lines := linesOf(text)
	s := splitter{lines: lines}
	for i := 0; i < len(lines); {
		i = s.step(i)
	}
	signatures(lines, nameOf(names))
	return Parts{Spans: spans(lines), text: text}
}

// splitter goes through the lines from the top and gives each its kind, but for signatures.
type splitter struct {
	lines   []line
	written bool // the sender wrote something above
}

// step gives the lines from i on their kind, as far as one thing reaches, and returns where the next begins.
func (s *splitter) step(i int) int {
	l := &s.lines[i]
	switch {
	case l.blank:
		return s.blank(i)
	case l.marked:
		l.kind = Quote
		return i + 1
	}
	if kind, body, ok := s.caption(i); ok {
		return s.below(i, body, kind)
	}
	if _, body, ok := headerBlock(s.lines, i, bare); ok {
		return s.below(i, body, s.unsaid())
	}
	if body, ok := attribution(s.lines, i); ok {
		return s.below(i, body, Quote)
	}
	s.written = true
	return i + 1
}

// blank lines belong to what is above them.
func (s *splitter) blank(i int) int {
	if i > 0 {
		s.lines[i].kind = s.lines[i-1].kind
	}
	return i + 1
}

// unsaid is the kind of a header block that no caption explains: below nothing of the sender's own it is a forwarded mail, else the mail that is answered.
func (s *splitter) unsaid() Kind {
	if s.written {
		return Quote
	}
	return Forward
}

// below gives the lines from i to body a kind, and what follows them too: the quoted lines where the client marks them, else all the rest.
func (s *splitter) below(i, body int, kind Kind) int {
	end := len(s.lines)
	if next := nonBlank(s.lines, body); next < len(s.lines) && s.lines[next].marked {
		end = markedEnd(s.lines, next)
	}
	for k := i; k < end; k++ {
		s.lines[k].kind = kind
	}
	return end
}

// nonBlank is the first line from i on that holds something.
func nonBlank(lines []line, i int) int {
	for i < len(lines) && lines[i].blank {
		i++
	}
	return i
}

// markedEnd is the end of a run of quoted and blank lines.
func markedEnd(lines []line, i int) int {
	for i < len(lines) && (lines[i].marked || lines[i].blank) {
		i++
	}
	return i
}

// caption recognises the line that a client writes above a forwarded or answered mail, with the rule of underscores of Outlook, and says where the mail's text begins.
func (s *splitter) caption(i int) (Kind, int, bool) {
	words, ruled := captionWords(s.lines[i].folded)
	kind, known := captions[words]
	if cutBelow(s.lines[i].folded) && s.written || ruled && isAttribution(words+":", false) {
		return Quote, i + 1, true
	}
	if !ruled && !known {
		return "", 0, false
	}
	next := nonBlank(s.lines, i+1)
	_, body, isBlock := headerBlock(s.lines, next, captioned)
	switch {
	case isBlock && known:
		return kind, body, true
	case isBlock && words == "": // Outlook's rule says nothing
		return s.unsaid(), body, true
	case isBlock:
		return Quote, body, true
	case known && (ruled || next < len(s.lines) && s.lines[next].marked):
		return kind, i + 1, true
	}
	return "", 0, false
}

// captionWords are the words between the dashes of a caption; ruled says that there were dashes.
func captionWords(folded string) (words string, ruled bool) {
	words = strings.Trim(folded, "-_=*#~—– ")
	ruled = len(folded)-len(words) >= 6
	return strings.Trim(words, ": "), ruled
}

// cutBelow reports whether a line asks to answer above it, as ticket systems do: all below is theirs.
func cutBelow(folded string) bool {
	return len(folded) <= maxDevice && containsOf(folded, cutLines)
}
