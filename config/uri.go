package config

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// URI is an address that may carry a password. It prints without the user's
// part and without the query; Reveal gives it whole.
type URI struct{ secret Secret }

// NewURI makes a URI in code.
func NewURI(uri string) URI { return URI{secret: NewSecret([]byte(uri))} }

// Reveal returns the whole address, password included.
func (u URI) Reveal() string { return string(u.secret.Reveal()) }

// IsZero reports whether there is no address.
func (u URI) IsZero() bool { return u.secret.IsZero() }

// String returns the address as it may be shown.
func (u URI) String() string {
	whole := u.Reveal()
	if whole == "" {
		return ""
	}
	scheme, rest, found := strings.Cut(whole, "://")
	if !found {
		return hidden
	}
	// By hand, not with net/url: a MongoDB address names several hosts, and a
	// password with a raw "/" or "?" must not escape.
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		rest = hidden + rest[at:]
	}
	if query := strings.IndexByte(rest, '?'); query >= 0 {
		rest = rest[:query+1] + hidden
	}
	return scheme + "://" + rest
}

// GoString hides the password from %#v.
func (u URI) GoString() string { return u.String() }

// Format hides the password from every verb.
func (u URI) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, u.String()) }

// MarshalText hides the password from JSON, YAML and the rest.
func (u URI) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// LogValue hides the password from slog.
func (u URI) LogValue() slog.Value { return slog.StringValue(u.String()) }

func trimSlash(url string) string { return strings.TrimRight(url, "/") }
