// Package events records what happened, for programs of others to follow: a feed that is read by cursor and skips nothing.
package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Type says what happened.
type Type string

// The types.
const (
	SourceHealthChanged Type = "source.health_changed" // a part of a polled source began or ceased to be red
)

// settle is how old an event is before it is served: one that was stamped before another may be stored after it, and a reader that has passed the later one would never see it.
const settle = 2 * time.Second

// Record keeps an event. The key says which it is: recording it again changes nothing.
func Record(ctx context.Context, db *store.DB, e store.Event, key ...string) error {
	e.ID = db.Salt.ID("evt_", append([]string{e.Type}, key...)...)
	e.At = store.Now()
	if err := db.Events.Insert(ctx, e); err != nil && !errors.Is(err, store.ErrExists) {
		return fmt.Errorf("recording event: %w", err)
	}
	return nil
}

// Settled is the range of the events that can be served, oldest first.
func Settled() store.Range {
	return store.Range{Index: "at", Upper: contact.Instant(time.Now().Add(-settle))}
}
