package config

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// reference is how a secret is named in the file instead of being written there.
type reference struct{ file, env string }

// secret resolves one secret; a mistake leaves it empty and is reported.
func (d *decoder) secret(n ast.Node, path string) Secret {
	if text, ok := textOf(n); ok && n.Type() != ast.BoolType {
		return d.plainSecret(n, path, text)
	}
	if n.Type() != ast.MappingType {
		d.fail(n, path, "expected {file: PATH}, {env: NAME} or text, found "+kindOf(n))
		return Secret{}
	}
	ref, ok := d.reference(n, path)
	if !ok {
		return Secret{}
	}
	if ref.file != "" {
		return d.fileSecret(n, below(path, "file"), ref.file)
	}
	value, found := d.environ[ref.env]
	if !found {
		d.fail(n, below(path, "env"), "no such environment variable")
		return Secret{}
	}
	return d.filled(n, below(path, "env"), []byte(value))
}

// uri is secret, but may be absent: the default store needs no address.
func (d *decoder) uri(n ast.Node, path string) Secret {
	if n.Type() == ast.NullType {
		return Secret{}
	}
	if text, ok := textOf(n); ok && text == "" {
		return Secret{}
	}
	return d.secret(n, path)
}

// reference reads {file: PATH} or {env: NAME}: one of them, with a text.
func (d *decoder) reference(n ast.Node, path string) (reference, bool) {
	var ref reference
	pairs := d.pairs(n, path)
	if len(pairs) != 1 {
		d.fail(n, path, "expected one of file and env")
		return ref, false
	}
	key := keyText(pairs[0])
	text, ok := textOf(pairs[0].Value)
	if !ok || text == "" {
		d.fail(pairs[0].Value, below(path, key), "expected text, found "+kindOf(pairs[0].Value))
		return ref, false
	}
	switch key {
	case "file":
		ref.file = text
	case "env":
		ref.env = text
	default:
		d.fail(pairs[0], below(path, key), "unknown key (known here: file, env)")
		return ref, false
	}
	return ref, true
}

func (d *decoder) fileSecret(n ast.Node, path, name string) Secret {
	value, err := readSecret(d.dir, name)
	if err != nil {
		d.fail(n, path, "reading the secret file: "+err.Error())
		return Secret{}
	}
	return d.filled(n, path, value)
}

func (d *decoder) plainSecret(n ast.Node, path, text string) Secret {
	// The habit of other tools; taken literally it would be a wrong secret that
	// nobody notices until every signature fails.
	if strings.Contains(text, "${") {
		d.fail(n, path, "${...} is not expanded, use {env: NAME}")
		return Secret{}
	}
	if text == hidden {
		d.fail(n, path, "this is what a secret prints as, not the secret")
		return Secret{}
	}
	secret := d.filled(n, path, []byte(text))
	secret.plain = true
	return secret
}

func (d *decoder) filled(n ast.Node, path string, value []byte) Secret {
	if len(value) == 0 {
		d.fail(n, path, "the secret is empty")
	}
	return NewSecret(value)
}
