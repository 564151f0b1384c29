package mention

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	minDigits = 7
	maxDigits = 15 // ITU-T E.164
)

// Phone is a telephone number in a text: the bytes from Start up to but not including End.
type Phone struct {
	Start, End int
	Fax        bool // nobody answers it
}

var phonePattern = regexp.MustCompile(`\+?\(?\+?[0-9٠-٩۰-۹０-９](?:[ \x{a0}./()\x{2010}-\x{2013}-]{0,3}[0-9٠-٩۰-۹０-９]){6,15}`)

// Phones are the telephone numbers of a line.
func Phones(text string) []Phone {
	if CountDigits(text) < minDigits {
		return nil
	}
	var all []Phone
	for _, m := range phonePattern.FindAllStringIndex(text, maxFound) {
		if isPhone(text, m[0], m[1]) {
			all = append(all, Phone{m[0], m[1], isFax(text[:m[0]])})
		}
	}
	return all
}

// isPhone reports whether digits in a text are a telephone number. A number without its country must have the separators or the label of one: dates, prices, invoice and bank numbers have not.
func isPhone(text string, start, end int) bool {
	number := strings.Map(plainRune, text[start:end])
	n := CountDigits(number)
	if n < minDigits || n > maxDigits || datePattern.MatchString(number) || inWord(text, start, end) {
		return false
	}
	if strings.HasPrefix(number, "+") || strings.HasPrefix(number, "(+") || isLabelled(text[:start]) {
		return true
	}
	return strings.ContainsAny(Digits(number)[:1], "+0") && n >= 9 || strings.HasPrefix(number, "(") || isGrouped(number)
}

// inWord reports whether the digits are a piece of something longer: a link, an IBAN, an identifier.
func inWord(text string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return glues(before) || glues(after) || strings.ContainsRune("#.-", before) || isAmount(text[end:]) || numbered(Fold(text[max(0, start-64):start]))
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
	word := strings.TrimRight(Fold(before[max(0, len(before)-64):]), " :.()-/+|")
	if i := strings.LastIndexAny(word, " ,;|/:•·\t"); i >= 0 {
		word = word[i+1:]
	}
	return words[strings.Trim(word, "*_.()[]")]
}

// CountDigits counts decimal digits of any script.
func CountDigits(s string) int {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' || r > 0x600 && unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// Digits is a number without its separators: "+49 (0)30 123" becomes "+4930123", 00 becomes +.
func Digits(number string) string {
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
