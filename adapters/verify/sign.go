package verify

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"errors"
	"fmt"
	"time"
)

// Sign makes the value of the signature header for what s describes: for tests, demonstrations and webhooks of our own. The keys, names and tolerance of s are not used.
// For Ed25519 the key is a private key of 64 bytes or its seed of 32. Parts.Timestamp is signed as it stands; see Stamp.
func Sign(s Scheme, key []byte, p Parts) (string, error) {
	t, err := s.compile()
	if err != nil {
		return "", err
	}
	sum, err := sum(s, t, key, p)
	if err != nil {
		return "", err
	}
	value := s.Prefix + s.Encoding.encode(sum)
	if s.TimestampPrefix != "" {
		return s.TimestampPrefix + p.Timestamp + s.Separator + value, nil
	}
	return value, nil
}

// Stamp is the timestamp header of t.
func Stamp(s Scheme, t time.Time) string {
	if s.unit() == time.Millisecond {
		return fmt.Sprint(t.UnixMilli())
	}
	return fmt.Sprint(t.Unix())
}

func sum(s Scheme, t template, key []byte, p Parts) ([]byte, error) {
	if s.Algorithm == Ed25519 {
		private, err := privateKey(key)
		if err != nil {
			return nil, err
		}
		var signed bytes.Buffer
		t.writeTo(&signed, p)
		return ed25519.Sign(private, signed.Bytes()), nil
	}
	if len(key) == 0 {
		return nil, errors.New("empty key")
	}
	mac := hmac.New(newHash(s.Algorithm), key)
	t.writeTo(mac, p)
	return mac.Sum(nil), nil
}

// privateKey takes a seed, or a seed with its public key behind it (RFC 8032 and most libraries).
func privateKey(key []byte) (ed25519.PrivateKey, error) {
	switch len(key) {
	case ed25519.SeedSize:
		return ed25519.NewKeyFromSeed(key), nil
	case ed25519.PrivateKeySize:
		private := ed25519.NewKeyFromSeed(key[:ed25519.SeedSize])
		// Signing with a public half that is not the seed's own gives the private key away.
		if !hmac.Equal(private, key) {
			return nil, errors.New("the halves of the Ed25519 private key do not belong together")
		}
		return private, nil
	}
	return nil, fmt.Errorf("%d bytes: an Ed25519 private key has %d, its seed %d", len(key), ed25519.PrivateKeySize, ed25519.SeedSize)
}
