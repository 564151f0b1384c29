// Package normal brings contact points and names to the forms by which they are compared. It is pure; the raw spelling is always kept by its callers.
package normal

import (
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Phone is the one E.164 key of a telephone number in any spelling. National formats are read in region (ISO 3166-1 alpha-2). Numbers that a country has renumbered, or that networks spell in two ways, have one key.
// An extension is left out: a caller id never carries one. It is false for what is no subscriber's number: a withheld caller, a short code, a sender's word.
func Phone(raw, region string) (string, bool) {
	if _, withheld := WithheldReason(raw); withheld || len(raw) > maxPhone {
		return "", false
	}
	spelled := spell(raw)
	if spelled == "" {
		return "", false
	}
	number, err := phonenumbers.Parse(spelled, strings.ToUpper(region))
	if err != nil {
		return "", false
	}
	key := oneKey(phonenumbers.Format(number, phonenumbers.E164))
	return key, plausible(key)
}

// PhoneNear is Phone, and reads a seven-digit North American number with the area code of the number that was called.
func PhoneNear(raw, region, called string) (string, bool) {
	digits := onlyDigits(raw)
	if len(digits) == 7 && len(called) == 12 && strings.HasPrefix(called, "+1") && !strings.HasPrefix(strings.TrimSpace(raw), "+") {
		return Phone(called[:5]+digits, region)
	}
	return Phone(raw, region)
}

// maxPhone bounds what is read as a number at all.
const maxPhone = 64

var (
	trunkZero = regexp.MustCompile(`^(\+|00)(\d{1,3})[\s./-]*\(0\)`)
	letters   = regexp.MustCompile(`\p{L}`)
	extension = regexp.MustCompile(`(?i)[\s,;]*(?:ext(?:ension)?|extn|x|durchwahl|poste|int(?:erno)?|;ext=|#)[.:\s=]*\d{1,7}\s*$`)
)

// spell prepares a number for the parser: no extension, no trunk zero in parentheses, 00 as +. It is empty for a word.
func spell(raw string) string {
	s := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(raw), "tel:"))
	s = extension.ReplaceAllString(s, "")
	s = trunkZero.ReplaceAllString(s, "$1$2")
	if letters.MatchString(s) {
		return ""
	}
	if rest, ok := strings.CutPrefix(s, "00"); ok && len(onlyDigits(rest)) > 7 {
		s = "+" + rest
	}
	return s
}

// plausible reports whether an E.164 key is as long as its country's numbers can be. It does not ask for validity: number ranges are newer than any library.
func plausible(key string) bool {
	number, err := phonenumbers.Parse(key, "")
	if err != nil {
		return false
	}
	return phonenumbers.IsPossibleNumber(number) && phonenumbers.IsPossibleNumberWithReason(number) == phonenumbers.IS_POSSIBLE
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
