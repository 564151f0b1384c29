package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"usher/matching/mention"
)

const (
	minFeatures  = 2 // lines with a contact point, a company or a title that make a paragraph a signature
	maxCard      = 16
	proseWords   = 7
	sentenceWord = 4
	goingWords   = 3
)

// looksSigned reports whether a paragraph has the shape of a business card: short lines, at least two of which tell a number, an address, a link, a company or a title.
func looksSigned(lines []line) bool {
	if len(lines) > maxCard || !short(lines) {
		return false
	}
	telling, found := 0, 0
	for _, l := range lines {
		n := features(l.folded)
		if n == 0 && isSentence(l.folded) {
			return false
		}
		found += n
		if n > 0 {
			telling++
		}
	}
	return (telling >= minFeatures || (found >= minFeatures+1 && strings.ContainsFunc(lines[0].folded, isBar))) && telling*2 >= len(lines)-1
}

// features counts what a line of a signature tells, also between bars.
func features(folded string) int {
	if len(folded) > maxShort {
		return 0
	}
	n := 0
	for field := range strings.FieldsFuncSeq(folded, isBar) {
		field = strings.TrimSpace(field)
		for _, tells := range []func(string) bool{hasNumber, hasAddress, hasLink, isCompany, isTitle, isPostal} {
			if tells(field) {
				n++
			}
		}
	}
	return n
}

func isBar(r rune) bool { return r == '|' || r == '•' || r == '·' }

// isBarred reports whether a line tells several things between bars.
func isBarred(folded string) bool {
	return strings.ContainsFunc(folded, isBar) && features(folded) >= minFeatures
}

func hasAddress(folded string) bool { return len(mention.Addresses(folded)) > 0 }

func hasLink(folded string) bool { return isLinked(folded) && linkPattern.MatchString(folded) }

func hasNumber(folded string) bool { return len(mention.Phones(folded)) > 0 }

// isProse reports whether a paragraph holds a sentence.
func isProse(lines []line) bool {
	for _, l := range lines {
		switch {
		case isSentence(l.folded), len(strings.Fields(l.folded)) > proseWords && !isBarred(l.folded), goesOn(l.text) && features(l.folded) == 0:
			return true
		}
	}
	return false
}

// goesOn reports whether a line goes on in the middle of a sentence: it begins with a small letter, and no particle or abbreviation.
func goesOn(text string) bool {
	words := strings.Fields(text)
	if len(words) < goingWords || particles[words[0]] || strings.ContainsAny(words[0], ".:@/") {
		return false
	}
	r, _ := utf8.DecodeRuneInString(words[0])
	return unicode.IsLower(r)
}

var particles = words("van|von|de|der|den|del|della|di|da|do|dos|le|la|ter|ten|zu|bin|ibn|al|el|i.a.|p.p.|ppa.|ul.|al.")

// isSentence reports whether a line is one of prose: it ends as a sentence does and has the words for one.
func isSentence(folded string) bool {
	if folded == "" || isCompany(folded) {
		return false
	}
	ends := strings.HasSuffix(folded, ".") || strings.HasSuffix(folded, "?") || strings.HasSuffix(folded, "!") || strings.HasSuffix(folded, "。") || strings.HasSuffix(folded, "？") || strings.HasSuffix(folded, "؟")
	words := len(strings.Fields(folded))
	return ends && (words > sentenceWord || strings.HasSuffix(folded, "?") || strings.HasSuffix(folded, "。"))
}
