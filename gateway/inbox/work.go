package inbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/gateway/telemetry"
)

// Handler works on one delivery until what it says is recorded. It may be called again for the same delivery at any time, also at the same time by another gateway. It may save the delivery's plan while it works, which is why it gets a pointer.
type Handler func(ctx context.Context, d *contact.Delivery, body contact.Body) (Result, error)

// Result is what became of a delivery.
type Result struct {
	Outcome contact.Outcome // Recorded, Nothing, NotParsed or Quarantined
	Code    string
	Error   string // why it could not be read; holds nothing of what was sent
	Plan    []contact.Planned
	Strip   bool // nothing of what it brought may be kept
	Waiting int  // how many of its contacts wait in quarantine
}

// poll is how often workers look for deliveries that nobody told them of: retries, and what other gateways accepted.
const poll = time.Second

// Run works on deliveries until ctx ends, then finishes those it has begun.
func (b *Inbox) Run(ctx context.Context, handle Handler) error {
	if b.db.Exclusive() {
		if err := b.Release(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
	work := make(chan contact.Delivery)
	var workers errgroup.Group
	for range b.options.Workers {
		workers.Go(func() error {
			for d := range work {
				b.work(context.WithoutCancel(ctx), d, handle) // what is begun is finished
			}
			return nil
		})
	}
	b.feed(ctx, work)
	close(work)
	return workers.Wait()
}

// Work handles what is due now, one delivery after another in the order of arrival, and returns how many it took. It is for those who put history through the gateway; a gateway at work uses Run.
func (b *Inbox) Work(ctx context.Context, handle Handler) (int, error) {
	claimed, err := b.Claim(ctx, b.options.Workers)
	if err != nil {
		return 0, err
	}
	slices.SortFunc(claimed, func(x, y contact.Delivery) int { return x.ReceivedAt.Compare(y.ReceivedAt) })
	for _, d := range claimed {
		b.work(ctx, d, handle)
	}
	return len(claimed), nil
}

// feed claims deliveries as long as there are any, then waits to be woken.
func (b *Inbox) feed(ctx context.Context, work chan<- contact.Delivery) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		claimed, err := b.Claim(ctx, 2*b.options.Workers)
		if err != nil && ctx.Err() == nil {
			b.log.Warn("claiming deliveries", "err", err)
		}
		for i, d := range claimed {
			select {
			case work <- d:
			case <-ctx.Done():
				b.giveBack(claimed[i:])
				return
			}
		}
		if len(claimed) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-b.arrived:
		case <-tick.C:
		}
	}
}

// giveBack ends the leases of deliveries that were claimed and not begun, so that the next process need not wait for them.
func (b *Inbox) giveBack(claimed []contact.Delivery) {
	ctx, cancel := context.WithTimeout(context.Background(), b.options.Lease) // the one the workers had is over
	defer cancel()
	_, err := eachAtOnce(claimed, func(d contact.Delivery) (contact.Delivery, error) {
		d.Lease, d.Due = nil, store.Now()
		return b.db.Deliveries.Swap(ctx, d)
	})
	if err != nil {
		b.log.Warn("giving deliveries back", "err", err)
	}
}

// work handles one delivery and stores what became of it.
func (b *Inbox) work(ctx context.Context, d contact.Delivery, handle Handler) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, b.options.Lease)
	defer cancel()
	result, err := Result{Outcome: contact.Quarantined, Code: contact.CodeErased, Plan: d.Plan, Strip: true}, error(nil)
	if !d.Gone { // else it was stripped while it was queued
		result, err = guarded(ctx, &d, b.Body(ctx, d), handle)
	}
	if err == nil && result.Strip {
		d.Waiting, result.Waiting = max(d.Waiting, result.Waiting), 0
		d, err = b.Strip(ctx, d)
	}
	if err == nil {
		err = b.done(ctx, d, result)
	} else {
		err = b.failed(ctx, d, err)
	}
	if err != nil && !errors.Is(err, store.ErrStale) { // stale: another gateway has taken it over
		b.log.Warn("finishing delivery", "delivery_id", d.ID, "source", d.Source, "err", err)
	}
	b.metrics.Finished(d.Source, string(result.Outcome), time.Since(began))
}

// guarded turns a panic of a handler into an error: one poisonous delivery must not stop the others.
func guarded(ctx context.Context, d *contact.Delivery, body contact.Body, handle Handler) (r Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("handling delivery: %w at %s", errPanic, telemetry.Stack())
		}
	}()
	return handle(ctx, d, body)
}

// errPanic stands for a panic; its value may hold what a customer wrote and is not kept.
var errPanic = errors.New("panic")

// done closes a delivery.
func (b *Inbox) done(ctx context.Context, d contact.Delivery, r Result) error {
	d.Queue, d.Lease, d.Due = "", nil, time.Time{}
	d.Outcome, d.Code, d.Plan, d.Error, d.Waiting = r.Outcome, r.Code, r.Plan, r.Error, r.Waiting
	if d.Outcome == contact.Quarantined && d.Waiting == 0 && !r.Strip {
		d.Code = contact.Discarded
	}
	d.Attempts++
	d, err := b.db.Deliveries.Swap(ctx, d)
	if err != nil || !b.expired(d) {
		return err
	}
	return b.dropBody(ctx, d) // it was dead for so long that Tidy has passed it
}

// failed puts a delivery off, or declares it dead after too many attempts.
func (b *Inbox) failed(ctx context.Context, d contact.Delivery, cause error) error {
	d.Lease, d.Error = nil, cause.Error()
	d.Attempts++
	if d.Attempts >= b.options.MaxAttempts {
		d.Queue, d.Due, d.Outcome, d.Code = "", time.Time{}, contact.Dead, "attempts_exhausted"
		b.log.Error("delivery is dead", "delivery_id", d.ID, "source", d.Source, "err", cause)
		b.metrics.Died(d.Source)
	} else {
		d.Due, d.Outcome = store.Now().Add(backoff(d.Attempts)), contact.Retrying
		b.log.Warn("delivery will be tried again", "delivery_id", d.ID, "source", d.Source, "err", cause)
		b.metrics.Retried(d.Source)
	}
	_, err := b.db.Deliveries.Swap(context.WithoutCancel(ctx), d) // also when the handler ran into its deadline
	return err
}

// backoff is 1 s, doubled with each attempt up to an hour, and a jitter of half of it either way.
func backoff(attempts int) time.Duration {
	d := min(time.Second<<min(attempts-1, 12), time.Hour)
	return d/2 + rand.N(d)
}
