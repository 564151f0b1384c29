package store

import (
	"context"
	"errors"

	"usher/gateway/contact"
)

// moveReasons takes what was said out of the decisions, and the placements, that a layout before 4 wrote it into, and keeps it as evidence: from then on no decision is changed. It may be stopped and begun again.
func (db *DB) moveReasons(ctx context.Context) error {
	for r := (Range{Index: "at", Limit: MaxLimit}); ; {
		page, next, err := db.Decisions.List(ctx, r)
		if err != nil {
			return err
		}
		for _, d := range page {
			if d.Why == "" {
				continue
			}
			if err := db.moveReason(ctx, d); err != nil {
				return err
			}
		}
		if next == nil {
			return nil
		}
		r.After = next
	}
}

// moveReason moves one. Of somebody who was erased nothing is kept, so nothing is kept of an erasure.
func (db *DB) moveReason(ctx context.Context, d contact.Decision) error {
	people, err := db.Profiles.FindAll(ctx, d.A, d.From, d.To)
	if err != nil {
		return err
	}
	kept := d.Kind != contact.Erased
	for _, p := range people {
		kept = kept && !p.Erased()
	}
	if kept {
		b := contact.Basis{A: d.From, B: d.To, Why: d.Why, At: d.At}
		b.ID = db.Salt.ID(contact.EvidencePrefix, d.ID)
		if err := db.Evidence.Insert(ctx, b); err != nil && !errors.Is(err, ErrExists) {
			return err
		}
		d.EvidenceID = b.ID
	}
	if err := db.moveReasonOf(ctx, d); err != nil {
		return err
	}
	d.Why = ""
	if _, err = db.Decisions.Swap(ctx, d); errors.Is(err, ErrStale) { // another gateway has done it
		return nil
	}
	return err
}

// moveReasonOf takes from an interaction what was said with one of its placements.
func (db *DB) moveReasonOf(ctx context.Context, d contact.Decision) error {
	for {
		found, err := db.Interactions.FindAll(ctx, d.Subject)
		if err != nil {
			return err
		}
		i, changed := found[d.Subject], false
		for n, m := range i.Moves {
			if m.ID == d.ID && m.Why != "" {
				i.Moves[n].Why, i.Moves[n].EvidenceID, changed = "", d.EvidenceID, true
			}
		}
		if !changed {
			return nil
		}
		if _, err = db.Interactions.Swap(ctx, i); !errors.Is(err, ErrStale) {
			return err
		}
	}
}
