package message

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"usher/gateway/contact"
)

const (
	maxFields = 2000
	maxName   = 200 // bytes of a field's name
)

// Headers are header fields, unfolded and decoded, in the order of the mail.
type Headers []contact.Pair

// Value is the topmost field of a name, in any case, or "".
func (h Headers) Value(name string) string {
	for _, p := range h {
		if sameName(p.Name, name) {
			return p.Value
		}
	}
	return ""
}

func sameName(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }

// field is a header field as it was written, unfolded.
type field struct{ name, value string }

func (f field) is(name string) bool { return sameName(f.name, name) }

// value is the topmost field of a name.
func value(fields []field, name string) string {
	for _, f := range fields {
		if f.is(name) {
			return f.value
		}
	}
	return ""
}

// decoded are fields for reading: encoded words decoded, but where a server writes of its own. There an encoded word is a sender's attempt to look like the server.
func decoded(fields []field) Headers {
	all := make(Headers, len(fields))
	for i, f := range fields {
		all[i] = contact.Pair{Name: f.name, Value: f.value}
		if !written(f.name) {
			all[i].Value = DecodeWords(f.value)
		}
	}
	return all
}

// written reports whether a field is never encoded: it holds no words.
func written(name string) bool {
	switch strings.ToLower(name) {
	case "received", "received-spf", "authentication-results", "return-path", "dkim-signature", "message-id", "in-reply-to", "references", "date", "content-type":
		return true
	}
	return len(name) > 4 && strings.EqualFold(name[:4], "arc-")
}

// block gathers the lines of one header. Unfolding appends to one buffer, so that millions of folds cost what their bytes cost.
type block struct {
	buf      []byte
	spans    []span
	full     bool // the header is longer than MaxHeader
	many     bool // it has more fields than maxFields
	authored bool // it has a field of the sender's: From or Subject
}

type span struct{ start, colon, end int }

// add takes a line of the header; it is false when the line is neither a field nor the continuation of one.
func (b *block) add(ln line) bool {
	text := ln.text
	if ln.rest || len(text) > 0 && (text[0] == ' ' || text[0] == '\t') {
		b.fold(text, ln.rest)
		return true
	}
	colon := nameEnd(text)
	if colon < 0 {
		return false
	}
	name := bytes.TrimRight(text[:colon], " \t")
	b.authored = b.authored || bytes.EqualFold(name, []byte("From")) || bytes.EqualFold(name, []byte("Subject"))
	if len(b.spans) == maxFields {
		b.many = true
		return true
	}
	if b.room(len(text)) {
		at := len(b.buf)
		b.buf = append(b.buf, text...)
		b.spans = append(b.spans, span{at, at + colon, len(b.buf)})
	}
	return true
}

// fold continues the last field. What continues nothing is dropped, and what comes when the header is full.
func (b *block) fold(text []byte, rest bool) {
	if len(b.spans) == 0 || b.many || b.full {
		return
	}
	if !rest {
		text = bytes.Trim(text, " \t")
		if len(text) == 0 {
			return
		}
	}
	if !b.room(len(text) + 1) {
		return
	}
	if !rest {
		b.buf = append(b.buf, ' ')
	}
	b.buf = append(b.buf, text...)
	b.spans[len(b.spans)-1].end = len(b.buf)
}

func (b *block) room(n int) bool {
	if b.full || len(b.buf)+n > MaxHeader {
		b.full = true
	}
	return !b.full
}

// fields are the fields gathered.
func (b *block) fields() []field {
	text := string(b.buf)
	all := make([]field, len(b.spans))
	for i, s := range b.spans {
		all[i] = field{strings.TrimRight(text[s.start:s.colon], " \t"), clean(text[s.colon+1 : s.end])}
	}
	return all
}

// clean is a field's value in UTF-8 without control characters.
func clean(v string) string {
	v = strings.Trim(v, " \t")
	plain := true
	for i := range len(v) {
		if v[i] < 0x20 && v[i] != '\t' && v[i] != 0x1b || v[i] >= 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return v
	}
	if !utf8.ValidString(v) {
		v = windows1252([]byte(v))
	}
	return printable(v)
}

// printable drops NULs and makes blanks of other control characters, but for ESC, which ISO-2022 texts need.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 0:
			return -1
		case r == 0x1b || r >= 0x20 && r != 0x7f:
			return r
		}
		return ' '
	}, s)
}

// nameEnd is where the colon after a field's name is, or -1 when the line is no field. Blanks before the colon are tolerated (RFC 5322 section 4.5).
func nameEnd(text []byte) int {
	colon := bytes.IndexByte(text[:min(len(text), maxName)], ':')
	name := bytes.TrimRight(text[:max(colon, 0)], " \t")
	if len(name) == 0 {
		return -1
	}
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return -1
		}
	}
	return colon
}

// ParseHeader reads a header that stands alone, up to its first empty line or MaxHeader.
func ParseHeader(header []byte) Headers {
	groups := parseGroups(header[:min(len(header), MaxHeader)], 1)
	if len(groups) == 0 {
		return nil
	}
	return groups[0]
}

// parseGroups reads groups of fields with empty lines between them, at most a number of groups.
func parseGroups(text []byte, most int) []Headers {
	var groups []Headers
	var b block
	l := newLines(bytes.NewReader(text), int64(len(text)))
	for len(groups) < most {
		ln, ok := l.read()
		if ok && (len(bytes.TrimSpace(ln.text)) > 0 || ln.rest) {
			b.add(ln)
			continue
		}
		if len(b.spans) > 0 {
			groups = append(groups, decoded(b.fields()))
			b = block{}
		}
		if !ok {
			break
		}
	}
	return groups
}
