package sender

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
)

const (
	maxReport     = 256 * 1024 // bytes read of a report
	maxReportLine = 2048       // bytes kept of a field
	maxRecipients = 100
	maxFields     = 5000
)

// Recipient is one recipient's fate in a delivery report (RFC 3464 section 2.3).
type Recipient struct {
	Final      string // the address that failed, as the last server had it
	Original   string // the address as we wrote it, where the report says
	Action     string // failed, delayed, delivered, relayed, expanded
	Status     string // RFC 3463, "5.1.1"
	Diagnostic string // the server's words, without their type; may name people
}

// ParseDeliveryStatus reads the message/delivery-status part of a report, at most 100 recipients. Groups without the empty line between them, which some servers forget, are told by their first field.
func ParseDeliveryStatus(b []byte) []Recipient {
	var all []Recipient
	var r Recipient
	add := func() {
		if r.Final != "" || r.Original != "" {
			r.Status = cmp.Or(r.Status, StatusIn(r.Diagnostic))
			all = append(all, r)
		}
		r = Recipient{}
	}
	for _, f := range fields(b) {
		if len(all) == maxRecipients {
			return all
		}
		if f.name == "" || f.name == "final-recipient" && r.Final != "" || f.name == "original-recipient" && r.Original != "" {
			add()
		}
		r.set(f)
	}
	add()
	return all[:min(len(all), maxRecipients)]
}

func (r *Recipient) set(f reportField) {
	switch f.name {
	case "final-recipient":
		r.Final = typedAddr(f.value)
	case "original-recipient":
		r.Original = typedAddr(f.value)
	case "action":
		action, _, _ := strings.Cut(strings.ToLower(f.value), " ")
		r.Action = strings.Trim(action, ";()")
	case "status":
		r.Status = StatusIn(f.value)
	case "diagnostic-code":
		r.Diagnostic = untyped(f.value)
	}
}

// Disposition is what a receipt says of a mail (RFC 8098 section 3.2).
type Disposition struct {
	MessageID string // of our mail, without its brackets
	Final     string
	Original  string
	Mode      string // "automatic-action/mdn-sent-automatically": nobody need have read it
	Type      string // displayed, deleted, dispatched, processed, denied, failed
}

// Read reports whether a person was shown the mail and chose to say so.
func (d Disposition) Read() bool {
	return d.Type == "displayed" && !strings.HasPrefix(d.Mode, "automatic-action")
}

// ParseDisposition reads the message/disposition-notification part of a receipt. It is false without a disposition.
func ParseDisposition(b []byte) (Disposition, bool) {
	var d Disposition
	for _, f := range fields(b) {
		switch f.name {
		case "original-message-id":
			d.MessageID = strings.Trim(f.value, "<> ")
		case "final-recipient":
			d.Final = typedAddr(f.value)
		case "original-recipient":
			d.Original = typedAddr(f.value)
		case "disposition":
			mode, what, _ := strings.Cut(strings.ToLower(f.value), ";")
			what, _, _ = strings.Cut(what, "/") // modifiers: error, warning
			d.Mode, d.Type = strings.ReplaceAll(strings.TrimSpace(mode), " ", ""), strings.TrimSpace(what)
		}
	}
	return d, d.Type != ""
}

// reportField is a field of a report; without a name it is the empty line between groups.
type reportField struct{ name, value string }

// fields reads the fields of a report, unfolded and bounded.
func fields(b []byte) []reportField {
	b = b[:min(len(b), maxReport)]
	var all []reportField
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\r\n")
		trimmed := strings.TrimSpace(line)
		switch name, value, ok := strings.Cut(line, ":"); {
		case len(all) == maxFields:
			return all
		case trimmed == "":
			all = append(all, reportField{})
		case line[0] == ' ' || line[0] == '\t':
			continued(all, trimmed)
		case ok && len(name) < 80:
			all = append(all, reportField{strings.ToLower(strings.TrimSpace(name)), clip(strings.TrimSpace(value))})
		}
	}
	return all
}

// continued appends a folded line to the last field, up to the bound: a line beyond it costs no copying.
func continued(all []reportField, line string) {
	if len(all) == 0 || all[len(all)-1].name == "" {
		return
	}
	if f := &all[len(all)-1]; len(f.value) < maxReportLine {
		f.value = clip(strings.TrimSpace(f.value + " " + line))
	}
}

func clip(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), maxReportLine)], "")
}

// untyped is the value of a field "type; value".
func untyped(value string) string {
	if _, rest, ok := strings.Cut(value, ";"); ok {
		return strings.TrimSpace(rest)
	}
	return value
}

var unitext = regexp.MustCompile(`\\x\{([0-9A-Fa-f]{1,6})\}`)

// typedAddr is the address of a field "rfc822; address", where utf-8 addresses are in their escapes (RFC 6533 section 3).
func typedAddr(value string) string {
	addr := bareAddr(untyped(value))
	return unitext.ReplaceAllStringFunc(addr, func(escape string) string {
		r, err := strconv.ParseInt(escape[3:len(escape)-1], 16, 32)
		if err != nil || r < 0x20 {
			return ""
		}
		return string(rune(r))
	})
}

var enhancedStatus = regexp.MustCompile(`(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})\.?(?:[^\d.]|$)`)

// StatusIn is the first enhanced status code (RFC 3463) of a text. A full stop may follow it; an address of four numbers is none.
func StatusIn(s string) string {
	if m := enhancedStatus.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	return ""
}
