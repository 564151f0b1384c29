package verify

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseSecretHoldsTheLengthsOfTheSpecification(t *testing.T) {
	t.Parallel()
	for size, fits := range map[int]bool{0: false, 23: false, 24: true, 32: true, 64: true, 65: false} {
		want := bytes.Repeat([]byte{7}, size)
		got, err := ParseSecret(SecretPrefix + base64.StdEncoding.EncodeToString(want))
		if !fits {
			require.Error(t, err, size)
			continue
		}
		require.NoError(t, err, size)
		require.Equal(t, want, got)
	}
}

func TestKeyErrorsHoldNothingOfTheKey(t *testing.T) {
	t.Parallel()
	const text = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaL*Sw"
	for name, parse := range map[string]func(string) ([]byte, error){
		SecretPrefix: ParseSecret, PublicKeyPrefix: ParsePublicKey, PrivateKeyPrefix: ParsePrivateKey,
	} {
		for _, s := range []string{text, name + text, name + text[:20], name + strings.Repeat("z", 96), ""} {
			_, err := parse(s)
			require.Error(t, err)
			require.NotContains(t, err.Error(), "fKQ9")
			require.NotContains(t, err.Error(), "z")
			require.NotContains(t, err.Error(), "byte 2", "nor where it is wrong")
		}
	}
}

func TestEd25519KeysAreReadByTheirPrefixes(t *testing.T) {
	t.Parallel()
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32))
	public := []byte(private.Public().(ed25519.PublicKey))
	for _, text := range []string{base64.StdEncoding.EncodeToString(public), base64.RawStdEncoding.EncodeToString(public) + "\n"} {
		got, err := ParsePublicKey(PublicKeyPrefix + text)
		require.NoError(t, err)
		require.Equal(t, public, got)
	}
	for _, b := range [][]byte{private, private.Seed()} {
		got, err := ParsePrivateKey(PrivateKeyPrefix + base64.StdEncoding.EncodeToString(b))
		require.NoError(t, err)
		require.Equal(t, []byte(private), got)
	}
}
