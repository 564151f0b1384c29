package main

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// benchAccept measures how fast signed webhooks are made durable and answered.
type benchAccept struct {
	benchStore `embed:""`
	Requests   int `default:"20000" help:"Webhooks a round and side."`
}

// Run measures rounds of both sides in turn, then the latency at half of the rate reached.
func (b benchAccept) Run(ctx context.Context, c console) (err error) {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	g, remove, err := b.open(ctx, address)
	if err != nil {
		return err
	}
	defer remove()
	ctx, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- g.API.Serve(ctx, time.Second) }() // no workers: this is the accept alone
	defer func() { stop(); err = errors.Join(err, <-served) }()
	bare, err := startBare(g.DB)
	if err != nil {
		return err
	}
	defer bare.close()
	if err := await(ctx, address); err != nil {
		return err
	}
	var ours, theirs []float64
	for round := range b.Rounds {
		for _, side := range []struct {
			address string
			rates   *[]float64
		}{{address, &ours}, {bare.address, &theirs}} {
			posts := smsPosts("http://"+side.address+hookPath, round*b.Requests, b.Requests, knownSender)
			began := time.Now()
			if _, err := load(side.address, hookPath, posts, 0); err != nil {
				return err
			}
			*side.rates = append(*side.rates, float64(len(posts))/time.Since(began).Seconds())
		}
	}
	report(c.out, "webhooks/s", ours, theirs)
	half := median(ours) / 2
	took, err := load(address, hookPath, smsPosts("http://"+address+hookPath, b.Rounds*b.Requests, b.Requests, knownSender), half)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "at half that load (%.0f/s, %d connections): p50 %s, p99 %s\n", half, connections, percentile(took, .5).Round(time.Microsecond*10), percentile(took, .99).Round(time.Microsecond*10))
	return err
}

func knownSender(n int) string { return fmt.Sprintf("+1415555%04d", n%10000) }

// hookPath is where both sides take their webhooks, so that both sign as many bytes.
const hookPath = "/hooks/" + benchSource + "/message"

// bareServer is the baseline: Fiber, the same HMAC over the same bytes, one insert.
type bareServer struct {
	app     *fiber.App
	address string
}

func startBare(db *store.DB) (*bareServer, error) {
	app := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true})
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a listener of this process
	if err != nil {
		return nil, err
	}
	hook := "http://" + listener.Addr().String() + hookPath
	app.Post(hookPath, func(c *fiber.Ctx) error {
		form, err := url.ParseQuery(string(c.BodyRaw()))
		if err != nil || !hmac.Equal([]byte(twilioSignature(benchSecret, hook, form)), []byte(c.Get("X-Twilio-Signature"))) {
			return c.SendStatus(fiber.StatusUnauthorized)
		}
		row := store.Chunk{Document: contact.Document{ID: "bare:" + form.Get("MessageSid")}, Owner: "bare", Data: c.BodyRaw()}
		if err := db.Blobs.Insert(c.UserContext(), row); err != nil {
			return err
		}
		return c.SendStatus(fiber.StatusNoContent)
	})
	go func() { _ = app.Listener(listener) }() // ended by close
	return &bareServer{app: app, address: listener.Addr().String()}, nil
}

func (s *bareServer) close() { _ = s.app.Shutdown() }

// freeAddress is a loopback address that nobody listens at.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String(), nil
}

// await returns when somebody listens at address.
func await(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err == nil {
			return conn.Close()
		}
		if ctx.Err() != nil {
			return fmt.Errorf("waiting for the gateway: %w", ctx.Err())
		}
		time.Sleep(10 * time.Millisecond)
	}
}
