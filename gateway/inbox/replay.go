package inbox

import (
	"context"
	"errors"
	"fmt"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Find reads one delivery, NotFound if there is none.
func (b *Inbox) Find(ctx context.Context, id string) (contact.Delivery, error) {
	d, err := b.db.Deliveries.Find(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return d, contact.NewError(contact.NotFound, "not_found", "no such delivery", err)
	}
	return d, err
}

// Replay puts a delivery into the queue again, with all its attempts before it. Its plan stays, so that a better parser changes what an interaction says and never which one it is. A delivery that is still queued becomes due now.
func (b *Inbox) Replay(ctx context.Context, id string) error {
	for range 8 {
		d, err := b.Find(ctx, id)
		if err != nil {
			return err
		}
		if d.Gone {
			return contact.NewError(contact.Conflict, "body_gone", "the body of this delivery was dropped when its time was over", nil)
		}
		d.Queue, d.Due, d.Lease = d.Source, store.Now(), nil
		d.Outcome, d.Code, d.Attempts = contact.Accepted, "", 0
		if _, err = b.db.Deliveries.Swap(ctx, d); !errors.Is(err, store.ErrStale) {
			b.wake()
			return err
		}
	}
	return contact.NewError(contact.Conflict, "busy", "the delivery is being worked on", fmt.Errorf("replaying %s: %w", id, store.ErrStale))
}
