package people

import (
	"context"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Sweep applies the last decision about trees, if whoever made it stopped before doing so (those before it are applied: nobody commits before), and lists others that were left unlisted.
func (p *People) Sweep(ctx context.Context) error {
	last, err := p.tail(ctx)
	if err != nil {
		return err
	}
	if err := p.apply(ctx, last); err != nil {
		return err
	}
	if err := p.db.Sweep(ctx); err != nil {
		return err
	}
	return p.listPending(ctx)
}

// listPending lists the decisions about blocks and consent of processes that stopped before they had.
func (p *People) listPending(ctx context.Context) error {
	pending := store.Range{Index: "pending", Lower: contact.DecisionPrefix, Limit: 200}
	blocks, _, err := p.db.Blocks.List(ctx, pending)
	if err != nil {
		return err
	}
	for _, b := range blocks {
		if _, err := p.listBlock(ctx, b); err != nil {
			return err
		}
	}
	consents, _, err := p.db.Consents.List(ctx, pending)
	if err != nil {
		return err
	}
	for _, c := range consents {
		if _, err := p.listConsent(ctx, c); err != nil {
			return err
		}
	}
	return nil
}
