package transfer

import (
	"context"
	"sync"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// heldDeliveries are read at once: the body of one may be a MiB, a larger one lies apart.
const heldDeliveries = 16

// othersToo is why nothing is given of what a delivery brought.
const othersToo = "body, URL and headers: it brought contacts of others too"

// brought is whose the contacts of a delivery are.
type brought struct{ theirs, others bool }

// reading reads a delivery again to see what it brought, when that is asked for the first time.
func (p *personal) reading(ctx context.Context, d contact.Delivery) func() (brought, error) {
	return sync.OnceValues(func() (b brought, err error) {
		b.theirs, b.others, err = p.ingest.Brought(ctx, d, p.db.Body(ctx, d), p.trace)
		return b, err
	})
}

// deliveryOf writes a delivery that brought something of the person.
func (p *personal) deliveryOf(ctx context.Context, id string) error {
	docs, err := p.db.Deliveries.FindAll(ctx, id)
	if err != nil {
		return err
	}
	for _, d := range docs {
		if err := p.delivery(ctx, d, p.reading(ctx, d)); err != nil {
			return err
		}
	}
	return nil
}

// delivery writes a delivery with its body, or the row alone if it brought something of others too.
func (p *personal) delivery(ctx context.Context, d contact.Delivery, read func() (brought, error)) error {
	if !p.once("delivery", d.ID) {
		return nil
	}
	alone, err := p.alone(ctx, d, read)
	if err != nil {
		return err
	}
	if !alone {
		d.Key, d.URL, d.Header, d.Body, d.Blob, d.SHA256, d.Plan = "", "", nil, nil, "", "", nil
		return p.write(line{Usher: Layout, Type: "delivery", Document: d, LeftOut: othersToo})
	}
	if err := p.document("delivery", d); err != nil {
		return err
	}
	return p.blob(ctx, d.Blob)
}

// alone reports whether all that a delivery brought is the person's: what was recorded says whose it is, everything else is read again.
func (p *personal) alone(ctx context.Context, d contact.Delivery, read func() (brought, error)) (bool, error) {
	ids := make([]string, len(d.Plan))
	for i, planned := range d.Plan {
		ids[i] = planned.Interaction
	}
	recorded, err := p.db.Interactions.FindAll(ctx, ids...)
	if err != nil {
		return false, err
	}
	for _, id := range ids {
		i, there := recorded[id]
		if !there { // it was kept out, or is gone
			b, err := read()
			return !b.others, err
		}
		if theirs, err := p.theirs(ctx, i); err != nil || !theirs {
			return false, err
		}
	}
	if len(ids) > 0 {
		return true, nil
	}
	b, err := read()
	return !b.others, err
}

// unrecorded writes the deliveries of which nothing was recorded: they are read again to see whose they are.
func (p *personal) unrecorded(ctx context.Context) error {
	for _, outcome := range contact.Outcomes {
		if outcome == contact.Recorded {
			continue
		}
		r := store.Range{Index: "outcome", Equal: []any{string(outcome)}, Limit: heldDeliveries}
		err := each(ctx, p.db.Deliveries, r, func(d contact.Delivery) error {
			if d.Bare() {
				return nil
			}
			read := p.reading(ctx, d)
			b, err := read()
			if err != nil || !b.theirs {
				return err
			}
			return p.delivery(ctx, d, read)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
