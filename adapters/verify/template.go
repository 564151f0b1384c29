package verify

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// field is one of the things a template can name.
type field string

const (
	fieldLiteral   field = ""
	fieldBody      field = "{body}"
	fieldTimestamp field = "{ts}"
	fieldID        field = "{id}"
	fieldNonce     field = "{nonce}"
	fieldURL       field = "{url}"
	fieldMethod    field = "{method}"
)

var fields = []field{fieldBody, fieldTimestamp, fieldID, fieldNonce, fieldURL, fieldMethod}

// piece is a field, or the literal text between two of them.
type piece struct {
	field field
	text  string
}

type template []piece

func parseTemplate(s string) (template, error) {
	var t template
	for rest := s; rest != ""; {
		p, n, err := nextPiece(rest)
		if err != nil {
			return nil, err
		}
		if p.field != fieldLiteral && t.has(p.field) {
			return nil, fmt.Errorf("%s twice", p.field)
		}
		t, rest = append(t, p), rest[n:]
	}
	if !t.has(fieldBody) {
		return nil, errors.New("no {body}: anybody could change it")
	}
	return t, t.checkSeparated()
}

// nextPiece reads the piece that s begins with, and its length.
func nextPiece(s string) (piece, int, error) {
	if s[0] != '{' {
		n := strings.IndexByte(s, '{')
		if n < 0 {
			n = len(s)
		}
		if strings.IndexByte(s[:n], '}') >= 0 {
			return piece{}, 0, errors.New("} without {")
		}
		return piece{text: s[:n]}, n, nil
	}
	n := strings.IndexByte(s, '}') + 1
	if n == 0 {
		return piece{}, 0, errors.New("{ without }")
	}
	if f := field(s[:n]); slices.Contains(fields, f) {
		return piece{field: f}, n, nil
	}
	return piece{}, 0, fmt.Errorf("unknown field %s", s[:n])
}

func (t template) has(f field) bool {
	return slices.ContainsFunc(t, func(p piece) bool { return p.field == f })
}

// checkSeparated refuses a free text next to another field: "{id}{body}" signs ("a", "bc") as ("ab", "c").
func (t template) checkSeparated() error {
	for i, p := range t[1:] {
		before := t[i]
		if before.field == fieldLiteral || p.field == fieldLiteral {
			continue
		}
		if before.freeText() || p.freeText() {
			return fmt.Errorf("nothing between %s and %s", before.field, p.field)
		}
	}
	return nil
}

// freeText reports whether the sender chooses the piece's text from more than digits, and it is not the body.
func (p piece) freeText() bool { return p.field == fieldID || p.field == fieldNonce }

// ambiguous reports whether value, in the place of f, holds a literal beside it, so that the same signed string could be cut in another way.
func (t template) ambiguous(f field, value string) bool {
	i := slices.IndexFunc(t, func(p piece) bool { return p.field == f })
	if i < 0 {
		return false
	}
	return i > 0 && t[i-1].within(value) || i+1 < len(t) && t[i+1].within(value)
}

func (p piece) within(value string) bool {
	return p.field == fieldLiteral && strings.Contains(value, p.text)
}

// writeTo writes the signed string.
func (t template) writeTo(w io.Writer, p Parts) {
	for _, piece := range t {
		if piece.field == fieldBody {
			_, _ = w.Write(p.Body) // neither a hash nor a bytes.Buffer fails
			continue
		}
		_, _ = io.WriteString(w, p.text(piece))
	}
}

// Parts are the values that stand in a template.
type Parts struct {
	ID        string
	Timestamp string // as it stands in the header: it is signed as text, never formatted again
	Nonce     string
	Method    string
	URL       string
	Body      []byte
}

func (p Parts) text(piece piece) string {
	switch piece.field {
	case fieldTimestamp:
		return p.Timestamp
	case fieldID:
		return p.ID
	case fieldNonce:
		return p.Nonce
	case fieldMethod:
		return p.Method
	case fieldURL:
		return p.URL
	}
	return piece.text
}
