package message

import (
	"encoding/base64"
	"strings"
)

const (
	maxCharsetName = 60
	maxWords       = 64 << 10 // bytes of adjacent words that are decoded as one text
)

// word is an encoded word (RFC 2047), its bytes still in their charset.
type word struct {
	charset string
	bytes   []byte
}

// DecodeWords decodes the encoded words of a header's text, also those that RFC 2047 forbids but mail programs write: with raw 8-bit and blanks inside, glued to text, without padding,
// with a character split over two words, with a language (RFC 2231 section 5). The result holds no control characters.
func DecodeWords(s string) string {
	if !strings.Contains(s, "=?") {
		return strings.ReplaceAll(s, "\x1b", "")
	}
	var out strings.Builder
	var pending word
	flush := func() {
		if len(pending.bytes) > 0 {
			out.WriteString(decodeShort(pending.bytes, pending.charset))
		}
		pending = word{}
	}
	for len(s) > 0 {
		start, end := wordAt(s)
		if start < 0 {
			break
		}
		if gap := s[:start]; strings.TrimSpace(gap) != "" || !pending.follows() {
			flush()
			out.WriteString(gap)
		}
		w := parseWord(s[start:end])
		if !strings.EqualFold(w.charset, pending.charset) || len(pending.bytes) > maxWords {
			flush()
			pending.charset = w.charset
		}
		pending.bytes = append(pending.bytes, w.bytes...)
		s = s[end:]
	}
	flush()
	out.WriteString(s)
	return strings.ReplaceAll(printable(out.String()), "\x1b", "")
}

// follows reports whether a word came before, so that the blanks between the two say nothing.
func (w word) follows() bool { return w.charset != "" }

// wordAt is where the first encoded word of s starts and ends; start is -1 without one.
func wordAt(s string) (start, end int) {
	from := 0
	for {
		i := strings.Index(s[from:], "=?")
		if i < 0 {
			return -1, 0
		}
		start = from + i
		text := wordText(s[start:])
		if text == 0 {
			from = start + 2
			continue
		}
		stop := strings.Index(s[start+text:], "?=")
		if stop < 0 {
			return -1, 0 // no word after this one ends either
		}
		return start, start + text + stop + 2
	}
}

// wordText is where the text of an encoded word starts, after "=?charset?B?"; 0 when s is no word.
func wordText(s string) int {
	mark := strings.IndexByte(s[2:min(len(s), maxCharsetName)], '?')
	if mark < 1 || strings.ContainsAny(s[2:2+mark], " \t,<>@") {
		return 0
	}
	at := 2 + mark
	if len(s) < at+3 || s[at+2] != '?' || !strings.ContainsRune("bBqQ", rune(s[at+1])) {
		return 0
	}
	return at + 3
}

func parseWord(s string) word {
	text := wordText(s)
	charset, _, _ := strings.Cut(s[2:text-3], "*")
	w := word{charset: strings.ToLower(charset)}
	body := s[text : len(s)-2]
	if s[text-2] == 'b' || s[text-2] == 'B' {
		w.bytes = unbase64(body)
		return w
	}
	w.bytes = unquote(body)
	return w
}

// unbase64 decodes what there is of base64, dropping what is none.
func unbase64(s string) []byte {
	kept := strings.Map(func(r rune) rune {
		if r < 0x80 && base64Value[byte(r)] < 64 {
			return r
		}
		return -1
	}, s)
	if len(kept)%4 == 1 {
		kept = kept[:len(kept)-1]
	}
	b, _ := base64.RawStdEncoding.DecodeString(kept) // only the alphabet is left
	return b
}

// unquote decodes the "Q" encoding: "=XX" is a byte, "_" a blank.
func unquote(s string) []byte {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '_':
			b = append(b, ' ')
		case c == '=' && i+2 < len(s) && hexValue(s[i+1]) < 16 && hexValue(s[i+2]) < 16:
			b = append(b, hexValue(s[i+1])<<4|hexValue(s[i+2]))
			i += 2
		default:
			b = append(b, c)
		}
	}
	return b
}

// hexValue is a hexadecimal digit's value, 16 or more for what is none.
func hexValue(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}
