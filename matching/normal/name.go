package normal

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxName bounds what is read as a name, in bytes.
const maxName = 512

// titles are words beside a name that say nothing about who it is.
var titles = map[string]bool{
	"mr": true, "mrs": true, "ms": true, "miss": true, "mx": true, "dr": true, "prof": true, "sir": true, "jr": true, "sr": true, "phd": true, "md": true,
	"herr": true, "frau": true, "hr": true, "fr": true, "dipl": true, "ing": true, "med": true, "mag": true,
	"monsieur": true, "madame": true, "mme": true, "mlle": true, "sig": true, "signor": true, "signora": true, "dott": true, "senor": true, "senora": true, "don": true, "dona": true, "pan": true, "pani": true, "bay": true, "bayan": true,
}

// letterForms are Latin letters that do not decompose into a base and a mark.
var letterForms = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i", "’", "'", "‘", "'")

// NameTokens are the words of a name, folded: compatibility form, lower case, without marks, titles and bracketed remarks; "Last, First" is turned round. It is empty for what is no name: an address, a number.
func NameTokens(name string) []string { return wordsOf(foldName(name)) }

// wordsOf are the words of a name that is folded.
func wordsOf(name string) []string {
	if strings.Contains(name, "@") {
		return nil
	}
	if last, first, ok := strings.Cut(name, ","); ok && !strings.Contains(first, ",") {
		name = first + " " + last
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '\'' })
	return slices.DeleteFunc(words, func(w string) bool { return strings.Trim(w, "'") == "" || titles[w] })
}

// NameKey is the key of a name among the people of one contact point: its folded words and the numbers beside them in order of the alphabet, so that "Ana Silva" and "Silva, Ana" are one, and "Room 12" and "Room 14" are two. It is empty for what is no name.
func NameKey(name string) string {
	folded := foldName(name)
	words := wordsOf(folded)
	if len(words) == 0 {
		return ""
	}
	words = append(words, numbers(folded)...)
	slices.Sort(words)
	return strings.Join(words, " ")
}

// foldName is the comparable form of a name, bounded and without remarks.
func foldName(name string) string {
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "")
	}
	return withoutRemarks(fold(name))
}

// fold is the comparable form of a text: compatibility form, lower case, marks removed.
func fold(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	folded := norm.NFC.String(strings.Map(withoutMarks, norm.NFKD.String(strings.ToValidUTF8(s, ""))))
	// Lower case last: a compatibility form may bring capitals, as ㎿ does.
	return letterForms.Replace(strings.ToLower(folded))
}

func withoutMarks(r rune) rune {
	if unicode.Is(unicode.Mn, r) {
		return -1
	}
	return r
}

// withoutRemarks drops what stands in brackets: "(Acme)", "[external]".
func withoutRemarks(s string) string {
	var kept strings.Builder
	depth := 0
	for _, r := range s {
		switch {
		case strings.ContainsRune("([{<", r):
			depth++
		case strings.ContainsRune(")]}>", r):
			depth = max(0, depth-1)
		case depth == 0:
			kept.WriteRune(r)
		}
	}
	return kept.String()
}
