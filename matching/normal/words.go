package normal

import (
	"slices"
	"strings"
	"unicode"
)

// Word is one word of any text in the forms it is searched by: lower-case Latin letters without marks, and digits.
type Word struct {
	Plain string // ä as a
	Long  string // ä as ae; usually the same
}

// maxWords bounds the words of one text.
const maxWords = 16

// Words are the words of a text that it can be found by. An apostrophe within a word parts nothing, a title is left out beside other words, and a name of Han or Hangul characters is two words, the family's first.
func Words(text string) []Word {
	parts := strings.FieldsFunc(strings.ReplaceAll(clean(text), "'", ""), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	telling := slices.DeleteFunc(slices.Clone(parts), func(w string) bool { return titles[fold(w)] })
	if len(telling) > 0 {
		parts = telling
	}
	var words []Word
	for _, part := range parts {
		given, family, eastern := easternOrder([]string{part})
		if !eastern {
			family = []string{part}
		}
		for _, w := range slices.Concat(family, given) {
			if plain := romanText(w, Roman); plain != "" && len(words) < maxWords {
				words = append(words, Word{Plain: plain, Long: romanText(w, longRoman)})
			}
		}
	}
	return words
}
