package normal

import "github.com/nyaruka/phonenumbers"

// FixedLine reports whether a number in E.164 is by its country's numbering plan a place's and never a mobile telephone: a fixed line, or a number that companies publish (freephone, shared cost, corporate).
// It is false where the plan does not tell the two apart, as in North America, and for a number that no plan known to the library holds.
func FixedLine(number string) bool {
	parsed, err := phonenumbers.Parse(number, "")
	if err != nil {
		return false
	}
	switch phonenumbers.GetNumberType(parsed) {
	case phonenumbers.FIXED_LINE, phonenumbers.TOLL_FREE, phonenumbers.SHARED_COST, phonenumbers.UAN:
		return true
	}
	return false
}
