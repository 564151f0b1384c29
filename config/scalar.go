package config

import (
	"encoding"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

var durationType = reflect.TypeFor[time.Duration]()

// reads says whether a scalar of the file may stand for the field. Text and
// numbers are texts; a word is no number, and yes is not true.
func reads(dst reflect.Value, n ast.Node) bool {
	isText := n.Type() != ast.BoolType
	if _, ok := dst.Addr().Interface().(encoding.TextUnmarshaler); ok || dst.Type() == durationType {
		return isText
	}
	switch dst.Kind() {
	case reflect.String:
		return isText
	case reflect.Bool:
		return !isText
	case reflect.Float32, reflect.Float64:
		return n.Type() == ast.IntegerType || n.Type() == ast.FloatType
	default:
		return n.Type() == ast.IntegerType
	}
}

// setText sets a field from text, of the file or of the environment. Its errors
// do not repeat the text.
func setText(dst reflect.Value, text string) error {
	if into, ok := dst.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return setUnmarshaler(into, text)
	}
	if dst.Type() == durationType {
		d, err := ParseDuration(text)
		dst.SetInt(int64(d))
		return err
	}
	if !setKind(dst, text) {
		return errors.New(expected(dst.Type()))
	}
	return nil
}

// setKind sets a field of a plain kind and reports whether the text fits it.
func setKind(dst reflect.Value, text string) bool {
	switch dst.Kind() {
	case reflect.String:
		dst.SetString(text)
		return true
	case reflect.Bool:
		dst.SetBool(text == "true")
		return text == "true" || text == "false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, dst.Type().Bits())
		dst.SetInt(n)
		return err == nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := strconv.ParseUint(text, 10, dst.Type().Bits())
		dst.SetUint(n)
		return err == nil
	case reflect.Float32, reflect.Float64:
		n, err := strconv.ParseFloat(text, dst.Type().Bits())
		dst.SetFloat(n)
		return err == nil
	}
	return false
}

func setUnmarshaler(into encoding.TextUnmarshaler, text string) error {
	err := into.UnmarshalText([]byte(text))
	if err == nil || errors.Is(err, errSize) {
		return err
	}
	// Whoever wrote that type may have put the value into its error.
	return errors.New("not a valid value")
}

// expected says what a field takes.
func expected(t reflect.Type) string {
	if t == durationType {
		return errDuration.Error()
	}
	if t == reflect.TypeFor[Size]() {
		return errSize.Error()
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return "expected text"
	}
	switch t.Kind() {
	case reflect.String:
		return "expected text"
	case reflect.Bool:
		return "expected true or false"
	case reflect.Float32, reflect.Float64:
		return "expected a number"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "expected a whole number in range"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "expected a whole number in range, not negative"
	}
	return "cannot be configured: " + t.Kind().String() + " is not supported"
}

// fieldList is a struct's keys in the order of its fields.
type fieldList struct {
	names []string
	index map[string]int
}

// fieldsOf lists the exported fields that carry a yaml tag.
func fieldsOf(t reflect.Type) fieldList {
	fields := fieldList{index: map[string]int{}}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if name == "" || name == "-" || !t.Field(i).IsExported() {
			continue
		}
		fields.names = append(fields.names, name)
		fields.index[name] = i
	}
	return fields
}
