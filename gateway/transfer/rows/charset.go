package rows

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/wlynxg/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// UTF8 is the encoding that most files are in.
const UTF8 = "utf-8"

// undecodable stands for bytes that the encoding does not have. It is a character that no file holds by itself; U+FFFD is in many that were damaged long ago.
const undecodable = '\uFDD0'

// lookup finds an encoding by any name of it (https://encoding.spec.whatwg.org/#names-and-labels), and its proper name.
func lookup(name string) (encoding.Encoding, string, error) {
	e, err := htmlindex.Get(strings.TrimSpace(name))
	if err != nil || e == encoding.Replacement {
		return nil, "", fmt.Errorf("reading rows: no encoding of that name")
	}
	proper, err := htmlindex.Name(e)
	return e, proper, err
}

// decode is a file in UTF-8, without its byte order mark. Bytes that are wrong in UTF-8 stay as they are, for the row to be refused.
func decode(file io.Reader, name string) (io.Reader, error) {
	if name == "" || name == UTF8 {
		return transform.NewReader(file, &withoutMark{}), nil
	}
	e, _, err := lookup(name)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(name, "utf-16") {
		return transform.NewReader(file, transform.Chain(unicode.BOMOverride(e.NewDecoder()), marked{})), nil
	}
	return transform.NewReader(file, transform.Chain(e.NewDecoder(), marked{})), nil
}

// withoutMark drops a byte order mark of UTF-8.
type withoutMark struct {
	transform.NopResetter
	begun bool
}

// Transform copies.
func (w *withoutMark) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	if !w.begun {
		if len(src) < 3 && !atEOF {
			return 0, 0, transform.ErrShortSrc
		}
		w.begun = true
		if bytes.HasPrefix(src, []byte(mark)) {
			nSrc = len(mark)
		}
	}
	n := copy(dst, src[nSrc:])
	if nSrc += n; nSrc < len(src) {
		return n, nSrc, transform.ErrShortDst
	}
	return n, nSrc, nil
}

const mark = "\xef\xbb\xbf"

// marked puts what no file holds where a decoder found nothing. Both take three bytes in UTF-8.
type marked struct{ transform.NopResetter }

// Transform copies.
func (marked) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if nDst == len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		next := bytes.Index(src[nSrc:], []byte("\uFFFD"))
		if next != 0 {
			if next < 0 {
				next = len(src) - nSrc
			}
			n := copy(dst[nDst:], src[nSrc:nSrc+next])
			nDst, nSrc = nDst+n, nSrc+n
			continue
		}
		if len(dst)-nDst < utf8.UTFMax {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += copy(dst[nDst:], string(undecodable))
		nSrc += len("\uFFFD")
	}
	return nDst, nSrc, nil
}

// What is looked at of a file to tell its encoding.
const (
	scanned  = 64 << 10 // bytes at a time
	sampled  = 32 << 10 // bytes that a charset is guessed from
	longLine = 1 << 10  // bytes of one line of the sample
)

// scan is what the bytes of a file say of its encoding.
type scan struct {
	head      []byte // how it begins
	size      int64
	good, bad int64 // characters beyond ASCII that are UTF-8, and bytes that are not

	goodLines, badLines int64 // that have such characters and nothing else beyond ASCII, and that have such bytes
	goodHere, badHere   bool  // in the line at hand

	sample []byte
	rest   []byte // a character that a piece ended in
}

// read goes through the file to its end: a byte that decides may be the last one.
func (s *scan) read(file io.Reader) error {
	buffer := make([]byte, scanned)
	for {
		n, err := io.ReadFull(file, buffer)
		s.add(buffer[:n])
		switch err {
		case nil:
			continue
		case io.EOF, io.ErrUnexpectedEOF:
			s.bad += int64(len(s.rest))
			s.badHere = s.badHere || len(s.rest) > 0
			s.endLine()
			return nil
		}
		return err
	}
}

func (s *scan) add(piece []byte) {
	s.size += int64(len(piece))
	if len(s.head) == 0 {
		s.head = bytes.Clone(piece)
	}
	for one, rest := []byte(nil), piece; len(rest) > 0 && len(s.sample) < sampled; {
		one, rest, _ = cutLine(rest)
		if bytes.ContainsFunc(one, func(r rune) bool { return r >= utf8.RuneSelf }) {
			s.sample = append(append(s.sample, one[:min(len(one), longLine)]...), '\n')
		}
	}
	s.count(append(s.rest, piece...))
}

// count tells the characters of UTF-8 from bytes that are none.
func (s *scan) count(text []byte) {
	for len(text) > 0 {
		if text[0] < utf8.RuneSelf {
			if text[0] == '\n' || text[0] == '\r' {
				s.endLine()
			}
			text = text[1:]
			continue
		}
		if !utf8.FullRune(text) {
			s.rest = bytes.Clone(text)
			return
		}
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 {
			s.bad++
			s.badHere = true
		} else {
			s.good++
			s.goodHere = true
		}
		text = text[n:]
	}
	s.rest = nil
}

// endLine counts the line at hand.
func (s *scan) endLine() {
	switch {
	case s.badHere:
		s.badLines++
	case s.goodHere:
		s.goodLines++
	}
	s.goodHere, s.badHere = false, false
}

// encoding is what the file is most likely in, and how that was told. A file most of which is UTF-8 is, and other bytes cost their rows: read otherwise, all names would be broken.
func (s *scan) encoding() (string, Guess) {
	if wide := s.wide(); wide != "" {
		return wide, ""
	}
	if s.bad == 0 || s.good > s.bad || s.goodLines > s.badLines {
		return UTF8, ""
	}
	found, beside := chardet.Detect(s.sample), crowded(s.sample)
	_, name, err := lookup(found.Encoding)
	other := err == nil && !latin(name)
	switch {
	case other && found.Confidence > certain, other && found.Confidence > sure && beside > someCrowded:
		return name, ByLetters
	case other && found.Confidence > unsure && beside > muchCrowded: // Latin letters it is not
		return name, Guessed
	case beside > muchCrowded:
		return usualLatin, Guessed
	}
	return byLetters(s.sample)
}

// How far the detector is believed.
const (
	unsure  = 0.3
	sure    = 0.8
	certain = 0.9
)

// wide is UTF-16, by its mark or by the zeros between the letters.
func (s *scan) wide() string {
	switch {
	case bytes.HasPrefix(s.head, []byte("\xff\xfe")):
		return "utf-16le"
	case bytes.HasPrefix(s.head, []byte("\xfe\xff")):
		return "utf-16be"
	}
	var zeros, ends [2]int // by the side of a pair of bytes that is zero
	for i := 0; i+1 < len(s.head); i += 2 {
		for side := range zeros {
			if s.head[i+side] == 0 {
				zeros[side]++
				if end := s.head[i+1-side]; end == '\n' || end == '\r' {
					ends[side]++
				}
			}
		}
	}
	switch { // the other side of a zero is ASCII, of which there are line ends in any language
	case ends[1] > 0 && zeros[1] > 10*zeros[0]:
		return "utf-16le"
	case ends[0] > 0 && zeros[0] > 10*zeros[1]:
		return "utf-16be"
	}
	return ""
}

// latin reports whether a guess is no better than windows-1252: the detector mixes up the charsets of western Europe.
func latin(name string) bool {
	switch name {
	case UTF8, "iso-8859-1", "iso-8859-9", "iso-8859-15", "windows-1252", "windows-1254", "macintosh":
		return true
	}
	return strings.HasPrefix(name, "utf-16")
}
