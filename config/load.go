package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFile bounds the configuration file; a long one has some 10 KiB.
const maxFile = 256 << 10

// Load reads the file at path, applies the environment (as os.Environ gives
// it), resolves the secrets and validates. An empty path is no file: defaults
// and environment. The error lists every mistake, one a line, and no value.
func Load(path string, environ []string) (Config, error) {
	if path == "" {
		return Parse("", nil, environ)
	}
	text, err := readFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("reading configuration: %w", err)
	}
	return Parse(path, text, environ)
}

// Parse is Load for a text at hand. The name stands in errors; relative secret
// files are looked up in its folder.
func Parse(name string, text []byte, environ []string) (Config, error) {
	config, problems := parse(name, text, newVariables(environ))
	if err := join(problems); err != nil {
		return Config{}, fmt.Errorf("reading configuration: %w", err)
	}
	if err := config.Validate(nil); err != nil {
		return Config{}, fmt.Errorf("checking configuration: %w", err)
	}
	return config, nil
}

func parse(name string, text []byte, vars variables) (Config, []problem) {
	config := Default()
	d := &decoder{file: name, dir: filepath.Dir(name), environ: vars.all, origin: map[string]string{}}
	root, err := parseTree(text)
	if err != nil {
		d.syntax(err)
		return config, d.problems
	}
	if root != nil {
		d.value(reflect.ValueOf(&config).Elem(), root, "")
	}
	vars.apply(d, &config, root)
	config.origin = d.origin
	return config, d.problems
}

// parseTree gives the syntax tree of the one document; nil for an empty file.
func parseTree(text []byte) (ast.Node, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // Windows editors write it
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, err
	}
	var root ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if root != nil {
			return nil, errors.New("more than one document")
		}
		root = doc.Body
	}
	return root, nil
}

// syntax reports the parser's error without the source lines that its text
// shows: a secret may stand there.
func (d *decoder) syntax(err error) {
	located, ok := errors.AsType[yaml.Error](err)
	if !ok {
		d.problems = append(d.problems, problem{where: d.file, text: err.Error()})
		return
	}
	where := d.file
	if token := located.GetToken(); token != nil && token.Position != nil {
		where = fmt.Sprintf("%s:%d:%d", d.file, token.Position.Line, token.Position.Column)
	}
	d.problems = append(d.problems, problem{where: where, text: located.GetMessage()})
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s: larger than %d KiB", path, maxFile>>10)
	}
	return text, nil
}
