package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"usher/adapters/email/imaptest"
	"usher/config"
	"usher/gateway"
	"usher/gateway/keys"
)

// demoCommand shows the real path: the same gateway, the same adapters, signed posts over loopback.
type demoCommand struct {
	Address string `default:"127.0.0.1:0" help:"Where to listen. Port 0 takes a free one."`
	Once    bool   `help:"Stop after the table instead of staying up."`
}

// demoSecrets sign the demonstration's webhooks; they are made anew each time.
type demoSecrets struct{ twilio, standard string }

const demoConfig = `
workspace: {region: US, own: {numbers: ["+14155550100"], domains: [acme.example]}}
listen: {address: %q}
log: {level: warn}
sources:
  - {name: phone, adapter: twilio, secrets: [%s], twilio: {account: %s, answer: {say: "One moment please.", record: true, transcribe: true}}}
  - {name: chat, adapter: standard, secrets: [%s]}
  - name: mail
    adapter: email
    secrets: [demo]
    email: {host: 127.0.0.1, port: %d, tls: none, user: support@acme.example, start_from: all, poll_interval: 5s, authserv_ids: [mx.acme.example], relays: [form@forms.example]}
`

// Run starts a gateway on a store that is thrown away, plays the story, prints what became of it and stays up.
func (d demoCommand) Run(ctx context.Context, c console) error {
	dir, err := os.MkdirTemp("", "usher-demo-")
	if err != nil {
		return fmt.Errorf("making folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	address, err := d.address()
	if err != nil {
		return err
	}
	mailbox, err := imaptest.Start(ctx, storyMailbox, storyPassword)
	if err != nil {
		return fmt.Errorf("starting mailbox: %w", err)
	}
	defer func() { _ = mailbox.Close() }()
	secrets := newSecrets()
	cfg, err := config.Parse("demo", fmt.Appendf(nil, demoConfig, address, secrets.twilio, benchAccount, secrets.standard, mailbox.Port()), nil)
	if err != nil {
		return err
	}
	cfg.Store.URI = config.NewURI("sqlite://" + filepath.Join(dir, "usher.db"))
	g, err := gateway.Open(ctx, cfg, versionName(), slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		return err
	}
	defer func() { _ = g.Close() }()
	return d.play(ctx, c, g, storyteller{address: "http://" + address, secrets: secrets, mailbox: mailbox})
}

// address settles a free port before the gateway is configured: providers sign the address they call.
func (d demoCommand) address() (string, error) {
	if d.Address != "127.0.0.1:0" {
		return d.Address, nil
	}
	return freeAddress()
}

func newSecrets() demoSecrets {
	random := make([]byte, 48)
	_, _ = rand.Read(random) // it never fails: https://pkg.go.dev/crypto/rand#Read
	return demoSecrets{twilio: hex.EncodeToString(random[:16]), standard: "whsec_" + base64.StdEncoding.EncodeToString(random[16:])}
}

func (d demoCommand) play(ctx context.Context, c console, g *gateway.Gateway, s storyteller) error {
	secret, _, err := keys.First(ctx, g.DB)
	if err != nil {
		return fmt.Errorf("making key: %w", err)
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	if _, err := g.API.Listen(running); err != nil {
		return err
	}
	ran := make(chan error, 1)
	go func() { ran <- g.Run(running) }()
	if err := s.tell(running, c, g); err != nil {
		stop()
		return errors.Join(err, <-ran)
	}
	if err := guide(c, s.address, secret); err != nil || d.Once {
		stop()
		return errors.Join(err, <-ran)
	}
	return <-ran // until it is told to stop
}

// tell posts the story, puts its mails into the mailbox, and prints what became of it all.
func (s *storyteller) tell(ctx context.Context, c console, g *gateway.Gateway) error {
	for _, chapter := range story {
		for _, p := range chapter {
			if err := s.post(ctx, p); err != nil {
				return err
			}
		}
		waiting, cancel := context.WithTimeout(ctx, 30*time.Second)
		err := g.Inbox.Drained(waiting)
		cancel()
		if err != nil {
			return err
		}
	}
	waiting, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for n, m := range storyMails {
		if err := mail(waiting, g, s.mailbox, m, int64(n)); err != nil {
			return err
		}
	}
	return s.report(ctx, c.out, g)
}

// guide says how to look further.
func guide(c console, address, key string) error {
	_, err := fmt.Fprintf(c.out, `
Look further (Ctrl-C ends it, and throws the data away):
  export KEY=%[2]s
  curl -s -H "Authorization: Bearer $KEY" %[1]s/v1/profiles
  curl -s -H "Authorization: Bearer $KEY" '%[1]s/v1/profiles/search?q=415-555-0123'
  curl -s -H "Authorization: Bearer $KEY" %[1]s/v1/interactions
  curl -s -H "Authorization: Bearer $KEY" %[1]s/v1/duplicates
  curl -s -H "Authorization: Bearer $KEY" %[1]s/v1/sources
  API reference: %[1]s/docs
`, address, key)
	return err
}
