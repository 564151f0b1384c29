package config

import (
	"encoding"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// decoder turns a syntax tree into structs by their yaml tags, strictly, and
// collects what is wrong instead of stopping at the first mistake.
type decoder struct {
	file     string            // as the reader knows it, for errors
	dir      string            // where relative secret files are looked up
	environ  map[string]string // for {env: NAME}
	origin   map[string]string // path to file:line:column
	problems []problem
}

func (d *decoder) fail(n ast.Node, path, text string) {
	d.problems = append(d.problems, problem{where: d.at(n), path: path, text: text})
}

// at gives the place of a node as file:line:column. A block mapping's own token
// is its first colon, so the place of its first key is taken.
func (d *decoder) at(n ast.Node) string {
	switch x := n.(type) {
	case *ast.MappingNode:
		if !x.IsFlowStyle && len(x.Values) > 0 {
			n = x.Values[0].Key
		}
	case *ast.MappingValueNode:
		n = x.Key
	}
	token := n.GetToken()
	if token == nil || token.Position == nil {
		return d.file
	}
	return fmt.Sprintf("%s:%d:%d", d.file, token.Position.Line, token.Position.Column)
}

func (d *decoder) value(dst reflect.Value, n ast.Node, path string) {
	d.origin[path] = d.at(n)
	if !d.plain(n, path) {
		return
	}
	switch into := dst.Addr().Interface().(type) {
	case *Secret:
		*into = d.secret(n, path)
		return
	case *URI:
		*into = URI{secret: d.uri(n, path)}
		return
	}
	if n.Type() == ast.NullType {
		return // "key:" with nothing behind it leaves the default
	}
	if source, ok := dst.Addr().Interface().(*Source); ok {
		d.source(source, n, path)
		return
	}
	if _, ok := dst.Addr().Interface().(encoding.TextUnmarshaler); ok {
		d.scalar(dst, n, path)
		return
	}
	switch dst.Kind() {
	case reflect.Struct:
		d.mapping(dst, n, path, extra{})
	case reflect.Slice:
		d.list(dst, n, path)
	case reflect.Map:
		d.table(dst, n, path)
	case reflect.Pointer:
		dst.Set(reflect.New(dst.Type().Elem()))
		d.value(dst.Elem(), n, path)
	default:
		d.scalar(dst, n, path)
	}
}

// plain refuses the YAML that would need interpretation: what stands in the
// file is what is meant.
func (d *decoder) plain(n ast.Node, path string) bool {
	switch n.Type() {
	case ast.AnchorType, ast.AliasType, ast.MergeKeyType:
		d.fail(n, path, "anchors and aliases are not supported")
		return false
	case ast.TagType:
		d.fail(n, path, "tags are not supported")
		return false
	}
	return true
}

// extra is the one key that a struct takes beside its fields.
type extra struct {
	key  string
	take func(value ast.Node)
}

// mapping fills a struct.
func (d *decoder) mapping(dst reflect.Value, n ast.Node, path string, more extra) {
	fields := fieldsOf(dst.Type())
	known := strings.Join(fields.names, ", ")
	if more.key != "" {
		known += " and the adapter's own section, " + more.key
	}
	for _, pair := range d.pairs(n, path) {
		key := keyText(pair)
		at := below(path, key)
		if i, found := fields.index[key]; found {
			d.value(dst.Field(i), pair.Value, at)
			continue
		}
		if key == more.key && more.take != nil {
			more.take(pair.Value)
			continue
		}
		d.fail(pair, at, "unknown key (known here: "+known+")")
	}
}

// pairs gives the entries of a mapping, or reports that there is none.
func (d *decoder) pairs(n ast.Node, path string) []*ast.MappingValueNode {
	mapping, ok := n.(*ast.MappingNode)
	if !ok {
		d.fail(n, path, "expected keys and values, found "+kindOf(n))
		return nil
	}
	var pairs []*ast.MappingValueNode
	for _, pair := range mapping.Values {
		if key, ok := pair.Key.(ast.Node); ok && d.plain(key, path) {
			pairs = append(pairs, pair)
		}
	}
	return pairs
}

func (d *decoder) list(dst reflect.Value, n ast.Node, path string) {
	sequence, ok := n.(*ast.SequenceNode)
	if !ok {
		d.fail(n, path, "expected a list, found "+kindOf(n))
		return
	}
	list := reflect.MakeSlice(dst.Type(), len(sequence.Values), len(sequence.Values))
	for i, item := range sequence.Values {
		at := fmt.Sprintf("%s[%d]", path, i)
		if item.Type() == ast.NullType {
			d.fail(item, at, "empty list item")
			continue
		}
		d.value(list.Index(i), item, at)
	}
	dst.Set(list)
}

// table fills a map with text keys.
func (d *decoder) table(dst reflect.Value, n ast.Node, path string) {
	if dst.Type().Key().Kind() != reflect.String {
		d.fail(n, path, "a map without text keys cannot be configured")
		return
	}
	table := reflect.MakeMap(dst.Type())
	for _, pair := range d.pairs(n, path) {
		key := keyText(pair)
		item := reflect.New(dst.Type().Elem()).Elem()
		d.value(item, pair.Value, below(path, key))
		table.SetMapIndex(reflect.ValueOf(key).Convert(dst.Type().Key()), item)
	}
	dst.Set(table)
}

func (d *decoder) scalar(dst reflect.Value, n ast.Node, path string) {
	text, ok := textOf(n)
	if !ok {
		d.fail(n, path, expected(dst.Type())+", found "+kindOf(n))
		return
	}
	if reads(dst, n) {
		if err := setText(dst, text); err != nil {
			d.fail(n, path, err.Error())
		}
		return
	}
	d.fail(n, path, expected(dst.Type())+", found "+kindOf(n))
}

// below is the path of a key. A key that is none of ours may be anything, line
// breaks included, and is shown quoted and cut.
func below(path, key string) string {
	if !plainKey.MatchString(key) {
		key = fmt.Sprintf("%.40q", key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}
