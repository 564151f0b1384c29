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

// alike says how alike two words are. Of two family names neither's ending tells a man from a woman, and no list of given names tells them apart.
func alike(a, b *normal.Token, families bool) likeness {
	switch {
	case a.Text == b.Text || a.Long == b.Long || a.Long == b.Text || a.Text == b.Long:
		return equal
	case a.Initial() || b.Initial():
		return initialLikeness(a, b)
	case !families && counterparts(a.Text, b.Text):
		return unlike
	case shortForm(a, b) || a.Stem == b.Stem || lengthened(a.Text, b.Text):
		return near
	}
	l := spelledAlike(a, b)
	if !families && l > loose && twoNames(a, b) {
		return loose
	}
	return l
}

// twoNames reports whether both words are known as given names, and neither of one origin nor two spellings of one sound.
func twoNames(a, b *normal.Token) bool {
	return a.Own != 0 && b.Own != 0 && !siblings(a, b) && (a.Bones != b.Bones || edits(a.Text, b.Text, 1) > 1)
}

// lengthened reports whether the words differ by what stands for a long vowel, Sato and Satou, or by an article, Hassan and Alhassan.
func lengthened(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	switch len(b) - len(a) {
	case 1:
		return len(a) >= 3 && a[len(a)-1] == 'o' && (b == a+"h" || b == a+"u")
	case 2:
		return len(a) >= 4 && (b == "al"+a || b == "el"+a)
	}
	return false
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
	d := edits(a.Text, b.Text, slips(short))
	if a.Long != a.Text || b.Long != b.Text {
		d = min(d, edits(a.Long, b.Long, slips(short)))
	}
	switch {
	case d == 1 && short >= 5:
		return near
	case d == 1 && short >= 4 && a.Script != b.Script, soundAlike(a, b) || siblings(a, b) || shortened(a.Text, b.Text):
		return fuzzy
	case d <= slips(short):
		return loose
	}
	return unlike
}

// slips is how many slips of the pen a word of some letters may hold.
func slips(letters int) int {
	switch {
	case letters < 3:
		return 0
	case letters < 5:
		return 1
	case letters < 6:
		return 2
	}
	return 3
}

// soundAlike reports whether the consonants agree. A man's and a woman's name may do so: then the ending tells. Few consonants are enough only where a romanisation had to guess the rest.
func soundAlike(a, b *normal.Token) bool {
	abjad := a.Script == normal.Abjad || b.Script == normal.Abjad
	switch {
	case !abjad && endsInA(a.Text) != endsInA(b.Text):
		return false
	case a.Script == normal.Latin && b.Script == normal.Latin:
		return a.Bones == b.Bones && len(a.Bones) >= 3 && min(len(a.Text), len(b.Text)) >= 5 && edits(a.Text, b.Text, 3) <= min(len(a.Text), len(b.Text))/3
	case abjad && a.Script != b.Script:
		return a.Bones == b.Bones || sameRoot(a.Bones, b.Bones)
	case a.Script == normal.Han || b.Script == normal.Han:
		return false
	}
	return a.Bones == b.Bones && len(a.Bones) >= 2 || min(len(a.Bones), len(b.Bones)) >= 4 && edits(a.Bones, b.Bones, 1) <= 1
}

func endsInA(text string) bool { return strings.HasSuffix(strings.TrimSuffix(text, "h"), "a") }

// sameRoot compares what is certain of a word in Arabic or Hebrew letters: not whether a letter stands for v, b, a vowel or nothing.
func sameRoot(a, b string) bool {
	for len(a) > 0 && len(b) > 0 {
		if certainly(a[0]) != certainly(b[0]) {
			return false
		}
		a, b = skipUncertain(a[1:]), skipUncertain(b[1:])
	}
	return a == b
}

func skipUncertain(bones string) string { return strings.TrimLeft(bones, "vbyhg") }

func certainly(bone byte) byte {
	switch bone {
	case 'p':
		return 'f'
	case 'b':
		return 'v'
	}
	return bone
}

// shortened reports whether one word is the beginning of the other: Alex, Alexandros.
func shortened(a, b string) bool {
	return min(len(a), len(b)) >= 4 && max(len(a), len(b)) >= 6 && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a))
}
