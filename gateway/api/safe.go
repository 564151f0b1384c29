package api

import "strings"

// safeMessages are the beginnings of huma's messages that hold only words of ours: the constraint, not what broke it.
var safeMessages = []string{
	"expected", "required", "unexpected property", "request body is required", "validation failed", "unsupported", "request body is too large",
}

// withoutValue drops a message that may quote what was sent, such as a parser's.
func withoutValue(message string) string {
	for _, safe := range safeMessages {
		if strings.HasPrefix(message, safe) {
			return message
		}
	}
	return "cannot be read"
}
