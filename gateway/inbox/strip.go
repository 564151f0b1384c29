package inbox

import (
	"context"

	"usher/gateway/contact"
)

// Strip deletes all that a delivery brought; the row stays. Whatever stops it, running it again completes it: the row says whose chunks are to go until they are gone. ErrStale if the delivery changed meanwhile.
func (b *Inbox) Strip(ctx context.Context, d contact.Delivery) (contact.Delivery, error) {
	if d.Bare() {
		return d, nil
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
