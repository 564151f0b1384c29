package inbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// uploadKept is how long the chunks of a body are kept whose delivery was never stored: far longer than any upload takes.
const uploadKept = 24 * time.Hour

// tidied is how many documents are read at a time.
const tidied = 200

// Tidy drops the bodies of deliveries that are done and older than the retention, and what interrupted uploads left behind. The rows stay, and so do the bodies of what is dead, unparsed or waits in quarantine. It may run at any time, in several gateways at once, and goes on where it was stopped.
func (b *Inbox) Tidy(ctx context.Context) error {
	if err := b.dropUploads(ctx, store.Now().Add(-uploadKept)); err != nil {
		return fmt.Errorf("dropping interrupted uploads: %w", err)
	}
	before := store.Now().Add(-b.options.Retention)
	for _, outcome := range []contact.Outcome{contact.Recorded, contact.Nothing, contact.Quarantined} {
		if err := b.dropBodies(ctx, outcome, before); err != nil {
			return fmt.Errorf("dropping old bodies: %w", err)
		}
	}
	return nil
}

// dropBodies goes through the sources that have such deliveries, one by one: also those that are no longer configured.
func (b *Inbox) dropBodies(ctx context.Context, outcome contact.Outcome, before time.Time) error {
	sources, err := b.sourcesOf(ctx, outcome)
	if err != nil {
		return err
	}
	for _, source := range sources {
		if err := b.dropBodiesOf(ctx, source, outcome, before); err != nil {
			return err
		}
	}
	return nil
}

// endOfTime is later than anything stored.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// dropBodiesOf starts where the last run over this source and outcome ended: rows stay for ever and need not be read for ever.
func (b *Inbox) dropBodiesOf(ctx context.Context, source string, outcome contact.Outcome, before time.Time) error {
	mark, err := b.mark(ctx, "bodies", source, string(outcome))
	if err != nil {
		return err
	}
	r := store.Range{Index: "outcome", Equal: []any{string(outcome), source}, Lower: mark.At, Upper: before, Limit: tidied}
	for {
		page, next, err := b.db.Deliveries.List(ctx, r)
		if err != nil {
			return err
		}
		for _, d := range page {
			if !resolved(d) {
				continue // once it is decided about it is worked on again, and then its time is over
			}
			if err := b.dropBody(ctx, d); err != nil {
				return err
			}
		}
		if next == nil {
			mark.At = before
			_, err := b.db.Marks.Swap(ctx, mark)
			return ignoreStale(err) // another gateway was as fast
		}
		r.After = next
	}
}

// expired reports whether nothing needs a delivery's body any more.
func (b *Inbox) expired(d contact.Delivery) bool {
	return resolved(d) && d.ReceivedAt.Before(store.Now().Add(-b.options.Retention))
}

// resolved reports whether a delivery is recorded or discarded, in all its contacts.
func resolved(d contact.Delivery) bool {
	switch d.Outcome {
	case contact.Recorded, contact.Nothing:
		return d.Waiting == 0
	case contact.Quarantined:
		return d.Code == contact.Discarded
	}
	return false
}

// dropBody takes a body from its delivery, then deletes its chunks.
func (b *Inbox) dropBody(ctx context.Context, d contact.Delivery) error {
	if d.Gone {
		return nil
	}
	blob := d.Blob
	d.Gone, d.Body, d.Blob = true, nil, ""
	if _, err := b.db.Deliveries.Swap(ctx, d); err != nil {
		return ignoreStale(err) // it is being replayed
	}
	return b.db.DropBlob(ctx, blob)
}

// mark reads how far a job has come, from the beginning of time at first.
func (b *Inbox) mark(ctx context.Context, parts ...string) (store.Mark, error) {
	m := store.Mark{Document: contact.Document{ID: b.db.Salt.ID("mrk_", parts...)}}
	if err := b.db.Marks.Insert(ctx, m); err != nil && !errors.Is(err, store.ErrExists) {
		return m, err
	}
	return b.db.Marks.Find(ctx, m.ID)
}

// dropUploads deletes the chunks of uploads whose delivery was not stored.
func (b *Inbox) dropUploads(ctx context.Context, before time.Time) error {
	for {
		old, _, err := b.db.Uploads.List(ctx, store.Range{Index: "started", Upper: before, Limit: tidied})
		if err != nil || len(old) == 0 {
			return err
		}
		for _, u := range old {
			if err := b.dropUpload(ctx, u); err != nil {
				return err
			}
		}
	}
}

func (b *Inbox) dropUpload(ctx context.Context, u store.Upload) error {
	stored, err := b.db.Deliveries.FindAll(ctx, u.Delivery)
	if err != nil {
		return err
	}
	if stored[u.Delivery].Blob != u.ID {
		if err := b.db.DropBlob(ctx, u.ID); err != nil {
			return err
		}
	}
	return ignoreStale(b.db.Uploads.Delete(ctx, u))
}

func ignoreStale(err error) error {
	if errors.Is(err, store.ErrStale) {
		return nil
	}
	return err
}
