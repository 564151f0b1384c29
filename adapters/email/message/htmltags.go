package message

import (
	"strconv"
	"strings"

	"golang.org/x/net/html/atom"
)

func itoa(n int) string { return strconv.Itoa(n) }

func isVoid(name atom.Atom) bool {
	switch name {
	case atom.Br, atom.Hr, atom.Img, atom.Meta, atom.Link, atom.Input, atom.Col, atom.Area, atom.Base, atom.Wbr, atom.Source, atom.Embed, atom.Param, atom.Track:
		return true
	}
	return false
}

// paired reports whether an element's end is waited for. Others, like paragraphs, are often left open and hold nothing that their end undoes.
func paired(name atom.Atom) bool {
	switch name {
	case atom.Div, atom.Span, atom.Blockquote, atom.Pre, atom.Ul, atom.Ol, atom.Menu, atom.Dir, atom.A, atom.Table, atom.Td, atom.Th, atom.Tr, atom.Section, atom.Article, atom.Center, atom.Font:
		return true
	}
	return false
}

// hides reports whether nobody sees an element.
func hides(t tag) bool {
	switch t.name {
	case atom.Script, atom.Style, atom.Head, atom.Title, atom.Template, atom.Object, atom.Svg, atom.Math, atom.Select, atom.Textarea, atom.Iframe, atom.Noembed, atom.Noframes:
		return true
	}
	return t.hidden || strings.Contains(t.style, "display:none") || strings.Contains(t.style, "visibility:hidden") || strings.Contains(t.style, "mso-hide:all") ||
		strings.Contains(t.style, "max-height:0") && strings.Contains(t.style, "overflow:hidden")
}

// breaksOf is how many line ends stand before and after an element: 1 ends the line, 2 leave a blank line.
func breaksOf(t tag) int {
	switch t.name {
	case atom.P:
		if strings.HasPrefix(t.class, "mso") {
			return 1 // Outlook writes every line as a paragraph without margins
		}
		return paragraph
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return paragraph
	case atom.Div, atom.Blockquote, atom.Pre, atom.Ul, atom.Ol, atom.Li, atom.Table, atom.Tr, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Center, atom.Address, atom.Dl, atom.Dt, atom.Dd,
		atom.Form, atom.Fieldset, atom.Caption, atom.Main, atom.Nav, atom.Aside, atom.Figure, atom.Body, atom.Menu, atom.Dir:
		return 1
	}
	return 0
}

const paragraph = 2

// quotes reports whether all that an element holds is quoted. Gmail and Proton wrap the line above the quote as well, so there the blockquote inside counts; a blockquote without a border is how Gmail indents.
func quotes(t tag) bool {
	if t.name == atom.Blockquote {
		return t.kind == "cite" || strings.Contains(t.class, "quote") || !strings.Contains(t.style, "border:none") && !strings.Contains(t.style, "border:medium")
	}
	return hasClass(t.class, "yahoo_quoted") || strings.HasPrefix(t.id, "yahoo_quoted")
}

// quotesRest reports whether all that follows is quoted, the element included: Outlook puts the answered mail beside its header block, not into an element.
func quotesRest(t tag) bool {
	if t.name != atom.Div {
		return false
	}
	if strings.HasSuffix(t.id, "divrplyfwdmsg") {
		return true
	}
	return strings.Contains(t.style, "border:none;border-top:solid#") && strings.Contains(t.style, "padding:3.0pt0")
}

func hasClass(list, name string) bool {
	for class := range strings.FieldsSeq(list) {
		if class == name {
			return true
		}
	}
	return false
}
