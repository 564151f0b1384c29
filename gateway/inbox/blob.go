package inbox

import (
	"context"
	"fmt"
	"io"

	"github.com/google/uuid"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// writeBlob streams a large body into the store under a new owner. The owner is not the delivery's id: two uploads of one delivery must not mix.
func (b *Inbox) writeBlob(ctx context.Context, body io.Reader) (owner string, size int64, err error) {
	owner = "blb_" + uuid.NewString()
	if err := b.db.Uploads.Insert(ctx, store.Upload{Document: contact.Document{ID: owner}, StartedAt: store.Now()}); err != nil {
		return "", 0, fmt.Errorf("storing body: %w", err)
	}
	size, err = b.db.WriteBlob(ctx, owner, body)
	return owner, size, err
}

// announce says which delivery an upload becomes the body of, before the delivery is stored.
func (b *Inbox) announce(ctx context.Context, d contact.Delivery) error {
	u, err := b.db.Uploads.Find(ctx, d.Blob)
	if err != nil {
		return err
	}
	u.Delivery = d.ID
	_, err = b.db.Uploads.Swap(ctx, u)
	return err
}

// Body reads a delivery's body as it was received; a large one chunk by chunk, so that it is never held whole.
func (b *Inbox) Body(ctx context.Context, d contact.Delivery) contact.Body {
	return b.db.Body(ctx, d)
}
