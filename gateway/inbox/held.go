package inbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Held counts the deliveries of all sources, also of those that other gateways work on, that somebody claimed before a time and may still be working on.
func (b *Inbox) Held(ctx context.Context, before time.Time) (held int, err error) {
	for _, outcome := range []contact.Outcome{contact.Accepted, contact.Retrying} {
		sources, err := b.sourcesOf(ctx, outcome)
		if err != nil {
			return 0, fmt.Errorf("looking for deliveries at work: %w", err)
		}
		for _, source := range sources {
			n, err := b.heldOf(ctx, source, before)
			if err != nil {
				return 0, fmt.Errorf("looking for deliveries at work: %w", err)
			}
			held += n
		}
	}
	return held, nil
}

// Untried reports whether a delivery of a source that is worked on here was received before a time and nobody has tried it yet.
func (b *Inbox) Untried(ctx context.Context, before time.Time) (bool, error) {
	for _, source := range b.options.Sources {
		first, _, err := b.db.Deliveries.List(ctx, store.Range{Index: "outcome", Equal: []any{string(contact.Accepted), source}, Upper: before, Limit: 1})
		if err != nil {
			return false, fmt.Errorf("looking for deliveries that wait: %w", err)
		}
		if len(first) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// Works reports whether deliveries of a source are worked on here.
func (b *Inbox) Works(source string) bool { return slices.Contains(b.options.Sources, source) }

// sourcesOf are the sources that have deliveries of an outcome: also those that are not configured here.
func (b *Inbox) sourcesOf(ctx context.Context, outcome contact.Outcome) ([]string, error) {
	var sources []string
	var last []any
	for {
		first, _, err := b.db.Deliveries.List(ctx, store.Range{Index: "outcome", Equal: []any{string(outcome)}, After: last, Limit: 1})
		if err != nil || len(first) == 0 {
			return sources, err
		}
		sources = append(sources, first[0].Source)
		last = []any{first[0].Source, endOfTime, ""} // skips to the next source
	}
}

// heldOf reads the leases of a source: a delivery that is leased is due at its lease's end.
func (b *Inbox) heldOf(ctx context.Context, source string, before time.Time) (held int, err error) {
	r := store.Range{Index: "queue", Equal: []any{source}, Lower: store.Now(), Limit: tidied}
	for {
		page, next, err := b.db.Deliveries.List(ctx, r)
		if err != nil {
			return held, err
		}
		for _, d := range leased(page) {
			if !d.Lease.Until.Add(-b.options.Lease).After(before) {
				held++
			}
		}
		if next == nil {
			return held, nil
		}
		r.After = next
	}
}
