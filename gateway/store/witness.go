package store

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"usher/gateway/contact"
)

// witness remembers when a write last failed because of the database. A full disk may still have room for the write that Ping makes, and none for a delivery.
type witness struct {
	Driver
	failed atomic.Int64 // in milliseconds since 1970
}

// failureKept is how long a failed write makes Ping fail.
const failureKept = 5 * time.Second

// Insert adds a document.
func (w *witness) Insert(ctx context.Context, s *Schema, doc contact.Stored) error {
	return w.note(w.Driver.Insert(ctx, s, doc))
}

// InsertMissing adds documents.
func (w *witness) InsertMissing(ctx context.Context, s *Schema, docs []contact.Stored) error {
	return w.note(w.Driver.InsertMissing(ctx, s, docs))
}

// Swap replaces a document.
func (w *witness) Swap(ctx context.Context, s *Schema, doc contact.Stored, old int64) error {
	return w.note(w.Driver.Swap(ctx, s, doc, old))
}

// Delete removes a document.
func (w *witness) Delete(ctx context.Context, s *Schema, id string, old int64) error {
	return w.note(w.Driver.Delete(ctx, s, id, old))
}

// errRecent is why Ping fails although the database answers.
var errRecent = errors.New("a write failed a moment ago")

// Ping fails when the database cannot be written to, or could not a moment ago.
func (w *witness) Ping(ctx context.Context) error {
	if time.Since(time.UnixMilli(w.failed.Load())) < failureKept {
		return errors.Join(ErrUnavailable, errRecent)
	}
	return w.Driver.Ping(ctx)
}

func (w *witness) note(err error) error {
	if errors.Is(err, ErrUnavailable) {
		w.failed.Store(time.Now().UnixMilli())
	}
	return err
}
