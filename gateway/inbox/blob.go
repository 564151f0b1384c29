package inbox

import (
	"bytes"
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

// Body reads a delivery's body as it was received; a large one chunk by chunk, so that it is never held whole.
func (b *Inbox) Body(ctx context.Context, d contact.Delivery) contact.Body {
	if d.Blob == "" {
		return bytes.NewReader(d.Body)
	}
	return io.NewSectionReader(&chunks{ctx: ctx, blobs: b.db.Blobs, owner: d.Blob, size: d.Size, held: -1}, 0, d.Size)
}

// chunks gives an owner's chunks random access. It holds the chunk that was read last, and serves one reader at a time.
type chunks struct {
	ctx   context.Context // it lives within one handling of one delivery
	blobs interface {
		Find(ctx context.Context, id string) (store.Chunk, error)
	}
	owner string
	size  int64
	held  int64 // which chunk data is
	data  []byte
}

// ReadAt reads across chunks.
func (c *chunks) ReadAt(p []byte, at int64) (n int, err error) {
	for n < len(p) {
		if at >= c.size {
			return n, io.EOF
		}
		if err := c.hold(at / chunkSize); err != nil {
			return n, err
		}
		rest := c.data[min(at%chunkSize, int64(len(c.data))):]
		if len(rest) == 0 {
			return n, io.ErrUnexpectedEOF
		}
		read := copy(p[n:], rest)
		n, at = n+read, at+int64(read)
	}
	return n, nil
}

func (c *chunks) hold(n int64) error {
	if c.held == n {
		return nil
	}
	chunk, err := c.blobs.Find(c.ctx, chunkID(c.owner, n))
	if err != nil {
		return fmt.Errorf("reading body: %w", err)
	}
	c.held, c.data = n, chunk.Data
	return nil
}
