package normal

import (
	"strings"
	"unicode"
)

// maxText bounds what is read of a text, in bytes.
const maxText = 256

// Text is the comparable form of a street, a city, a company, a document's number: romanised words and numbers, lower case, one space between.
func Text(raw string) string {
	words := strings.FieldsFunc(clean(raw[:min(len(raw), maxText)]), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	out := make([]string, 0, len(words))
	for _, w := range words {
		if roman := romanText(w, Roman); roman != "" {
			out = append(out, roman)
		}
	}
	return strings.Join(out, " ")
}

// romanText romanises the letters of a word, as read does, and keeps its digits.
func romanText(word string, read func(string) string) string {
	var out strings.Builder
	for len(word) > 0 {
		end := strings.IndexFunc(word, unicode.IsDigit)
		if end == 0 {
			r := []rune(word)[0]
			if digit := digitOf(r); digit >= 0 {
				out.WriteByte(byte('0' + digit))
			}
			word = word[len(string(r)):]
			continue
		}
		if end < 0 {
			end = len(word)
		}
		out.WriteString(read(word[:end]))
		word = word[end:]
	}
	return out.String()
}

// digitOf is the value of a decimal digit of any script: they stand in runs of ten that begin at a multiple of ten or of sixteen.
func digitOf(r rune) int {
	for n := range rune(10) {
		if !unicode.IsDigit(r - n - 1) {
			return int(n)
		}
	}
	return -1
}

// legalForms are what stands behind a company's name or does not.
var legalForms = set("gmbh ag kg ohg ug se ev gbr mbh co und and inc incorporated ltd limited llc llp plc corp corporation company sa sas sarl srl spa sl bv nv ab as oy aps kft sro doo ooo zao pty the group gruppe holding")

// Organization is the comparable form of a company's name: without its legal form.
func Organization(raw string) string {
	words := strings.Fields(Text(raw))
	kept := make([]string, 0, len(words))
	for _, w := range words {
		if !legalForms[w] {
			kept = append(kept, w)
		}
	}
	if len(kept) == 0 {
		return strings.Join(words, " ")
	}
	return strings.Join(kept, " ")
}
