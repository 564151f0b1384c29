package api

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"usher/gateway/contact"
	"usher/gateway/people"
)

// etag is a document's version as an entity tag (RFC 9110 section 8.8.3).
func etag(version int64) string { return fmt.Sprintf(`"%d"`, version) }

// personTag is the versions of all that a person is made of.
func personTag(p people.Person) string {
	if len(p.Profiles) == 1 {
		return etag(p.Root().Version)
	}
	sum := sha256.New()
	for _, m := range p.Profiles {
		_, _ = fmt.Fprintln(sum, m.ID, m.Version) // it never fails
	}
	return `"` + hex.EncodeToString(sum.Sum(nil)[:8]) + `"`
}

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
