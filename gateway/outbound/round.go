package outbound

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// How long things last.
const (
	lease     = time.Minute
	roundTime = 45 * time.Second // what was not tried by then waits for the next round
	skew      = 5 * time.Second  // by which gateways' clocks may differ
	patience  = 72 * time.Hour   // then an event is given up, if the endpoint took others meanwhile
	disabling = 120 * time.Hour  // then an endpoint that took nothing is disabled
)

// errLost says that another gateway sends to the endpoint now.
var errLost = errors.New("another gateway sends to this endpoint")

// round sends an endpoint what is due, and says whether there is more. It does nothing while another gateway does.
func (o *Outbound) round(ctx context.Context, id string) (more bool, err error) {
	e, err := o.Find(ctx, id)
	if err != nil || e.Disabled != "" {
		return false, ignoreGone(err)
	}
	place, err := o.db.Sendings.Find(ctx, id)
	if err != nil || !o.free(place) {
		return false, ignoreGone(err)
	}
	todo, err := o.plan(ctx, e, place)
	if err != nil || todo.idle(place) {
		return false, err
	}
	taken := place
	taken.Owner, taken.Until = o.options.Owner, o.now().Add(lease)
	if _, err := o.db.Sendings.Swap(ctx, taken); err != nil { // stale: somebody was faster
		return false, ignoreGone(err)
	}
	r := &report{place: place}
	sent := o.send(ctx, e, todo, r)
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), skew) // also at the end of the process
	defer cancel()
	if sent != nil { // the place stays: what was taken meanwhile comes twice
		return false, errors.Join(sent, o.conclude(keep, id, plan{at: place.At, after: place.After}, r))
	}
	return todo.more, o.conclude(keep, id, todo, r)
}

// ignoreGone drops the errors that say that somebody else was here.
func ignoreGone(err error) error {
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrStale) || errors.Is(err, errLost) || contact.KindOf(err) == contact.NotFound {
		return nil
	}
	return err
}

// free reports whether nobody sends to an endpoint. On a store that only one process can be using, a former process's lease holds nobody up.
func (o *Outbound) free(place store.Sending) bool {
	return place.Owner == "" || place.Owner == o.options.Owner || place.Until.Add(skew).Before(o.now()) || o.db.Exclusive()
}

// report is how a round went.
type report struct {
	place store.Sending // as it was before

	mutex  sync.Mutex
	taken  bool
	failed *attempt
	gone   bool
}

func (r *report) note(a attempt) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	switch {
	case a.taken():
		r.taken = true
	case a.made:
		r.failed = &a
		r.gone = r.gone || a.reason == Gone
	}
}

// ended reports whether the endpoint wants nothing more.
func (r *report) ended() bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.gone
}

// send sends the lines of a plan, several at a time.
func (o *Outbound) send(ctx context.Context, e store.Endpoint, p plan, r *report) error {
	ctx, cancel := context.WithTimeout(ctx, roundTime)
	defer cancel()
	var group errgroup.Group
	group.SetLimit(together)
	for _, l := range p.lines {
		group.Go(func() error { return o.sendLine(ctx, e, l, r) })
	}
	return group.Wait()
}

// sendLine sends a line until one is not taken. That one waits for its next attempt, and the rest for it.
func (o *Outbound) sendLine(ctx context.Context, e store.Endpoint, l *line, r *report) error {
	keep := context.WithoutCancel(ctx) // what is not sent any more is kept all the same
	held := l.held
	for _, it := range l.items {
		if l.held && it.waits() {
			continue
		}
		if it.event.ID == "" { // erased, or its time is over
			if err := ignoreGone(o.db.Undelivered.Delete(keep, it.waiting)); err != nil {
				return err
			}
			continue
		}
		var a attempt
		if !held && !r.ended() && ctx.Err() == nil {
			var err error
			if a, err = o.post(ctx, e, it.event); err != nil {
				return err
			}
		}
		r.note(a)
		if err := o.settle(keep, e, it, a, r.place.TakenAt); err != nil {
			return err
		}
		held = held || !a.taken()
	}
	return nil
}

// conclude keeps how far an endpoint is and how it does, gives the lease back, and disables an endpoint that is gone or took nothing for too long.
func (o *Outbound) conclude(ctx context.Context, id string, p plan, r *report) error {
	now := o.now()
	place, err := o.db.Sendings.Change(ctx, id, func(s *store.Sending) error {
		if s.Owner != o.options.Owner {
			return errLost
		}
		if s.At.Equal(r.place.At) && s.After == r.place.After { // else somebody wants it elsewhere
			s.At, s.After = p.at, p.after
		}
		s.Owner = ""
		switch {
		case r.taken:
			s.TakenAt, s.FailingSince = now, time.Time{}
		case r.failed != nil && s.FailingSince.IsZero():
			s.FailingSince = now
		}
		if r.failed != nil {
			s.Status, s.Reason = r.failed.status, r.failed.reason
		}
		return nil
	})
	switch {
	case errors.Is(err, store.ErrNotFound): // the endpoint was deleted meanwhile
		return o.forget(ctx, id)
	case err != nil:
		return ignoreGone(err)
	case r.gone:
		return o.disable(ctx, id, Gone)
	case !place.FailingSince.IsZero() && now.Sub(place.FailingSince) > disabling:
		return o.disable(ctx, id, Failing)
	}
	return nil
}
