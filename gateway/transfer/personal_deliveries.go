package transfer

import (
	"context"

	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/store"
)

// heldDeliveries are read at once: the body of one may be a MiB, a larger one lies apart.
const heldDeliveries = 16

// Why nothing is given of what a delivery brought.
const (
	othersToo = "body, URL and headers: it brought something of others too"
	unread    = "body, URL and headers: it cannot be read, so that nobody can tell whether there is something of others in it"
)

// deliveryOf writes a delivery that brought something of the person.
func (p *personal) deliveryOf(ctx context.Context, id string) error {
	docs, err := p.db.Deliveries.FindAll(ctx, id)
	if err != nil {
		return err
	}
	for _, d := range docs {
		if !p.once("delivery", d.ID) {
			continue
		}
		b, err := p.ingest.Brought(ctx, d, p.db.Body(ctx, d), p.trace)
		if err != nil {
			return err
		}
		if err := p.delivery(ctx, d, b); err != nil {
			return err
		}
	}
	return nil
}

// delivery writes a delivery with its body if all that it brought was read and is the person's, else the row alone.
func (p *personal) delivery(ctx context.Context, d contact.Delivery, b ingest.Brought) error {
	if b.Others || b.Unread {
		d.Key, d.URL, d.Header, d.Body, d.Blob, d.SHA256, d.Plan = "", "", nil, nil, "", "", nil
		shown := line{Usher: Layout, Type: "delivery", Document: d, LeftOut: othersToo}
		if b.Unread {
			shown.LeftOut = unread
		}
		return p.write(shown)
	}
	if err := p.document("delivery", d); err != nil {
		return err
	}
	return p.blob(ctx, d.Blob)
}

// readAgain are the outcomes of deliveries of which nothing was recorded. Whose one in quarantine is, is said there.
var readAgain = []contact.Outcome{contact.Accepted, contact.Retrying, contact.Dead, contact.Nothing, contact.NotParsed}

// unrecorded writes the deliveries of which nothing was recorded: they are read again to see whose they are.
func (p *personal) unrecorded(ctx context.Context) error {
	for _, outcome := range readAgain {
		r := store.Range{Index: "outcome", Equal: []any{string(outcome)}, Limit: heldDeliveries}
		err := searched(ctx, p, p.db.Deliveries, r, func(d contact.Delivery) error {
			if d.Bare() {
				return nil
			}
			b, err := p.ingest.Brought(ctx, d, p.db.Body(ctx, d), p.trace)
			if err != nil || !b.Theirs || !p.once("delivery", d.ID) {
				return err
			}
			return p.delivery(ctx, d, b)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
