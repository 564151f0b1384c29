package compare

import (
	"slices"
	"strings"

	"usher/matching/normal"
)

// likeness is how alike two words of a name are.
type likeness uint8

const (
	unlike    likeness = iota
	initialOf          // one is the other's first letter
	loose              // a slip in a short word, or two in a longer one: seen in typing, seen in different names as well
	fuzzy              // they sound alike, or are romanised alike
	near               // one slip in a long word, a short form, a gendered ending
	equal
)

func alike(a, b *normal.Token) likeness {
	switch {
	case a.Text == b.Text || a.Long == b.Long || a.Long == b.Text || a.Text == b.Long:
		return equal
	case a.Initial() || b.Initial():
		return initialLikeness(a, b)
	case shortForm(a, b) || a.Stem == b.Stem:
		return near
	case counterparts(a.Text, b.Text):
		return unlike
	}
	return spelledAlike(a, b)
}

func initialLikeness(a, b *normal.Token) likeness {
	if a.Text[0] == b.Text[0] || a.Bones != "" && b.Bones != "" && a.Bones[0] == b.Bones[0] && a.Bones[0] != 'a' {
		return initialOf
	}
	return unlike
}

// shortForm reports whether one word is a short form of the other, by the lists.
func shortForm(a, b *normal.Token) bool {
	return a.Own != 0 && b.Own != 0 && (slices.Contains(b.Kin, a.Own) || slices.Contains(a.Kin, b.Own))
}

// siblings reports whether two words are short forms of one name: Bob and Rob.
func siblings(a, b *normal.Token) bool {
	return slices.ContainsFunc(a.Kin, func(k uint16) bool { return slices.Contains(b.Kin, k) })
}

// counterparts reports whether two words are a man's and a woman's form of a name: as near as a slip of the pen, and never one person.
func counterparts(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < 4 {
		return false
	}
	if len(a)+1 == len(b) {
		return strings.HasPrefix(b, a) && (b[len(a)] == 'a' || b[len(a)] == 'e')
	}
	last := len(a) - 1
	return len(a) == len(b) && a[:last] == b[:last] && isVowel(a[last]) && isVowel(b[last]) && (a[last] == 'o' || b[last] == 'o')
}

func isVowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

func spelledAlike(a, b *normal.Token) likeness {
	short := min(len(a.Text), len(b.Text))
	d := edits(a.Text, b.Text, 3)
	if a.Long != a.Text || b.Long != b.Text {
		d = min(d, edits(a.Long, b.Long, 3))
	}
	switch {
	case d == 1 && short >= 5:
		return near
	case soundAlike(a, b) || siblings(a, b) || shortened(a.Text, b.Text):
		return fuzzy
	case d == 1 && short >= 3, d == 2 && short >= 5, d == 3 && short >= 6:
		return loose
	}
	return unlike
}

// soundAlike reports whether the consonants agree. Few of them are enough only where a romanisation had to guess the rest.
func soundAlike(a, b *normal.Token) bool {
	guessed := a.Script != normal.Latin || b.Script != normal.Latin
	switch {
	case a.Bones == b.Bones:
		return len(a.Bones) >= 3 || guessed && (len(a.Bones) == 2 || a.Text != "" && len(a.Bones) == 1)
	case a.Script != b.Script && a.Script != normal.Han && b.Script != normal.Han:
		return min(len(a.Bones), len(b.Bones)) >= 4 && edits(a.Bones, b.Bones, 1) <= 1
	}
	return false
}

// shortened reports whether one word is the beginning of the other: Alex, Alexandros.
func shortened(a, b string) bool {
	return min(len(a), len(b)) >= 4 && max(len(a), len(b)) >= 6 && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a))
}
