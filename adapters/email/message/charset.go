package message

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/wlynxg/chardet"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

const detected = 4 << 10 // bytes that a charset is guessed from

// aliases are charset names that mails carry and no registry has.
var aliases = map[string]string{
	"utf8": "utf-8", "utf-8mb4": "utf-8", "unicode": "utf-8", "unicode-1-1-utf-8": "utf-8", "x-unicode": "utf-8", "utf-8-sig": "utf-8",
	"gb2312": "gb18030", "gbk": "gb18030", "gb-2312": "gb18030", "cp936": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030",
	"cp949": "euc-kr", "uhc": "euc-kr", "x-windows-949": "euc-kr", "ms949": "euc-kr", "cp932": "shift_jis", "ms932": "shift_jis", "shift-jis": "shift_jis",
	"cp950": "big5", "big5_tw": "big5", "eucgb2312_cn": "gb18030", "ansi": "windows-1252", "x-ansi": "windows-1252", "8bit": "windows-1252", "iso8859-1": "iso-8859-1", "iso_8859_1": "iso-8859-1",
	"latin-1": "iso-8859-1", "iso-8859-8-e": "iso-8859-8", "x-mac-roman": "macintosh", "koi8r": "koi8-r", "koi8u": "koi8-u", "cp-850": "ibm850", "cp850": "ibm850", "cp437": "ibm437",
	"unicode-1-1-utf-7": "utf-7", "utf7": "utf-7", "cp50220": "iso-2022-jp", "cp50221": "iso-2022-jp", "iso-2022-jp-1": "iso-2022-jp", "iso-2022-jp-ms": "iso-2022-jp",
}

// lookup finds a charset's decoder by any name of it; nil when there is none.
func lookup(name string) (encoding.Encoding, string) {
	name = strings.ToLower(strings.Trim(name, " \t\"'"))
	if real, ok := aliases[name]; ok {
		name = real
	}
	if number, ok := strings.CutPrefix(name, "cp125"); ok {
		name = "windows-125" + number
	}
	switch name {
	case "utf-7", "iso-2022-kr", "utf-8", "utf-16":
		return encoding.Nop, name // decoded here
	case "hz-gb-2312":
		return simplifiedchinese.HZGB2312, name // the registry of the web forbids it
	}
	if e, err := htmlindex.Get(name); err == nil && e != encoding.Replacement {
		return e, name
	}
	if e, err := ianaindex.MIME.Encoding(name); err == nil && e != nil {
		return e, name
	}
	return nil, name
}

// toUTF8 decodes a text of a named charset. It believes the bytes more than the name where they contradict each other. warning is empty when all fits.
func toUTF8(b []byte, name string) (text string, warning Warning) {
	if e := boms(b); e != nil {
		return decode(b, e), ""
	}
	e, name := lookup(name)
	switch {
	case name == "utf-7":
		return utf7(b), ""
	case name == "iso-2022-kr":
		return iso2022kr(b), ""
	case name == "utf-16":
		return decode(b, unicode.UTF16(unicode.BigEndian, unicode.UseBOM)), ""
	case isASCII(b) && !stateful(name):
		return string(b), ""
	case e == nil:
		return guess(b), unknownUnlessMissing(name)
	case name == "utf-8":
		return fromUTF8(b)
	}
	return fromLegacy(b, e)
}

func unknownUnlessMissing(name string) Warning {
	if name == "" {
		return ""
	}
	return UnknownCharset
}

// stateful reports whether a charset uses ASCII bytes for more than ASCII.
func stateful(name string) bool {
	return strings.HasPrefix(name, "iso-2022") || strings.HasPrefix(name, "hz-") || strings.HasPrefix(name, "utf-16") || strings.HasPrefix(name, "utf-32")
}

// fromUTF8 reads what is said to be UTF-8. Where most of what is not ASCII is none, the name is wrong.
func fromUTF8(b []byte) (string, Warning) {
	if utf8.Valid(b) {
		return string(b), ""
	}
	good, bad := 0, 0
	for rest := b; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		rest = rest[n:]
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
	}
	if good > bad {
		return strings.ToValidUTF8(string(b), "\uFFFD"), ""
	}
	return guess(b), WrongCharset
}

// fromLegacy reads what is said to be in an older charset. Texts of a single-byte charset are never valid UTF-8 by chance; those of a multi-byte one may be, so there the name has to fail first.
func fromLegacy(b []byte, e encoding.Encoding) (string, Warning) {
	_, single := e.(*charmap.Charmap)
	valid := utf8.Valid(b) && !isASCII(b)
	if single && valid {
		return string(b), WrongCharset
	}
	text := decode(b, e)
	if valid && strings.ContainsRune(text, utf8.RuneError) {
		return string(b), WrongCharset
	}
	return text, ""
}

// guess decodes a text of which no charset is known.
func guess(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	found := chardet.Detect(b[:min(len(b), detected)])
	if e, name := lookup(found.Encoding); e != nil && found.Confidence > 0.7 && !latin(name) && !stateful(name) {
		if text := decode(b, e); !strings.ContainsRune(text, utf8.RuneError) {
			return text
		}
	}
	return windows1252(b)
}

// latin reports whether a guess is no better than windows-1252: the detector mixes up the charsets of western Europe.
func latin(name string) bool {
	switch name {
	case "utf-8", "ascii", "iso-8859-1", "iso-8859-9", "iso-8859-15", "windows-1252", "windows-1254", "macintosh", "macroman":
		return true
	}
	return false
}

// decodeShort decodes a few words, where a guess would be chance.
func decodeShort(b []byte, name string) string {
	e, real := lookup(name)
	if e == nil && !utf8.Valid(b) || real == "utf-8" && !utf8.Valid(b) && !mostlyUTF8(b) {
		return windows1252(b)
	}
	text, _ := toUTF8(b, name)
	return text
}

func mostlyUTF8(b []byte) bool {
	_, w := fromUTF8(b)
	return w == ""
}

// fromHTML decodes HTML; without a name its own meta element counts.
func fromHTML(b []byte, name string) (string, Warning) {
	if name == "" && !isASCII(b) {
		if e, found, certain := charset.DetermineEncoding(b, ""); e != nil && (certain || found != "windows-1252") {
			name = found
		}
	}
	return toUTF8(b, name)
}

func decode(b []byte, e encoding.Encoding) string {
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

func windows1252(b []byte) string { return decode(b, charmap.Windows1252) }

func boms(b []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return unicode.UTF8BOM
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	}
	return nil
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
