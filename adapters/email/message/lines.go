package message

import (
	"bytes"
	"io"
)

const (
	lineBuffer = 64 << 10
	maxCRs     = 4 // carriage returns that may stand before a line feed
)

// line is one line of a mail, or a piece of one that is longer than the buffer.
type line struct {
	text  []byte // without its end; valid until the next call of read
	start int64
	end   int64 // of the text
	next  int64 // where the next line starts
	rest  bool  // it continues the line before
}

// lines reads a spool line by line, in one pass. A line ends with LF, CRLF, CR, or with several CRs and LF, which some gateways make.
type lines struct {
	spool  io.ReaderAt
	size   int64
	buf    []byte
	offset int64 // of buf[0] in the spool
	pos    int   // of what is not read yet, in buf
	full   int   // bytes of buf that are filled
	lf     int   // the next line feed at or after pos, full when there is none
	within bool  // the last line did not end
	err    error
}

func newLines(spool io.ReaderAt, size int64) *lines {
	return &lines{spool: spool, size: size, buf: make([]byte, min(size, lineBuffer))}
}

// read gives the next line. It is false at the end of the mail or when the spool cannot be read.
func (l *lines) read() (line, bool) {
	if unread := l.full - l.pos; unread < maxCRs || l.lf >= l.full && unread <= len(l.buf)/2 {
		l.fill()
	}
	if l.pos >= l.full || l.err != nil {
		return line{}, false
	}
	if l.lf < l.pos {
		l.seekLF()
	}
	end, next := l.ending()
	got := line{
		text: l.buf[l.pos:end], start: l.offset + int64(l.pos), end: l.offset + int64(end), next: l.offset + int64(next), rest: l.within,
	}
	l.within = next == end
	l.pos = next
	return got, true
}

// ending is where the line at pos ends and the next one starts.
func (l *lines) ending() (end, next int) {
	limit := l.lf
	cr := bytes.IndexByte(l.buf[l.pos:limit], '\r')
	if cr < 0 {
		return limit, min(limit+1, l.full)
	}
	end, next = l.pos+cr, l.pos+cr+1
	run := next
	for run < limit && run < end+maxCRs && l.buf[run] == '\r' {
		run++
	}
	if run == limit && limit < l.full {
		return end, limit + 1
	}
	if run == l.full && end > l.pos && l.more() {
		return end, end // the line feed may be still to come
	}
	return end, next
}

// more reports whether the spool holds more than the buffer does.
func (l *lines) more() bool { return l.offset+int64(l.full) < l.size }

// fill moves what is not read yet to the front and reads more behind it.
func (l *lines) fill() {
	if !l.more() || l.err != nil {
		return
	}
	copy(l.buf, l.buf[l.pos:l.full])
	l.offset += int64(l.pos)
	l.full -= l.pos
	l.pos = 0
	want := min(int64(len(l.buf)-l.full), l.size-l.offset-int64(l.full))
	n, err := l.spool.ReadAt(l.buf[l.full:l.full+int(want)], l.offset+int64(l.full))
	l.full += n
	if int64(n) < want {
		l.err = err
		if err == nil || err == io.EOF {
			l.err = io.ErrUnexpectedEOF
		}
	}
	l.seekLF()
}

// seekLF finds the next line feed once for all the carriage returns before it: a mail of nothing else stays linear.
func (l *lines) seekLF() {
	l.lf = l.full
	if i := bytes.IndexByte(l.buf[l.pos:l.full], '\n'); i >= 0 {
		l.lf = l.pos + i
	}
}
