package api

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// patched is a member of a JSON merge patch (RFC 7396): not sent, it leaves a value as it is; null takes it away.
type patched[T any] struct {
	Sent  bool
	Null  bool
	Value T
}

// UnmarshalJSON notes that the member was sent.
func (p *patched[T]) UnmarshalJSON(text []byte) error {
	p.Sent, p.Null = true, string(text) == "null"
	if p.Null {
		return nil
	}
	return json.Unmarshal(text, &p.Value)
}

// Schema is the value's, or null.
func (p patched[T]) Schema(r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[T](), false, "")
	s.Nullable = true
	return &s
}

// pointer is nil if the member was not sent, else the value, zero for null.
func (p patched[T]) pointer() *T {
	if !p.Sent {
		return nil
	}
	return &p.Value
}
