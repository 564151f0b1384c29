package storetest

import (
	"context"
	"errors"
	"sync/atomic"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// ErrStopped is what a process hears of a write at which it ends.
var ErrStopped = errors.New("stopped")

// Stopping is a store whose process ends at a write: what it would write then, and all after it, is not written. What is added in one step is one write.
type Stopping struct {
	store.Driver
	left atomic.Int64
}

// NewStopping is a store that does not stop until it is told to.
func NewStopping(d store.Driver) *Stopping {
	s := &Stopping{Driver: d}
	s.GoOn()
	return s
}

// StopAfter lets so many writes through.
func (s *Stopping) StopAfter(writes int64) { s.left.Store(writes) }

// GoOn is the process begun again: it does not stop.
func (s *Stopping) GoOn() { s.left.Store(1 << 40) }

func (s *Stopping) write(do func() error) error {
	if s.left.Add(-1) < 0 {
		return ErrStopped
	}
	return do()
}

// Insert adds a document.
func (s *Stopping) Insert(ctx context.Context, c *store.Schema, doc contact.Stored) error {
	return s.write(func() error { return s.Driver.Insert(ctx, c, doc) })
}

// InsertMissing adds documents.
func (s *Stopping) InsertMissing(ctx context.Context, c *store.Schema, docs []contact.Stored) error {
	return s.write(func() error { return s.Driver.InsertMissing(ctx, c, docs) })
}

// Swap replaces a document.
func (s *Stopping) Swap(ctx context.Context, c *store.Schema, doc contact.Stored, old int64) error {
	return s.write(func() error { return s.Driver.Swap(ctx, c, doc, old) })
}

// Delete removes a document.
func (s *Stopping) Delete(ctx context.Context, c *store.Schema, id string, old int64) error {
	return s.write(func() error { return s.Driver.Delete(ctx, c, id, old) })
}
