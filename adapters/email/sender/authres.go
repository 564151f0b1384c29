package sender

import "strings"

const (
	maxResults    = 64        // results read of one field
	maxAuthResult = 16 * 1024 // bytes read of one field
)

// result is one method's result in an Authentication-Results field (RFC 8601 section 2.2), all in lower case.
type result struct {
	method string
	value  string
	props  map[string]string
}

// authResults is a parsed Authentication-Results field.
type authResults struct {
	id      string // empty where the field has none, as Microsoft 365 writes it
	results []result
}

// parseAuthResults reads a field's value. What is malformed ends the reading: the results before it stand.
func parseAuthResults(value string) authResults {
	if len(value) > maxAuthResult {
		return authResults{}
	}
	s := scanner{rest: value}
	var a authResults
	word := s.word()
	if s.take('=') {
		a.add(s.resultOf(word)) // no id: the first word is a method
	} else {
		a.id = strings.ToLower(word)
		s.word() // the version
	}
	for len(a.results) < maxResults && s.take(';') {
		method := s.word()
		if method == "" || !s.take('=') {
			continue // "none", or an empty result
		}
		a.add(s.resultOf(method))
	}
	return a
}

func (a *authResults) add(r result) { a.results = append(a.results, r) }

// resultOf reads what follows "method=".
func (s *scanner) resultOf(method string) result {
	method, _, _ = strings.Cut(strings.ToLower(method), "/") // the method's version
	r := result{method: strings.TrimSpace(method), value: strings.ToLower(s.value()), props: map[string]string{}}
	for len(r.props) < maxResults {
		name := strings.ToLower(s.word())
		if name == "" {
			break
		}
		if !s.take('=') {
			continue // a word that says nothing
		}
		value := s.value()
		if _, repeated := r.props[name]; !repeated {
			r.props[name] = strings.ToLower(value)
		}
	}
	return r
}

// scanner reads the words of a structured field, over comments and blanks (CFWS, RFC 5322 section 3.2.2).
type scanner struct{ rest string }

// skip goes over blanks and comments, which nest. A comment without its end is the rest of the field.
func (s *scanner) skip() {
	depth := 0
	for i := 0; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '\\' && depth > 0:
			i++
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0 && c != ' ' && c != '\t' && c != '\r' && c != '\n':
			s.rest = s.rest[i:]
			return
		}
	}
	s.rest = ""
}

// take goes over a sign if it is next.
func (s *scanner) take(sign byte) bool {
	s.skip()
	if s.rest == "" || s.rest[0] != sign {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// word reads a name: up to a blank, a comment, "=" or ";".
func (s *scanner) word() string { return s.upTo(" \t\r\n();=\"") }

// value reads what stands behind "=": quoted, or up to a blank, a comment or ";".
func (s *scanner) value() string { return s.upTo(" \t\r\n();\"") }

func (s *scanner) upTo(ends string) string {
	s.skip()
	if strings.HasPrefix(s.rest, `"`) {
		return s.quoted()
	}
	i := strings.IndexAny(s.rest, ends)
	if i < 0 {
		i = len(s.rest)
	}
	word := s.rest[:i]
	s.rest = s.rest[i:]
	if i == 0 && s.rest != "" && s.rest[0] == ')' { // a stray end of a comment, which no rule would ever go over
		s.rest = s.rest[1:]
	}
	return word
}

// quoted reads a quoted string (RFC 5322 section 3.2.4).
func (s *scanner) quoted() string {
	var b strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; c {
		case '\\':
			if i++; i < len(s.rest) {
				b.WriteByte(s.rest[i])
			}
		case '"':
			s.rest = s.rest[i+1:]
			return b.String()
		default:
			b.WriteByte(c)
		}
	}
	s.rest = ""
	return b.String()
}
