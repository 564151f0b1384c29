package outbound

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/store"
)

// Bounds of endpoints.
const (
	maxEndpoints = 50
	maxSecrets   = 5 // that sign at once
)

// Create keeps a new endpoint, which is sent what happens from now on, and returns its signing secret, which is not shown again.
func (o *Outbound) Create(ctx context.Context, e store.Endpoint) (secret string, made store.Endpoint, err error) {
	if err := o.walls.check(e.URL); err != nil {
		return "", e, err
	}
	if err := checkTypes(e.Types); err != nil {
		return "", e, err
	}
	o.making.Lock() // of many at once no more are made than may be; another gateway may make some meanwhile
	defer o.making.Unlock()
	all, err := o.List(ctx)
	if err != nil {
		return "", e, err
	}
	if len(all) >= maxEndpoints {
		return "", e, contact.NewError(contact.Conflict, "too_many_endpoints", fmt.Sprintf("there are %d already", len(all)), nil)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "", e, fmt.Errorf("naming endpoint: %w", err)
	}
	if secret, err = newSecret(); err != nil {
		return "", e, err
	}
	now := o.now()
	e.ID, e.Secrets, e.CreatedAt, e.UpdatedAt = contact.EndpointPrefix+id.String(), []store.SigningSecret{{Secret: secret}}, now, now
	if err := o.db.Sendings.Insert(ctx, store.Sending{Document: contact.Document{ID: e.ID}, At: now}); err != nil {
		return "", e, err
	}
	err = o.db.Endpoints.Insert(ctx, e)
	e.Version = 1
	return secret, e, err
}

func newSecret() (string, error) {
	random := make([]byte, 32) // Standard Webhooks: 24 to 64
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("making secret: %w", err)
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(random), nil
}

func checkTypes(types []string) error {
	for _, t := range types {
		if !slices.Contains(events.Types, events.Type(t)) {
			return contact.NewError(contact.Invalid, "validation_failed", "types names one that no event has", nil)
		}
	}
	return nil
}

// List gives all endpoints, the oldest first.
func (o *Outbound) List(ctx context.Context) ([]store.Endpoint, error) {
	all, _, err := o.db.Endpoints.List(ctx, store.Range{Index: "created", Limit: store.MaxLimit})
	return all, err
}

// Find reads an endpoint; NotFound if there is none.
func (o *Outbound) Find(ctx context.Context, id string) (store.Endpoint, error) {
	e, err := o.db.Endpoints.Find(ctx, id)
	return e, refusal(err)
}

// Change changes an endpoint by compare-and-set. Stale if it is not in the version that was meant; 0 is any.
func (o *Outbound) Change(ctx context.Context, id string, version int64, change func(*store.Endpoint) error) (store.Endpoint, error) {
	e, err := o.db.Endpoints.Change(ctx, id, func(e *store.Endpoint) error {
		if version != 0 && version != e.Version {
			return contact.NewError(contact.Stale, "stale_version", "the endpoint has changed since", nil)
		}
		url := e.URL
		if err := change(e); err != nil {
			return err
		}
		if e.URL != url { // one that was good when it was made may be so no more, and be switched off all the same
			if err := o.walls.check(e.URL); err != nil {
				return err
			}
		}
		e.UpdatedAt = o.now()
		return checkTypes(e.Types)
	})
	return e, refusal(err)
}

// refusal is what a client is told if an endpoint is not there, or others keep changing it.
func refusal(err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return contact.NewError(contact.NotFound, "not_found", "no such webhook endpoint", err)
	case errors.Is(err, store.ErrStale):
		return contact.NewError(contact.Conflict, "busy", "others are changing the same", err)
	}
	return err
}

// Rotate gives an endpoint a new signing secret and returns it; those before it go on signing for overlap.
func (o *Outbound) Rotate(ctx context.Context, id string, overlap time.Duration) (secret string, e store.Endpoint, err error) {
	if secret, err = newSecret(); err != nil {
		return "", e, err
	}
	e, err = o.Change(ctx, id, 0, func(e *store.Endpoint) error {
		now := o.now()
		e.Secrets = slices.DeleteFunc(e.Secrets, func(s store.SigningSecret) bool { return !s.Until.IsZero() && s.Until.Before(now) })
		for i := range e.Secrets {
			if until := now.Add(overlap); e.Secrets[i].Until.IsZero() || until.Before(e.Secrets[i].Until) {
				e.Secrets[i].Until = until
			}
		}
		e.Secrets = append([]store.SigningSecret{{Secret: secret}}, e.Secrets...)
		e.Secrets = e.Secrets[:min(len(e.Secrets), maxSecrets)]
		return nil
	})
	return secret, e, err
}

// Delete forgets an endpoint and what it did not take.
func (o *Outbound) Delete(ctx context.Context, id string, version int64) error {
	e, err := o.Find(ctx, id)
	if err != nil {
		return err
	}
	if version != 0 && version != e.Version {
		return contact.NewError(contact.Stale, "stale_version", "the endpoint has changed since", nil)
	}
	if err := o.db.Endpoints.Delete(ctx, e); err != nil {
		return err
	}
	return o.forget(ctx, id)
}

// forget drops what is kept beside an endpoint that is deleted.
func (o *Outbound) forget(ctx context.Context, id string) error {
	for _, state := range []string{store.UndeliveredWaiting, store.UndeliveredFailed} {
		err := o.each(ctx, id, state, time.Time{}, func(u store.Undelivered) error { return o.db.Undelivered.Delete(ctx, u) })
		if err != nil {
			return err
		}
	}
	s, err := o.db.Sendings.Find(ctx, id)
	if err == nil {
		err = o.db.Sendings.Delete(ctx, s)
	}
	return ignoreGone(err)
}
