package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxClosing    = 60  // bytes of a sign-off's line
	maxFormal     = 200 // of one that is a whole sentence
	maxDevice     = 120
	maxNameWords  = 5
	linesBelowOff = 14 // lines of a paragraph below its sign-off
	maxSlogans    = 1
)

// signOff finds the last line of a paragraph that closes a letter, with no prose below it but a slogan among contact lines.
func signOff(lines []line) int {
	telling, prose := 0, 0
	for i := len(lines) - 1; i >= 0 && len(lines)-i <= linesBelowOff; i-- {
		l := lines[i]
		switch {
		case isClosing(l.folded, l.text):
			if prose > 0 && (telling < minFeatures || prose > maxSlogans) {
				return -1
			}
			return firstOff(lines, i)
		case features(l.folded) > 0:
			telling++
		case len(l.text) > maxShort || isSentence(l.folded) || goesOn(l.text):
			prose++
		}
	}
	return -1
}

// firstOff is the first of sign-offs that follow on each other: a letter in Chinese ends in two lines of them.
func firstOff(lines []line, i int) int {
	for i > 0 && len(lines[i-1].text) <= maxShort && isClosing(lines[i-1].folded, lines[i-1].text) && !thanks(lines[i-1].folded) {
		i--
	}
	return i
}

// isClosing reports whether a line is a sign-off, alone or with a name: "Best regards", "Thanks, Ann".
func isClosing(folded, text string) bool {
	if folded == "" || len(folded) > maxClosing {
		return len(folded) <= maxFormal && hasPrefixOf(folded, formalStarts)
	}
	folded = strings.Trim(folded, ".,!;:*_~ -—–、，。！،؛")
	if closings[folded] || inLanguages(folded) || hasPrefixOf(folded, formalStarts) {
		return true
	}
	for cut := len(folded); cut > 0; cut = strings.LastIndexAny(folded[:cut], " ,!.，、،") {
		if closings[strings.TrimRight(folded[:cut], " ,!.，、،")] {
			return isNamed(text, folded[cut:])
		}
	}
	return false
}

// inLanguages reports whether a line is one sign-off in several languages: "Mit freundlichen Grüßen / Best regards".
func inLanguages(folded string) bool {
	count := 0
	for part := range strings.FieldsFuncSeq(folded, func(r rune) bool { return r == '/' || r == '|' }) {
		if !closings[strings.Trim(part, " ,.!")] {
			return false
		}
		count++
	}
	return count > 1
}

// isNamed reports whether what follows a sign-off on its line is a name or a place: few words, each with a capital. Where the script has no capitals, or the name is long, a comma must set it off.
func isNamed(text, rest string) bool {
	words := strings.Fields(strings.Trim(rest, " ,!.，、،"))
	if len(words) > 1 && placeWords[words[0]] {
		words = words[1:] // "Viele Grüße aus Hamburg"
	}
	if len(words) == 0 || len(words) > maxNameWords {
		return false
	}
	apart := strings.ContainsAny(text, ",!，、،")
	tail := strings.Fields(text)
	for _, w := range tail[max(0, len(tail)-len(words)):] {
		r, _ := utf8.DecodeRuneInString(w)
		if unicode.IsLower(r) || !apart && (!unicode.IsUpper(r) || len(words) > 2) {
			return false
		}
	}
	return true
}

// thanks reports whether a sign-off is one that may be all a mail says.
func thanks(folded string) bool {
	return hasPrefixOf(folded, thanksWords)
}

// device finds the line in a paragraph that a telephone or a mail program signs with. It stands last, or above nothing but itself.
func device(lines []line) int {
	for i := len(lines) - 1; i >= max(0, len(lines)-2); i-- {
		if isDevice(lines[i].folded) {
			return i
		}
	}
	return -1
}

func isDevice(folded string) bool {
	if folded == "" || len(folded) > maxDevice {
		return false
	}
	folded = strings.TrimLeft(strings.ReplaceAll(folded, "[", ""), "-_*<( ") // a link of Markdown stands in brackets
	return deviceStarts.begin(folded) && containsOf(folded, deviceWords) || containsOf(folded, deviceParts)
}

// isFooter reports whether a paragraph begins as legal notices, list footers and advertisements of mail programs do.
func isFooter(folded string) bool {
	folded = strings.TrimLeft(folded, "*_-=~[(# ")
	return footerStarts.begin(folded) || len(folded) <= maxDevice && containsOf(folded, footerParts)
}

func isPostscript(folded string) bool {
	return hasPrefixOf(folded, postscripts)
}
