// Package api is Usher's HTTP side: the providers' webhooks, the agents' API, health and metrics. Fiber and huma live here and nowhere else.
package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/valyala/fasthttp"

	"usher/adapters"
	"usher/config"
	"usher/gateway/claims"
	"usher/gateway/contact"
	"usher/gateway/inbox"
	"usher/gateway/ingest"
	"usher/gateway/lookup"
	"usher/gateway/organizations"
	"usher/gateway/outbound"
	"usher/gateway/people"
	"usher/gateway/quarantine"
	"usher/gateway/review"
	"usher/gateway/store"
	"usher/gateway/telemetry"
	"usher/gateway/transfer"
)

// Source is a configured source as the API needs it.
type Source struct {
	Name      string
	Adapter   string
	PublicURL string           // what its provider calls, up to and without the name
	Webhook   adapters.Webhook // nil: it takes no webhooks
	Canonical adapters.Adapter // reads our own events, which may be sent to it with a key; nil: it takes none
}

// Options are what the API serves.
type Options struct {
	DB      *store.DB
	Inbox   *inbox.Inbox
	Sources []Source
	Own     ingest.Own // what the workspace says of itself
	Config  config.Config
	Lookup  *lookup.Lookup
	Log     *slog.Logger
	Metrics *telemetry.Metrics
	Version string

	Organizations *organizations.Organizations
	Transfer      *transfer.Transfer
	Outbound      *outbound.Outbound
}

// Server is the HTTP server of one gateway.
type Server struct {
	Options
	app        *fiber.App
	api        huma.API
	people     *people.People
	review     *review.Review
	ingest     *ingest.Ingest
	sources    map[string]*source
	quarantine *quarantine.Quarantine
	claims     *claims.Claims
	keys       *keyring
	limits     *limits
	proxies    proxies
	outage     burst
	listener   net.Listener
	following  following
	stopping   chan struct{} // closed when the server is told to stop
}

// New builds the server; Serve starts it.
func New(o Options) (*Server, error) {
	s := &Server{Options: o, people: people.New(o.DB), quarantine: quarantine.New(o.DB, o.Inbox), sources: map[string]*source{}, keys: newKeyring(o.DB), limits: newLimits(o.Config.Limits), proxies: proxiesOf(o.Config.Listen.TrustedProxies), following: following{open: map[string]int{}}, stopping: make(chan struct{})}
	s.ingest = ingest.New(o.DB, nil, o.Own, o.Log)
	s.ingest.ShareLookup(o.Lookup)
	s.people.Learn = s.learn
	s.review = review.New(o.DB, s.people)
	s.claims = claims.New(o.DB, s.people, s.ingest)
	for _, configured := range o.Sources {
		s.sources[configured.Name] = newSource(configured)
	}
	s.app = fiber.New(fiber.Config{
		AppName:                 "usher",
		DisableStartupMessage:   true,
		Immutable:               true, // without it strings of a request change after its handler
		BodyLimit:               int(o.Config.Listen.BodyLimit),
		ReadTimeout:             30 * time.Second, // a body that drips in slowly holds a connection no longer
		WriteTimeout:            30 * time.Second,
		IdleTimeout:             75 * time.Second,
		ErrorHandler:            s.fiberError,
		EnableTrustedProxyCheck: true, // Fiber believes forwarded headers of anybody otherwise; it trusts none, and proxies.client reads the one we need
		UnescapePath:            false,
		CaseSensitive:           true, // a path is what it is compared with, in limits and signatures too
		StrictRouting:           true,
	})
	s.app.Use(s.observe, s.guard)
	s.app.Get("/livez", func(c *fiber.Ctx) error { return c.SendString("ok\n") })
	s.app.Get("/readyz", s.ready)
	if o.Metrics != nil {
		s.app.Get("/metrics", adaptor.HTTPHandler(o.Metrics.Handler()))
	}
	s.hooks()
	s.documented()
	s.app.Server().Handler = s.methods(s.app.Handler())
	s.app.Server().ErrorHandler = refusing(s.app.Server().ErrorHandler)
	return s, nil
}

// learn looks who may be the same person as one whom an agent edits.
func (s *Server) learn(ctx context.Context, before, after contact.Profile) error {
	return s.Lookup.Learn(ctx, lookup.News{Before: &before, Profile: after, At: store.Now()})
}

// methods lets methods that HTTP does not know be answered as those that a path does not take. Fiber would answer them itself, in plain text, before any handler of ours.
func (s *Server) methods(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(r *fasthttp.RequestCtx) {
		if !slices.Contains(fiber.DefaultMethods, string(r.Method())) {
			r.Request.Header.SetMethod(fiber.MethodTrace) // which no path takes
		}
		next(r)
	}
}

// Listen binds the address, so that it is known before Serve answers.
func (s *Server) Listen(ctx context.Context) (address string, err error) {
	if s.listener == nil {
		var l net.ListenConfig
		s.listener, err = l.Listen(ctx, "tcp", s.Config.Listen.Address)
		if err != nil {
			return "", fmt.Errorf("listening at %s: %w", s.Config.Listen.Address, err)
		}
	}
	return s.listener.Addr().String(), nil
}

// Serve answers until ctx ends, then gives requests in flight until timeout.
func (s *Server) Serve(ctx context.Context, timeout time.Duration) error {
	if _, err := s.Listen(ctx); err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- s.app.Listener(lingering{s.listener}) }()
	select {
	case err := <-served:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	close(s.stopping)
	err := s.app.ShutdownWithTimeout(timeout)
	if errors.Is(err, context.DeadlineExceeded) { // somebody connected and never asked, or dripped
		s.Log.Warn("connections were still open at the end")
		err = nil
	}
	// A server that was told to stop before it had begun does not know its listener yet and would serve for ever.
	if closing := s.listener.Close(); err == nil && !errors.Is(closing, net.ErrClosed) {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	return <-served
}

// ready answers whether deliveries can be stored now.
func (s *Server) ready(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), 2*time.Second)
	defer cancel()
	if err := s.DB.Ping(ctx); err != nil {
		s.Log.Warn("store does not answer", "err", err)
		return s.problem(c, unavailable())
	}
	return c.Status(http.StatusOK).SendString("ready\n")
}
