package gateway

import (
	"context"
	"slices"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// bars holds the invariants of blocks and quarantine: what was decided is listed, and soon, what waits can still be read, and what was released is recorded.
type bars struct {
	db       *store.DB
	decided  Invariant
	listed   Invariant
	readable Invariant
	recorded Invariant
}

func newBars(db *store.DB) *bars {
	return &bars{
		db:       db,
		decided:  Invariant{Rule: "every block and every verdict is among the decisions"},
		listed:   Invariant{Rule: "no decision waits long to be listed"},
		readable: Invariant{Rule: "what waits in quarantine can be read"},
		recorded: Invariant{Rule: "what was released is recorded"},
	}
}

func (b *bars) blocks(ctx context.Context, page []contact.Block) error {
	decisions, err := b.db.Decisions.FindAll(ctx, idsOf(page, func(d contact.Block) string { return d.DecisionID })...)
	for _, d := range page {
		_, listed := decisions[d.DecisionID]
		b.decided.check(listed || d.Pending != "" || d.Kind == contact.PeopleMark, d.ID)
		b.listed.check(d.Pending == "" || recent(d.At), d.ID)
	}
	return err
}

func (b *bars) quarantine(ctx context.Context, page []contact.Quarantine) error {
	decisions, err := b.db.Decisions.FindAll(ctx, idsOf(page, func(q contact.Quarantine) string { return q.DecisionID })...)
	if err != nil {
		return err
	}
	deliveries, err := b.db.Deliveries.FindAll(ctx, idsOf(page, func(q contact.Quarantine) string { return q.Delivery })...)
	if err != nil {
		return err
	}
	interactions, err := b.db.Interactions.FindAll(ctx, idsOf(page, func(q contact.Quarantine) string { return q.Interaction })...)
	for _, q := range page {
		_, listed := decisions[q.DecisionID]
		d, arrived := deliveries[q.Delivery]
		_, recorded := interactions[q.Interaction]
		b.decided.check(q.DecisionID == "" || listed || q.Pending != "", q.ID)
		b.listed.check(q.Pending == "" || recent(q.DecidedAt), q.ID)
		b.readable.check(q.State != contact.QuarantineWaiting || arrived && !d.Gone, q.ID)
		b.recorded.check(q.State != contact.QuarantineReleased || recorded || q.Pending != "" || !settled(d), q.ID)
	}
	return err
}

func (b *bars) consents(_ context.Context, page []contact.Consents) error {
	for _, c := range page {
		i := slices.IndexFunc(c.Said, func(s contact.Said) bool { return s.Key == c.Pending })
		b.listed.check(c.Pending == "" || i < 0 || recent(c.Said[i].At), c.ID)
	}
	return nil
}

// carried checks the decisions that documents carry, by the documents' ids.
func (b *bars) carried(ctx context.Context, page map[string]*contact.Pending) error {
	var ids []string
	for _, w := range page {
		ids = append(ids, w.Decision.ID)
	}
	decisions, err := b.db.Decisions.FindAll(ctx, ids...)
	for id, w := range page {
		_, listed := decisions[w.Decision.ID]
		b.listed.check(listed || recent(w.Decision.At), id)
	}
	return err
}

// recent reports whether something is so young that whoever has to do with it may still be at it.
func recent(at time.Time) bool { return time.Since(at) < oldClaim }

// settled reports whether all that can be recorded of a delivery is.
func settled(d contact.Delivery) bool {
	return d.Outcome == contact.Recorded || d.Outcome == contact.Quarantined
}
