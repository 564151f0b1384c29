package message

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding/korean"
)

// utf7 decodes UTF-7 (RFC 2152). What is no base64 stays as it is.
func utf7(b []byte) string {
	var out strings.Builder
	for len(b) > 0 {
		if b[0] != '+' {
			out.WriteByte(b[0] & 0x7f)
			b = b[1:]
			continue
		}
		n := 1
		for n < len(b) && base64Value[b[n]] < 64 {
			n++
		}
		if n == 1 {
			out.WriteByte('+')
		}
		out.WriteString(utf16Text(b[1:n]))
		if n < len(b) && b[n] == '-' {
			n++
		}
		b = b[n:]
	}
	return strings.ToValidUTF8(out.String(), "\uFFFD")
}

func utf16Text(b []byte) string {
	if len(b)%4 == 1 {
		b = b[:len(b)-1]
	}
	raw, err := base64.RawStdEncoding.DecodeString(string(b))
	if err != nil {
		return string(b)
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
	}
	return string(utf16.Decode(units))
}

// iso2022kr decodes ISO-2022-KR (RFC 1557): between SO and SI it is EUC-KR without the high bits.
func iso2022kr(b []byte) string {
	b = []byte(strings.ReplaceAll(string(b), "\x1b$)C", ""))
	euc := make([]byte, 0, len(b))
	var high byte
	for _, c := range b {
		switch {
		case c == 0x0e:
			high = 0x80
		case c == 0x0f:
			high = 0
		case c <= ' ':
			euc = append(euc, c)
		default:
			euc = append(euc, c|high)
		}
	}
	return decode(euc, korean.EUCKR)
}
