package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Follower makes events of the decisions that people take. Whoever decides need not think of it, and may stop right after deciding: the decision is the truth, and this follows.
type Follower struct {
	db     *store.DB
	teller *Teller
	told   map[string]time.Time // decisions whose events were recorded, and until when of the mark they are met
	last   time.Time            // stamp of the last decision that was told: the next one's is later
}

// NewFollower follows the decisions of one store. Any number may: each event is recorded once.
func NewFollower(db *store.DB) *Follower {
	return &Follower{db: db, teller: NewTeller(db), told: map[string]time.Time{}}
}

// overlap is how far back it looks each time: a decision is stamped before it is stored, and no request lasts that long.
const overlap = 2 * store.Late

// placeID names the mark of how far the decisions were followed.
const placeID = "events.decisions"

// Follow makes the events of all decisions since the last time, and of those shortly before. Those that were listed late, whose time was passed long ago, it finds by when they were listed; their events come where the feed is now, as those of all others do. Where it fails it goes on the next time.
func (f *Follower) Follow(ctx context.Context) error {
	mark, err := f.mark(ctx)
	if err != nil {
		return err
	}
	from := mark.At.Add(-overlap)
	for id, at := range f.told {
		if at.Before(from) {
			delete(f.told, id)
		}
	}
	pass := func([]contact.Decision) error { return nil } // the mark stays until all that is behind it was told
	if err := f.each(ctx, "late", from, pass); err != nil {
		return err
	}
	return f.each(ctx, "at", from, func(page []contact.Decision) (err error) {
		for _, d := range page {
			if d.At.After(mark.At) {
				mark.At = d.At
			}
		}
		mark, err = f.move(ctx, mark)
		return err
	})
}

// each tells of the decisions of an index from a time on, and after each page says so.
func (f *Follower) each(ctx context.Context, index string, from time.Time, told func([]contact.Decision) error) error {
	r := store.Range{Index: index, Lower: contact.Instant(from), Limit: 200}
	for {
		page, next, err := f.db.Decisions.List(ctx, r)
		if err != nil {
			return err
		}
		for _, d := range page {
			if err := f.tell(ctx, d); err != nil {
				return fmt.Errorf("telling of decision %s: %w", d.ID, err)
			}
		}
		if err := told(page); err != nil || next == nil {
			return err
		}
		r.After = next
	}
}

func (f *Follower) mark(ctx context.Context) (store.Mark, error) {
	mark, err := f.db.Marks.Find(ctx, placeID)
	if errors.Is(err, store.ErrNotFound) {
		mark = store.Mark{Document: contact.Document{ID: placeID}, At: contact.Instant(time.Unix(0, 0).Add(overlap))}
		if err = f.db.Marks.Insert(ctx, mark); errors.Is(err, store.ErrExists) {
			return f.db.Marks.Find(ctx, placeID)
		}
		mark.Version = 1
	}
	return mark, err
}

// move keeps how far it is. Another gateway may be further: then the next look begins there.
func (f *Follower) move(ctx context.Context, mark store.Mark) (store.Mark, error) {
	stored, err := f.db.Marks.Find(ctx, placeID)
	if err != nil || !mark.At.After(stored.At) {
		return stored, err
	}
	stored.At = mark.At
	moved, err := f.db.Marks.Swap(ctx, stored)
	if errors.Is(err, store.ErrStale) {
		return stored, nil
	}
	return moved, err
}

// tell records the events of one decision, unless that was done before.
func (f *Follower) tell(ctx context.Context, d contact.Decision) error {
	if _, told := f.told[d.ID]; told {
		return nil
	}
	at, err := f.teller.Tell(ctx, d, f.last)
	if err != nil || at.IsZero() {
		return err
	}
	if at.After(f.last) {
		f.last = at
	}
	f.told[d.ID] = d.At
	if d.Late.After(d.At) {
		f.told[d.ID] = d.Late
	}
	return nil
}
