package message

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"
)

// The limits. What lies beyond them is left out with a warning; the raw mail is kept by the caller.
const (
	MaxDepth  = 32        // multiparts within multiparts
	MaxParts  = 1000      // parts of a mail
	MaxHeader = 256 << 10 // bytes of one header, unfolded
	MaxText   = 2 << 20   // bytes of all texts of a mail together, decoded
)

// Message is a mail taken apart.
type Message struct {
	Headers Headers

	From    []Address
	Sender  []Address
	ReplyTo []Address
	To      []Address
	Cc      []Address

	Subject    string
	Date       time.Time // zero when there is none that can be read
	MessageID  string    // ids are without their angle brackets
	InReplyTo  []string
	References []string

	// Text is the plain text, or what the HTML says when there is no plain text. Lines end with "\n"; quoted lines begin with ">".
	Text string
	// HTML is the HTML as it was sent, in UTF-8. It is not safe to show: see Sanitise.
	HTML string
	// Files are all parts that are no text of the mail, in the mail's order.
	Files []File
	// Reports are delivery reports, receipts and the headers of mails within the mail.
	Reports []Report
	// Calendar is the first iCalendar object, in UTF-8.
	Calendar []byte
	// VCards are the vCards, in UTF-8.
	VCards [][]byte

	// Digest is of the content of all texts and files, out of their transfer encodings and before anything is made of it: it stays the same when this package learns to read better.
	Digest string

	Warnings []Warning
}

// Address is a mailbox: the name decoded, the address as it was written. Either may be empty.
type Address struct {
	Name string `json:"name,omitempty"`
	Addr string `json:"addr,omitempty"`
}

// Report is a part that is a mail's header or made like one.
type Report struct {
	// Type is message/rfc822, text/rfc822-headers, message/delivery-status, message/disposition-notification, message/feedback-report or a kin of these.
	Type string `json:"type"`
	// Groups are the groups of fields: one of a header, one for the mail and one for every recipient of a delivery report (RFC 3464 section 2.1).
	Groups []Headers `json:"groups"`
	// Content is the report as text; empty for a mail within the mail, which is among the files.
	Content []byte `json:"-"`
}

// Warning says what is wrong with a mail, or which limit it went beyond.
type Warning string

// The warnings.
const (
	TooDeep         Warning = "too_deep"
	TooManyParts    Warning = "too_many_parts"
	HeaderTooLong   Warning = "header_too_long"
	TextTooLong     Warning = "text_too_long"
	TooManyEntries  Warning = "too_many_entries" // addresses, ids or header fields
	NoHeader        Warning = "no_header"
	HeaderDamaged   Warning = "header_damaged"
	NoBoundary      Warning = "no_boundary"
	Unclosed        Warning = "unclosed_multipart"
	UnknownCharset  Warning = "unknown_charset"
	WrongCharset    Warning = "wrong_charset"
	UnknownEncoding Warning = "unknown_encoding"
	NoDate          Warning = "no_date"
)

func (m *Message) warn(w Warning) {
	for _, old := range m.Warnings {
		if old == w {
			return
		}
	}
	m.Warnings = append(m.Warnings, w)
}

// Parse reads the mail of the first size bytes of a spool. A damaged mail is no error, an unreadable spool is.
func Parse(spool io.ReaderAt, size int64) (*Message, error) {
	m := &Message{}
	w := walker{m: m, lines: newLines(spool, size)}
	root := w.walk()
	if err := w.lines.err; err != nil {
		return nil, fmt.Errorf("reading mail: %w", err)
	}
	m.readHeader(root.fields)
	a := assembler{m: m, spool: spool, text: MaxText, held: MaxText, sum: sha256.New()}
	body := a.fragment(root)
	if a.err != nil {
		return nil, fmt.Errorf("reading mail: %w", a.err)
	}
	m.Text, m.HTML = body.plain(), body.html
	m.Digest = hex.EncodeToString(a.sum.Sum(nil))
	return m, nil
}

// readHeader fills in what the header says.
func (m *Message) readHeader(fields []field) {
	m.Headers = decoded(fields)
	m.From = m.addresses(fields, "From")
	m.Sender = m.addresses(fields, "Sender")
	m.ReplyTo = m.addresses(fields, "Reply-To")
	m.To = m.addresses(fields, "To")
	m.Cc = m.addresses(fields, "Cc")
	m.Subject = m.Headers.Value("Subject")
	m.InReplyTo = m.ids("In-Reply-To")
	m.References = m.ids("References")
	if ids := m.ids("Message-ID"); len(ids) > 0 {
		m.MessageID = ids[0]
	}
	date, ok := ParseDate(m.Headers.Value("Date"))
	if !ok {
		m.warn(NoDate)
	}
	m.Date = date
}

func (m *Message) addresses(fields []field, name string) []Address {
	var all []Address
	for _, f := range fields {
		if !f.is(name) {
			continue
		}
		all = append(all, ParseAddresses(f.value)...)
		if len(all) >= maxAddresses {
			m.warn(TooManyEntries)
			return all[:maxAddresses]
		}
	}
	return all
}

func (m *Message) ids(name string) []string {
	var all []string
	for _, h := range m.Headers {
		if !sameName(h.Name, name) {
			continue
		}
		all = append(all, ParseIDs(h.Value)...)
		if len(all) >= maxIDs {
			m.warn(TooManyEntries)
			return all[:maxIDs]
		}
	}
	return all
}
