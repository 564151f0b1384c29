// Package matching answers who a contact is and which profiles are the same person. It is pure: no store, no clock.
package matching

import (
	"slices"
	"strings"
	"unicode"

	"github.com/agnivade/levenshtein"

	"usher/matching/normal"
)

// Fit says how two names stand to each other.
type Fit int

// The fits. Unknown: a name is missing, or the two are in scripts that cannot be compared.
const (
	Unknown Fit = iota
	Fits
	Contradicts
)

// CompareNames says whether two names can be one person's. It is symmetric. The words of the shorter one must each find a partner in the longer: equal, an initial, or a slip of the pen in a long word.
func CompareNames(a, b string) Fit {
	short, long := words(a), words(b)
	if onlyInitials(short) || onlyInitials(long) || script(short) != script(long) {
		return Unknown
	}
	if len(short) > len(long) {
		short, long = long, short
	}
	if partnered(short, long) {
		return Fits
	}
	if strings.Join(short, "") == strings.Join(long, "") { // annamaria, anna maria
		return Fits
	}
	return Contradicts
}

// maxWords bounds how many words of a name are paired: trying all pairings of more takes long.
const maxWords = 6

func words(name string) []string {
	tokens := normal.NameTokens(name)
	return tokens[:min(len(tokens), maxWords)]
}

// partnered reports whether each word of short can have a word of long to itself.
func partnered(short, long []string) bool {
	if len(short) == 0 {
		return true
	}
	return slices.ContainsFunc(long, func(w string) bool {
		return alike(short[0], w) && partnered(short[1:], without(long, w))
	})
}

func without(words []string, w string) []string {
	i := slices.Index(words, w)
	return slices.Concat(words[:i], words[i+1:])
}

func alike(x, y string) bool { return x == y || near(x, y) || initial(x, y) }

// onlyInitials reports whether no word of a name is longer than a letter.
func onlyInitials(words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return len([]rune(w)) > 1 })
}

// near allows one slip in words of at least five letters, which names as alike as Jan and Jon are not.
func near(x, y string) bool {
	return min(len([]rune(x)), len([]rune(y))) >= 5 && levenshtein.ComputeDistance(x, y) <= 1
}

func initial(x, y string) bool {
	return (len([]rune(x)) == 1 || len([]rune(y)) == 1) && []rune(x)[0] == []rune(y)[0]
}

// script is the writing system of a name's first letter, by the ranges that names come in.
func script(tokens []string) *unicode.RangeTable {
	first := []rune(tokens[0])[0]
	for _, table := range scripts {
		if unicode.Is(table, first) {
			return table
		}
	}
	return nil
}

var scripts = []*unicode.RangeTable{
	unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Arabic, unicode.Hebrew, unicode.Han, unicode.Hiragana, unicode.Katakana,
	unicode.Hangul, unicode.Devanagari, unicode.Thai, unicode.Georgian, unicode.Armenian,
}
