// Package quarantine decides about contacts that were kept out: they are released and then recorded as if nothing stood against them, or discarded. What keeps a contact out is ingest's.
package quarantine

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"usher/gateway/contact"
	"usher/gateway/inbox"
	"usher/gateway/store"
)

// Quarantine is the contacts of one store that were kept out.
type Quarantine struct {
	db    *store.DB
	inbox *inbox.Inbox
}

// New decides about the contacts of a store, whose deliveries are in an inbox.
func New(db *store.DB, box *inbox.Inbox) *Quarantine { return &Quarantine{db: db, inbox: box} }

// Find reads one contact, NotFound if there is none.
func (q *Quarantine) Find(ctx context.Context, id string) (contact.Quarantine, error) {
	c, err := q.db.Quarantine.Find(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = contact.NewError(contact.NotFound, "not_found", "no such contact in quarantine", err)
	}
	return c, err
}

// Verdict is what somebody decides about a contact.
type Verdict struct {
	State contact.QuarantineState // released or discarded
	Who   string
	Why   string
}

// Decide releases or discards a contact, with all that belongs to the same interaction, and has their deliveries read again. The same verdict twice changes nothing and completes what an earlier one left undone; another than the first is a Conflict, already_decided.
func (q *Quarantine) Decide(ctx context.Context, id string, v Verdict) (contact.Quarantine, error) {
	c, err := q.decide(ctx, id, v)
	if err != nil {
		return c, err
	}
	r := store.Range{Index: "interaction", Equal: []any{c.Interaction}, Limit: 200}
	for {
		page, next, err := q.db.Quarantine.List(ctx, r)
		if err != nil {
			return c, err
		}
		for _, other := range page {
			if other.State != contact.QuarantineWaiting {
				continue
			}
			if _, err := q.decide(ctx, other.ID, v); err != nil && contact.KindOf(err) != contact.Conflict {
				return c, err
			}
		}
		if next == nil {
			return c, nil
		}
		r.After = next
	}
}

// maxTries bounds how often others may be faster.
const maxTries = 8

func (q *Quarantine) decide(ctx context.Context, id string, v Verdict) (contact.Quarantine, error) {
	for range maxTries {
		c, err := q.Find(ctx, id)
		if err != nil {
			return c, err
		}
		if c.State == v.State {
			return q.complete(ctx, c)
		}
		if c.State != contact.QuarantineWaiting {
			return c, contact.NewError(contact.Conflict, "already_decided", "this contact was decided about otherwise", nil)
		}
		if err := q.readable(ctx, c); err != nil {
			return c, err
		}
		if c, err = q.change(ctx, c, v); !errors.Is(err, store.ErrStale) {
			return c, err
		}
	}
	return contact.Quarantine{}, contact.NewError(contact.Conflict, "busy", "others are deciding about this contact", nil)
}

// readable fails for a contact whose delivery cannot be read again.
func (q *Quarantine) readable(ctx context.Context, c contact.Quarantine) error {
	d, err := q.inbox.Find(ctx, c.Delivery)
	if err == nil && d.Gone {
		err = contact.NewError(contact.Conflict, "body_gone", "the body of this contact's delivery was dropped when its time was over", nil)
	}
	return err
}

// change writes a verdict down: what was said first, then the verdict, then the rest.
func (q *Quarantine) change(ctx context.Context, c contact.Quarantine, v Verdict) (contact.Quarantine, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return c, fmt.Errorf("naming decision: %w", err)
	}
	c.State, c.Who, c.DecidedAt, c.DecisionID = v.State, v.Who, store.Now(), contact.DecisionPrefix+id.String()
	c.Pending = c.DecisionID
	if v.Why != "" {
		b := contact.Basis{A: c.Identity, Why: v.Why, At: c.DecidedAt}
		b.ID = q.db.Salt.ID(contact.EvidencePrefix, c.DecisionID)
		if err := q.db.Evidence.Insert(ctx, b); err != nil {
			return c, fmt.Errorf("keeping evidence: %w", err)
		}
		c.EvidenceID = b.ID
	}
	if c, err = q.db.Quarantine.Swap(ctx, c); err != nil {
		return c, err
	}
	return q.complete(ctx, c)
}

// complete lists a verdict with the other decisions and has the delivery read again, if that is still to be done. Each of it may be done twice.
func (q *Quarantine) complete(ctx context.Context, c contact.Quarantine) (contact.Quarantine, error) {
	if c.Pending == "" {
		return c, nil
	}
	kind := contact.ReleaseMade
	if c.State == contact.QuarantineDiscarded {
		kind = contact.DiscardMade
	}
	d := contact.Decision{Kind: kind, Subject: c.ID, Who: c.Who, EvidenceID: c.EvidenceID, At: c.DecidedAt}
	d.ID = c.Pending
	if err := q.db.Conclude(ctx, &contact.Pending{Decision: d}); err != nil {
		return c, err
	}
	if err := q.inbox.Replay(ctx, c.Delivery); err != nil && !gone(err) {
		return c, fmt.Errorf("reading delivery again: %w", err)
	}
	c.Pending = ""
	done, err := q.db.Quarantine.Swap(ctx, c)
	if errors.Is(err, store.ErrStale) { // somebody else has completed it
		return q.Find(ctx, c.ID)
	}
	return done, err
}

// gone reports whether a delivery cannot be read again since its sender was erased: then there is nothing left to do.
func gone(err error) bool {
	var refused *contact.Error
	return errors.As(err, &refused) && refused.Code == "body_gone"
}

// Sweep completes the verdicts of processes that stopped before they had.
func (q *Quarantine) Sweep(ctx context.Context) error {
	undone, _, err := q.db.Quarantine.List(ctx, store.Range{Index: "pending", Lower: contact.DecisionPrefix, Limit: 200})
	if err != nil {
		return err
	}
	var failed error
	for _, c := range undone {
		if _, err := q.complete(ctx, c); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
