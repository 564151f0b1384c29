// Package outbound sends what happened to the webhook endpoints of others: signed, again and again until an endpoint takes it, and what is about the same one after the other.
// The feed of events is the queue. An endpoint has a place in it, and beside that a bounded number of events that it did not take; when there are so many, its place waits. So nothing is lost while an endpoint is away, and nothing grows.
package outbound

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"usher/gateway/store"
	"usher/gateway/telemetry"
)

// Options are how events are sent.
type Options struct {
	Owner    string         // names this process in leases
	Networks []netip.Prefix // inside our own walls, where endpoints may be all the same, over http too
	Version  string         // of Usher, for the User-Agent
}

// Outbound sends the events of one store, and keeps whom to.
type Outbound struct {
	db      *store.DB
	options Options
	walls   walls
	client  *http.Client
	log     *slog.Logger
	metrics *telemetry.Metrics
	now     func() time.Time
	making  sync.Mutex // of endpoints
}

// New makes an Outbound. Metrics may be nil.
func New(db *store.DB, o Options, log *slog.Logger, metrics *telemetry.Metrics) *Outbound {
	w := newWalls(o.Networks)
	return &Outbound{db: db, options: o, walls: w, client: w.client(), log: log, metrics: metrics, now: store.Now}
}

// looks is how often it is looked whether there is something to send.
const looks = time.Second

// Run sends until ctx ends. Any number of gateways may: one at a time sends to an endpoint.
func (o *Outbound) Run(ctx context.Context) {
	var group errgroup.Group
	var sending sync.Map // endpoints that are sent to now, by id
	tick := time.NewTicker(looks)
	defer tick.Stop()
	for {
		all, err := o.List(ctx)
		if err != nil && ctx.Err() == nil {
			o.log.Warn("looking for webhook endpoints", "err", err)
		}
		for _, e := range all {
			if e.Disabled != "" {
				continue
			}
			if _, busy := sending.LoadOrStore(e.ID, true); busy {
				continue
			}
			group.Go(func() error {
				defer sending.Delete(e.ID)
				o.serve(ctx, e.ID)
				return nil
			})
		}
		select {
		case <-ctx.Done():
			_ = group.Wait() // none of them fails
			return
		case <-tick.C:
		}
	}
}

// serve sends to an endpoint until there is nothing more to send now.
func (o *Outbound) serve(ctx context.Context, id string) {
	for more := true; more && ctx.Err() == nil; {
		var err error
		if more, err = o.round(ctx, id); err != nil && ctx.Err() == nil {
			o.log.Warn("sending events", "endpoint_id", id, "err", err)
			return
		}
	}
}

// Why an endpoint is disabled.
const (
	ByHand  = "by_hand"
	Gone    = "gone"    // it answered 410
	Failing = "failing" // it took nothing for days
)

// disable stops sending to an endpoint. What it did not take stays where it is.
func (o *Outbound) disable(ctx context.Context, id, why string) error {
	_, err := o.Change(ctx, id, 0, func(e *store.Endpoint) error {
		e.Disabled = why
		return nil
	})
	if err != nil {
		return ignoreGone(err)
	}
	o.log.Warn("webhook endpoint is disabled", "endpoint_id", id, "reason", why)
	return nil
}
