package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// maxSecret bounds a secret file: a private key in PEM needs a few KiB.
const maxSecret = 64 << 10

// hidden is all that any secret prints as.
const hidden = "<secret>"

// Secret is a value that must not be seen: a token, a signing key, a password.
// In the file it is {file: PATH} (relative to the configuration file),
// {env: NAME}, or plain text, which works but is warned of by Warnings, since
// configuration files are copied, committed and shown around.
//
// However it is printed, encoded or logged it shows <secret>, and nothing if
// there is none.
type Secret struct {
	// A function, because fmt reads the unexported fields of an enclosing struct
	// by reflection, without asking Format, and follows pointers when the verb
	// does not suit them.
	reveal func() []byte
	plain  bool
}

// NewSecret makes a secret in code; an empty value makes the zero Secret.
func NewSecret(value []byte) Secret {
	if len(value) == 0 {
		return Secret{}
	}
	kept := bytes.Clone(value)
	return Secret{reveal: func() []byte { return bytes.Clone(kept) }}
}

// Reveal returns a copy of the secret itself, nil if there is none.
func (s Secret) Reveal() []byte {
	if s.reveal == nil {
		return nil
	}
	return s.reveal()
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.reveal == nil }

// String hides the secret.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return hidden
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// Format hides the secret from every verb, %x and %d among them.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText hides the secret from JSON, YAML and the rest.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue hides the secret from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// readSecret reads a secret file. Its errors leave the path out: a secret put
// where the path belongs would be printed with it.
func readSecret(dir, path string) ([]byte, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	// A pipe or a terminal would hold up the start for ever.
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return nil, withoutPath(err)
	}
	if len(data) > maxSecret {
		return nil, fmt.Errorf("larger than %d KiB", maxSecret>>10)
	}
	return trimNewline(data), nil
}

// trimNewline drops the one line end that editors and echo leave behind.
func trimNewline(data []byte) []byte {
	data, found := bytes.CutSuffix(data, []byte("\n"))
	if !found {
		return data
	}
	return bytes.TrimSuffix(data, []byte("\r"))
}

func withoutPath(err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err
	}
	return errors.New("not readable")
}
