package event_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/adapters/email/event"
	"usher/adapters/email/sender"
	"usher/gateway/contact"
)

// fourKB is the usual mail: hops, a plain and an HTML text, a quote, a signature.
func fourKB() []byte {
	var b strings.Builder
	for i := range 4 {
		fmt.Fprintf(&b, "Received: from mx%d.example.com (mx%d.example.com [192.0.2.%d]) by mx.acme.example with ESMTPS id %d; Mon, 23 Nov 2026 10:00:0%d +0000\r\n", i, i, i, i, i)
	}
	b.WriteString("From: Jane Doe <jane@example.com>\r\nTo: support@acme.example\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"b\"\r\n\r\n")
	text := "Hello,\r\nthe order has not arrived.\r\n\r\nRegards\r\nJane Doe\r\nExample Widgets Ltd\r\nTel: +44 20 7946 0958\r\n\r\nOn Mon, 23 Nov 2026, Anna wrote:\r\n" + strings.Repeat("> We have sent it on Friday, it should be there by now.\r\n", 14)
	b.WriteString("--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text)
	b.WriteString("--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body><div>Hello,<br>the order has not arrived.</div><div class=\"gmail_quote\">" + strings.Repeat("<p>We have sent it on Friday, it should be there by now.</p>\r\n", 20) + "</div></body></html>\r\n--b--\r\n")
	return []byte(b.String())
}

func BenchmarkRead(b *testing.B) {
	mail := fourKB()
	r := event.Reader{Policy: sender.Policy{Choice: sender.Auto, OwnDomains: []string{"acme.example"}}, AuthservIDs: []string{"mx.acme.example"}, Region: "GB"}
	d := contact.Delivery{Key: "INBOX:1:1", ReceivedAt: time.Date(2026, 11, 23, 10, 1, 0, 0, time.UTC)}
	b.SetBytes(int64(len(mail)))
	for b.Loop() {
		if _, err := r.Read(d, bytes.NewReader(mail)); err != nil {
			b.Fatal(err)
		}
	}
}
