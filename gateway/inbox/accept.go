package inbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Arrival is one whole request or mail, proved genuine, about to be stored.
type Arrival struct {
	Source      string
	Adapter     string
	Purpose     string
	Key         string // natural key from signed content; empty: a digest of method, purpose, URL and body
	Method      string
	URL         string
	ContentType string
	Header      []contact.Pair // without credentials
	Body        io.Reader
	ReceivedAt  time.Time
	Auth        *contact.Auth
}

// Accept stores an arrival and returns its delivery's id. When it returns nil the delivery is durable and will be worked on; fresh is false when it had been stored before.
// The body is read once and never held whole in memory when it is large. An error means that nothing may be acknowledged.
func (b *Inbox) Accept(ctx context.Context, a Arrival) (id string, fresh bool, err error) {
	d := contact.Delivery{
		Key: keyText(a.Key), Source: a.Source, Adapter: a.Adapter, Purpose: text(a.Purpose), ReceivedAt: contact.Instant(a.ReceivedAt),
		Method: a.Method, URL: text(a.URL), ContentType: text(a.ContentType), Header: pairs(a.Header), Auth: a.Auth,
		Queue: a.Source, Due: contact.Instant(a.ReceivedAt), Outcome: contact.Accepted,
	}
	if err := b.storeBody(ctx, &d, a.Body); err != nil {
		return "", false, fmt.Errorf("accepting delivery: %w", err)
	}
	if d.Key == "" {
		d.Key = digest(d)
	}
	d.ID = b.db.Salt.ID(contact.DeliveryPrefix, d.Source, d.Key)
	if d.Blob != "" {
		if err := b.announce(ctx, d); err != nil {
			return "", false, fmt.Errorf("accepting delivery: %w", err)
		}
	}
	err = b.db.Deliveries.Insert(ctx, d)
	if errors.Is(err, store.ErrExists) {
		b.metrics.Accepted(a.Source, "repeat")
		return d.ID, false, b.dropRepeat(ctx, d)
	}
	if err != nil {
		return "", false, fmt.Errorf("accepting delivery: %w", err)
	}
	b.metrics.Accepted(a.Source, "fresh")
	b.wake()
	return d.ID, true, nil
}

// dropRepeat deletes the chunks of a body that is stored already. A driver that lost a connection and tried again may have met its own insert: those chunks are the delivery's.
func (b *Inbox) dropRepeat(ctx context.Context, d contact.Delivery) error {
	if d.Blob == "" {
		return nil
	}
	stored, err := b.db.Deliveries.Find(ctx, d.ID)
	if err != nil || stored.Blob == d.Blob {
		return err
	}
	return b.db.DropBlob(ctx, d.Blob)
}

// text is what a store can hold as text: headers and addresses come in any bytes.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// keyText is a natural key as text. Two keys that are no text must not become one.
func keyText(key string) string {
	if utf8.ValidString(key) {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return "bytes:" + hex.EncodeToString(sum[:])
}

func pairs(all []contact.Pair) []contact.Pair {
	out := make([]contact.Pair, len(all))
	for i, p := range all {
		out[i] = contact.Pair{Name: text(p.Name), Value: text(p.Value)}
	}
	return out
}

// digest is the natural key of a delivery whose provider gives none.
func digest(d contact.Delivery) string {
	h := sha256.New()
	for _, part := range []string{d.Method, d.Purpose, d.URL, d.SHA256} {
		_, _ = io.WriteString(h, part+"\x00") // a hash's Write cannot fail
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// inlineBody is up to which size a body is part of its delivery. A webhook's fits nearly always, and then accepting it is a single write.
const inlineBody = 16 << 10

// storeBody puts a small body into d and streams a larger one into chunks.
func (b *Inbox) storeBody(ctx context.Context, d *contact.Delivery, body io.Reader) error {
	if body == nil {
		body = bytes.NewReader(nil)
	}
	sum := sha256.New()
	body = io.TeeReader(body, sum)
	head, err := io.ReadAll(io.LimitReader(body, inlineBody+1))
	if err != nil {
		return fmt.Errorf("reading body: %w", err)
	}
	d.Body, d.Size = head, int64(len(head))
	if d.Size > inlineBody {
		d.Body = nil
		d.Blob, d.Size, err = b.writeBlob(ctx, io.MultiReader(bytes.NewReader(head), body))
	}
	d.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return err
}
