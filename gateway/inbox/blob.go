package inbox

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// chunkSize is the size of one chunk of a large body: small enough for every database, large enough that a 25 MB mail is a hundred writes.
const chunkSize = 256 << 10

// writeBlob streams body into chunks of a new owner. The owner is not the delivery's id: two uploads of one delivery must not mix.
func (b *Inbox) writeBlob(ctx context.Context, body io.Reader) (owner string, size int64, err error) {
	owner = "blb_" + uuid.NewString()
	if err := b.db.Uploads.Insert(ctx, store.Upload{Document: contact.Document{ID: owner}, StartedAt: store.Now()}); err != nil {
		return "", 0, fmt.Errorf("storing body: %w", err)
	}
	buffer := make([]byte, chunkSize)
	for n := int64(0); ; n++ {
		read, err := io.ReadFull(body, buffer)
		if errors.Is(err, io.EOF) {
			return owner, size, nil
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return "", 0, fmt.Errorf("reading body: %w", err)
		}
		if err := b.db.Blobs.Insert(ctx, store.Chunk{Document: contact.Document{ID: chunkID(owner, n)}, Owner: owner, N: n, Data: buffer[:read]}); err != nil {
			return "", 0, fmt.Errorf("storing body: %w", err)
		}
		size += int64(read)
	}
}

func chunkID(owner string, n int64) string { return fmt.Sprintf("%s:%06d", owner, n) }

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

// dropBlob deletes an upload's chunks.
func (b *Inbox) dropBlob(ctx context.Context, owner string) error {
	if owner == "" {
		return nil
	}
	for {
		chunks, _, err := b.db.Blobs.List(ctx, store.Range{Index: "owner", Equal: []any{owner}, Limit: 8})
		if err != nil || len(chunks) == 0 {
			return err
		}
		for _, c := range chunks {
			if err := b.db.Blobs.Delete(ctx, c); err != nil && !errors.Is(err, store.ErrStale) {
				return err
			}
		}
	}
}

// blobReader reads an owner's chunks one after another.
type blobReader struct {
	ctx   context.Context // the reader lives within one handling of one delivery
	blobs interface {
		Find(ctx context.Context, id string) (store.Chunk, error)
	}
	owner string
	next  int64
	left  int64
	chunk []byte
}

func (r *blobReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	if len(r.chunk) == 0 {
		c, err := r.blobs.Find(r.ctx, chunkID(r.owner, r.next))
		if err != nil {
			return 0, fmt.Errorf("reading body: %w", err)
		}
		r.chunk = c.Data
		r.next++
	}
	n := copy(p, r.chunk)
	r.chunk, r.left = r.chunk[n:], r.left-int64(n)
	return n, nil
}
