// Package gateway wires Usher: a store, the configured sources, the inbox and its workers, ingest, and the HTTP server.
package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"usher/adapters/all"
	"usher/config"
	"usher/gateway/api"
	"usher/gateway/inbox"
	"usher/gateway/ingest"
	"usher/gateway/lookup"
	"usher/gateway/organizations"
	"usher/gateway/outbound"
	"usher/gateway/people"
	"usher/gateway/polling"
	"usher/gateway/privacy"
	"usher/gateway/store"
	"usher/gateway/telemetry"
	"usher/gateway/transfer"
)

// Gateway is one running Usher.
type Gateway struct {
	DB    *store.DB
	Inbox *inbox.Inbox
	API   *api.Server

	Transfer *transfer.Transfer

	ingest  *ingest.Ingest
	lookup  *lookup.Lookup
	people  *people.People
	privacy *privacy.Privacy
	polling *polling.Polling
	polls   []polling.Source
	kept    privacy.Kept
	log     *slog.Logger

	organizations *organizations.Organizations
	outbound      *outbound.Outbound
}

// Open opens the store and builds every source; it dials nothing but the database, and fails for a source that cannot be built.
func Open(ctx context.Context, cfg config.Config, version string, log *slog.Logger) (*Gateway, error) {
	db, err := OpenStore(ctx, cfg.Store.URI.Reveal())
	if err != nil {
		return nil, err
	}
	g, err := New(db, cfg, version, log)
	if err != nil {
		_ = db.Close() // the first error says why
		return nil, err
	}
	return g, nil
}

// Check fails for a configuration that Open would refuse. It touches no store and dials nothing.
func Check(cfg config.Config) error {
	if _, err := build(cfg); err != nil {
		return err
	}
	_, err := ModelOf(cfg)
	return err
}

func build(cfg config.Config) (sources, error) {
	if err := cfg.Validate(all.Names()); err != nil {
		return sources{}, fmt.Errorf("checking configuration: %w", err)
	}
	return buildSources(cfg)
}

// New wires a gateway on an open store, which is closed with it. It fails for a source that cannot be built.
func New(db *store.DB, cfg config.Config, version string, log *slog.Logger) (*Gateway, error) {
	metrics, err := telemetry.New()
	if err != nil {
		return nil, fmt.Errorf("starting metrics: %w", err)
	}
	built, err := build(cfg)
	if err != nil {
		return nil, err
	}
	owner := uuid.NewString()
	box := inbox.New(db, inbox.Options{
		Sources: built.names, Workers: cfg.Inbox.Workers, Lease: cfg.Inbox.Lease, MaxAttempts: cfg.Inbox.MaxAttempts, Retention: cfg.Inbox.Retention, Owner: owner,
	}, log, metrics)
	grouped := organizations.New(db)
	looking, err := NewLookup(db, cfg)
	if err != nil {
		return nil, err
	}
	worker := ingest.New(db, built.read, ownOf(cfg), log)
	worker.ShareLookup(looking)
	worker.ShareOrganizations(grouped)
	imports := transfer.New(db, worker, transfer.Options{Owner: owner, Region: cfg.Workspace.Region, Organizations: grouped}, log)
	sender := outbound.New(db, outbound.Options{Owner: owner, Networks: cfg.Outbound.Prefixes(), Version: version}, log, metrics)
	server, err := api.New(api.Options{
		DB: db, Inbox: box, Transfer: imports, Sources: built.hooks, Own: ownOf(cfg), Lookup: looking, Organizations: grouped, Outbound: sender, Config: cfg, Log: log, Metrics: metrics, Version: version,
	})
	if err != nil {
		return nil, fmt.Errorf("building API: %w", err)
	}
	return &Gateway{
		DB: db, Inbox: box, API: server, Transfer: imports, ingest: worker, lookup: looking, people: people.New(db), privacy: privacy.New(db, box, worker, cfg.Inbox.Lease),
		kept: privacy.Kept(cfg.Retention), polling: polling.New(db, box, owner, log), polls: built.polls, log: log, organizations: grouped, outbound: sender,
	}, nil
}

// Run serves and works until ctx ends, then stops taking requests and finishes what was begun.
func (g *Gateway) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return g.Inbox.Run(ctx, g.ingest.Handle) })
	group.Go(func() error { return g.polling.Run(ctx, g.polls) })
	for _, c := range g.chores() {
		group.Go(func() error { c.repeat(ctx, g.log); return nil })
	}
	group.Go(func() error { g.Transfer.Run(ctx); return nil })
	group.Go(func() error { g.outbound.Run(ctx); return nil })
	group.Go(func() error { return g.API.Serve(ctx, stopTimeout) })
	return group.Wait()
}

// Work takes what was accepted all its way, here and now. It is for those who put history through the gateway instead of running it.
func (g *Gateway) Work(ctx context.Context) (int, error) {
	n, err := g.Inbox.Work(ctx, g.ingest.Handle)
	if err != nil {
		return n, err
	}
	return n, g.ingest.Relook(ctx)
}

// CountNames makes matching know how common names are, as Run does when it begins. It is for those who put many people into the gateway instead of running it.
func (g *Gateway) CountNames(ctx context.Context) error { return g.lookup.Count(ctx) }

// Erase goes on with the erasures that were decided, here and now, as far as they go without waiting.
func (g *Gateway) Erase(ctx context.Context) error {
	if err := g.privacy.Work(ctx); err != nil {
		return err
	}
	return g.privacy.Overwrite(ctx)
}

// Model is the version of the model that duplicates are scored by.
func (g *Gateway) Model() string { return g.lookup.Model.Version }

// WatchLookups tells of every search for duplicates from now on. It must be called before the gateway works.
func (g *Gateway) WatchLookups(watch func(lookup.Looked)) { g.lookup.Watch = watch }

// stopTimeout is how long requests in flight have to finish when the gateway stops.
const stopTimeout = 5 * time.Second

// Close closes the store.
func (g *Gateway) Close() error { return g.DB.Close() }
