package normal

import (
	"slices"
	"strings"
	"unicode"
)

// What is compared of a name's numbers: no more than so many, and none of more digits. A longer one is a telephone number or a ticket's, and changes from message to message.
const maxNumbers, maxDigits = 6, 6

// numbers are the numbers in a name that stand alone, as in "Meeting Room 12", each once and in order: with digits of any script as ours, and without leading zeros. Digits beside a letter are part of a word, as in a screen name or an ordinal, and tell nobody apart.
func numbers(text string) []string {
	if !strings.ContainsFunc(text, unicode.IsDigit) {
		return nil
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	var found []string
	for _, w := range words {
		if n, ok := number(w); ok {
			found = append(found, n)
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	return found[:min(len(found), maxNumbers)]
}

// number is how a word of digits alone is compared.
func number(word string) (string, bool) {
	if strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsDigit(r) }) {
		return "", false
	}
	plain := strings.TrimLeft(romanText(word, Roman), "0")
	if plain == "" {
		return "0", true
	}
	return plain, len(plain) <= maxDigits
}
