package rows

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"usher/gateway/contact"
)

// table reads a CSV file (RFC 4180). A quote that is never closed, or closed in the wrong place, costs the line it stands in and no more: the lines behind it are read again by themselves.
type table struct {
	lines     lines
	delimiter byte
	header    []string
	ahead     []line // lines that were read, and are to be read again
	n         int64
}

// newCSV reads the header.
func newCSV(in *bufio.Reader, l Layout) (*table, error) {
	t := &table{lines: lines{in: in}, delimiter: (l.Delimiter + ",")[0]}
	first, err := t.line()
	if err == nil {
		if _, ok := separatorLine(first.text); !ok {
			t.ahead = append(t.ahead, first)
		}
	}
	var raw record
	for err == nil {
		raw, err = t.record()
		if err == nil && raw.code == "" && len(raw.fields) > 0 {
			break
		}
	}
	if errors.Is(err, io.EOF) {
		return nil, ErrEmpty
	}
	if err != nil {
		return nil, err
	}
	for _, name := range raw.fields {
		t.header = append(t.header, strings.TrimSpace(strings.ToValidUTF8(name, "\uFFFD")))
	}
	return t, nil
}

// Header is the names of the columns.
func (t *table) Header() []string { return t.header }

// Next reads the next row. Empty lines are none.
func (t *table) Next() (Row, error) {
	r, err := t.record()
	if err != nil {
		return Row{}, err
	}
	t.n++
	if r.code != "" {
		return refuse(t.n, r.code, r.reason, string(r.raw)), nil
	}
	row := Row{N: t.n, Raw: beginning(string(r.raw))}
	for i, value := range r.fields {
		if value = strings.TrimSpace(value); value != "" && i < len(t.header) {
			row.Fields = append(row.Fields, contact.Pair{Name: t.header[i], Value: value})
		}
	}
	return row, nil
}

// record is one record, or why it is none.
type record struct {
	fields []string
	raw    []byte
	code   Code
	reason string
}

// record reads lines until the quotes are closed. Where they never are, its first line alone is refused.
func (t *table) record() (record, error) {
	first, err := t.line()
	for err == nil && first.whole && len(bytes.TrimSpace(first.text)) == 0 {
		first, err = t.line()
	}
	if err != nil {
		return record{}, err
	}
	if !first.whole {
		return record{raw: first.text, code: TooLong, reason: "the line is longer than a row may be"}, nil
	}
	s := splitter{delimiter: t.delimiter}
	read := []line{first}
	raw := bytes.Clone(first.text)
	for {
		s.feed(read[len(read)-1].text)
		if s.state != quoted {
			break
		}
		next, err := t.line()
		if err != nil && !errors.Is(err, io.EOF) {
			return record{}, err
		}
		if err == nil {
			read = append(read, next)
		}
		if err != nil || !next.whole || len(read) > MaxLines || len(raw)+len(next.text) > MaxRow {
			s.state = broken
			break
		}
		raw = append(append(raw, '\n'), next.text...)
	}
	fields, wrong := s.end(), t.wrong(s, raw)
	if wrong.code != "" { // what follows is read by itself
		t.ahead = append(read[1:len(read):len(read)], t.ahead...)
		wrong.raw = first.text
		return wrong, nil
	}
	return record{fields: fields, raw: raw}, nil
}

// wrong is what is wrong with a record that was split.
func (t *table) wrong(s splitter, raw []byte) record {
	columns := len(s.fields) + 1
	for columns > len(t.header) && columns > 1 && t.header != nil && s.blank(columns-1) { // delimiters at the end of the line
		columns--
	}
	switch {
	case unreadable(raw):
		return record{code: WrongEncoding, reason: "the row holds bytes that the file's encoding does not have"}
	case s.state == broken, s.stray && s.lines > 1:
		return record{code: BadQuotes, reason: "a quote is not closed, or text follows where it is"}
	case columns > MaxFields:
		return record{code: TooManyFields, reason: "the row has too many columns"}
	case t.header != nil && columns != len(t.header):
		return record{code: WrongColumns, reason: "the row has more or fewer columns than the header"}
	}
	return record{}
}

// line is the next line to read.
func (t *table) line() (line, error) {
	if len(t.ahead) > 0 {
		next := t.ahead[0]
		t.ahead = t.ahead[1:]
		return next, nil
	}
	return t.lines.next()
}

// state is where in a field the splitter is.
type state int

const (
	fresh   state = iota // at its beginning
	plain                // in one without quotes
	quoted               // between quotes
	closing              // behind a quote that ends the field, or is doubled
	broken               // the quotes are wrong
)

// splitter parts a record into its fields, line by line.
type splitter struct {
	delimiter byte
	state     state
	field     []byte
	fields    []string
	lines     int
	stray     bool // there is a quote in a field without quotes: an inch, or the end of a swallowed one
}

// feed takes one more line.
func (s *splitter) feed(text []byte) {
	if s.lines++; s.lines > 1 {
		s.field = append(s.field, '\n')
	}
	for _, b := range text {
		s.take(b)
	}
}

func (s *splitter) take(b byte) {
	switch {
	case s.state == broken:
	case s.state == quoted && b == '"':
		s.state = closing
	case s.state == closing && b == '"':
		s.field, s.state = append(s.field, b), quoted
	case s.state != quoted && b == s.delimiter:
		s.next()
	case s.state == closing && b == ' ': // some write spaces around
	case s.state == closing:
		s.state = broken
	case s.state == fresh && b == '"':
		s.field, s.state = s.field[:0], quoted
	case s.state == fresh && b == ' ':
		s.field = append(s.field, b)
	case s.state == fresh:
		s.field, s.state = append(s.field, b), plain
	default:
		s.stray = s.stray || b == '"' && s.state == plain
		s.field = append(s.field, b)
	}
}

func (s *splitter) next() {
	if len(s.fields) < MaxFields { // one more is too many, and enough to say so
		s.fields = append(s.fields, string(s.field))
	}
	s.field, s.state = s.field[:0], fresh
}

// end is all the fields.
func (s *splitter) end() []string {
	return append(s.fields[:len(s.fields):len(s.fields)], string(s.field))
}

// blank reports whether a field holds nothing.
func (s *splitter) blank(i int) bool { return strings.TrimSpace(s.end()[i]) == "" }
