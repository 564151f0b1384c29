package inbox

import (
	"context"
	"errors"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Strip deletes all that a delivery brought; the row stays. Whatever stops it, running it again completes it: the row says whose chunks are to go until they are gone. ErrStale if the delivery changed meanwhile.
func (b *Inbox) Strip(ctx context.Context, d contact.Delivery) (contact.Delivery, error) {
	if d.Bare() {
		return d, nil
	}
	if err := b.discardWaiting(ctx, d); err != nil {
		return d, err
	}
	d, err := b.db.Deliveries.Swap(ctx, d.Stripped())
	if err != nil || d.Blob == "" {
		return d, err
	}
	if err := b.db.DropBlob(ctx, d.Blob); err != nil {
		return d, err
	}
	d.Blob = ""
	return b.db.Deliveries.Swap(ctx, d)
}

// readAtOnce is how many places in a delivery are looked at together, maxPlaces how many at all: no adapter reads more contacts.
const (
	readAtOnce = 100
	maxPlaces  = 10000
)

// discardWaiting discards what waits in quarantine of a delivery, of whomever: it can not be read any more.
func (b *Inbox) discardWaiting(ctx context.Context, d contact.Delivery) error {
	for index, left := 0, d.Waiting; left > 0 && index < maxPlaces; {
		var ids []string
		for range readAtOnce {
			ids = append(ids, b.db.Salt.QuarantineID(d.ID, index))
			index++
		}
		found, err := b.db.Quarantine.FindAll(ctx, ids...)
		if err != nil {
			return err
		}
		for _, q := range found {
			if q.State != contact.QuarantineWaiting {
				continue
			}
			left--
			if _, err := b.db.Quarantine.Swap(ctx, q.Discarded(store.Now())); err != nil && !errors.Is(err, store.ErrStale) { // stale: somebody has decided about it
				return err
			}
		}
	}
	return nil
}
