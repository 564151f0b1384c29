package message

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Text is what a reader of HTML sees, as plain text: quotes as lines with "> ", lists with their marks, cells of a table with " | ", links with their address where it is not the text. What is hidden, scripts and styles are left out.
// It reads tokens, not a tree, so that any nesting costs what its bytes cost.
func Text(markup string) string {
	z := html.NewTokenizer(strings.NewReader(markup))
	r := renderer{out: newLayout(len(markup))}
	for {
		switch z.Next() {
		case html.ErrorToken:
			return r.out.String()
		case html.TextToken:
			r.text(z.Text())
		case html.StartTagToken, html.SelfClosingTagToken:
			r.start(tagOf(z))
		case html.EndTagToken:
			name, _ := z.TagName()
			r.end(atom.Lookup(name))
		}
	}
}

const (
	maxAttributes = 50
	maxLink       = 2000 // bytes of a link's address that is shown
)

// tag is a start tag with the attributes that matter.
type tag struct {
	name                              atom.Atom
	id, class, style, href, alt, kind string
	hidden                            bool
}

func tagOf(z *html.Tokenizer) tag {
	name, more := z.TagName()
	t := tag{name: atom.Lookup(name)}
	for n := 0; more && n < maxAttributes; n++ {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch string(key) {
		case "id":
			t.id = strings.ToLower(string(value))
		case "class":
			t.class = strings.ToLower(string(value))
		case "style":
			t.style = compact(string(value))
		case "href":
			t.href = strings.TrimSpace(string(value))
		case "alt":
			t.alt = string(value)
		case "type":
			t.kind = strings.ToLower(string(value))
		case "hidden":
			t.hidden = true
		}
	}
	return t
}

// compact is a style without blanks, in lower case.
func compact(style string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, strings.ToLower(style))
}

// element is an open element and what its end has to undo.
type element struct {
	name   atom.Atom
	quotes int
	hides  bool
	pre    bool
	list   bool
	href   string
	linked int // where a link's text begins
}

// renderer writes the text while it reads the tokens.
type renderer struct {
	out    *layout
	stack  []element
	open   map[atom.Atom]int // elements of the stack by name: an end without a start costs nothing
	hidden int
	// outlook says that the last paragraph was one of Outlook's, which are lines: there a paragraph with only a hard blank is the empty line.
	outlook bool
	lists   []int // the last number of every open list, -1 for a bulleted one
}

func (r *renderer) text(text []byte) {
	if r.hidden > 0 {
		return
	}
	if r.outlook && strings.TrimSpace(string(text)) == "&nbsp;" {
		r.out.blank()
		return
	}
	r.out.text(html.UnescapeString(string(text)))
}

func (r *renderer) start(t tag) {
	e := element{name: t.name, hides: hides(t)}
	if isVoid(t.name) {
		if r.hidden == 0 && !e.hides {
			r.void(t)
		}
		return
	}
	if r.hidden == 0 && !e.hides {
		r.before(t, &e)
	}
	if !paired(t.name) && !e.hides {
		return
	}
	if e.hides {
		r.hidden++
	}
	if r.open == nil {
		r.open = map[atom.Atom]int{}
	}
	r.open[t.name]++
	r.stack = append(r.stack, e)
}

// before writes what an element begins with.
func (r *renderer) before(t tag, e *element) {
	r.out.breaks(breaksOf(t))
	switch t.name {
	case atom.P:
		r.outlook = strings.HasPrefix(t.class, "mso")
	case atom.Pre:
		e.pre = true
		r.out.pre++
	case atom.Ul, atom.Menu, atom.Dir:
		e.list = true
		r.lists = append(r.lists, -1)
	case atom.Ol:
		e.list = true
		r.lists = append(r.lists, 0)
	case atom.Li:
		r.item()
	case atom.Td, atom.Th:
		r.out.cell()
	case atom.A:
		e.href, e.linked = t.href, r.out.mark()
	}
	if quotes(t) {
		r.out.breaks(1)
		r.out.quote++
		e.quotes = 1
	}
	if quotesRest(t) && r.out.rest == 0 {
		r.out.breaks(1)
		r.out.rest = 1
	}
}

// item writes a list item's mark.
func (r *renderer) item() {
	if len(r.lists) == 0 {
		r.out.prefix("* ")
		return
	}
	last := len(r.lists) - 1
	indent := strings.Repeat("  ", min(last, 8))
	if r.lists[last] < 0 {
		r.out.prefix(indent + "* ")
		return
	}
	r.lists[last]++
	r.out.prefix(indent + itoa(r.lists[last]) + ". ")
}

func (r *renderer) void(t tag) {
	switch t.name {
	case atom.Br:
		r.out.newline()
	case atom.Hr:
		r.out.breaks(1)
		r.out.text("________________________________")
		r.out.breaks(1)
	case atom.Img:
		if alt := strings.TrimSpace(t.alt); alt != "" && len(alt) < maxLink {
			r.out.text(" [" + alt + "] ")
		}
	}
}

// end closes the innermost element of a name and what was left open in it.
func (r *renderer) end(name atom.Atom) {
	if r.hidden == 0 {
		r.out.breaks(r.breaksAfter(name))
	}
	if r.open[name] == 0 {
		return
	}
	for {
		e := r.stack[len(r.stack)-1]
		r.stack = r.stack[:len(r.stack)-1]
		r.open[e.name]--
		r.undo(e)
		if e.name == name {
			return
		}
	}
}

func (r *renderer) breaksAfter(name atom.Atom) int {
	if name == atom.P && r.outlook {
		return 1
	}
	return breaksOf(tag{name: name})
}

func (r *renderer) undo(e element) {
	if e.hides {
		r.hidden--
		return
	}
	if e.quotes > 0 {
		r.out.breaks(1)
		r.out.quote -= e.quotes
	}
	if e.pre {
		r.out.pre--
	}
	if e.list {
		r.lists = r.lists[:len(r.lists)-1]
	}
	if e.href != "" && r.hidden == 0 {
		r.link(e)
	}
}

// link writes a link's address behind its text, where the text does not say it already.
func (r *renderer) link(e element) {
	lower := strings.ToLower(e.href)
	if len(e.href) > maxLink || !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") && !strings.HasPrefix(lower, "mailto:") && !strings.HasPrefix(lower, "tel:") {
		return
	}
	said := strings.TrimSpace(r.out.since(e.linked, 2*maxLink))
	if said == "" || sameLink(said, e.href) {
		return
	}
	r.out.text(" <" + e.href + ">")
}

// sameLink reports whether a link's text is its address.
func sameLink(text, href string) bool {
	bare := func(s string) string {
		s = strings.ToLower(strings.TrimSpace(s))
		for _, scheme := range []string{"https://", "http://", "mailto:", "tel:", "www."} {
			s = strings.TrimPrefix(s, scheme)
		}
		return strings.TrimSuffix(s, "/")
	}
	if strings.HasPrefix(strings.ToLower(href), "tel:") {
		return true // the text has the number, in the form for reading
	}
	return bare(text) == bare(href)
}
