package store

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"usher/gateway/contact"
)

// Schema declares one collection: its name, its indexes, and how the indexed fields are read from a document.
type Schema struct {
	Name    string
	Indexes []Index
	doc     reflect.Type
	fields  map[string][]int // json name of a top-level field, to its place in the struct
	kinds   map[string]Kind
}

// Index is an ordered list of top-level fields (by their json names); the id follows as the last one, so that the order is total.
// One without fields is the order of the ids alone. Whoever declares it has the documents lie in that order (see Clustered), and no write pays for it.
type Index struct {
	Name   string
	Fields []string
}

// Kind is what an indexed field holds.
type Kind int

// The kinds of indexed fields.
const (
	String Kind = iota
	Integer
	Time
)

// schemaOf reads the fields of a document type. An indexed field must be a string, an int64 or a time.Time at the top level and must always be written (no omitempty: a missing field is not equal to an empty one).
func schemaOf(name string, doc any, indexes []Index) (*Schema, error) {
	t := reflect.TypeOf(doc)
	s := &Schema{Name: name, Indexes: indexes, doc: t, fields: map[string][]int{}, kinds: map[string]Kind{}}
	for _, f := range reflect.VisibleFields(t) {
		tag := f.Tag.Get("json")
		jsonName, options, _ := strings.Cut(tag, ",")
		if f.Anonymous || jsonName == "" || !s.Indexed(jsonName) {
			continue
		}
		kind, ok := kindOf(f.Type)
		if !ok || options != "" {
			return nil, fmt.Errorf("declaring %s: field %s cannot be indexed", name, jsonName)
		}
		s.fields[jsonName], s.kinds[jsonName] = f.Index, kind
	}
	for _, field := range s.IndexedFields() {
		if _, ok := s.fields[field]; !ok {
			return nil, fmt.Errorf("declaring %s: no field %s", name, field)
		}
	}
	return s, nil
}

func kindOf(t reflect.Type) (Kind, bool) {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return Time, true
	case t.Kind() == reflect.String:
		return String, true
	case t.Kind() == reflect.Int64:
		return Integer, true
	}
	return 0, false
}

// Clustered reports whether the documents lie in the order of their ids, so that a range of ids is read in one go: an index without fields declares it.
func (s *Schema) Clustered() bool {
	return slices.ContainsFunc(s.Indexes, func(i Index) bool { return len(i.Fields) == 0 })
}

// Bare reports whether a document is its id and nothing else: it is there or not, and is never replaced.
func (s *Schema) Bare() bool {
	return s.doc.NumField() == 1 && s.doc.Field(0).Type == reflect.TypeFor[contact.Document]()
}

// New makes an empty document to decode into.
func (s *Schema) New() contact.Stored {
	doc, _ := reflect.New(s.doc).Interface().(contact.Stored) // NewCollection takes no other
	return doc
}

// Indexed reports whether some index has the field.
func (s *Schema) Indexed(field string) bool {
	return slices.ContainsFunc(s.Indexes, func(i Index) bool { return slices.Contains(i.Fields, field) })
}

// IndexedFields are the fields of all indexes, each once, in the order they are first named.
func (s *Schema) IndexedFields() []string {
	var fields []string
	for _, i := range s.Indexes {
		for _, f := range i.Fields {
			if !slices.Contains(fields, f) {
				fields = append(fields, f)
			}
		}
	}
	return fields
}

// Kind is what an indexed field holds.
func (s *Schema) Kind(field string) Kind { return s.kinds[field] }

// Values are a document's indexed fields in the order of IndexedFields: string, int64 or time.Time.
func (s *Schema) Values(doc contact.Stored) []any {
	v := reflect.ValueOf(doc).Elem()
	fields := s.IndexedFields()
	values := make([]any, len(fields))
	for i, f := range fields {
		values[i] = s.value(v, f)
	}
	return values
}

func (s *Schema) value(v reflect.Value, field string) any {
	f := v.FieldByIndex(s.fields[field])
	switch s.kinds[field] {
	case String:
		return f.String()
	case Integer:
		return f.Int()
	default:
		return f.Interface()
	}
}

// Index finds a declared index.
func (s *Schema) Index(name string) (Index, bool) {
	i := slices.IndexFunc(s.Indexes, func(i Index) bool { return i.Name == name })
	if i < 0 {
		return Index{}, false
	}
	return s.Indexes[i], true
}

// Check fails for a range that is not the reading of a declared index: drivers call it before they read.
func (s *Schema) Check(r Range) (Index, error) {
	index, ok := s.Index(r.Index)
	if !ok {
		return Index{}, fmt.Errorf("reading %s: no index %q", s.Name, r.Index)
	}
	rest := len(index.Fields) - len(r.Equal)
	switch {
	case rest < 0, rest == 0 && len(r.Equal) > 0 && (r.Lower != nil || r.Upper != nil), r.After != nil && len(r.After) != rest+1:
		return Index{}, fmt.Errorf("reading %s by %s: values and fields differ in number", s.Name, r.Index)
	case r.Limit < 1 || r.Limit > MaxLimit:
		return Index{}, fmt.Errorf("reading %s by %s: limit %d is not 1 to %d", s.Name, r.Index, r.Limit, MaxLimit)
	}
	return index, nil
}

// Position is where a page that ends with doc is continued: Range.After for the same index and equal fields.
func (s *Schema) Position(doc contact.Stored, r Range) []any {
	index, _ := s.Index(r.Index)
	v := reflect.ValueOf(doc).Elem()
	var after []any
	for _, f := range index.Fields[len(r.Equal):] {
		after = append(after, s.value(v, f))
	}
	return append(after, doc.Base().ID)
}
