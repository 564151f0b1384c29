package message

import "strings"

const (
	maxParams   = 100
	maxFilename = 255 // bytes
)

// media is a Content-Type or Content-Disposition: its value in lower case and its parameters, decoded.
type media struct {
	kind   string
	params []param
}

// param is a parameter; of a continued one (RFC 2231 section 3) the pieces are joined.
type param struct{ name, value string }

func (m media) param(name string) string {
	for _, p := range m.params {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// parseMedia reads a value with parameters, whatever is quoted or missing in it.
func parseMedia(v string) media {
	kind, rest, _ := strings.Cut(v, ";")
	kind, _, _ = strings.Cut(kind, "(")
	m := media{kind: strings.ToLower(strings.Join(strings.Fields(kind), ""))}
	var raw []param
	for len(rest) > 0 && len(raw) < maxParams {
		var p param
		p, rest = nextParam(rest)
		if p.name != "" {
			raw = append(raw, p)
		}
	}
	m.params = join(raw)
	return m
}

// nextParam takes one parameter from the front of s.
func nextParam(s string) (p param, rest string) {
	end := strings.IndexAny(s, "=;")
	if end < 0 {
		return param{}, ""
	}
	if s[end] == ';' {
		return param{}, s[end+1:]
	}
	p.name = strings.ToLower(strings.TrimSpace(s[:end]))
	s = strings.TrimLeft(s[end+1:], " \t")
	if strings.HasPrefix(s, `"`) {
		value, after := quoted(s)
		_, after, _ = strings.Cut(after, ";")
		p.value = value
		return p, after
	}
	value, rest, _ := strings.Cut(s, ";")
	p.value = strings.Trim(value, " \t\"")
	return p, rest
}

// quoted reads a quoted string from the front of s; one that does not end goes up to the end. A backslash escapes only quotes and itself, because old programs write Windows paths.
func quoted(s string) (value, rest string) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// join puts the pieces of continued parameters together in their order and decodes what is encoded.
func join(raw []param) []param {
	pieces := map[string][]string{}
	encoded := map[string]bool{}
	var names []string
	var done []param
	for _, p := range raw {
		base, index, coded, extended := pieceOf(p.name)
		if !extended {
			done = append(done, param{p.name, DecodeWords(p.value)})
			continue
		}
		if pieces[base] == nil {
			pieces[base] = make([]string, maxParams)
			names = append(names, base)
		}
		encoded[base] = encoded[base] || coded
		pieces[base][index] = p.value
	}
	for _, name := range names {
		value := strings.Join(pieces[name], "")
		if encoded[name] {
			value = extendedValue(value)
		}
		done = append([]param{{name, DecodeWords(value)}}, done...) // the extended form is the better one (RFC 6266 section 4.3)
	}
	return done
}

// pieceOf reads the name of an extended parameter: "name*", "name*0", "name*0*".
func pieceOf(name string) (base string, index int, coded, extended bool) {
	base, tail, ok := strings.Cut(name, "*")
	if !ok {
		return name, 0, false, false
	}
	number, coded := strings.CutSuffix(tail, "*")
	if tail == "" {
		return base, 0, true, true
	}
	for _, c := range number {
		if c < '0' || c > '9' || index >= maxParams/10 {
			return base, maxParams - 1, coded, true
		}
		index = index*10 + int(c-'0')
	}
	return base, min(index, maxParams-1), coded, true
}

// extendedValue decodes charset'language'percent-encoded.
func extendedValue(v string) string {
	charset, rest, ok := strings.Cut(v, "'")
	if _, text, inner := strings.Cut(rest, "'"); ok && inner && len(charset) < maxCharsetName {
		return decodeShort(unpercent(text), charset)
	}
	return decodeShort(unpercent(v), "utf-8")
}

func unpercent(s string) []byte {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && hexValue(s[i+1]) < 16 && hexValue(s[i+2]) < 16 {
			b = append(b, hexValue(s[i+1])<<4|hexValue(s[i+2]))
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return b
}

// filename is a file's name without a path, control and direction characters, at most 255 bytes.
func filename(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r < 0x20 || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == '\uFFFD':
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(s[strings.LastIndexAny(s, `/\`)+1:])
	if s == "." || s == ".." {
		return ""
	}
	// A name's end tells its type.
	return strings.ToValidUTF8(s[max(0, len(s)-maxFilename):], "")
}
