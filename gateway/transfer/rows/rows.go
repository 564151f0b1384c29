// Package rows reads files of people row by row: CSV, JSON and vCard in the encodings that such files come in. It holds one row at a time, within limits, and what cannot be read is a row that says why: nothing in a file ends the reading of the rest.
// What a row's fields mean is for others to say.
package rows

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"usher/gateway/contact"
)

// Limits of one row. What exceeds them is refused, and the reading goes on behind it.
const (
	MaxRow     = 1 << 20 // bytes, in UTF-8; of a vCard without its pictures
	MaxLines   = 1000    // that quotes of a CSV row span
	MaxFields  = 512     // columns, properties
	MaxMembers = 4096    // of JSON, those of objects in lists among them: a person with all contact points has many
	MaxDepth   = 8       // of JSON
	MaxRaw     = 4 << 10 // bytes of a refused row that are kept
)

// Row is one row of a file: a record of a CSV file, a JSON object, a card.
type Row struct {
	N      int64          // from 1; the header of a CSV file is none
	Fields []contact.Pair // in the order of the file; a name may stand there several times. Empty values are left out. Of a JSON object beyond the limits those before them
	Raw    string         // as it stood in the file, up to MaxRaw bytes of it
	Code   Code           // why it cannot be read; empty: it can
	Reason string         // the same for people; it holds nothing of the row
}

// Code is what is wrong with a row, in one word.
type Code string

// The codes.
const (
	TooLong       Code = "too_long"
	TooManyFields Code = "too_many_fields"
	WrongEncoding Code = "wrong_encoding"
	BadQuotes     Code = "bad_quotes"
	WrongColumns  Code = "wrong_columns"
	BadJSON       Code = "bad_json"
	BadCard       Code = "bad_card"
)

// Reader reads one file.
type Reader interface {
	// Next reads the next row; io.EOF after the last one. Any other error is the source's, and not the file's.
	Next() (Row, error)
	// Header is what the columns are called; nil where each row says so itself.
	Header() []string
}

// ErrEmpty: there is nothing in the file.
var ErrEmpty = errors.New("the file is empty")

// Open reads a file whose layout is known (see Inspect). It fails with ErrEmpty for a CSV file without a header.
func Open(file io.Reader, l Layout) (Reader, error) {
	decoded, err := decode(file, l.Encoding)
	if err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(decoded, 64<<10)
	switch l.Format {
	case CSV:
		return newCSV(in, l)
	case NDJSON:
		return &ndjson{lines: lines{in: in}}, nil
	case JSON:
		return newDocument(in), nil
	case VCard:
		return &cards{lines: lines{in: in}}, nil
	}
	return nil, fmt.Errorf("reading rows: no format %q", l.Format)
}

// refuse is a row that cannot be read.
func refuse(n int64, code Code, reason, raw string) Row {
	return Row{N: n, Code: code, Reason: reason, Raw: beginning(raw)}
}

// beginning is as much of a text as is kept, cut between characters.
func beginning(text string) string {
	if len(text) > MaxRaw {
		cut := MaxRaw
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut]
	}
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
}

// unreadable reports whether a text holds what its encoding does not have.
func unreadable(text []byte) bool {
	if !utf8.Valid(text) {
		return true
	}
	for _, r := range string(text) {
		if r == 0 || r == undecodable {
			return true
		}
	}
	return false
}
