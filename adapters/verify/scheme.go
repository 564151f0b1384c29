package verify

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"
)

// Algorithm is how the signed string is signed.
type Algorithm string

// The algorithms.
const (
	HMACSHA1   Algorithm = "hmac-sha1"
	HMACSHA256 Algorithm = "hmac-sha256"
	HMACSHA512 Algorithm = "hmac-sha512"
	Ed25519    Algorithm = "ed25519" // RFC 8032; keys are raw 32-byte public keys
)

// Encoding is how a signature is written in its header.
type Encoding string

// The encodings. Hex may be of either case; base64 is the standard alphabet with padding.
const (
	Hex    Encoding = "hex"
	Base64 Encoding = "base64"
)

// Window is the tolerance most providers recommend and most libraries use, to both sides.
const Window = 300 * time.Second

// Limits of what is read from a request. Beyond them it is refused.
const (
	MaxKeys       = 8
	MaxSignatures = 16   // of the scheme's kind, in all occurrences of the header
	maxHeader     = 4096 // bytes of all occurrences of the signature header
	maxValue      = 256  // bytes of an id or a nonce
)

// Scheme says how a provider signs. The zero value of each field means that the scheme has no such thing.
type Scheme struct {
	Algorithm Algorithm
	Encoding  Encoding
	// Template is the signed string: {body} once, and any of {ts}, {id}, {nonce}, {url} and {method} between literal text, as in "v0:{ts}:{body}".
	Template string
	// Headers are the sets of names the parts travel under, aliases of one another. The first set whose signature header is present is used, and no other is looked at.
	Headers []Headers
	// Prefix stands before every signature of this scheme: "sha256=", "v0=", "v1,". Elements without it are left to other schemes.
	Prefix string
	// Separator stands between several signatures in one header, usually " " or ",". Any match accepts.
	Separator string
	// TimestampPrefix marks the element of the signature header that holds the time, as in "t=1700000000,v1=...". It takes the place of Headers.Timestamp.
	TimestampPrefix string
	// Unit is what the timestamp counts since 1970: time.Second, which is also the default, or time.Millisecond.
	Unit time.Duration
	// Tolerance is how far the signed time may lie from now, to both sides, inclusive. It must be set when the template signs {ts}, and only then.
	Tolerance time.Duration
	// Keys are the live secrets, two while rotating, or public keys for Ed25519.
	Keys [][]byte
}

// Headers are the names of the headers that hold the signature and the signed parts beside the body.
type Headers struct {
	Signature string
	Timestamp string
	ID        string
	Nonce     string
}

// Checker checks requests against one Scheme. It is safe for concurrent use.
type Checker struct {
	scheme   Scheme
	template template
}

// New makes a Checker. Its errors say what is wrong with the scheme; none holds a key.
func New(s Scheme) (*Checker, error) {
	t, err := s.compile()
	if err != nil {
		return nil, err
	}
	if err := s.checkHeaders(t); err != nil {
		return nil, err
	}
	if err := s.checkTolerance(t); err != nil {
		return nil, err
	}
	if err := s.checkKeys(); err != nil {
		return nil, err
	}
	s.Unit = s.unit()
	return &Checker{scheme: s, template: t}, nil
}

// compile checks what signing needs too, and parses the template.
func (s Scheme) compile() (template, error) {
	if s.Algorithm != Ed25519 && newHash(s.Algorithm) == nil {
		return nil, fmt.Errorf("algorithm %q: want hmac-sha1, hmac-sha256, hmac-sha512 or ed25519", s.Algorithm)
	}
	if s.Encoding != Hex && s.Encoding != Base64 {
		return nil, fmt.Errorf("encoding %q: want hex or base64", s.Encoding)
	}
	if s.unit() != time.Second && s.unit() != time.Millisecond {
		return nil, fmt.Errorf("timestamp unit %s: want a second or a millisecond", s.Unit)
	}
	t, err := parseTemplate(s.Template)
	if err != nil {
		return nil, fmt.Errorf("template %q: %w", s.Template, err)
	}
	if s.TimestampPrefix != "" && s.Separator == "" {
		return nil, errors.New("a timestamp prefix needs a separator")
	}
	return t, nil
}

func (s Scheme) checkHeaders(t template) error {
	if len(s.Headers) == 0 {
		return errors.New("no header names")
	}
	if s.TimestampPrefix != "" && !t.has(fieldTimestamp) {
		return errors.New("timestamp prefix: the template does not sign {ts}")
	}
	for i, h := range s.Headers {
		if h.Signature == "" {
			return fmt.Errorf("header set %d: no signature header", i+1)
		}
		if err := agree(t, fieldTimestamp, h.Timestamp+s.TimestampPrefix); err != nil {
			return fmt.Errorf("header set %d: %w", i+1, err)
		}
		if h.Timestamp != "" && s.TimestampPrefix != "" {
			return fmt.Errorf("header set %d: the timestamp has both a header and a prefix", i+1)
		}
		if err := agree(t, fieldID, h.ID); err != nil {
			return fmt.Errorf("header set %d: %w", i+1, err)
		}
		if err := agree(t, fieldNonce, h.Nonce); err != nil {
			return fmt.Errorf("header set %d: %w", i+1, err)
		}
	}
	return nil
}

// agree holds that a header is named if, and only if, the template signs its value.
func agree(t template, f field, name string) error {
	switch {
	case t.has(f) && name == "":
		return fmt.Errorf("no header for %s, which the template signs", f)
	case !t.has(f) && name != "":
		return fmt.Errorf("a header for %s, which the template does not sign", f)
	}
	return nil
}

func (s Scheme) checkTolerance(t template) error {
	switch {
	case s.Tolerance < 0:
		return errors.New("tolerance is negative")
	case s.Tolerance > 0 && !t.has(fieldTimestamp):
		return errors.New("tolerance: the template does not sign {ts}")
	case s.Tolerance == 0 && t.has(fieldTimestamp):
		return errors.New("no tolerance, though the template signs {ts}")
	}
	return nil
}

func (s Scheme) checkKeys() error {
	if len(s.Keys) == 0 || len(s.Keys) > MaxKeys {
		return fmt.Errorf("%d keys: want 1 to %d", len(s.Keys), MaxKeys)
	}
	for i, k := range s.Keys {
		if err := checkKey(s.Algorithm, k); err != nil {
			return fmt.Errorf("key %d: %w", i+1, err)
		}
	}
	return nil
}

func checkKey(a Algorithm, key []byte) error {
	if a != Ed25519 {
		if len(key) == 0 {
			return errors.New("empty")
		}
		return nil
	}
	if len(key) != ed25519.PublicKeySize {
		return fmt.Errorf("%d bytes: an Ed25519 public key has %d", len(key), ed25519.PublicKeySize)
	}
	// A forgotten key of zeros is a point of small order: anybody can sign for it.
	if [ed25519.PublicKeySize]byte(key) == [ed25519.PublicKeySize]byte{} {
		return errors.New("all zeros")
	}
	return nil
}

func (s Scheme) unit() time.Duration {
	if s.Unit == 0 {
		return time.Second
	}
	return s.Unit
}
