package message

import (
	"bytes"
	"hash"
	"io"
	"strings"
)

// fragment is the text of a part and of all below it.
type fragment struct {
	text string
	html string
}

// plain is the fragment as plain text.
func (f fragment) plain() string {
	if strings.TrimSpace(f.text) != "" || f.html == "" {
		return f.text
	}
	return Text(f.html)
}

// markup is the fragment as HTML.
func (f fragment) markup() string {
	if f.html != "" || strings.TrimSpace(f.text) == "" {
		return f.html
	}
	return "<div>" + strings.ReplaceAll(escape(f.text), "\n", "<br>\n") + "</div>\n"
}

// assembler makes a message of the parts.
type assembler struct {
	m     *Message
	spool io.ReaderAt
	text  int64     // bytes of text that may still be decoded
	held  int64     // the same of reports, calendars and vCards
	found bool      // a text was found already
	sum   hash.Hash // of the content
	err   error
}

// fragment reads a part and those below it; the depth is the walker's.
func (a *assembler) fragment(n *node) fragment {
	if !n.multi {
		return a.leaf(n)
	}
	if n.content.kind == "multipart/alternative" {
		return a.alternative(n)
	}
	pieces := make([]fragment, 0, len(n.children))
	for i, child := range n.children {
		if n.content.kind == "multipart/digest" && child.content.kind == "" {
			child.content.kind = "message/rfc822" // RFC 2046 section 5.1.5
		}
		if f := a.fragment(n.children[i]); f != (fragment{}) {
			pieces = append(pieces, f)
		}
	}
	return joined(pieces)
}

// alternative takes the first plain text, the last HTML and all files.
func (a *assembler) alternative(n *node) fragment {
	var best fragment
	for _, child := range n.children {
		f := a.fragment(child)
		if strings.TrimSpace(best.text) == "" {
			best.text = f.text
		}
		if f.html != "" {
			best.html = f.html
		}
	}
	if best.html != "" && isExcuse(best) {
		best.text = ""
	}
	return best
}

const maxExcuse = 300 // bytes

// isExcuse reports whether the plain text only says that there is HTML to be read: it is short, names HTML, and is no part of what the HTML says.
func isExcuse(f fragment) bool {
	text := strings.Join(strings.Fields(f.text), " ")
	return len(text) <= maxExcuse && strings.Contains(strings.ToUpper(text), "HTML") && !strings.Contains(strings.Join(strings.Fields(Text(f.html)), " "), text)
}

// joined puts texts that follow each other together. If one of them is HTML, all are in the HTML too.
func joined(pieces []fragment) fragment {
	if len(pieces) == 1 {
		return pieces[0]
	}
	var text, html []string
	marked := false
	for _, f := range pieces {
		if plain := strings.Trim(f.plain(), "\n"); plain != "" {
			text = append(text, plain)
		}
		html = append(html, f.markup())
		marked = marked || f.html != ""
	}
	all := fragment{text: strings.Join(text, "\n\n")}
	if len(text) > 0 {
		all.text += "\n"
	}
	if marked {
		all.html = strings.Join(html, "")
	}
	return all
}

// leaf reads a part that holds no others.
func (a *assembler) leaf(n *node) fragment {
	kind := n.kind()
	if _, known := encodingOf(value(n.fields, "Content-Transfer-Encoding")); !known {
		a.m.warn(UnknownEncoding)
	}
	switch {
	case a.isText(n, kind):
		return a.textOf(n, kind)
	case isReport(kind):
		a.report(n, kind)
		if !isMail(kind) {
			return fragment{}
		}
	case kind == "text/calendar" || kind == "application/ics":
		if a.m.Calendar == nil {
			a.m.Calendar = a.hold(n)
		}
		if !n.attached() {
			return fragment{}
		}
	case isVCard(n, kind):
		if card := a.hold(n); card != nil {
			a.m.VCards = append(a.m.VCards, card)
		}
	}
	if n.multi || n.end < n.start {
		return fragment{}
	}
	f, err := fileOf(n, a.spool)
	a.fail(err)
	a.digest([]byte(f.SHA256))
	a.m.Files = append(a.m.Files, f)
	return fragment{}
}

// isText reports whether a part is text of the mail rather than a file. Some programs name the body; so a named text is the mail's when none came before and nothing says attachment.
func (a *assembler) isText(n *node, kind string) bool {
	if strings.HasPrefix(kind, "multipart/") {
		return len(n.children) == 0 && len(a.m.Files) == 0 && !a.found && !n.deep
	}
	if kind != "text/plain" && kind != "text/html" && kind != "application/xhtml+xml" {
		return false
	}
	return n.place.kind != "attachment" && (n.filename() == "" || !a.found)
}

// attached reports whether a part is meant to be a file.
func (n *node) attached() bool { return n.place.kind == "attachment" || n.filename() != "" }

func isVCard(n *node, kind string) bool {
	return kind == "text/vcard" || kind == "text/x-vcard" || kind == "text/directory" && (n.content.param("profile") == "" || strings.EqualFold(n.content.param("profile"), "vcard"))
}

// textOf decodes a text as far as the limit allows.
func (a *assembler) textOf(n *node, kind string) fragment {
	a.found = true
	raw, cut := a.read(n, a.text)
	if cut {
		a.m.warn(TextTooLong)
	}
	a.text -= int64(len(raw))
	a.digest(raw)
	name := n.content.param("charset")
	if strings.HasPrefix(kind, "text/html") || kind == "application/xhtml+xml" {
		text, w := fromHTML(raw, name)
		a.noteCharset(w)
		return fragment{html: unbroken(text)}
	}
	text, w := toUTF8(raw, name)
	a.noteCharset(w)
	text = unbroken(text)
	if strings.EqualFold(n.content.param("format"), "flowed") {
		text = unflow(text, strings.EqualFold(n.content.param("delsp"), "yes"))
	}
	return fragment{text: text}
}

func (a *assembler) noteCharset(w Warning) {
	if w != "" {
		a.m.warn(w)
	}
}

// hold decodes a small part that is understood by others, in UTF-8; nil when it is empty.
func (a *assembler) hold(n *node) []byte {
	raw, cut := a.read(n, a.held)
	if cut {
		a.m.warn(TextTooLong)
	}
	a.held -= int64(len(raw))
	a.digest(raw)
	text, w := toUTF8(raw, n.content.param("charset"))
	a.noteCharset(w)
	if text == "" {
		return nil
	}
	return []byte(text)
}

// digest takes one content into account, whatever ends its lines.
func (a *assembler) digest(raw []byte) {
	for piece := range bytes.SplitSeq(raw, []byte("\r")) {
		_, _ = a.sum.Write(piece) // a hash's Write cannot fail
	}
	_, _ = a.sum.Write([]byte{0})
}

// read decodes at most a number of bytes of a part; cut says that there are more.
func (a *assembler) read(n *node, most int64) (raw []byte, cut bool) {
	e, _ := encodingOf(value(n.fields, "Content-Transfer-Encoding"))
	section := io.NewSectionReader(a.spool, n.start, max(n.end-n.start, 0))
	if e == identity {
		size := min(section.Size(), most)
		raw = make([]byte, size)
		_, err := io.ReadFull(section, raw)
		a.fail(err)
		return raw, section.Size() > most
	}
	raw, err := io.ReadAll(io.LimitReader(decoder(section, e), most+1))
	a.fail(err)
	return raw[:min(int64(len(raw)), most)], int64(len(raw)) > most
}

func (a *assembler) fail(err error) {
	if a.err == nil && err != nil {
		a.err = err
	}
}
