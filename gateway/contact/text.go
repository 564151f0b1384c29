package contact

import "unicode/utf8"

// Shorten is a text of at most so many characters; what is cut off leaves a mark.
func Shorten(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}
