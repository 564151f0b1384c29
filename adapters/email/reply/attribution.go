package reply

import "strings"

const (
	maxWrapped = 3   // lines of one attribution
	dateWithin = 48  // bytes within which an attribution that begins with its date names a number
	tailWithin = 160 // bytes between the verb and the colon: a name, an address, or a date
	shortDate  = 16  // bytes of a line that is only the end of a date
)

// attribution recognises the line above a quote, "On 5 July 2023 at 10:00 Ann <ann@example.com> wrote:", in any language of the tables and wrapped over up to three lines. It says where the quote begins.
func attribution(lines []line, i int) (int, bool) {
	if goesOnFrom(lines[i].text) && !quoteFollows(lines, i+1) {
		return 0, false
	}
	joined, known := "", false
	for k := i; k < len(lines) && k < i+maxWrapped; k++ {
		l := lines[k]
		if l.folded == "" || l.marked || (k > i && startsOver(l.folded)) {
			return 0, false
		}
		joined = strings.TrimSpace(joined + " " + l.folded)
		known = known || k > i || opens(l.folded)
		if goesIntoQuote(joined) {
			return k + 1, true
		}
		if strings.HasSuffix(joined, ":") && (k == i || opens(lines[i].folded)) {
			return k + 1, isAttribution(joined, quoteFollows(lines, k+1))
		}
	}
	return 0, false
}

// goesIntoQuote reports whether a line is a whole attribution with the quote behind its colon, as Yahoo's telephone programs write: "On 5 July at 10:00, Ann <ann@example.com> wrote:   Hello".
func goesIntoQuote(s string) bool {
	at := strings.Index(s, "> ")
	if at < 0 {
		return false
	}
	verb, _, cut := strings.Cut(s[at+2:], ":")
	return cut && verbs[verb] && strings.Contains(s[:at], "@") && isDated(s[:at]) && opensWithDate(s)
}

// goesOnFrom reports whether a line begins with a small preposition, "am 10.11. schrieb mir Ihr Kollege:", where clients write a capital: it goes on from a greeting.
func goesOnFrom(text string) bool {
	first, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	return smallOpeners[first]
}

var smallOpeners = words("am|on|le|el|il|em|op|den|dne|w|στις|vào")

// opens reports whether a line may be the first of several of an attribution: it holds a date or an address.
func opens(folded string) bool {
	return strings.Contains(folded, "@") || isDated(folded)
}

// startsOver reports whether a line begins an attribution of its own, so that the prose above it is no part of it.
func startsOver(folded string) bool {
	return len(folded) > shortDate && opensWithDate(folded) && isDated(folded)
}

func quoteFollows(lines []line, i int) bool {
	next := nonBlank(lines, i)
	return next < len(lines) && lines[next].marked
}

// isAttribution judges a line that ends in a colon. Directly above quoted lines a verb of writing or a dated address is enough; where nothing marks the quote,
// all that follows would be lost to the sender, and it must have the full form.
func isAttribution(s string, quoted bool) bool {
	at, verb := verbIn(s)
	dated, addressed := isDated(s), strings.Contains(s, "@")
	switch {
	case quoted:
		return verb || (dated && (addressed || opensWithDate(s)))
	case addressed && dated:
		return verb || strings.HasSuffix(s, ">:")
	case addressed:
		return verb && strings.HasSuffix(s, ">:") && len(s) < tailWithin
	}
	return verb && dated && isTimed(s) && opensWithDate(s) && digitBefore(s, at)
}

// opensWithDate reports whether a number comes after no more than a preposition and a weekday: clients write their date first.
func opensWithDate(s string) bool {
	first, _, _ := strings.Cut(s, " ")
	if !strings.ContainsAny(first, "0123456789") && len([]rune(strings.Trim(first, ".,"))) > 6 && !openers[strings.Trim(first, ".,")] {
		return false
	}
	return strings.ContainsAny(s[:min(len(s), dateWithin)], "0123456789")
}

func digitBefore(s string, at int) bool {
	return strings.ContainsAny(s[:at], "0123456789")
}

// verbIn finds a verb of writing near the end of a line, or at its beginning, and says where.
func verbIn(s string) (int, bool) {
	for at := 0; at < len(s); {
		word, next := wordAt(s, at)
		if verbs[word] && (len(s)-next <= tailWithin || at == 0) {
			return at, true
		}
		at = max(next, at+1)
	}
	for _, phrase := range verbPhrases {
		if at := strings.LastIndex(s, phrase); at >= 0 {
			return at, true
		}
	}
	return 0, false
}

// wordAt is the word that begins at a place, and where the next one may.
func wordAt(s string, at int) (word string, next int) {
	end := strings.IndexAny(s[at:], " ,:<\"'»”")
	if end < 0 {
		return s[at:], len(s)
	}
	return s[at : at+end], at + end + 1
}

// isDated reports whether a line names a moment: a time of day, a numeric date, or a year with another number.
func isDated(s string) bool {
	year, numbers := false, 0
	for i := 0; i < len(s); {
		if s[i] < '0' || s[i] > '9' {
			i++
			continue
		}
		end := digitsEnd(s, i)
		if isJoined(s, i, end) {
			return true
		}
		numbers++
		year = year || isYear(s[i:end])
		i = end
	}
	return year && numbers >= 2
}

func digitsEnd(s string, i int) int {
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

// isJoined reports whether a number is the beginning of 10:05, 5.7.2023, 5/7/23, 2023-07-05, 5. 7. 2023 or 2023年7月.
func isJoined(s string, start, end int) bool {
	if end-start > 4 || end-start == 3 || end+1 >= len(s) {
		return false
	}
	rest := s[end:]
	if isHour(s, start, end) {
		return true
	}
	if strings.HasPrefix(rest, "年") || strings.HasPrefix(rest, "년") {
		return true
	}
	second := strings.TrimLeft(rest[1:], " ")
	middle := digitsEnd(second, 0)
	if !strings.ContainsRune("./-", rune(rest[0])) || middle == 0 || middle > 2 || middle >= len(second) {
		return false
	}
	third := strings.TrimLeft(second[middle+1:], " ")
	return second[middle] == rest[0] && digitsEnd(third, 0) >= 2
}

// isHour reports whether a number is the beginning of a time of day, 10:05.
func isHour(s string, start, end int) bool {
	return end-start <= 2 && end+2 < len(s) && s[end] == ':' && digitsEnd(s, end+1) == end+3
}

// isTimed reports whether a line names a time of day.
func isTimed(s string) bool {
	for i := 0; i < len(s); {
		end := digitsEnd(s, i)
		if end > i && isHour(s, i, end) {
			return true
		}
		i = max(end, i+1)
	}
	return false
}

func isYear(digits string) bool {
	return len(digits) == 4 && (digits[:2] == "19" || digits[:2] == "20" || digits[:2] == "25" || digits[:2] == "14")
}
