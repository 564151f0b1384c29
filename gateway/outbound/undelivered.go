package outbound

import (
	"context"
	"errors"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// settle keeps an event that was not taken, and forgets one that was. The endpoint took something last at a time before.
func (o *Outbound) settle(ctx context.Context, e store.Endpoint, it item, a attempt, takenAt time.Time) error {
	switch {
	case a.taken() && it.waits():
		return ignoreGone(o.db.Undelivered.Delete(ctx, it.waiting))
	case a.taken(), it.waits() && !a.made:
		return nil
	}
	u := it.waiting
	if !it.waits() {
		u = o.undelivered(e.ID, it.event)
	}
	if a.made {
		o.failed(&u, a, takenAt)
	}
	if it.waits() {
		_, err := o.db.Undelivered.Swap(ctx, u)
		return ignoreGone(err)
	}
	err := o.db.Undelivered.Insert(ctx, u)
	if errors.Is(err, store.ErrExists) { // somebody asked for it meanwhile
		return o.again(ctx, u.ID)
	}
	return err
}

// failed notes an attempt that was not taken. An event that was tried for days is given up, unless the endpoint took nothing at all meanwhile.
func (o *Outbound) failed(u *store.Undelivered, a attempt, takenAt time.Time) {
	now := o.now()
	u.Attempts++
	u.Status, u.Reason = a.status, a.reason
	u.Due = now.Add(pause(u.Attempts, a.after))
	if now.Sub(u.Since) > patience && takenAt.After(u.Since) {
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
	_, err := o.db.Undelivered.Change(ctx, id, func(u *store.Undelivered) error {
		now := o.now()
		u.State, u.Due, u.Since, u.Attempts = store.UndeliveredWaiting, now, now, 0
		return nil
	})
	if errors.Is(err, store.ErrNotFound) { // it was taken meanwhile
		return nil
	}
	return err
}
