package matching

import (
	"strings"

	"usher/gateway/contact"
	"usher/matching/normal"
)

// Impersonal reports whether a contact point is by its nature a place's or a function's, and not one person's: a fixed line, behind which there may be a household or a switchboard, or a role mailbox. It says nothing of who is on it without a name.
// The value is in its normal form.
func Impersonal(scheme contact.Scheme, value string) bool {
	switch scheme {
	case contact.Tel:
		return normal.FixedLine(value)
	case contact.Mailto:
		local, _, _ := strings.Cut(value, "@")
		return normal.RoleMailbox(local)
	}
	return false
}
