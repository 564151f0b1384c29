package rows

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Format is how a file is made.
type Format string

// The formats.
const (
	CSV    Format = "csv"    // RFC 4180, with any of the usual delimiters
	NDJSON Format = "ndjson" // a JSON object a line
	JSON   Format = "json"   // one JSON document: a list of objects, or an object that holds one
	VCard  Format = "vcard"  // 2.1, 3.0 (RFC 2426), 4.0 (RFC 6350)
)

// Layout is how a file is to be read. What is empty is found by Inspect.
type Layout struct {
	Format    Format `json:"format"`
	Encoding  string `json:"encoding"`            // a label of the WHATWG's list
	Delimiter string `json:"delimiter,omitempty"` // of CSV
	Guess     Guess  `json:"guess,omitempty"`
}

// Guess is how an encoding was told; empty: it was said, or there is no doubt.
type Guess string

// The guesses.
const (
	ByLetters Guess = "letters" // by what its letters say, and they say nothing else
	Guessed   Guess = "guessed" // others are about as likely
)

// Inspect goes through a file and tells what its layout is, as far as it is not given. It fails for a layout that there is none of, and with ErrEmpty for a file without a byte.
func Inspect(file io.Reader, given Layout) (Layout, error) {
	var s scan
	if err := s.read(file); err != nil {
		return given, err
	}
	if s.size == 0 {
		return given, ErrEmpty
	}
	l := given
	if l.Encoding == "" {
		l.Encoding, l.Guess = s.encoding()
	}
	_, name, err := lookup(l.Encoding)
	if err != nil {
		return given, err
	}
	l.Encoding = name
	decoded, err := decode(bytes.NewReader(s.head), l.Encoding)
	if err != nil {
		return given, err
	}
	head, err := io.ReadAll(decoded)
	if err != nil {
		return given, err
	}
	if l.Format == "" {
		l.Format = formatOf(head)
	}
	if !slices.Contains([]Format{CSV, NDJSON, JSON, VCard}, l.Format) {
		return given, fmt.Errorf("reading rows: no format %q", l.Format)
	}
	if l.Format == CSV && l.Delimiter == "" {
		l.Delimiter = delimiterOf(head)
	}
	if l.Format == CSV && !slices.Contains(delimiters, l.Delimiter) {
		return given, fmt.Errorf("reading rows: a delimiter is a comma, a semicolon, a tab or a bar")
	}
	return l, nil
}

// formatOf tells the format by how a file begins.
func formatOf(head []byte) Format {
	text := bytes.TrimSpace(head)
	switch {
	case len(text) >= len(beginCard) && bytes.EqualFold(text[:len(beginCard)], []byte(beginCard)):
		return VCard
	case bytes.HasPrefix(text, []byte("[")):
		return JSON
	case bytes.HasPrefix(text, []byte("{")):
		return objectFormat(text)
	}
	return CSV
}

// objectFormat tells lines of objects from one object that holds a list of them.
func objectFormat(text []byte) Format {
	first, rest, _ := cutLine(text)
	rest = bytes.TrimSpace(rest)
	switch {
	case bytes.HasPrefix(rest, []byte("{")) && json.Valid(first): // one is followed by another
		return NDJSON
	case bytes.HasSuffix(bytes.TrimSpace(first), []byte("{")), holdsList(text):
		return JSON
	}
	return NDJSON
}

// holdsList reports whether a member of the object is the list of rows.
func holdsList(text []byte) bool {
	decoder := json.NewDecoder(bytes.NewReader(text))
	_, err := decoder.Token()
	for err == nil && decoder.More() {
		var name json.Token
		if name, err = decoder.Token(); err != nil {
			return false
		}
		if member, _ := name.(string); isList(member) {
			list, err := decoder.Token()
			object, _ := decoder.Token() // an error is no brace
			return err == nil && list == json.Delim('[') && object == json.Delim('{')
		}
		var other json.RawMessage
		err = decoder.Decode(&other)
	}
	return false
}

// delimiters are those of CSV files; the first wins a tie.
var delimiters = []string{",", ";", "\t", "|"}

// delimiterOf is the one that parts the first rows into the same number of columns, and into most.
func delimiterOf(head []byte) string {
	first, _, _ := cutLine(head)
	if d, ok := separatorLine(first); ok {
		return d
	}
	best, most := delimiters[0], 0
	for _, d := range delimiters {
		if points := columnsBy(head, d); points > most {
			best, most = d, points
		}
	}
	return best
}

// columnsBy is how many columns a delimiter makes of the header, as often as rows agree with it.
func columnsBy(head []byte, delimiter string) int {
	c, err := newCSV(bufio.NewReader(bytes.NewReader(head)), Layout{Delimiter: delimiter})
	if err != nil || len(c.header) < 2 {
		return 0
	}
	agreed := 1
	for range 50 {
		row, err := c.Next()
		if err != nil {
			break
		}
		if row.Code == "" {
			agreed++
		}
	}
	return agreed*MaxFields + len(c.header)
}

// separatorLine reads the line by which a spreadsheet is told the delimiter: "sep=;".
func separatorLine(first []byte) (string, bool) {
	d, ok := strings.CutPrefix(strings.ToLower(string(first)), "sep=")
	return d, ok && slices.Contains(delimiters, d)
}
