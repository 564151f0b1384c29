package contact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Shorten is a text of at most so many characters; what is cut off leaves a mark.
func Shorten(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// CleanLine is a text as it can stand in one line: control characters and line breaks are blanks, and none are around it. Where there is nothing to see it is empty.
func CleanLine(text string) string {
	return shown(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text))
}

// Clean is CleanLine of a text that keeps its line breaks.
func Clean(text string) string {
	return shown(strings.Map(func(r rune) rune {
		if control(r) {
			return ' '
		}
		return r
	}, text))
}

// HasControl reports whether there are control characters in a text that are no line breaks.
func HasControl(text string) bool { return strings.ContainsFunc(text, control) }

func control(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\n\r", r) }

// shown is a text without the blanks around it, or nothing if all of it is blank.
func shown(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsSpace(r) && !unicode.In(r, unseen...) }) {
		return ""
	}
	return strings.TrimSpace(text)
}

// unseen are the characters that by themselves nobody sees.
var unseen = []*unicode.RangeTable{unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector}
