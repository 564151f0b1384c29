package event_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"usher/adapters/email/event"
	"usher/adapters/email/sender"
	"usher/gateway/contact"
)

// bombs are mails made to cost far more than their bytes.
func bombs() map[string]string {
	text := func(s string) string { return "From: a@example.com\nSubject: x\n\n" + s }
	html := func(s string) string { return "From: a@example.com\nContent-Type: text/html\n\n" + s }
	return map[string]string{
		"ats":        text(strings.Repeat("@", 1<<20)),
		"addresses":  text(strings.Repeat("a@example.com ", 1<<16)),
		"digits":     text(strings.Repeat("0 1.2-3/", 1<<17)),
		"numbers":    text(strings.Repeat("+49 30 1234567\n", 1<<16)),
		"quotes":     text(strings.Repeat(strings.Repeat(">", 200)+" x\n", 1<<12)),
		"labels":     text(strings.Repeat("From: a\nDate: b\n", 1<<15)),
		"signatures": text(strings.Repeat("Regards\nAnn\n\n", 1<<16)),
		"colons":     text(strings.Repeat(":", 1<<20)),
		"blanks":     text(strings.Repeat(" \n", 1<<19)),
		"one line":   text(strings.Repeat("word ", 1<<18)),
		"divs":       html(strings.Repeat("<div>", 1<<17)),
		"attributes": html("<a " + strings.Repeat("b=c ", 1<<17) + ">x</a>"),
		"entities":   html(strings.Repeat("&amp;", 1<<18)),
		"received":   strings.Repeat("Received: from a.example by b.example; Mon, 23 Nov 2026 10:00:00 +0000\n", 3000) + "From: a@example.com\n\nx\n",
		"results":    "Authentication-Results: mx.acme.example; " + strings.Repeat("dkim=pass (", 1<<14) + "\nFrom: a@example.com\n\nx\n",
		"recipients": "From: a@example.com\nTo: " + strings.Repeat("b@example.com, ", 1<<13) + "\n\nx\n",
		"form":       "From: form@forms.example\n\n" + strings.Repeat("Name:", 1<<17),
		"calendar":   "From: a@example.com\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n" + strings.Repeat("BEGIN:VEVENT\n", 1<<14),
		"attendees":  "From: a@example.com\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n" + strings.Repeat("ATTENDEE;X:mailto:a@example.com\n", 1<<14),
		"vcard":      "From: a@example.com\nContent-Type: text/vcard\n\nBEGIN:VCARD\n" + strings.Repeat("TEL:+49301234567\n", 1<<15) + "END:VCARD\n",
	}
}

// BenchmarkBombs reads them whole, as ingest does.
func BenchmarkBombs(b *testing.B) {
	r := event.Reader{Policy: sender.Policy{Choice: sender.Auto, Relays: []sender.Relay{{From: "form@forms.example"}}}, Region: "DE", AuthservIDs: []string{"mx.acme.example"}}
	d := contact.Delivery{Key: "INBOX:1:1", ReceivedAt: time.Date(2026, 11, 23, 10, 1, 0, 0, time.UTC)}
	for name, mail := range bombs() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := r.Read(d, bytes.NewReader([]byte(mail))); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(mail))/(1<<20), "MB")
		})
	}
}
