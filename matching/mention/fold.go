package mention

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold is the comparable form of a line: lower case, trimmed, without marks of direction and width, every blank a space and every digit an ASCII one.
func Fold(s string) string { return strings.TrimSpace(FoldRunes(s)) }

// FoldRunes is Fold with the blanks at the ends.
func FoldRunes(s string) string { return strings.ToLower(strings.Map(plainRune, s)) }

// plainRune drops the marks of direction and width that clients write around names and dates, and turns every blank into a space and every digit into an ASCII one.
func plainRune(r rune) rune {
	switch {
	case r < 0x80:
		return r
	case r == utf8.RuneError || Invisible(r):
		return -1
	case r == '：':
		return ':'
	case unicode.IsSpace(r):
		return ' '
	case unicode.Is(unicode.Nd, r):
		return digit(r)
	}
	return r
}

// Invisible reports whether a sign is a mark of direction or width.
func Invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) && r != '\u00ad'
}

// digit is the ASCII form of a decimal digit: Unicode keeps the ten of a script together, the zero at a multiple of ten from the range's start.
func digit(r rune) rune {
	for zero := r; zero > r-10; zero-- {
		if !unicode.Is(unicode.Nd, zero-1) {
			return '0' + (r - zero)
		}
	}
	return r
}
