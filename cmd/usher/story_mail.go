package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"usher/adapters/email/imaptest"
	"usher/gateway"
)

// The demonstration's mailbox, on an IMAP server in memory, and its server's name.
const (
	storyMailbox  = "support@acme.example"
	storyPassword = "demo"
	storyReceived = "Received: from out.example by mx.acme.example with ESMTPS; "
)

// storyMail is one mail: header lines above, the text below.
type storyMail struct {
	results string // what our own server found out of the sender
	header  []string
	text    string
}

// storyMails is what the mailbox gets, one after another.
var storyMails = []storyMail{
	{"dmarc=pass header.from=example.com", []string{"From: Ana Silva <ana.silva@example.com>", "Subject: Where is my order?", "Message-ID: <ana-1@example.com>"},
		"I called you about it.\n\n-- \nAna Silva\nWidgets Ltd\nTel: +1 415 555 0123"},
	{"dmarc=pass header.from=example.com", []string{"From: \"Silva, Ana\" <Ana.Silva@EXAMPLE.com>", "Subject: Re: Where is my order?", "Message-ID: <ana-2@example.com>", "References: <ana-1@example.com>"},
		"Any news?\n\nOn Mon, Anna <anna@acme.example> wrote:\n> We are looking.\n> -- \n> Anna, Acme, +1 415 555 0100"},
	{"dmarc=fail header.from=example.com", []string{"From: Ana Silva <ana.silva@example.com>", "Subject: New bank account", "Message-ID: <evil@evil.example>"}, "Please send refunds there."},
	{"", []string{"From: Contact form <form@forms.example>", "Reply-To: Jon Park <jon@example.net>", "Subject: Form: call me", "Message-ID: <form-1@forms.example>"}, "Please call me back."},
	{"dkim=pass header.d=acme.example", []string{"From: Anna <anna@acme.example>", "Subject: FW: broken heater", "Message-ID: <fw@acme.example>"},
		"-----Original Message-----\nFrom: Karl Voss <karl@example.org>\nSent: Monday\nTo: Anna\nSubject: broken heater\n\nMy heater is broken."},
	{"", []string{"From: Shop <no-reply@shop.example>", "Subject: Your parcel is on its way", "Message-ID: <shop@shop.example>"}, "Tomorrow."},
	{"", []string{"From: Ana Silva <ana.silva@example.com>", "Subject: Automatic reply: your order", "Message-ID: <oof@example.com>", "Auto-Submitted: auto-replied"}, "I am away."},
}

func (m storyMail) String() string {
	var b strings.Builder
	if m.results != "" {
		b.WriteString("Authentication-Results: mx.acme.example; " + m.results + "\r\n")
	}
	now := time.Now().UTC().Format(time.RFC1123Z)
	b.WriteString(storyReceived + now + "\r\n" + strings.Join(m.header, "\r\n") + "\r\nTo: " + storyMailbox + "\r\nDate: " + now + "\r\n\r\n" + strings.ReplaceAll(m.text, "\n", "\r\n"))
	return b.String()
}

// mail puts a mail into the mailbox and waits until the gateway has fetched it, as it has n before, and worked on it.
func mail(ctx context.Context, g *gateway.Gateway, server *imaptest.Server, m storyMail, n int64) error {
	if err := server.Append("INBOX", m.String()); err != nil {
		return fmt.Errorf("putting mail: %w", err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		polled, err := g.DB.Polled.FindAll(ctx, g.DB.PolledID("mail"))
		if err != nil {
			return err
		}
		if units := polled[g.DB.PolledID("mail")].Units; len(units) > 0 && units[0].Stored > n {
			return g.Inbox.Drained(ctx)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the mailbox: %w", ctx.Err())
		case <-tick.C:
		}
	}
}
