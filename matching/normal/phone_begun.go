package normal

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// PhoneBegun are the beginnings that the E.164 form of a number may have of which somebody typed the first digits: internationally, with or without its plus, or as it is dialled within a region (ISO 3166-1 alpha-2). None for what holds more than digits and what is written between them.
func PhoneBegun(raw, region string) []string {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" ()-./", r) {
			return -1
		}
		return r
	}, raw)
	digits, international := strings.CutPrefix(digits, "+")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return nil
	}
	if abroad, ok := strings.CutPrefix(digits, "00"); ok && !international {
		digits, international = abroad, true
	}
	begun := []string{"+" + digits}
	region = strings.ToUpper(region)
	if code := phonenumbers.GetCountryCodeForRegion(region); code > 0 && !international {
		within := strings.TrimPrefix(digits, phonenumbers.GetNddPrefixForRegion(region, true))
		begun = append(begun, "+"+strconv.Itoa(code)+within)
	}
	return begun
}
