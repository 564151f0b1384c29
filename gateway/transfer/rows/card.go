package rows

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"mime/quotedprintable"
	"slices"
	"strings"

	"github.com/emersion/go-vcard"

	"usher/gateway/contact"
)

const (
	beginCard = "BEGIN:VCARD"
	endCard   = "END:VCARD"
)

// cards reads vCards: 3.0 and 4.0, and of 2.1 what telephones still write (parameters without a name, quoted-printable).
type cards struct {
	lines lines
	held  *line // one that was read, and begins the next card
	n     int64
}

// Header is nil: each card names its properties.
func (*cards) Header() []string { return nil }

// Next reads the next card. What stands between two cards is a row that is refused.
func (c *cards) Next() (Row, error) {
	var stray []byte
	for {
		one, err := c.line()
		begins := err == nil && is(one.text, beginCard)
		switch {
		case len(stray) > 0 && (begins || errors.Is(err, io.EOF)):
			c.held = &one
			if !begins {
				c.held = nil
			}
			c.n++
			return refuse(c.n, BadCard, "there are lines that belong to no card", string(stray)), nil
		case err != nil:
			return Row{}, err
		case begins:
			c.n++
			return c.card()
		case len(stray) < MaxRaw && len(bytes.TrimSpace(one.text)) > 0:
			stray = append(append(stray, one.text...), '\n')
		}
	}
}

func (c *cards) line() (line, error) {
	if c.held != nil {
		one := *c.held
		c.held = nil
		return one, nil
	}
	return c.lines.next()
}

// is reports whether a line says this and nothing else.
func is(text []byte, what string) bool { return strings.EqualFold(string(bytes.TrimSpace(text)), what) }

// card reads one whose first line was read.
func (c *cards) card() (Row, error) {
	g := gathered{}
	for {
		one, err := c.line()
		switch {
		case errors.Is(err, io.EOF):
			return refuse(c.n, BadCard, "the card is not ended", string(g.text)), nil
		case err != nil:
			return Row{}, err
		case is(one.text, endCard):
			return g.row(c.n), nil
		case is(one.text, beginCard):
			c.held = &one
			return refuse(c.n, BadCard, "the card is not ended", string(g.text)), nil
		}
		g.add(one)
	}
}

// gathered is a card as it is read, line by line: unfolded, without pictures.
type gathered struct {
	text       []byte
	properties int
	skipping   bool // the property at hand is left out
	soft       bool // the property at hand is quoted-printable, and its line ended in "="
	code       Code
	reason     string
}

// add takes a line, or joins it to the one that it continues.
func (g *gathered) add(one line) {
	folded := len(one.text) > 0 && (one.text[0] == ' ' || one.text[0] == '\t')
	text := one.text
	switch {
	case g.soft:
		text = bytes.TrimLeft(text, " \t")
	case folded:
		text = text[1:]
	default:
		if len(bytes.TrimSpace(text)) == 0 {
			return
		}
		g.skipping = binary(text)
		if !g.skipping {
			g.properties++
			text = append([]byte("\n"), text...)
		}
	}
	if g.skipping {
		return
	}
	switch {
	case !one.whole || len(g.text)+len(text) > MaxRow:
		g.code, g.reason = TooLong, "the card is longer than a row may be"
		return
	case g.properties > MaxFields:
		g.code, g.reason = TooManyFields, "the card has too many properties"
		return
	}
	g.text = append(g.text, text...)
	g.soft = false
	if bytes.HasSuffix(text, []byte("=")) {
		start := bytes.LastIndexByte(g.text, '\n') + 1
		if g.soft = quotedPrintable(g.text[start:]); g.soft {
			g.text = g.text[:len(g.text)-1]
		}
	}
}

// quotedPrintable reports whether a property's parameters say so (vCard 2.1).
func quotedPrintable(property []byte) bool {
	head, _, _ := bytes.Cut(property, []byte(":"))
	return bytes.Contains(bytes.ToUpper(head), []byte("QUOTED-PRINTABLE"))
}

// binary reports whether a property holds a picture, a sound or a key, which may be large and which nothing here reads.
func binary(property []byte) bool {
	name := property
	if i := bytes.IndexAny(property, ":;"); i >= 0 {
		name = property[:i]
	}
	if i := bytes.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	switch strings.ToUpper(string(name)) {
	case "PHOTO", "LOGO", "SOUND", "KEY", "VERSION", "PRODID", "REV":
		return true
	}
	return false
}

// row is the card's properties as fields.
func (g *gathered) row(n int64) Row {
	switch {
	case g.code != "":
		return refuse(n, g.code, g.reason, string(g.text))
	case unreadable(g.text):
		return refuse(n, WrongEncoding, "the card holds bytes that the file's encoding does not have", string(g.text))
	}
	var plain strings.Builder
	plain.WriteString(beginCard + "\n")
	for property := range strings.Lines(string(g.text)) {
		if property = strings.TrimSpace(property); property != "" {
			plain.WriteString(modern(property) + "\n")
		}
	}
	card, err := vcard.NewDecoder(strings.NewReader(plain.String() + endCard + "\n")).Decode()
	if err != nil {
		return refuse(n, BadCard, "the card cannot be read", string(g.text))
	}
	fields := properties(card)
	if len(fields) > MaxFields {
		return refuse(n, TooManyFields, "the card has too many values", string(g.text))
	}
	return Row{N: n, Fields: fields, Raw: beginning(strings.TrimSpace(string(g.text)))}
}

// modern is a property of vCard 2.1 in the form of 3.0: a parameter without a name is a type, and quoted-printable is decoded. One that is modern stays as it is.
func modern(property string) string {
	head, value, found := strings.Cut(property, ":")
	if !found || strings.Contains(head, `"`) {
		return property
	}
	parts := strings.Split(head, ";")
	kept, charset, encoded := parts[:1:1], UTF8, false
	for _, p := range parts[1:] {
		name, of, named := strings.Cut(p, "=")
		switch {
		case strings.EqualFold(of, "QUOTED-PRINTABLE") || !named && strings.EqualFold(name, "QUOTED-PRINTABLE"):
			encoded = true
		case strings.EqualFold(name, "CHARSET"):
			charset = of
		case !named:
			kept = append(kept, "TYPE="+p)
		default:
			kept = append(kept, p)
		}
	}
	if encoded {
		value = escaped.Replace(decodedQP(value, charset))
	}
	return strings.Join(kept, ";") + ":" + value
}

var escaped = strings.NewReplacer("\r\n", `\n`, "\n", `\n`, "\r", `\n`)

// decodedQP is a quoted-printable value of a charset; one that is damaged stays as it is.
func decodedQP(value, charset string) string {
	raw, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(value)))
	if err != nil {
		return value
	}
	text, err := decode(bytes.NewReader(raw), strings.ToLower(charset))
	if err != nil {
		return value
	}
	whole, err := io.ReadAll(text)
	if err != nil || unreadable(whole) {
		return value
	}
	return string(whole)
}

// structured are the properties that have parts, by the names of the parts that are read.
var structured = map[string][]string{
	vcard.FieldName:         {"family", "given", "middle"},
	vcard.FieldAddress:      {"", "", "", "city", "", "postcode", "country"},
	vcard.FieldOrganization: {"name"},
}

// properties are a card's values by the names of the properties; a group ("item1.") is dropped by the decoder.
func properties(card vcard.Card) []contact.Pair {
	var fields []contact.Pair
	add := func(name, value string) {
		if value = strings.TrimSpace(strings.ReplaceAll(value, `\;`, ";")); value != "" {
			fields = append(fields, contact.Pair{Name: name, Value: value})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(card)) {
		for _, field := range card[name] {
			parts := structured[name]
			switch {
			case parts != nil:
				for i, value := range splitStructured(field.Value) {
					if i < len(parts) && parts[i] != "" {
						add(name+"."+parts[i], value)
					}
				}
			case name == vcard.FieldCategories:
				for one := range strings.SplitSeq(field.Value, ",") {
					add(name, one)
				}
			default:
				add(name, field.Value)
			}
		}
	}
	return fields
}

// splitStructured parts at the semicolons that are not escaped.
func splitStructured(value string) []string {
	var parts []string
	begin := 0
	for i := 0; i < len(value); i++ {
		if value[i] == ';' && (i == 0 || value[i-1] != '\\') {
			parts = append(parts, value[begin:i])
			begin = i + 1
		}
	}
	return append(parts, value[begin:])
}
