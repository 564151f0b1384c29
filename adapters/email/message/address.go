package message

import "strings"

const (
	maxAddresses = 1000
	maxPhrase    = 1000 // bytes of a name
)

// ParseAddresses reads a list of addresses as RFC 5322 has it and as mail programs write it: names with unquoted special characters, comments as names, groups, obsolete routes, quoted local parts, UTF-8 (RFC 6532),
// semicolons between addresses, missing brackets and quotes. It stops after 1,000 addresses. What holds no "@" is a name without an address.
func ParseAddresses(v string) []Address {
	r := addressReader{s: v}
	for r.at < len(v) && len(r.all) < maxAddresses {
		r.step()
	}
	r.emit()
	return r.all[:min(len(r.all), maxAddresses)]
}

// addressReader reads a list once from left to right. A quote, bracket or comment that does not end is remembered, so that its end is looked for only once.
type addressReader struct {
	s        string
	at       int
	phrase   strings.Builder // of the current address, quotes undone
	literal  strings.Builder // the same, quotes kept: it may be an address
	comment  string
	angle    string
	angled   bool
	inGroup  bool
	unclosed [2]bool // no further quote, comment ends
	pair     int     // the next ">" when it was last looked for
	all      []Address
}

const (
	quote = iota
	comment
)

func (r *addressReader) step() {
	c := r.s[r.at]
	switch {
	case c == '"' && r.quoted():
	case c == '(' && r.commented():
	case c == '<':
		r.bracketed()
	case c == '=' && r.encoded():
	case c == ',' || c == ';':
		r.at++
		r.emit()
		r.inGroup = r.inGroup && c == ','
	case c == ':' && r.opensGroup():
		r.at++
		r.clear()
		r.inGroup = true
	default:
		r.write(r.s[r.at:r.at+1], r.s[r.at:r.at+1])
		r.at++
	}
}

func (r *addressReader) write(phrase, literal string) {
	if r.phrase.Len() < maxPhrase {
		r.phrase.WriteString(phrase[:min(len(phrase), maxPhrase)])
	}
	if r.literal.Len() < maxPhrase && !r.angled {
		r.literal.WriteString(literal[:min(len(literal), maxPhrase)])
	}
}

// quoted takes a quoted string.
func (r *addressReader) quoted() bool {
	end := r.closing(quote, '"')
	if end < 0 {
		return false
	}
	r.write(unescaped(r.s[r.at+1:end]), r.s[r.at:end+1])
	r.at = end + 1
	return true
}

// closing is where what opens here ends, -1 when it never does.
func (r *addressReader) closing(what int, end byte) int {
	if r.unclosed[what] {
		return -1
	}
	depth := 0
	for i := r.at; i < len(r.s); i++ {
		switch c := r.s[i]; {
		case c == '\\':
			i++
		case what == comment && c == '(':
			depth++
		case c == end && i > r.at:
			if depth--; depth <= 0 {
				return i
			}
		}
	}
	r.unclosed[what] = true
	return -1
}

func unescaped(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// commented takes a comment; the last one is a name when there is no other.
func (r *addressReader) commented() bool {
	end := r.closing(comment, ')')
	if end < 0 {
		return false
	}
	if text := strings.TrimSpace(unescaped(r.s[r.at+1 : end])); text != "" {
		r.comment = clip(text, maxPhrase)
	}
	r.write(" ", " ")
	r.at = end + 1
	return true
}

// bracketed takes an address in angle brackets; one that does not end goes up to the next comma.
func (r *addressReader) bracketed() {
	start := r.at + 1
	end := r.angleEnd()
	text := r.s[start:end]
	r.at = min(end+1, len(r.s))
	if end < len(r.s) && r.s[end] != '>' {
		r.at = end
	}
	if text = spec(text); text != "" || !r.angled {
		r.angle = text
	}
	r.angled = true
	for r.at < len(r.s) && r.s[r.at] == '>' {
		r.at++
	}
}

// angleEnd is where an angle bracket ends: at its pair, quotes respected, else before the next comma or semicolon. A route's commas come before its colon (RFC 5322 section 4.4).
func (r *addressReader) angleEnd() int {
	limit := min(len(r.s), r.at+maxPhrase)
	if r.pair <= r.at {
		r.pair = len(r.s)
		if i := strings.IndexByte(r.s[r.at:], '>'); i >= 0 {
			r.pair = r.at + i
		}
	}
	if r.pair >= limit {
		return r.separator(limit)
	}
	inQuotes := false
	for i := r.at + 1; i < limit; i++ {
		switch c := r.s[i]; {
		case c == '"':
			inQuotes = !inQuotes
		case inQuotes && c == '\\':
			i++
		case c == '>' && !inQuotes:
			return i
		}
	}
	return r.separator(limit)
}

// separator is where the next address may begin, the limit when it does not before.
func (r *addressReader) separator(limit int) int {
	if i := strings.IndexAny(r.s[r.at:limit], ">,;"); i > 0 {
		return r.at + i
	}
	return limit
}

// narrow makes the signs of an address of those that Chinese and Japanese keyboards write.
var narrow = strings.NewReplacer("＜", "<", "＞", ">", "＠", "@")

// encoded takes an encoded word whole: broken ones hold commas and quotes.
func (r *addressReader) encoded() bool {
	ahead := r.s[r.at:min(len(r.s), r.at+maxEncodedWord)]
	if !strings.HasPrefix(ahead, "=?") || wordText(ahead) == 0 {
		return false
	}
	start, end := wordAt(ahead)
	if start != 0 || strings.ContainsAny(ahead[:end], "<>") {
		return false
	}
	r.write(ahead[:end], ahead[:end])
	r.at += end
	return true
}

const maxEncodedWord = 300 // RFC 2047 allows 75

// opensGroup reports whether the colon here ends a group's name, rather than being a part of an address or name.
func (r *addressReader) opensGroup() bool {
	name := strings.TrimSpace(r.literal.String())
	return !r.angled && !r.inGroup && !strings.Contains(name, "@") && !strings.EqualFold(name, "mailto")
}

// emit ends an address.
func (r *addressReader) emit() {
	a := Address{Addr: r.angle}
	name := r.phrase.String()
	if !r.angled || a.Addr == "" {
		name = r.fromLiteral(&a)
	}
	a.Name = displayName(name)
	if a.Name == "" {
		a.Name = displayName(r.comment)
	}
	if a.Addr == "" && !r.angled {
		a = unwrapped(a)
	}
	if a != (Address{}) {
		r.all = append(r.all, a)
	}
	r.clear()
}

// unwrapped is the address that a program encoded together with its name, which RFC 2047 section 5 forbids.
func unwrapped(a Address) Address {
	text := narrow.Replace(a.Name)
	name, addr, bracketed := strings.Cut(strings.TrimSuffix(text, ">"), "<")
	if !bracketed {
		name, addr = "", text
	}
	if addr = spec(addr); strings.Count(addr, "@") != 1 || strings.ContainsAny(addr, " \t<>,;") {
		return a
	}
	return Address{Name: displayName(name), Addr: addr}
}

// fromLiteral finds an address that stands without brackets, and gives what else there is.
func (r *addressReader) fromLiteral(a *Address) (name string) {
	text := strings.TrimSpace(r.literal.String())
	if !strings.Contains(text, "@") {
		return r.phrase.String()
	}
	if joined := spec(text); !strings.ContainsAny(unquotedPart(joined), " \t") && strings.Contains(joined, "@") && !strings.Contains(joined, "=?") {
		a.Addr = joined
		return ""
	}
	words := strings.Fields(text)
	for i, w := range words {
		if strings.Contains(w, "@") && !strings.Contains(w, "=?") {
			a.Addr = spec(w)
			return strings.Join(append(words[:i:i], words[i+1:]...), " ")
		}
	}
	return text
}

// unquotedPart is what follows a quoted local part.
func unquotedPart(s string) string {
	if strings.HasPrefix(s, `"`) {
		return s[strings.LastIndexByte(s, '"')+1:]
	}
	return s
}

func (r *addressReader) clear() {
	r.phrase.Reset()
	r.literal.Reset()
	r.comment, r.angle, r.angled = "", "", false
}

// spec is an address without route, scheme, comments and the blanks that obsolete syntax allows around "@" and ".".
func spec(s string) string {
	s = strings.Trim(s, " \t<>'\u00a0")
	if strings.HasPrefix(s, "@") {
		if _, after, ok := strings.Cut(s, ":"); ok {
			s = after
		}
	}
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	if strings.HasPrefix(s, `"`) && strings.HasSuffix(s, `"`) && len(s) > 2 && strings.Contains(s, "@") {
		s = s[1 : len(s)-1]
	}
	if strings.HasPrefix(s, `"`) {
		return s
	}
	if s = withoutComments(s); !strings.ContainsAny(s, " \t") {
		return s
	}
	words := strings.Fields(s)
	out := words[0]
	for _, w := range words[1:] {
		if !strings.HasSuffix(out, "@") && !strings.HasSuffix(out, ".") && w[0] != '@' && w[0] != '.' {
			out += " "
		}
		out += w
	}
	return out
}

// withoutComments is an address without the comments inside it: ann(home)@example.com. One that does not end stays.
func withoutComments(s string) string {
	for {
		open := strings.LastIndexByte(s, '(')
		if open < 0 {
			return s
		}
		end := strings.IndexByte(s[open:], ')')
		if end < 0 {
			return s
		}
		s = strings.TrimSpace(s[:open] + s[open+end+1:])
	}
}

// displayName is a phrase decoded, its blanks single.
func displayName(s string) string {
	s = strings.TrimSpace(DecodeWords(s))
	if start, end := wordAt(s); start == 0 && end == len(s) { // a gateway encoded what was encoded
		s = DecodeWords(s)
	}
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	return clip(s, maxPhrase)
}
