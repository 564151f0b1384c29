package verify

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
)

// match tries every signature under every key, also after a match, so that the time it takes does not tell which key it was.
func (c *Checker) match(p Parts, signatures []string) (key int, ok bool) {
	raw := c.decode(signatures)
	if c.scheme.Algorithm == Ed25519 {
		return c.matchEd25519(p, raw)
	}
	for i := len(c.scheme.Keys) - 1; i >= 0; i-- {
		mac := hmac.New(newHash(c.scheme.Algorithm), c.scheme.Keys[i])
		c.template.writeTo(mac, p)
		want := mac.Sum(nil)
		for _, got := range raw {
			if hmac.Equal(want, got) {
				key, ok = i, true
			}
		}
	}
	return key, ok
}

func (c *Checker) matchEd25519(p Parts, signatures [][]byte) (key int, ok bool) {
	var signed bytes.Buffer
	c.template.writeTo(&signed, p)
	for i := len(c.scheme.Keys) - 1; i >= 0; i-- {
		for _, got := range signatures {
			if ed25519.Verify(c.scheme.Keys[i], signed.Bytes(), got) {
				key, ok = i, true
			}
		}
	}
	return key, ok
}

// decode drops what cannot be a signature by its length or alphabet.
func (c *Checker) decode(signatures []string) [][]byte {
	size := c.scheme.Algorithm.size()
	raw := make([][]byte, 0, len(signatures))
	for _, s := range signatures {
		if len(s) != c.scheme.Encoding.length(size) {
			continue
		}
		if b, err := c.scheme.Encoding.decode(s); err == nil && len(b) == size {
			raw = append(raw, b)
		}
	}
	return raw
}

func newHash(a Algorithm) func() hash.Hash {
	switch a {
	case HMACSHA1:
		return sha1.New // Intercom, SignalWire and Twilio sign with it; HMAC does not depend on its broken collision resistance (RFC 6151, RFC 6194)
	case HMACSHA256:
		return sha256.New
	case HMACSHA512:
		return sha512.New
	}
	return nil
}

// size is a raw signature's length in bytes.
func (a Algorithm) size() int {
	switch a {
	case HMACSHA1:
		return sha1.Size
	case HMACSHA256:
		return sha256.Size
	}
	return ed25519.SignatureSize // and SHA-512's, which is the same
}

func (e Encoding) length(size int) int {
	if e == Hex {
		return hex.EncodedLen(size)
	}
	return base64.StdEncoding.EncodedLen(size)
}

func (e Encoding) decode(s string) ([]byte, error) {
	if e == Hex {
		return hex.DecodeString(s)
	}
	return base64.StdEncoding.Strict().DecodeString(s)
}

func (e Encoding) encode(b []byte) string {
	if e == Hex {
		return hex.EncodeToString(b)
	}
	return base64.StdEncoding.EncodeToString(b)
}
