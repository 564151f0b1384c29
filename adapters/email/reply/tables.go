package reply

import "strings"

// table turns lists of words by what they mean into words and their meaning.
func table(lists map[field]string) map[string]field {
	all := map[string]field{}
	for f, list := range lists {
		for word := range strings.SplitSeq(list, "|") {
			all[fold(word)] = f
		}
	}
	return all
}

func captionTable(lists map[Kind]string) map[string]Kind {
	all := map[string]Kind{}
	for kind, list := range lists {
		for words := range strings.SplitSeq(list, "|") {
			all[fold(words)] = kind
		}
	}
	return all
}

// starts are beginnings of lines, by their first byte: there are hundreds, and every line is asked.
type starts [256][]string

func startsOf(words string) *starts {
	var s starts
	for _, phrase := range list(words) {
		s[phrase[0]] = append(s[phrase[0]], phrase)
	}
	return &s
}

func (s *starts) begin(text string) bool {
	return text != "" && hasPrefixOf(text, s[text[0]])
}

// list cuts a table of phrases.
func list(words string) []string {
	all := strings.Split(words, "|")
	for i := range all {
		all[i] = strings.TrimLeft(foldRunes(all[i]), " ") // a blank at the end is the end of a word
	}
	return all
}
