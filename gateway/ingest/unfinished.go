package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// enterWhole enters what an agent tells of so that it is entered whole whoever stops: it is kept apart first, and until then.
func (g *Ingest) enterWhole(ctx context.Context, u store.Unfinished, r Read) (Entered, error) {
	u.ID, u.Version, u.At = u.Entry.By, 1, u.Entry.At
	if err := g.db.Unfinished.Insert(ctx, u); err != nil && !errors.Is(err, store.ErrExists) {
		return Entered{}, fmt.Errorf("keeping entry: %w", err)
	}
	out, err := g.enter(ctx, r)
	if err == nil || refused(err) {
		_ = g.db.Unfinished.Delete(ctx, u) // one that is left is found to be done
	}
	return out, err
}

// refused reports whether an entry failed for good, and not for our own trouble.
func refused(err error) bool {
	kind := contact.KindOf(err)
	return kind == contact.Conflict || kind == contact.Invalid
}

// Resume goes on with the entries of agents that were said before a time and are not finished: their requests have stopped. One that has written nothing yet ends as if it came now.
func (g *Ingest) Resume(ctx context.Context, before time.Time) (err error) {
	for r := (store.Range{Index: "at", Upper: contact.Instant(before), Limit: 100}); ; {
		page, next, failed := g.db.Unfinished.List(ctx, r)
		if failed != nil {
			return errors.Join(err, failed)
		}
		for _, u := range page {
			if failed := g.resume(ctx, u); failed != nil { // the others need not wait for it
				err = errors.Join(err, fmt.Errorf("going on with entry %s: %w", u.ID, failed))
			}
		}
		if next == nil {
			return err
		}
		r.After = next
	}
}

// resume goes on with one entry. One that is listed among the decisions was finished: what became of it since stands.
func (g *Ingest) resume(ctx context.Context, u store.Unfinished) error {
	listed, err := g.db.Decisions.FindAll(ctx, g.decisionID(u.Entry))
	if err != nil {
		return err
	}
	enter := g.Enter
	if u.Create {
		enter = g.Create
	}
	if len(listed) == 0 {
		if _, err := enter(ctx, u.Entry); err != nil && !refused(err) {
			return err
		}
	}
	if err := g.db.Unfinished.Delete(ctx, u); err != nil && !errors.Is(err, store.ErrStale) { // stale: it is gone
		return err
	}
	return nil
}
