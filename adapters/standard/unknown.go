package standard

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"usher/gateway/contact"
)

// readExtensions reads a list of pairs, or an object, in the order of its names.
func readExtensions(text json.RawMessage) ([]contact.Pair, error) {
	var list []contact.Pair
	if text == nil || json.Unmarshal(text, &list) == nil {
		return list, nil
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(text, &object) != nil {
		return nil, misplaced("data.extensions", "want an object, or a list of names and values")
	}
	var pairs []contact.Pair
	for _, name := range slices.Sorted(maps.Keys(object)) {
		pairs = append(pairs, contact.Pair{Name: name, Value: verbatim(object[name])})
	}
	return pairs, nil
}

// unknownFields are the fields of an event that contact.Inbound has no place for, named by their JSON Pointer (RFC 6901): nothing that was sent is lost.
func unknownFields(text json.RawMessage) []contact.Pair {
	var found []contact.Pair
	walk(reflect.TypeFor[contact.Inbound](), text, "", &found)
	return found
}

func walk(t reflect.Type, text json.RawMessage, at string, found *[]contact.Pair) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[time.Time](), t == reflect.TypeFor[contact.Pair]():
	case t.Kind() == reflect.Struct:
		walkObject(t, text, at, found)
	case t.Kind() == reflect.Slice:
		walkList(t, text, at, found)
	}
}

func walkObject(t reflect.Type, text json.RawMessage, at string, found *[]contact.Pair) {
	var object map[string]json.RawMessage
	if json.Unmarshal(text, &object) != nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		pointer := at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		if field, ok := fieldOf(t, name); ok {
			walk(field.Type, object[name], pointer, found)
			continue
		}
		*found = append(*found, contact.Pair{Name: pointer, Value: verbatim(object[name])})
	}
}

func walkList(t reflect.Type, text json.RawMessage, at string, found *[]contact.Pair) {
	var list []json.RawMessage
	if json.Unmarshal(text, &list) != nil {
		return
	}
	for i, item := range list {
		walk(t.Elem(), item, at+"/"+strconv.Itoa(i), found)
	}
}

// fieldOf finds a field as encoding/json does, whatever the case of its name.
func fieldOf(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		tag, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if strings.EqualFold(tag, name) {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

// verbatim is a text without its quotes, and any other value as compact JSON.
func verbatim(text json.RawMessage) string {
	var s string
	if len(text) > 0 && text[0] == '"' && json.Unmarshal(text, &s) == nil {
		return s
	}
	var b bytes.Buffer
	if json.Compact(&b, text) != nil {
		return strings.ToValidUTF8(string(text), "\uFFFD")
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD") // JSON is text (RFC 8259, section 8.1); what is none becomes text
}
