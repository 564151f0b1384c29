package reply

import (
	"slices"
	"strings"
)

const (
	maxSigned    = 60  // lines looked at from the end of what somebody wrote
	maxParagraph = 16  // paragraphs looked at
	maxPending   = 4   // paragraphs between a sign-off and what is below it
	maxShort     = 110 // bytes of a line of a signature
	maxBelow     = 40  // lines below "-- "
	announcing   = 4   // words that end in a colon; fewer are a label
)

// signatures marks the signatures among the sender's own lines. The delimiter counts anywhere; what is told by its wording or shape only at the end of what was written, where a mail ends or its quote begins.
func signatures(lines []line, writer name) {
	runs := ownRuns(lines)
	for _, r := range runs {
		delimited(r)
	}
	begins := slices.IndexFunc(runs, holdsOwn)
	for k := len(runs) - 1; k >= max(0, begins); k-- {
		rest := trimSigned(runs[k])
		s := signer{lines: rest, alone: k == begins, writer: writer}
		s.run()
		if holdsOwn(rest) && !isPostscript(rest[min(nonBlank(rest, 0), len(rest)-1)].folded) {
			return
		}
	}
}

// ownRuns are the stretches of the sender's own lines between quotes.
func ownRuns(lines []line) [][]line {
	var runs [][]line
	start := -1
	for i := 0; i <= len(lines); i++ {
		own := i < len(lines) && lines[i].kind == Own
		if own && start < 0 {
			start = i
		}
		if !own && start >= 0 {
			runs = append(runs, lines[start:i])
			start = -1
		}
	}
	return runs
}

// delimited marks what is below a line "-- " (RFC 3676 section 4.3). Without its blank, which some clients cut, two dashes count only above few lines.
func delimited(run []line) {
	first, below, plain := len(run), 0, true
	for i := len(run) - 1; i >= 0 && below <= maxBelow; i-- {
		l := run[i]
		if isDelimiter(l.text) && below > 0 && (l.text == "-- " || plain) {
			first = i
		}
		if !l.blank {
			below++
			plain = plain && (len(l.text) <= maxShort && !isProse(run[i:i+1]) || isDevice(l.folded))
		}
	}
	mark(run[first:])
}

func isDelimiter(text string) bool {
	switch text {
	case "-- ", "--", "-- \u00a0", "--\u00a0", "— ", "—", "– ":
		return true
	}
	return false
}

// trimSigned is a run without what a delimiter marked.
func trimSigned(run []line) []line {
	for i := range run {
		if run[i].kind == SignedOff {
			return run[:i]
		}
	}
	return run
}

func mark(lines []line) {
	for i := range lines {
		lines[i].kind = SignedOff
	}
}

// written counts lines that hold something.
func written(lines []line) int {
	n := 0
	for _, l := range lines {
		if !l.blank {
			n++
		}
	}
	return n
}

func short(lines []line) bool {
	for _, l := range lines {
		if len(l.text) > maxShort {
			return false
		}
	}
	return true
}

func holdsOwn(run []line) bool {
	return slices.ContainsFunc(run, func(l line) bool { return l.kind == Own && !l.blank })
}

// signer goes up the paragraphs at the end of a run as long as they look like a signature.
type signer struct {
	lines   []line
	pending [][]line // what a sign-off above would make part of the signature
	alone   bool     // nothing of the sender's own stands above the run
	writer  name
}

func (s *signer) run() {
	end := len(s.lines)
	for n := 0; n < maxParagraph && len(s.lines)-end < maxSigned; n++ {
		start, last := paragraph(s.lines, end)
		if start == last {
			return
		}
		if !s.paragraph(start, last, end) {
			return
		}
		end = start
	}
}

// paragraph finds the last lines above end that follow on each other.
func paragraph(lines []line, end int) (start, last int) {
	last = end
	for last > 0 && lines[last-1].blank {
		last--
	}
	start = last
	for start > 0 && !lines[start-1].blank && last-start < maxSigned {
		start--
	}
	return start, last
}

// paragraph judges the lines from start to last, with the blank ones below them up to end, and reports whether to go on above.
func (s *signer) paragraph(start, last, end int) bool {
	lines := s.lines[start:last]
	if at := signOff(lines); at >= 0 {
		s.accept(s.lines[s.from(start+at):end])
		return false
	}
	if at := device(lines); at >= 0 {
		mark(s.lines[start+at : end])
		return at == 0 || s.paragraph(start, start+at, start+at)
	}
	if at := s.writer.in(lines); at >= 0 && s.above(start+at) && !s.announced(start+at) {
		s.accept(s.lines[start+at : end])
		return at == 0
	}
	switch {
	case isPostscript(lines[0].folded):
		return true
	case isFooter(unruled(lines)[0].folded):
		mark(s.lines[start:end])
		return true
	case looksSigned(unruled(lines)) && s.above(start) && !s.announced(start):
		s.accept(s.lines[start:end])
		return true
	case len(s.pending) < maxPending && !s.announced(start) && short(lines) && len(lines) <= 8 && !isProse(lines):
		s.pending = append(s.pending, s.lines[start:end])
		return true
	}
	return s.tail(start, last, end)
}

// announced reports whether the prose above a line ends in a colon: what follows is what it announces.
func (s *signer) announced(at int) bool {
	for at > 0 && s.lines[at-1].blank {
		at--
	}
	return at > 0 && strings.HasSuffix(s.lines[at-1].folded, ":") && len(strings.Fields(s.lines[at-1].folded)) >= announcing
}

// unruled is a paragraph without the rule above it.
func unruled(lines []line) []line {
	if words, ruled := captionWords(lines[0].folded); ruled && words == "" && len(lines) > 1 {
		return lines[1:]
	}
	return lines
}

// tail marks the contact lines that stand directly below prose, in one paragraph with it.
func (s *signer) tail(start, last, end int) bool {
	at := last
	for at > start && len(s.lines[at-1].text) <= maxShort && features(s.lines[at-1].folded) > 0 && !isSentence(s.lines[at-1].folded) {
		at--
	}
	if last-at >= 2 && s.above(at) && !s.announced(at) {
		s.accept(s.lines[at:end])
	}
	return false
}

// accept marks lines, and what waited below them.
func (s *signer) accept(lines []line) {
	if written(lines) == 0 && len(s.pending) == 0 {
		return
	}
	mark(lines)
	for _, waiting := range s.pending {
		mark(waiting)
	}
	s.pending = nil
}

// from is where the signature begins whose sign-off is a line: below it if it is all there is, as with a mail that says only "Thanks".
func (s *signer) from(at int) int {
	if thanks(s.lines[at].folded) && !s.above(at) {
		return at + 1
	}
	return at
}

// above reports whether the sender wrote something above a line.
func (s *signer) above(at int) bool {
	return !s.alone || written(s.lines[:at]) > 0
}
