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
	return settle(spelled, strings.ToUpper(region))
}

// settle reads a number and its reading again until nothing moves, so that a key is always a fixed point: renumbering and the parser's own trunk zeros both act on E.164.
func settle(number, region string) (string, bool) {
	for range maxPhone {
		parsed, err := phonenumbers.Parse(number, region)
		if err != nil {
			return "", false
		}
		key := oneKey(phonenumbers.Format(parsed, phonenumbers.E164))
		if key == number {
			// Possible, not valid: number ranges are newer than any library.
			return key, phonenumbers.IsPossibleNumberWithReason(parsed) == phonenumbers.IS_POSSIBLE
		}
		number = key
	}
	return "", false
}

// PhoneNear is Phone, and reads a seven-digit North American number with the area code of the number that was called.
func PhoneNear(raw, region, called string) (string, bool) {
	digits := onlyDigits(raw)
	if len(digits) != 7 || strings.HasPrefix(strings.TrimSpace(raw), "+") {
		return Phone(raw, region)
	}
	if number, ok := Phone(called, region); ok && len(number) == 12 && strings.HasPrefix(number, "+1") {
		return Phone(number[:5]+digits, region)
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

// HasExtension reports whether a number was written with an extension: then it is a switchboard's.
func HasExtension(raw string) bool { return extension.MatchString(raw) }

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// Region reports whether national numbers of a country, by its two capitals (ISO 3166), can be read.
func Region(country string) bool { return phonenumbers.GetSupportedRegions()[country] }
