package api

import (
	"fmt"
	"strconv"
	"strings"

	"usher/gateway/contact"
)

// etag is a document's version as an entity tag (RFC 9110 section 8.8.3).
func etag(version int64) string { return fmt.Sprintf(`"%d"`, version) }

// ifMatch reads the version that a request is meant for; 0 is any.
func ifMatch(header string) (int64, error) {
	if header == "" || header == "*" {
		return 0, nil
	}
	version, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(header, "W/"), `"`), 10, 64)
	if err != nil || version < 1 {
		return 0, contact.NewError(contact.Stale, "stale_version", "If-Match names no version of this document", nil)
	}
	return version, nil
}
