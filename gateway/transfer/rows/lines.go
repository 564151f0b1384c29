package rows

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// lines reads line by line; of one that is too long only the beginning is held. LF, CR LF and a CR alone (old Macs, and spreadsheets that write as they did) end a line, all three in one file.
type lines struct {
	in *bufio.Reader
	cr bool // the last line ended in CR: an LF that follows is of the same end
}

// line is one line without its end.
type line struct {
	text  []byte
	whole bool // false: it is longer than MaxRow, and text is how it begins
}

// next reads a line; io.EOF when there is none.
func (l *lines) next() (line, error) {
	one := line{whole: true}
	begun := false
	for {
		piece, ended, err := l.piece()
		begun = begun || len(piece) > 0
		one.add(piece)
		switch {
		case errors.Is(err, io.EOF) && begun:
			return one, nil
		case err != nil:
			return line{}, err
		case ended:
			return one, nil
		}
	}
}

// piece is what the buffer holds of a line, and whether that is its end.
func (l *lines) piece() (text []byte, ended bool, err error) {
	if _, err := l.in.Peek(1); err != nil { // it fills an empty buffer
		return nil, false, err
	}
	held, err := l.in.Peek(l.in.Buffered())
	if err != nil {
		return nil, false, err
	}
	if l.cr && held[0] == '\n' {
		l.cr = false
		_, err := l.in.Discard(1)
		return nil, false, err
	}
	text, _, ended = cutLine(held)
	taken := len(text)
	if ended {
		taken++
	}
	l.cr = ended && held[len(text)] == '\r'
	_, err = l.in.Discard(taken)
	return text, ended, err
}

// cutLine parts a text behind its first line; of CR LF the CR is its end.
func cutLine(text []byte) (first, rest []byte, found bool) {
	end := bytes.IndexAny(text, "\r\n")
	if end < 0 {
		return text, nil, false
	}
	return text[:end], text[end+1:], true
}

// add keeps what is within the limit.
func (l *line) add(piece []byte) {
	room := MaxRow - len(l.text)
	if len(piece) > room {
		l.whole = false
	}
	l.text = append(l.text, piece[:min(len(piece), max(room, 0))]...)
}
