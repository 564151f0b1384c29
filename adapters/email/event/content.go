package event

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"usher/adapters/email/message"
	"usher/adapters/email/reply"
	"usher/gateway/contact"
)

// maxKept bounds a text, and the HTML, in an interaction, in bytes: it is one document of the store. The mail itself is kept whole for its time.
const maxKept = 512 << 10

// content is what the mail holds: its text with its sections, its HTML made safe, its files.
func (m mail) content() []contact.Part {
	var parts []contact.Part
	if text := clip(m.message.Text); strings.TrimSpace(text) != "" {
		parts = append(parts, contact.Part{Kind: "text", Format: "plain", Text: text, Sections: sections(m.parts, len(text))})
	}
	if html := message.Sanitise(clip(m.message.HTML)); strings.TrimSpace(html) != "" && len(html) <= maxKept {
		parts = append(parts, contact.Part{Kind: "text", Format: "html", Text: html})
	}
	for _, f := range m.message.Files {
		parts = append(parts, filePart(f))
	}
	return parts
}

func clip(s string) string {
	if len(s) <= maxKept {
		return s
	}
	end := maxKept
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// kinds are a text's sections in the words of the event.
var kinds = map[reply.Kind]contact.SectionKind{reply.Own: contact.OwnText, reply.SignedOff: contact.Signature, reply.Quote: contact.Quoted, reply.Forward: contact.Forwarded}

// sections are the pieces of the first bytes of a text, in runes. A text that is all the sender's own needs none.
func sections(p reply.Parts, end int) []contact.Section {
	if len(p.Spans) == 1 && p.Spans[0].Kind == reply.Own {
		return nil
	}
	at := counter{text: p.Whole()}
	var all []contact.Section
	for _, s := range p.Spans {
		if s.Start >= end {
			break
		}
		all = append(all, contact.Section{Kind: kinds[s.Kind], Start: at.runes(s.Start), End: at.runes(min(s.End, end))})
	}
	return all
}

// counter tells which rune of a text a byte is, in one pass over the text if it is asked in order.
type counter struct {
	text  string
	bytes int
	count int
}

func (c *counter) runes(at int) int {
	if at < c.bytes {
		c.bytes, c.count = 0, 0
	}
	c.count += utf8.RuneCountInString(c.text[c.bytes:at])
	c.bytes = at
	return c.count
}

func filePart(f message.File) contact.Part {
	kind, _, _ := strings.Cut(f.ContentType, "/")
	switch {
	case f.ContentType == "text/vcard" || f.ContentType == "text/x-vcard":
		kind = "contact"
	case kind != "image" && kind != "audio" && kind != "video":
		kind = "file"
	}
	return contact.Part{Kind: kind, Media: &contact.Media{
		ProviderID: reference(f), ContentType: f.ContentType, Filename: f.Filename, Size: f.Size, SHA256: f.SHA256, ContentID: f.ContentID, State: contact.Enclosed,
	}}
}

// reference is by which a file is found again in its mail.
func reference(f message.File) string { return fmt.Sprintf("%d-%d-%s", f.Start, f.End, f.Encoding) }

// Enclosed reads a file of a mail from the mail.
func Enclosed(m contact.Media, body contact.Body) (io.Reader, error) {
	f, ok := fileAt(m.ProviderID)
	if !ok || f.Start < 0 || f.Start > f.End || f.End > body.Size() {
		return nil, errors.New("reading file: no such place in the mail")
	}
	return f.Open(body), nil
}

func fileAt(reference string) (message.File, bool) {
	parts := strings.SplitN(reference, "-", 3)
	if len(parts) != 3 {
		return message.File{}, false
	}
	start, errStart := strconv.ParseInt(parts[0], 10, 64)
	end, errEnd := strconv.ParseInt(parts[1], 10, 64)
	return message.File{Start: start, End: end, Encoding: parts[2]}, errStart == nil && errEnd == nil
}
