package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"usher/gateway/contact"
)

// chunkSize is the size of one chunk of a blob: small enough for every database, large enough that a 25 MB mail is a hundred writes.
const chunkSize = 256 << 10

// WriteBlob streams a blob into the store. An owner stands for one content: chunks that are there are left as they are, so that writing it again completes it.
func (db *DB) WriteBlob(ctx context.Context, owner string, blob io.Reader) (size int64, err error) {
	buffer := make([]byte, chunkSize)
	for n := int64(0); ; n++ {
		read, err := fill(blob, buffer)
		if err != nil {
			return 0, fmt.Errorf("reading blob: %w", err)
		}
		if read == 0 {
			return size, nil
		}
		err = db.Blobs.Insert(ctx, Chunk{Document: contact.Document{ID: chunkID(owner, n)}, Owner: owner, N: n, Data: buffer[:read]})
		if err != nil && !errors.Is(err, ErrExists) {
			return 0, fmt.Errorf("writing blob: %w", err)
		}
		size += int64(read)
	}
}

// fill reads until the buffer is full or the blob ends. A reader's own io.ErrUnexpectedEOF is an error: it says that the blob broke off, which io.ReadFull would take for its end.
func fill(from io.Reader, buffer []byte) (read int, err error) {
	for read < len(buffer) && err == nil {
		var n int
		n, err = from.Read(buffer[read:])
		read += n
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return read, err
}

// ReadBlob reads a blob chunk by chunk, so that it is never held whole. One reader at a time, within ctx.
func (db *DB) ReadBlob(ctx context.Context, owner string, size int64) *io.SectionReader {
	return io.NewSectionReader(&chunks{ctx: ctx, db: db, owner: owner, size: size, held: -1}, 0, size)
}

// Body reads what a delivery brought, as it arrived.
func (db *DB) Body(ctx context.Context, d contact.Delivery) contact.Body {
	if d.Blob == "" {
		return bytes.NewReader(d.Body)
	}
	return db.ReadBlob(ctx, d.Blob, d.Size)
}

// DropBlob deletes a blob; one that is not there is none to delete.
func (db *DB) DropBlob(ctx context.Context, owner string) error {
	if owner == "" {
		return nil
	}
	for {
		chunks, _, err := db.Blobs.List(ctx, Range{Index: "owner", Equal: []any{owner}, Limit: 8})
		if err != nil || len(chunks) == 0 {
			return err
		}
		for _, c := range chunks {
			if err := db.Blobs.Delete(ctx, c); err != nil && !errors.Is(err, ErrStale) {
				return err
			}
		}
	}
}

func chunkID(owner string, n int64) string { return fmt.Sprintf("%s:%06d", owner, n) }

// chunks gives an owner's chunks random access. It holds the chunk that was read last, and serves one reader at a time.
type chunks struct {
	ctx   context.Context // it lives within one reading of one blob
	db    *DB
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
	chunk, err := c.db.Blobs.Find(c.ctx, chunkID(c.owner, n))
	if err != nil {
		return fmt.Errorf("reading blob: %w", err)
	}
	c.held, c.data = n, chunk.Data
	return nil
}
