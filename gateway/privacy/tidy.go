package privacy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Kept is how long what was recorded is kept; 0 is for ever.
type Kept struct {
	Interactions time.Duration
	Events       time.Duration
	Evidence     time.Duration
	Quarantine   time.Duration
}

// Tidy drops what has had its time. It may run at any time, in several gateways at once, and goes on where it was stopped.
func (p *Privacy) Tidy(ctx context.Context, k Kept) error {
	return errors.Join(
		drop(ctx, p.db.Interactions, "occurred", k.Interactions, p.dropInteraction),
		drop(ctx, p.db.Events, "at", k.Events, p.db.Events.Delete),
		drop(ctx, p.db.Evidence, "at", k.Evidence, p.db.Evidence.Delete),
		p.dropKeptOut(ctx, contact.QuarantineReleased, k.Quarantine),
		p.dropKeptOut(ctx, contact.QuarantineDiscarded, k.Quarantine))
}

// dropKeptOut drops the contacts in quarantine that are in a state, counted from when that was decided. One whose delivery can still be read again stays: its row says what becomes of it then.
func (p *Privacy) dropKeptOut(ctx context.Context, state contact.QuarantineState, kept time.Duration) error {
	before := store.Now().Add(-kept)
	return drop(ctx, p.db.Quarantine, "state", kept, func(ctx context.Context, q contact.Quarantine) error {
		if q.Pending != "" || !q.DecidedAt.Before(before) {
			return nil
		}
		deliveries, err := p.db.Deliveries.FindAll(ctx, q.Delivery)
		if err != nil {
			return err
		}
		if d, there := deliveries[q.Delivery]; there && !d.Gone {
			return nil
		}
		return p.db.Quarantine.Delete(ctx, q)
	}, string(state))
}

// drop goes through the documents of an index, or those of it whose leading fields are equal, that are older than kept, the oldest first. One that somebody changes meanwhile is left for the next time.
func drop[T any, P interface {
	*T
	contact.Stored
}](ctx context.Context, c store.Collection[T, P], index string, kept time.Duration, do func(context.Context, T) error, equal ...any) error {
	if kept == 0 {
		return nil
	}
	r := store.Range{Index: index, Equal: equal, Upper: store.Now().Add(-kept), Limit: paged}
	for {
		page, next, err := c.List(ctx, r)
		if err != nil {
			return err
		}
		for _, doc := range page {
			if err := ignoreStale(do(ctx, doc)); err != nil {
				return fmt.Errorf("dropping old %s: %w", c.Schema().Name, err)
			}
		}
		if next == nil {
			return nil
		}
		r.After = next
	}
}

// dropInteraction deletes an old interaction with its files, unless something of it is not resolved yet.
func (p *Privacy) dropInteraction(ctx context.Context, i contact.Interaction) error {
	deliveries, err := p.deliveriesOf(ctx, i)
	if err != nil {
		return err
	}
	for _, d := range deliveries {
		if d.Queue != "" || d.Outcome == contact.Dead {
			return nil
		}
	}
	if err := p.dropTraces(ctx, i); err != nil {
		return err
	}
	if err := p.db.Interactions.Delete(ctx, i); err != nil {
		return err
	}
	return p.release(ctx, i.ProfileID)
}

// release lets a profile stand by itself that an interaction made which is gone, and that holds no contact point: it is then one that was entered.
func (p *Privacy) release(ctx context.Context, id string) error {
	found, err := p.db.Profiles.FindAll(ctx, id)
	profile, ok := found[id]
	if err != nil || !ok || profile.Origin == "" {
		return err
	}
	held, err := p.db.Identities.CountTo(ctx, 1, "profile", id)
	if err != nil || held > 0 {
		return err
	}
	profile.Origin = ""
	_, err = p.db.Profiles.Swap(ctx, profile)
	return err
}
