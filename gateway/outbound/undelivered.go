package outbound

import (
	"context"
	"errors"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// settlement is what became of an event in a round.
type settlement struct {
	attempt      attempt
	tried, taken bool
	takenBefore  time.Time // when the endpoint took something last, before
}

// settle keeps an event that was not taken, and forgets one that was.
func (o *Outbound) settle(ctx context.Context, e store.Endpoint, it item, s settlement) error {
	known := it.waiting.Version > 0
	switch {
	case s.taken && known:
		return ignoreGone(o.db.Undelivered.Delete(ctx, it.waiting))
	case s.taken, known && !s.tried:
		return nil
	}
	u := it.waiting
	if !known {
		u = o.undelivered(e.ID, it.event)
	}
	if s.tried {
		o.failed(&u, s)
	}
	if !known {
		err := o.db.Undelivered.Insert(ctx, u)
		if errors.Is(err, store.ErrExists) { // somebody asked for it meanwhile
			return o.again(ctx, u.ID)
		}
		return err
	}
	_, err := o.db.Undelivered.Swap(ctx, u)
	return ignoreGone(err)
}

// failed notes an attempt that was not taken. An event that was tried for days is given up, unless the endpoint took nothing at all meanwhile.
func (o *Outbound) failed(u *store.Undelivered, s settlement) {
	now := o.now()
	u.Attempts++
	u.Status, u.Reason = s.attempt.status, s.attempt.reason
	u.Due = now.Add(pause(u.Attempts, s.attempt.after))
	if now.Sub(u.Since) > patience && s.takenBefore.After(u.Since) {
		u.State = store.UndeliveredFailed
		o.log.Warn("event is given up", "endpoint_id", u.EndpointID, "event_id", u.EventID, "status", u.Status, "reason", u.Reason)
	}
}

// undelivered is an event that an endpoint is to have, from now on.
func (o *Outbound) undelivered(endpoint string, event store.Event) store.Undelivered {
	now := o.now()
	u := store.Undelivered{
		EndpointID: endpoint, State: store.UndeliveredWaiting, At: event.At, EventID: event.ID, Type: event.Type, Subject: event.Subject, About: aboutOf(event), Due: now, Since: now,
	}
	u.ID = o.db.Salt.ID(contact.UndeliveredPrefix, endpoint, event.ID)
	return u
}

// again makes an event wait for its next attempt from the beginning, whatever its state.
func (o *Outbound) again(ctx context.Context, id string) error {
	for range maxTries {
		u, err := o.db.Undelivered.Find(ctx, id)
		if err != nil {
			return ignoreGone(err)
		}
		now := o.now()
		u.State, u.Due, u.Since, u.Attempts = store.UndeliveredWaiting, now, now, 0
		if _, err = o.db.Undelivered.Swap(ctx, u); !errors.Is(err, store.ErrStale) {
			return err
		}
	}
	return store.ErrStale
}
