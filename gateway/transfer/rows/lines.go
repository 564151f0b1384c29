package rows

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// lines reads line by line; of one that is too long only the beginning is held.
type lines struct {
	in *bufio.Reader
}

// line is one line without its end.
type line struct {
	text  []byte
	whole bool // false: it is longer than MaxRow, and text is how it begins
}

// next reads a line; io.EOF when there is none.
func (l *lines) next() (line, error) {
	one := line{whole: true}
	for {
		piece, err := l.in.ReadSlice('\n')
		one.add(piece)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && (len(one.text) > 0 || len(piece) > 0):
			return one.trimmed(), nil
		case err != nil:
			return line{}, err
		}
		return one.trimmed(), nil
	}
}

// add keeps what is within the limit.
func (l *line) add(piece []byte) {
	room := MaxRow - len(l.text)
	if len(bytes.TrimRight(piece, "\r\n")) > room {
		l.whole = false
	}
	l.text = append(l.text, piece[:min(len(piece), max(room, 0))]...)
}

// trimmed is the line without its end: CR LF, LF, or a CR before the end of the file.
func (l line) trimmed() line {
	l.text = bytes.TrimSuffix(bytes.TrimSuffix(l.text, []byte("\n")), []byte("\r"))
	return l
}
