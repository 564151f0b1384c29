package inbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Claim leases up to n due deliveries, taking turns among the sources so that the backlog of one does not starve the others. None does not mean there are none: others may have been faster.
func (b *Inbox) Claim(ctx context.Context, n int) ([]contact.Delivery, error) {
	sources := b.options.Sources
	var claimed []contact.Delivery
	b.turn++
	for i := range sources {
		share := max(1, (n-len(claimed))/(len(sources)-i))
		found, err := b.claimFrom(ctx, sources[(b.turn+i)%len(sources)], share)
		claimed = append(claimed, found...)
		if err != nil || len(claimed) >= n {
			return claimed, err
		}
	}
	return claimed, nil
}

func (b *Inbox) claimFrom(ctx context.Context, source string, n int) ([]contact.Delivery, error) {
	now := store.Now()
	// Times are whole milliseconds and the bound is exclusive: what came in this very millisecond is due.
	due, _, err := b.db.Deliveries.List(ctx, store.Range{
		Index: "queue", Equal: []any{source}, Upper: now.Add(time.Millisecond), Limit: min(n, store.MaxLimit),
	})
	if err != nil {
		return nil, fmt.Errorf("claiming deliveries: %w", err)
	}
	return eachAtOnce(due, func(d contact.Delivery) (contact.Delivery, error) {
		d.Lease = &contact.Lease{Owner: b.options.Owner, Until: now.Add(b.options.Lease)}
		d.Due = d.Lease.Until
		return b.db.Deliveries.Swap(ctx, d)
	})
}

// Release makes the deliveries due that a former process of this store held: it can no longer be working on them. Only for a store that nobody else can be using.
func (b *Inbox) Release(ctx context.Context) error {
	for _, source := range b.options.Sources {
		var next []any
		for {
			page, after, err := b.db.Deliveries.List(ctx, store.Range{Index: "queue", Equal: []any{source}, Lower: store.Now(), After: next, Limit: store.MaxLimit})
			if err != nil {
				return fmt.Errorf("releasing deliveries: %w", err)
			}
			if _, err := eachAtOnce(leased(page), func(d contact.Delivery) (contact.Delivery, error) {
				d.Lease, d.Due = nil, store.Now()
				return b.db.Deliveries.Swap(ctx, d)
			}); err != nil {
				return fmt.Errorf("releasing deliveries: %w", err)
			}
			if after == nil {
				break
			}
			next = after
		}
	}
	return nil
}

func leased(all []contact.Delivery) []contact.Delivery {
	var held []contact.Delivery
	for _, d := range all {
		if d.Lease != nil {
			held = append(held, d)
		}
	}
	return held
}

// eachAtOnce changes all documents together, so that a store that groups its commits needs one. Those that somebody else changed meanwhile are left out.
func eachAtOnce(docs []contact.Delivery, change func(contact.Delivery) (contact.Delivery, error)) ([]contact.Delivery, error) {
	type result struct {
		doc contact.Delivery
		err error
	}
	results := make(chan result, len(docs))
	for _, d := range docs {
		go func() {
			changed, err := change(d)
			results <- result{changed, err}
		}()
	}
	var changed []contact.Delivery
	var failed error
	for range docs {
		r := <-results
		switch {
		case r.err == nil:
			changed = append(changed, r.doc)
		case !errors.Is(r.err, store.ErrStale):
			failed = r.err
		}
	}
	return changed, failed
}
