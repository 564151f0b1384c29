package store

import (
	"context"
	"errors"
	"fmt"

	"usher/gateway/contact"
)

// Conclude lists a decision beside the others, after the change that it is part of or that names it. Nil is none, and one that is listed already stays.
func (db *DB) Conclude(ctx context.Context, w *contact.Pending) error {
	if w == nil {
		return nil
	}
	if w.Basis != nil {
		if err := db.Evidence.Insert(ctx, *w.Basis); err != nil && !errors.Is(err, ErrExists) {
			return fmt.Errorf("keeping evidence: %w", err)
		}
	}
	if err := db.Decisions.Insert(ctx, w.Decision); err != nil && !errors.Is(err, ErrExists) {
		return fmt.Errorf("listing decision: %w", err)
	}
	return nil
}
