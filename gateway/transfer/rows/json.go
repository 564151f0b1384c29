package rows

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"usher/gateway/contact"
)

// ndjson reads a JSON object a line.
type ndjson struct {
	lines lines
	n     int64
}

// Header is nil: each object names its members.
func (*ndjson) Header() []string { return nil }

// Next reads the next line that is not empty.
func (r *ndjson) Next() (Row, error) {
	one, err := r.lines.next()
	for err == nil && one.whole && len(bytes.TrimSpace(one.text)) == 0 {
		one, err = r.lines.next()
	}
	if err != nil {
		return Row{}, err
	}
	r.n++
	if !one.whole {
		row := refuse(r.n, TooLong, "the line is longer than a row may be", string(one.text))
		row.Fields, _ = members(one.text)
		return row, nil
	}
	return objectRow(r.n, one.text), nil
}

// objectRow is a JSON object as a row.
func objectRow(n int64, text []byte) Row {
	if unreadable(text) {
		return refuse(n, WrongEncoding, "the row holds bytes that the file's encoding does not have", string(text))
	}
	fields, err := members(text)
	switch {
	case errors.Is(err, errTooMany):
		row := refuse(n, TooManyFields, "the object has too many members, or is nested too deeply", string(text))
		row.Fields = fields
		return row
	case err != nil:
		return refuse(n, BadJSON, "it is no JSON object", string(text))
	}
	return Row{N: n, Fields: fields, Raw: beginning(string(text))}
}

// members are those of a JSON object, with an error those before what is wrong with it.
func members(text []byte) ([]contact.Pair, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	f := flat{decoder: decoder}
	token, err := decoder.Token()
	if err == nil && token != json.Delim('{') {
		err = errNoObject
	}
	if err == nil {
		err = f.object("", 1)
	}
	if err == nil && decoder.More() {
		err = errNoObject
	}
	return f.fields, err
}

var (
	errTooMany  = errors.New("too many members")
	errNoObject = errors.New("no object")
)

// flat makes fields of an object: of {"a":{"b":[1,2]}} two that are called a.b, and of {"c":[{"d":1},{"d":2}]} c.1.d and c.2.d.
type flat struct {
	decoder *json.Decoder
	fields  []contact.Pair
}

// object reads members up to the closing brace.
func (f *flat) object(path string, depth int) error {
	if depth > MaxDepth {
		return errTooMany
	}
	for f.decoder.More() {
		name, err := f.decoder.Token()
		if err != nil {
			return err
		}
		member, _ := name.(string) // the decoder takes no other
		if path != "" {
			member = path + "." + member
		}
		if err := f.value(member, depth); err != nil {
			return err
		}
	}
	_, err := f.decoder.Token()
	return err
}

func (f *flat) value(path string, depth int) error {
	token, err := f.decoder.Token()
	if err != nil {
		return err
	}
	return f.taken(path, token, depth)
}

// taken makes fields of a value whose first token was read.
func (f *flat) taken(path string, token json.Token, depth int) error {
	switch v := token.(type) {
	case json.Delim:
		if v == '{' {
			return f.object(path, depth+1)
		}
		return f.list(path, depth+1)
	case string:
		return f.add(path, v)
	case json.Number:
		return f.add(path, v.String())
	case bool:
		if v {
			return f.add(path, "true")
		}
		return f.add(path, "false")
	}
	return nil
}

func (f *flat) list(path string, depth int) error {
	if depth > MaxDepth {
		return errTooMany
	}
	for n := 1; f.decoder.More(); n++ {
		token, err := f.decoder.Token()
		if err != nil {
			return err
		}
		of := path
		if _, nested := token.(json.Delim); nested {
			of += "." + strconv.Itoa(n)
		}
		if err := f.taken(of, token, depth); err != nil {
			return err
		}
	}
	_, err := f.decoder.Token()
	return err
}

func (f *flat) add(name, value string) error {
	if len(f.fields) == MaxMembers {
		return errTooMany
	}
	if value = strings.TrimSpace(strings.ReplaceAll(value, "\x00", " ")); value != "" {
		f.fields = append(f.fields, contact.Pair{Name: name, Value: value})
	}
	return nil
}

// document reads one JSON document: a list of objects, or an object one of whose members is a list of them, as Zendesk's incremental exports are.
type document struct {
	in      *limited
	decoder *json.Decoder
	n       int64
	begun   bool
	ended   bool
}

func newDocument(in *bufio.Reader) *document {
	l := &limited{in: in}
	return &document{in: l, decoder: json.NewDecoder(l)}
}

// isList reports whether a member of an object may be the list of rows.
func isList(name string) bool {
	switch name {
	case "users", "organizations", "contacts", "people", "profiles", "results", "data", "rows", "items":
		return true
	}
	return false
}

// Header is nil: each object names its members.
func (*document) Header() []string { return nil }

// Next reads the next object of the list. Behind a mistake nothing can be read: there are no lines to go on at.
func (d *document) Next() (Row, error) {
	if d.ended {
		return Row{}, io.EOF
	}
	if !d.begun {
		d.begun = true
		if err := d.begin(); err != nil {
			return d.broken(err)
		}
	}
	d.in.left = MaxRow + ahead
	if !d.decoder.More() {
		d.ended = true
		if _, err := d.decoder.Token(); err != nil {
			return d.broken(err)
		}
		return Row{}, io.EOF
	}
	var raw json.RawMessage
	if err := d.decoder.Decode(&raw); err != nil {
		return d.broken(err)
	}
	d.n++
	if len(raw) > MaxRow {
		return refuse(d.n, TooLong, "the object is longer than a row may be", string(raw[:MaxRaw])), nil
	}
	return objectRow(d.n, raw), nil
}

// begin reads up to the first object of the list.
func (d *document) begin() error {
	d.in.left = MaxRow
	token, err := d.decoder.Token()
	if err != nil || token == json.Delim('[') {
		return err
	}
	if token != json.Delim('{') {
		return errNoObject
	}
	for d.decoder.More() {
		name, err := d.decoder.Token()
		if err != nil {
			return err
		}
		if member, _ := name.(string); isList(member) {
			token, err := d.decoder.Token()
			if err != nil || token == json.Delim('[') {
				return err
			}
			continue
		}
		var other json.RawMessage
		if err := d.decoder.Decode(&other); err != nil {
			return err
		}
	}
	return errNoObject
}

// broken ends the document with a row that says why.
func (d *document) broken(err error) (Row, error) {
	d.ended = true
	if d.in.failed != nil {
		return Row{}, d.in.failed
	}
	d.n++
	if errors.Is(err, errTooLong) {
		return refuse(d.n, TooLong, "the object is longer than a row may be; nothing behind it was read", ""), nil
	}
	return refuse(d.n, BadJSON, "the document breaks off or is no list of objects; nothing behind this place was read", ""), nil
}

var errTooLong = errors.New("too long")

// ahead is what a decoder may have read of the next object.
const ahead = 1 << 20

// limited is a source that gives so much between two objects and no more: a decoder holds all that it was given until an object ends.
type limited struct {
	in     io.Reader
	left   int
	failed error // what the source said, beyond its end
}

// Read gives no more than is left.
func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooLong
	}
	n, err := l.in.Read(p[:min(len(p), l.left)])
	l.left -= n
	if err != nil && !errors.Is(err, io.EOF) {
		l.failed = err
	}
	return n, err
}
