// Package polling runs the adapters that fetch by themselves: each source is polled by one gateway at a time, which holds a lease on it. The lease saves work; that nothing is lost or doubled rests on the inbox's keys and on versions.
package polling

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"usher/adapters"
	"usher/gateway/inbox"
	"usher/gateway/store"
)

// Timing of the leases. Gateways' clocks may differ by less than skew.
const (
	leaseTime = 45 * time.Second
	renewTime = 15 * time.Second
	skew      = 5 * time.Second
)

// Source is a source that is polled.
type Source struct {
	Name    string
	Kind    string // the adapter's name
	Adapter adapters.Poller
}

// Polling polls sources.
type Polling struct {
	db    *store.DB
	box   *inbox.Inbox
	owner string
	log   *slog.Logger
	now   func() time.Time
}

// New makes a Polling. Owner is this gateway, unique among those that share the store.
func New(db *store.DB, box *inbox.Inbox, owner string, log *slog.Logger) *Polling {
	return &Polling{db: db, box: box, owner: owner, log: log, now: store.Now}
}

// Run polls the sources until ctx ends.
func (p *Polling) Run(ctx context.Context, sources []Source) error {
	var all errgroup.Group
	for _, s := range sources {
		all.Go(func() error { p.keep(ctx, s); return nil })
	}
	return all.Wait()
}

// keep polls one source whenever its lease can be had.
func (p *Polling) keep(ctx context.Context, s Source) {
	for failures := 0; ctx.Err() == nil; {
		d, err := p.acquire(ctx, s)
		if err == nil {
			began := time.Now()
			err = p.hold(ctx, d, s)
			if time.Since(began) > leaseTime {
				failures = 0
			}
		}
		if err == nil || errors.Is(err, errHeld) {
			wait(ctx, renewTime)
			continue
		}
		failures++
		if ctx.Err() == nil {
			p.log.Warn("polling source", "source", s.Name, "err", err)
		}
		wait(ctx, backoff(failures))
	}
}

// hold runs the adapter for as long as the lease is ours, and gives it back.
func (p *Polling) hold(ctx context.Context, d *desk, s Source) error {
	held, lose := context.WithCancelCause(ctx)
	defer lose(nil)
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		d.renew(held, lose)
	}()
	err := s.Adapter.Run(held, d)
	lose(nil)
	<-renewed
	if cause := context.Cause(held); errors.Is(cause, errLost) {
		err = cause
	}
	d.release(context.WithoutCancel(ctx)) // also at the end of the process
	return err
}

// backoff is up to 1 s, doubled with each failure up to 5 min: full jitter, so that gateways that failed together do not come back together.
func backoff(failures int) time.Duration {
	return rand.N(min(time.Second<<min(failures-1, 9), 5*time.Minute))
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
