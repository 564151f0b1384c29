package outbound

import (
	"context"
	"errors"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Hasten tries at once what waits for an endpoint.
func (o *Outbound) Hasten(ctx context.Context, id string) error {
	if _, err := o.db.Sendings.Change(ctx, id, func(s *store.Sending) error {
		s.FailingSince = time.Time{}
		return nil
	}); err != nil {
		return ignoreGone(err)
	}
	return o.each(ctx, id, store.UndeliveredWaiting, time.Time{}, func(u store.Undelivered) error {
		u.Due = o.now()
		_, err := o.db.Undelivered.Swap(ctx, u)
		return err
	})
}

// Replay sends an event to an endpoint, whether it took it before or not; NotFound if either is not there.
func (o *Outbound) Replay(ctx context.Context, id, event string) error {
	if _, err := o.Find(ctx, id); err != nil {
		return err
	}
	e, err := o.db.Events.Find(ctx, event)
	if errors.Is(err, store.ErrNotFound) {
		return contact.NewError(contact.NotFound, "not_found", "no such event", err)
	}
	if err != nil {
		return err
	}
	waiting, err := o.db.Undelivered.CountTo(ctx, store.MaxLimit, "endpoint", id, store.UndeliveredWaiting)
	if err != nil {
		return err
	}
	if waiting >= store.MaxLimit {
		return contact.NewError(contact.Conflict, "busy", "too many events wait for this endpoint already", nil)
	}
	u := o.undelivered(id, e)
	err = o.db.Undelivered.Insert(ctx, u)
	if errors.Is(err, store.ErrExists) {
		return o.again(ctx, u.ID)
	}
	return err
}

// ReplaySince sends an endpoint everything that happened since, whether it took it before or not. A time later than where it stands leaves out what is between.
func (o *Outbound) ReplaySince(ctx context.Context, id string, since time.Time) error {
	if _, err := o.Find(ctx, id); err != nil {
		return err
	}
	since = contact.Instant(since)
	if err := o.each(ctx, id, store.UndeliveredFailed, since, func(u store.Undelivered) error { return o.again(ctx, u.ID) }); err != nil {
		return err
	}
	_, err := o.db.Sendings.Change(ctx, id, func(s *store.Sending) error {
		s.At, s.After = since, ""
		return nil
	})
	return err
}

// Tidy forgets what was given up longer ago than events are kept; 0 is for ever.
func (o *Outbound) Tidy(ctx context.Context, kept time.Duration) error {
	all, err := o.List(ctx)
	if err != nil || kept == 0 {
		return err
	}
	until := o.now().Add(-kept)
	for _, e := range all {
		if err := o.each(ctx, e.ID, store.UndeliveredFailed, time.Time{}, func(u store.Undelivered) error {
			if !u.At.Before(until) {
				return nil
			}
			return o.db.Undelivered.Delete(ctx, u)
		}); err != nil {
			return err
		}
	}
	return nil
}

// each does something with the events from a time on that an endpoint did not take and that are in a state, as they are now. What changes meanwhile is left as it is.
func (o *Outbound) each(ctx context.Context, id, state string, from time.Time, do func(store.Undelivered) error) error {
	r := store.Range{Index: "endpoint", Equal: []any{id, state}, Lower: from, Limit: readAtOnce}
	for {
		some, next, err := o.db.Undelivered.List(ctx, r)
		if err != nil {
			return err
		}
		for _, u := range some {
			if err := ignoreGone(do(u)); err != nil {
				return err
			}
		}
		if next == nil {
			return nil
		}
		r.After = next
	}
}

// Standing is how an endpoint does.
type Standing struct {
	store.Sending
	Waiting, Failed int64 // events; at most 1,000 are counted
}

// Standing says how an endpoint does.
func (o *Outbound) Standing(ctx context.Context, id string) (Standing, error) {
	s, err := o.db.Sendings.Find(ctx, id)
	if err := ignoreGone(err); err != nil {
		return Standing{}, err
	}
	waiting, err := o.db.Undelivered.CountTo(ctx, store.MaxLimit, "endpoint", id, store.UndeliveredWaiting)
	if err != nil {
		return Standing{}, err
	}
	failed, err := o.db.Undelivered.CountTo(ctx, store.MaxLimit, "endpoint", id, store.UndeliveredFailed)
	return Standing{s, waiting, failed}, err
}
