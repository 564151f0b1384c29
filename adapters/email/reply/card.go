package reply

import (
	"regexp"
	"slices"
	"strings"

	"usher/matching/mention"
)

const (
	maxCompany = 80
	maxTitle   = 60
)

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
	if len(folded) > maxShort || mention.CountDigits(folded) == 0 || hasNumber(folded) || isDatedOnly(folded) {
		return false
	}
	return postalPattern.MatchString(folded) || streetPattern.MatchString(folded)
}

func isDatedOnly(folded string) bool { return isDated(folded) && !strings.Contains(folded, ",") }

var (
	postalPattern = regexp.MustCompile(`(?:^|[ ,|])(?:(?:d|ch|a|f|nl|b|pl|cz|sk|l|i|e|s|dk|fi|n|ro|hu)[- ])?(?:\d{5}|\d{4}|\d{2}-\d{3}|\d{3} \d{2}|\d{4} ?[a-z]{2}) \p{L}{3,}|\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}\b|\b[a-z]{2} \d{5}(?:-\d{4})?\b|〒 ?\d{3}-\d{4}`)
	streetPattern = regexp.MustCompile(`\p{L}(?:str\.|straße|strasse|gasse|weg|platz|allee|ring|damm|ufer) ?\d{1,4}|^\d{1,5},? (?:\p{L}[\p{L}.]* ){1,4}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|square|way|court)\b|^(?:\d{1,4},? )?(?:bis )?(?:rue|avenue|boulevard|calle|avda|avenida|via|viale|piazza|rua|ul\.|ulica|ул\.|вул\.|улица) ?\p{L}`)
)
