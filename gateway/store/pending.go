package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/gateway/contact"
)

// Late is how long after it was made a decision that is listed counts as listed late. Whoever follows decisions by their time looks back longer than that, and finds the late ones by when they were listed.
const Late = time.Minute

// abandoned is after what time nobody can still be about to change the document that a note names: no request lasts that long.
const abandoned = 2 * time.Minute

// Unlisted is a note that a document is about to carry a decision, or carries one that is not listed yet. Its id is the decision's. Whoever decides makes it and drops it; what is left of one that stopped in between is found by it, and no document or index that contacts write is larger for it.
type Unlisted struct {
	contact.Document `bson:",inline"`

	In       string    `json:"in"` // the collection
	Of       string    `json:"of"` // the document
	Evidence string    `json:"evidence,omitempty"`
	At       time.Time `json:"at"`
}

// Carry makes a change that writes a decision into a document of a collection, and lists it. What was seen and said is kept first and apart, and not in the document: it can be erased. After a stop at any point the decision is as good as never made, or is listed by Sweep within seconds.
// The document's former decision must have been concluded.
func (db *DB) Carry(ctx context.Context, in *Schema, of string, w *contact.Pending, change func() error) error {
	note := Unlisted{In: in.Name, Of: of, Evidence: w.Decision.EvidenceID, At: Now()}
	note.ID, note.Version = w.Decision.ID, 1
	if err := db.Unlisted.Insert(ctx, note); err != nil {
		return fmt.Errorf("noting decision: %w", err)
	}
	if err := db.keep(ctx, w.Basis); err != nil {
		return err
	}
	w.Basis = nil
	if err := change(); err != nil {
		return err
	}
	if err := db.Conclude(ctx, w); err != nil {
		return err
	}
	_ = db.Unlisted.Delete(ctx, note) // it is listed; the sweep drops a note that is left
	return nil
}

// SwapCarrying is Carry where the change is to replace the document that was read before. It returns doc in its new version; ErrStale if it changed meanwhile.
func SwapCarrying[T any, P interface {
	*T
	contact.Stored
}](ctx context.Context, db *DB, c Collection[T, P], doc T, w *contact.Pending) (T, error) {
	err := db.Carry(ctx, c.schema, P(&doc).Base().ID, w, func() (err error) {
		doc, err = c.Swap(ctx, doc)
		return err
	})
	return doc, err
}

// Sweep lists the decisions that documents carry whose makers stopped before they had.
func (db *DB) Sweep(ctx context.Context) error {
	for r := (Range{Index: "at", Limit: 200}); ; {
		notes, next, err := db.Unlisted.List(ctx, r)
		if err != nil {
			return err
		}
		for _, note := range notes {
			if err := db.sweep(ctx, note); err != nil {
				return fmt.Errorf("listing decision %s: %w", note.ID, err)
			}
		}
		if next == nil {
			return nil
		}
		r.After = next
	}
}

// sweep deals with one note. Where the document carries another decision, or is gone, the noted one was concluded before, or was not made; or it is only about to be.
func (db *DB) sweep(ctx context.Context, note Unlisted) error {
	w, err := db.carried(ctx, note)
	if err != nil {
		return err
	}
	switch {
	case w != nil && w.Decision.ID == note.ID:
		err = db.Conclude(ctx, w)
	case time.Since(note.At) < abandoned:
		return nil
	default:
		err = db.forget(ctx, note)
	}
	if err == nil {
		err = db.Unlisted.Delete(ctx, note)
	}
	if errors.Is(err, ErrStale) { // dropped by who made it
		return nil
	}
	return err
}

// forget deletes what was said with a decision that was not made.
func (db *DB) forget(ctx context.Context, note Unlisted) error {
	made, err := db.Decisions.FindAll(ctx, note.ID)
	if err != nil || len(made) > 0 {
		return err
	}
	said, err := db.Evidence.FindAll(ctx, note.Evidence)
	for _, b := range said {
		err = errors.Join(err, db.Evidence.Delete(ctx, b))
	}
	return err
}

// carried is what the document of a note carries, nil if nothing.
func (db *DB) carried(ctx context.Context, note Unlisted) (*contact.Pending, error) {
	switch note.In {
	case db.Profiles.Schema().Name:
		found, err := db.Profiles.FindAll(ctx, note.Of)
		return found[note.Of].Pending, err
	case db.Identities.Schema().Name:
		found, err := db.Identities.FindAll(ctx, note.Of)
		return found[note.Of].Pending, err
	case db.Interactions.Schema().Name:
		found, err := db.Interactions.FindAll(ctx, note.Of)
		return found[note.Of].Pending, err
	}
	return nil, fmt.Errorf("no decisions in %q", note.In)
}

// Conclude lists a decision beside the others, after the change that it is part of or that names it. Nil is none, and one that is listed already stays.
func (db *DB) Conclude(ctx context.Context, w *contact.Pending) error {
	if w == nil {
		return nil
	}
	if err := db.keep(ctx, w.Basis); err != nil {
		return err
	}
	d := w.Decision
	if now := Now(); now.Sub(d.At) > Late {
		d.Late = now
	}
	if err := db.Decisions.Insert(ctx, d); err != nil && !errors.Is(err, ErrExists) {
		return fmt.Errorf("listing decision: %w", err)
	}
	return nil
}

// keep keeps what a decision was made on, if anything.
func (db *DB) keep(ctx context.Context, b *contact.Basis) error {
	if b == nil {
		return nil
	}
	if err := db.Evidence.Insert(ctx, *b); err != nil && !errors.Is(err, ErrExists) {
		return fmt.Errorf("keeping evidence: %w", err)
	}
	return nil
}
