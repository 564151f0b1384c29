package verify

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// The prefixes of Standard Webhooks keys. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
const (
	SecretPrefix     = "whsec_"
	PublicKeyPrefix  = "whpk_"
	PrivateKeyPrefix = "whsk_"
)

// ParseSecret reads a Standard Webhooks secret: whsec_ and the base64 of 24 to 64 bytes. No error of the parsers holds any of the text.
func ParseSecret(text string) ([]byte, error) {
	secret, err := parsePrefixed(text, SecretPrefix)
	if err != nil {
		return nil, err
	}
	if len(secret) < 24 || len(secret) > 64 {
		return nil, fmt.Errorf("secret of %d bytes: want 24 to 64", len(secret))
	}
	return secret, nil
}

// ParsePublicKey reads a Standard Webhooks public key: whpk_ and the base64 of 32 bytes.
func ParsePublicKey(text string) ([]byte, error) {
	key, err := parsePrefixed(text, PublicKeyPrefix)
	if err != nil {
		return nil, err
	}
	return key, checkKey(Ed25519, key)
}

// ParsePrivateKey reads a Standard Webhooks private key, for signing: whsk_ and the base64 of a seed of 32 bytes, or of 64.
func ParsePrivateKey(text string) ([]byte, error) {
	key, err := parsePrefixed(text, PrivateKeyPrefix)
	if err != nil {
		return nil, err
	}
	private, err := privateKey(key)
	return private, err
}

func parsePrefixed(text, prefix string) ([]byte, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), prefix)
	if !ok {
		return nil, fmt.Errorf("does not begin with %s", prefix)
	}
	return parseBase64(rest)
}

// parseBase64 takes padding or none. The decoder's own error would tell where the text is wrong, which says something about it.
func parseBase64(text string) ([]byte, error) {
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, errors.New("not base64")
	}
	return b, nil
}
