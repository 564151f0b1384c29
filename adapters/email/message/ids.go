package message

import "strings"

const (
	maxIDs = 200
	maxID  = 998 // bytes
)

// ParseIDs finds the message ids of a header, without their angle brackets. Ids without brackets count when they hold an "@"; blanks inside brackets, which folding leaves, are dropped.
func ParseIDs(v string) []string {
	var all []string
	for len(v) > 0 && len(all) < maxIDs {
		before, rest, bracket := strings.Cut(v, "<")
		all = bare(all, before)
		if !bracket {
			break
		}
		id, after, closed := strings.Cut(rest, ">")
		if !closed {
			return bare(all, rest)
		}
		if id = strings.Join(strings.Fields(strings.TrimLeft(id, "<")), ""); id != "" && len(id) <= maxID {
			all = append(all, id)
		}
		v = after
	}
	return all[:min(len(all), maxIDs)]
}

// bare adds the words of a text that look like ids.
func bare(all []string, text string) []string {
	if !strings.Contains(text, "@") {
		return all
	}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' || r == ';' }) {
		word = strings.Trim(word, "<>\"'")
		if strings.Contains(word, "@") && len(word) <= maxID && len(all) < maxIDs {
			all = append(all, word)
		}
	}
	return all
}

// unbracketed is an id without its brackets, whatever it looks like.
func unbracketed(v string) string { return strings.Trim(strings.TrimSpace(v), "<>") }

func clip(s string, n int) string { return strings.ToValidUTF8(s[:min(len(s), n)], "") }
