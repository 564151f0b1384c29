package message

import (
	"bytes"
	"strings"
)

// node is a part of the mail: where its body lies in the spool, or the parts it holds.
type node struct {
	fields   []field
	content  media
	place    media // Content-Disposition
	start    int64
	end      int64
	multi    bool
	deep     bool // a multipart beyond MaxDepth
	children []*node
}

// open is a multipart whose end was not seen yet.
type open struct {
	node     *node
	boundary []byte // with its two dashes; empty while a multipart without one waits for a line that looks like one
	closed   bool
}

// walker reads a mail's parts in one pass over its lines.
type walker struct {
	m      *Message
	lines  *lines
	stack  []open
	parts  int
	head   *block // of the part whose header is being read
	leaf   *node  // the part that lines belong to; nil between parts
	last   int64  // the end of the last line
	odd    line   // a line in a header that is no field, until the next line tells what it was
	stray  bool
	strays int // such lines in a row
}

// walk reads the whole mail, or up to MaxParts.
func (w *walker) walk() *node {
	root := &node{}
	w.begin(root)
	w.skipPreamble()
	for {
		ln, ok := w.lines.read()
		if !ok || !w.take(ln) {
			break
		}
		w.last = ln.end
	}
	if len(w.stack) == 0 {
		w.last = w.lines.size // the last line's end belongs to the body, where no boundary follows
	}
	w.finish(w.last)
	for _, o := range w.stack {
		w.abandon(o)
	}
	return root
}

// take places one line; it is false when the walk is over.
func (w *walker) take(ln line) bool {
	if level := w.boundary(ln); level >= 0 {
		return w.split(level, ln)
	}
	if w.head != nil {
		w.header(ln)
	}
	return true
}

// boundary is the level of the multipart that a line separates the parts of, or -1. The innermost wins; an outer one ends the inner ones that were not closed.
func (w *walker) boundary(ln line) int {
	if ln.rest || len(ln.text) < 3 || ln.text[0] != '-' || ln.text[1] != '-' {
		return -1
	}
	text := bytes.TrimRight(ln.text, " \t")
	for i := len(w.stack) - 1; i >= 0; i-- {
		o := &w.stack[i]
		if len(o.boundary) == 0 && i == len(w.stack)-1 {
			o.boundary = bytes.Clone(text)
		}
		if after, ok := bytes.CutPrefix(text, o.boundary); ok && (len(after) == 0 || string(after) == "--") {
			return i
		}
	}
	return -1
}

// split ends the part before a boundary and begins the one after it.
func (w *walker) split(level int, ln line) bool {
	w.finish(w.last)
	for _, inner := range w.stack[level+1:] {
		w.abandon(inner)
	}
	w.stack = w.stack[:level+1]
	o := &w.stack[level]
	if len(bytes.TrimRight(ln.text, " \t")) == len(o.boundary)+len("--") {
		o.closed = true
		return true
	}
	if w.parts == MaxParts {
		w.m.warn(TooManyParts)
		return false
	}
	w.parts++
	part := &node{}
	o.node.children = append(o.node.children, part)
	w.begin(part)
	return true
}

// abandon notes that a multipart ended without saying so.
func (w *walker) abandon(o open) {
	if !o.closed {
		w.m.warn(Unclosed)
	}
	if len(o.node.children) == 0 {
		w.m.warn(NoBoundary)
		o.node.multi = false
		o.node.end = w.last
	}
}

func (w *walker) begin(n *node) {
	w.leaf, w.head, w.stray = n, &block{}, false
}

// finish ends the part that is being read; its body ends at a place in the spool.
func (w *walker) finish(end int64) {
	if w.head != nil && w.stray {
		end = max(end, w.odd.end)
		w.body(w.odd.start)
	}
	if w.head != nil {
		w.body(end)
	}
	if w.leaf != nil && !w.leaf.multi {
		w.leaf.end = max(end, w.leaf.start)
	}
	w.leaf = nil
}

// header takes a line of a part's header. A line that is no field is damage when a field follows it, else the body began without an empty line before it.
func (w *walker) header(ln line) {
	if len(ln.text) == 0 && !ln.rest {
		w.body(w.afterHeader(ln))
		return
	}
	if w.head.add(ln) {
		if w.stray {
			w.m.warn(HeaderDamaged)
		}
		w.stray = false
		return
	}
	switch {
	case w.stray && w.headless() && w.strays < maxStrays:
		w.strays++
	case w.stray || len(w.head.spans) == 0:
		w.m.warn(HeaderDamaged)
		w.body(w.strayStart(ln))
	default:
		w.stray, w.strays, w.odd = true, 1, ln
	}
}

// maxStrays is how many lines in a row that are no field are stepped over in a header that says nothing yet.
const maxStrays = 10

// headless reports whether the mail's own header has only what servers wrote so far: what its sender wrote must still follow.
func (w *walker) headless() bool {
	return len(w.stack) == 0 && !w.head.authored
}

// afterHeader is where the body begins below a header that ends in an empty line. A line above it that is no field may be the body's first, unless the body is in a form that it would spoil.
func (w *walker) afterHeader(ln line) int64 {
	if !w.stray {
		return ln.next
	}
	w.m.warn(HeaderDamaged)
	if e, _ := encodingOf(value(w.head.fields(), "Content-Transfer-Encoding")); e == identity {
		return w.odd.start
	}
	return ln.next
}

func (w *walker) strayStart(ln line) int64 {
	if w.stray {
		return w.odd.start
	}
	return ln.start
}

// body ends the header: what it says decides what the body is.
func (w *walker) body(start int64) {
	n, b := w.leaf, w.head
	w.head = nil
	if b.full {
		w.m.warn(HeaderTooLong)
	}
	if b.many {
		w.m.warn(TooManyEntries)
	}
	n.fields, n.start = b.fields(), start
	n.content = parseMedia(value(n.fields, "Content-Type"))
	n.place = parseMedia(value(n.fields, "Content-Disposition"))
	if !strings.HasPrefix(n.content.kind, "multipart/") {
		return
	}
	if len(w.stack) == MaxDepth {
		w.m.warn(TooDeep)
		n.deep = true
		return
	}
	n.multi = true
	o := open{node: n}
	if boundary := strings.TrimRight(n.content.param("boundary"), " \t"); boundary != "" {
		o.boundary = []byte("--" + boundary)
	}
	w.stack = append(w.stack, o)
}

const maxPreamble = 200 // lines looked at for the start of the header

// skipPreamble steps over what gateways and mail stores put before a header: a byte order mark, empty and indented lines, mbox's From line, other lines that are no field. A mail without any field is all body.
func (w *walker) skipPreamble() {
	for range maxPreamble {
		ln, ok := w.lines.read()
		if !ok {
			break
		}
		w.last = ln.end
		ln.text = bytes.TrimPrefix(ln.text, []byte("\xef\xbb\xbf"))
		if nameEnd(ln.text) >= 0 && !ln.rest {
			w.head.add(ln)
			return
		}
		if !isEnvelope(ln.text) && len(bytes.TrimSpace(ln.text)) > 0 {
			w.m.warn(HeaderDamaged)
		}
	}
	w.m.warn(NoHeader)
	w.body(0)
}

// isEnvelope reports whether a line is mbox's "From " line, also as it is quoted.
func isEnvelope(text []byte) bool {
	return bytes.HasPrefix(text, []byte("From ")) || bytes.HasPrefix(text, []byte(">From "))
}
