package message

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// transfer is a content transfer encoding that is undone.
type transfer string

const (
	identity        transfer = ""
	base64Encoding  transfer = "base64"
	quotedPrintable transfer = "quoted-printable"
)

// encodingOf reads a Content-Transfer-Encoding; known is false for one that nobody registered, which is read as 8bit.
func encodingOf(v string) (e transfer, known bool) {
	v, _, _ = strings.Cut(v, ";")
	v, _, _ = strings.Cut(v, "(")
	switch strings.ToLower(strings.Trim(v, " \t\"'")) {
	case "base64", "b64", "base-64":
		return base64Encoding, true
	case "quoted-printable", "quotedprintable", "quoted printable", "qp":
		return quotedPrintable, true
	case "", "7bit", "8bit", "binary", "7-bit", "8-bit":
		return identity, true
	}
	return identity, false
}

// decoder undoes an encoding while it is read. Damage is no error: what cannot be decoded is dropped (base64) or kept as it is (quoted-printable).
func decoder(r io.Reader, e transfer) io.Reader {
	switch e {
	case base64Encoding:
		return &base64Reader{from: bufio.NewReaderSize(r, decodeBuffer)}
	case quotedPrintable:
		return &quotedReader{from: bufio.NewReaderSize(r, decodeBuffer)}
	}
	return r
}

const decodeBuffer = 4 << 10

// base64Value is the value of a character of base64, 64 for "=" and 65 for what is none.
var base64Value = func() (table [256]byte) {
	for i := range table {
		table[i] = 65
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		table[c] = byte(i)
	}
	table['='] = 64
	return table
}()

// base64Reader decodes base64 with anything in between, with missing padding and with several padded pieces in a row.
type base64Reader struct {
	from *bufio.Reader
	acc  uint32
	bits uint
}

func (r *base64Reader) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		c, err := r.from.ReadByte()
		if err != nil {
			return n, err
		}
		v := base64Value[c]
		if v == 64 {
			r.acc, r.bits = 0, 0 // what is left of a padded group says nothing
		}
		if v >= 64 {
			continue
		}
		r.acc = r.acc<<6 | uint32(v)
		r.bits += 6
		if r.bits >= 8 {
			r.bits -= 8
			p[n] = byte(r.acc >> r.bits)
			n++
		}
	}
	return n, nil
}

// quotedReader decodes quoted-printable; a broken escape stays as it is.
type quotedReader struct{ from *bufio.Reader }

func (r *quotedReader) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if _, err := r.from.Peek(1); err != nil {
			return n, err
		}
		ahead, _ := r.from.Peek(min(r.from.Buffered(), len(p)-n)) // buffered already
		plain := bytes.IndexByte(ahead, '=')
		if plain < 0 {
			plain = len(ahead)
		}
		n += copy(p[n:], ahead[:plain])
		_, _ = r.from.Discard(plain) // just peeked
		if plain == len(ahead) {
			continue
		}
		_, _ = r.from.Discard(1)
		c, err := r.escape()
		if errors.Is(err, errSoftBreak) {
			continue
		}
		p[n] = c
		n++
	}
	return n, nil
}

// errSoftBreak says that an escape stood for nothing.
var errSoftBreak = errors.New("soft line break")

// escape reads what follows a "=": two digits, or the end of a line, with blanks before it that a gateway may have added.
func (r *quotedReader) escape() (byte, error) {
	ahead, _ := r.from.Peek(2) // less at the end, which is fine
	if len(ahead) == 2 && hexValue(ahead[0]) < 16 && hexValue(ahead[1]) < 16 {
		c := hexValue(ahead[0])<<4 | hexValue(ahead[1])
		_, _ = r.from.Discard(2) // just peeked
		return c, nil
	}
	for blanks := 0; blanks < maxSoftBlanks; blanks++ {
		ahead, _ = r.from.Peek(blanks + 2)
		switch {
		case len(ahead) <= blanks:
			_, _ = r.from.Discard(len(ahead)) // the end of the part ends the line
			return 0, errSoftBreak
		case ahead[blanks] == ' ' || ahead[blanks] == '\t':
			continue
		case ahead[blanks] == '\n', ahead[blanks] == '\r' && !follows(ahead[blanks:], '\n'):
			_, _ = r.from.Discard(blanks + 1)
			return 0, errSoftBreak
		case ahead[blanks] == '\r':
			_, _ = r.from.Discard(blanks + 2)
			return 0, errSoftBreak
		}
		return '=', nil
	}
	return '=', nil
}

// maxSoftBlanks bounds the blanks looked at behind a "=".
const maxSoftBlanks = 80

func follows(b []byte, c byte) bool { return len(b) > 1 && b[1] == c }
