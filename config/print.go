package config

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Print writes the effective settings as YAML, secrets hidden. An adapter's own
// section is shown with its defaults once the adapter decoded it; before that
// nobody knows which of its values are secrets, so all of them are hidden.
func Print(w io.Writer, c Config) error {
	text, err := yaml.MarshalWithOptions(tree(reflect.ValueOf(c)), yaml.Indent(2), yaml.IndentSequence(true))
	if err != nil {
		return fmt.Errorf("encoding configuration: %w", err)
	}
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("printing configuration: %w", err)
	}
	return nil
}

// tree turns a value into what the YAML encoder writes in order. Everything
// that hides itself is a text here already.
func tree(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case time.Duration:
		return FormatDuration(x)
	case fmt.Stringer: // Secret, URI, Size
		return x.String()
	case Source:
		if x.section == nil {
			return keys(v)
		}
		return append(keys(v), yaml.MapItem{Key: x.Adapter, Value: x.section().tree()})
	}
	switch v.Kind() {
	case reflect.Struct:
		return keys(v)
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = tree(v.Index(i))
		}
		return list
	case reflect.Map:
		return table(v)
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return tree(v.Elem())
	}
	return v.Interface()
}

func keys(v reflect.Value) yaml.MapSlice {
	fields := fieldsOf(v.Type())
	items := yaml.MapSlice{}
	for _, name := range fields.names {
		items = append(items, yaml.MapItem{Key: name, Value: tree(v.Field(fields.index[name]))})
	}
	return items
}

func table(v reflect.Value) yaml.MapSlice {
	items := yaml.MapSlice{}
	names := v.MapKeys()
	slices.SortFunc(names, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, name := range names {
		items = append(items, yaml.MapItem{Key: name.String(), Value: tree(v.MapIndex(name))})
	}
	return items
}

func (s *section) tree() any {
	if decoded := s.shown.Load(); decoded != nil {
		return *decoded
	}
	return hide(s.node)
}

// hide keeps the keys of a tree and none of its values.
func hide(n ast.Node) any {
	switch x := n.(type) {
	case *ast.MappingNode:
		items := yaml.MapSlice{}
		for _, pair := range x.Values {
			items = append(items, yaml.MapItem{Key: keyText(pair), Value: hide(pair.Value)})
		}
		return items
	case *ast.NullNode:
		return nil
	}
	return hidden
}
