package mention

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxLocal  = 64  // RFC 5321 section 4.5.3.1.1
	maxDomain = 255 // RFC 5321 section 4.5.3.1.2
)

// Addresses are the places of e-mail addresses in a line. It goes from each "@" outwards: a pattern would have to be tried at every letter.
func Addresses(text string) [][]int {
	var all [][]int
	last := 0
	for at := 0; len(all) < maxFound; at++ {
		next := strings.IndexByte(text[at:], '@')
		if next < 0 {
			return all
		}
		at += next
		start, end := localStart(text, last, at), domainEnd(text, at+1)
		if start < at && isDomain(text[at+1:end]) {
			all = append(all, []int{start, end})
			last = end
		}
	}
	return all
}

// localStart is where the local part before an "@" begins, not before a place.
func localStart(text string, from, at int) int {
	start := at
	for start > from && at-start < maxLocal {
		r, size := utf8.DecodeLastRuneInString(text[from:start])
		if !isLocal(r) {
			break
		}
		start -= size
	}
	return at - len(strings.TrimLeft(text[start:at], ".-'_%+"))
}

func domainEnd(text string, start int) int {
	end := start
	for end < len(text) && end-start < maxDomain {
		r, size := utf8.DecodeRuneInString(text[end:])
		if r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '-' && r != '.' {
			break
		}
		end += size
	}
	return start + len(strings.TrimRight(text[start:end], ".-"))
}

func isLocal(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune(".-'_%+", r))
}

// isDomain reports whether a text has labels and a top-level domain of letters.
func isDomain(s string) bool {
	i := strings.LastIndexByte(s, '.')
	if i < 1 || strings.Contains(s, "..") || strings.HasPrefix(s, "-") {
		return false
	}
	top := s[i+1:]
	return utf8.RuneCountInString(top) >= 2 && strings.IndexFunc(top, unicode.IsLetter) == 0
}
