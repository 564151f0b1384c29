package reply

import (
	"strings"
	"unicode/utf8"
)

const (
	maxSigner = 48 // bytes of a line that is only a name
	belowName = 3  // lines that may stand below it
)

// name is what a sender goes by: the words of the names, folded.
type name map[string]bool

func nameOf(names []string) name {
	n := name{}
	for _, s := range names {
		for word := range nameWords(fold(s[:min(len(s), maxLine)])) {
			n[word] = true
		}
	}
	return n
}

// nameWords are the words of a name and whether each is more than an initial.
func nameWords(folded string) map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsFuncSeq(folded, func(r rune) bool { return strings.ContainsRune(" .,-–—!()\"'*_", r) }) {
		all[word] = utf8.RuneCountInString(word) > 1
	}
	return all
}

// in finds the line of a paragraph that holds nothing but the sender's name, or a part of it, with no prose below.
func (n name) in(lines []line) int {
	if len(n) == 0 {
		return -1
	}
	if len(lines) == 1 && n.initials(lines[0].folded) {
		return 0
	}
	for i := len(lines) - 1; i >= max(0, len(lines)-1-belowName) && !isProse(lines[i:i+1]); i-- {
		if n.is(lines[i].folded) && (i == 0 || !strings.HasSuffix(lines[i-1].folded, ":")) { // below a colon it is what somebody asked for
			return ruleAbove(lines, i)
		}
	}
	return -1
}

// ruleAbove is where the rule above a line begins, or the line where there is none.
func ruleAbove(lines []line, i int) int {
	if i > 0 {
		if words, ruled := captionWords(lines[i-1].folded); ruled && words == "" {
			return i - 1
		}
	}
	return i
}

// is reports whether a line is the name: every word is one of it, an initial or a title before it.
func (n name) is(folded string) bool {
	if len(folded) > maxSigner {
		return false
	}
	whole := false
	for word, long := range nameWords(folded) {
		switch {
		case long && n[word]:
			whole = true
		case long && !nameTitles[word], !long && !n.begins(word):
			return false
		}
	}
	return whole
}

// initials reports whether a line is nothing but the name's initials.
func (n name) initials(folded string) bool {
	if len(folded) > maxSigner {
		return false
	}
	letters := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-–—", r) {
			return -1
		}
		return r
	}, folded)
	for _, r := range letters {
		if !n.begins(string(r)) {
			return false
		}
	}
	return letters != "" && utf8.RuneCountInString(letters) <= min(len(n), maxInitials+1)
}

// begins reports whether a letter is the first of one of the name's words.
func (n name) begins(letter string) bool {
	for word := range n {
		if strings.HasPrefix(word, letter) {
			return true
		}
	}
	return false
}

var nameTitles = words("dr|prof|mag|ing|dipl|mr|mrs|ms|herr|frau|mme|mlle|sig|sr|sra|i.a|i.v|ia|iv|ppa")
