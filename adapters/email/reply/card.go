package reply

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	minDigits  = 7
	maxDigits  = 15 // ITU-T E.164
	maxCompany = 80
	maxTitle   = 60
)

// isPhone reports whether digits in a text are a telephone number. A number without its country must have the separators or the label of one: dates, prices, invoice and bank numbers have not.
func isPhone(text string, start, end int) bool {
	number := strings.Map(plainRune, text[start:end])
	n := countDigits(number)
	if n < minDigits || n > maxDigits || datePattern.MatchString(number) || inWord(text, start, end) {
		return false
	}
	if strings.HasPrefix(number, "+") || strings.HasPrefix(number, "(+") || isLabelled(text[:start]) {
		return true
	}
	return strings.ContainsAny(digits(number)[:1], "+0") && n >= 9 || strings.HasPrefix(number, "(") || isGrouped(number)
}

// inWord reports whether the digits are a piece of something longer: a link, an IBAN, an identifier.
func inWord(text string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return glues(before) || glues(after) || strings.ContainsRune("#.-", before) || isAmount(text[end:]) || numbered(fold(text[max(0, start-64):start]))
}

// glues reports whether a sign beside digits makes them a piece of a word. Letters of scripts without blanks do not: 电话13800138000.
func glues(r rune) bool {
	return strings.ContainsRune("/=&_@%", r) || unicode.IsDigit(r) || r < 0x250 && unicode.IsLetter(r)
}

// isAmount reports whether what follows a number is a currency.
func isAmount(after string) bool {
	after = strings.TrimLeft(after, " ")
	for _, sign := range []string{"€", "$", "£", "EUR", "USD", "CHF", "PLN", "руб", "₽"} {
		if strings.HasPrefix(after, sign) {
			return true
		}
	}
	return false
}

// numbered reports whether one of the last two words before a number says that it is no telephone's: "Invoice no. 4711 0815".
func numbered(before string) bool {
	words := strings.FieldsFunc(before[max(0, len(before)-40):], func(r rune) bool { return strings.ContainsRune(" .,:;()/|-", r) })
	for i := len(words) - 1; i >= max(0, len(words)-2); i-- {
		if notPhones[words[i]] {
			return i == 0 || !phoneLabels[words[i-1]] // "Mobil-Nr."
		}
		if phoneLabels[words[i]] {
			return false
		}
	}
	return false
}

// datePattern is a number that is a date, with or without a time behind it: 05.07.2023 10, 2023-07-05.
var datePattern = regexp.MustCompile(`^(?:\d{1,2}[./-] ?\d{1,2}[./-] ?\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2})(?:\.? |$)`)

// isGrouped reports a number in the groups of North America: 555-010-1234, 555.010.1234, 555 010 1234.
var groupedPattern = regexp.MustCompile(`^(?:1[ .-])?\d{3}[ .-]\d{3}[ .-]\d{4}$`)

func isGrouped(number string) bool { return groupedPattern.MatchString(number) }

func isLabelled(before string) bool {
	return labelled(before, phoneLabels)
}

func isFax(before string) bool {
	return labelled(before, faxLabels)
}

// labelled reports whether the last word before a number is one of a list.
func labelled(before string, words map[string]bool) bool {
	word := strings.TrimRight(fold(before[max(0, len(before)-64):]), " :.()-/+|")
	if i := strings.LastIndexAny(word, " ,;|/:•·\t"); i >= 0 {
		word = word[i+1:]
	}
	return words[strings.Trim(word, "*_.()[]")]
}

func countDigits(s string) int {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' || r > 0x600 && unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// digits is a number without its separators: "+49 (0)30 123" becomes "+4930123", 00 becomes +.
func digits(number string) string {
	number = strings.Map(plainRune, number)
	international := strings.HasPrefix(strings.TrimLeft(number, "("), "+")
	if international {
		number = strings.Replace(number, "(0)", "", 1)
	}
	bare := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, number)
	if rest, ok := strings.CutPrefix(bare, "00"); ok && !international {
		return "+" + rest
	}
	if international {
		return "+" + bare
	}
	return bare
}

// cardKind is what a line of a signature tells, if it is a company, a title or a postal address.
func cardKind(value string) string {
	folded := fold(value)
	switch {
	case folded == "" || hasAddress(folded) || hasLink(folded) || hasNumber(folded) || isSentence(folded):
		return ""
	case isPostal(folded):
		return Postal
	case isCompany(folded):
		return Company
	case isTitle(folded):
		return Title
	}
	return ""
}

// isCompany reports whether a line ends in a company's legal form, or has it before a comma.
func isCompany(folded string) bool {
	if len(folded) > maxCompany {
		return false
	}
	name, _, _ := strings.Cut(folded, ",")
	for _, candidate := range []string{name, folded} {
		candidate = strings.TrimRight(candidate, " .")
		for cut := len(candidate); cut > 0 && len(candidate)-cut < 24; cut = strings.LastIndexByte(candidate[:cut], ' ') {
			if cut < len(candidate) && legalForms[strings.Trim(candidate[cut+1:], ".()")] {
				return true
			}
		}
	}
	return strings.Contains(folded, "株式会社") || strings.Contains(folded, "有限公司") || strings.Contains(folded, "주식회사") || strings.Contains(folded, "(주)") || hasPrefixOf(folded, leadingForms)
}

func hasPrefixOf(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

func containsOf(s string, parts []string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s, p) })
}

// isTitle reports whether a line is a job title: few words, one of which names an office.
func isTitle(folded string) bool {
	words := strings.FieldsFunc(folded, func(r rune) bool { return strings.ContainsRune(" ,/&-()|:", r) })
	if len(folded) > maxTitle || len(words) == 0 || len(words) > 8 {
		return false
	}
	for _, w := range words {
		if w = strings.Trim(w, ".*_"); titles[w] || isCompound(w) {
			return true
		}
	}
	return hasPrefixOf(folded, titlePhrases) || len(folded) <= maxTitlePart && containsOf(folded, titleParts)
}

// isCompound reports whether a word is a title made of two, as the Germanic languages and Finnish make them: Bauleiter, kundchef.
func isCompound(word string) bool {
	for _, end := range titleEnds {
		if rest, ok := strings.CutSuffix(word, end); ok && len(rest) > 2 {
			return true
		}
	}
	return false
}

// isPostal reports whether a line is a postal address: a postal code with a place, or a street with a number.
func isPostal(folded string) bool {
	if len(folded) > maxShort || countDigits(folded) == 0 || hasNumber(folded) || isDatedOnly(folded) {
		return false
	}
	return postalPattern.MatchString(folded) || streetPattern.MatchString(folded)
}

func isDatedOnly(folded string) bool { return isDated(folded) && !strings.Contains(folded, ",") }

var (
	postalPattern = regexp.MustCompile(`(?:^|[ ,|])(?:(?:d|ch|a|f|nl|b|pl|cz|sk|l|i|e|s|dk|fi|n|ro|hu)[- ])?(?:\d{5}|\d{4}|\d{2}-\d{3}|\d{3} \d{2}|\d{4} ?[a-z]{2}) \p{L}{3,}|\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}\b|\b[a-z]{2} \d{5}(?:-\d{4})?\b|〒 ?\d{3}-\d{4}`)
	streetPattern = regexp.MustCompile(`\p{L}(?:str\.|straße|strasse|gasse|weg|platz|allee|ring|damm|ufer) ?\d{1,4}|^\d{1,5},? (?:\p{L}[\p{L}.]* ){1,4}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|square|way|court)\b|^(?:\d{1,4},? )?(?:bis )?(?:rue|avenue|boulevard|calle|avda|avenida|via|viale|piazza|rua|ul\.|ulica|ул\.|вул\.|улица) ?\p{L}`)
)
