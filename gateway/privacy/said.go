package privacy

import (
	"context"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/store"
)

// eraseMemberships deletes what the person was a member of, also what has ended.
func (p *Privacy) eraseMemberships(ctx context.Context, e *store.Erasure) (bool, error) {
	return deleteOf(ctx, p.db.Memberships, e.Profiles)
}

// eraseClaimLinks deletes the links by which the person could prove contact points.
func (p *Privacy) eraseClaimLinks(ctx context.Context, e *store.Erasure) (bool, error) {
	return deleteOf(ctx, p.db.ClaimLinks, e.Profiles)
}

// deleteOf deletes documents of some profiles, a page in a step; true when there are none any more.
func deleteOf[T any, P interface {
	*T
	contact.Stored
}](ctx context.Context, c store.Collection[T, P], profiles []string) (bool, error) {
	for _, profile := range profiles {
		some, _, err := c.List(ctx, store.Range{Index: "profile", Equal: []any{profile}, Limit: paged})
		if err != nil {
			return false, err
		}
		for _, doc := range some {
			if err := ignoreStale(c.Delete(ctx, doc)); err != nil {
				return false, err
			}
		}
		if len(some) > 0 {
			return false, nil
		}
	}
	return true, nil
}

// eraseConsents deletes what the person's contact points have said about being written to. One that others used too speaks for them.
func (p *Privacy) eraseConsents(ctx context.Context, e *store.Erasure) (bool, error) {
	held, err := p.db.Identities.FindAll(ctx, e.Identities...)
	if err != nil {
		return false, err
	}
	return someOf(e, e.Identities, func(id string) error {
		base := held[id].Of
		if others, err := p.othersUse(ctx, *e, base); err != nil || others {
			return err
		}
		said, _, err := p.db.Consents.List(ctx, store.Range{Index: "identity", Equal: []any{base}, Limit: store.MaxLimit})
		if err != nil {
			return err
		}
		for _, c := range said {
			if err := p.unsay(ctx, *e, c); err != nil {
				return err
			}
		}
		return nil
	})
}

// othersUse reports whether somebody else has used a contact point since before the erasure.
func (p *Privacy) othersUse(ctx context.Context, e store.Erasure, base string) (bool, error) {
	all, _, err := p.db.Identities.List(ctx, store.Range{Index: "of", Equal: []any{base}, Limit: store.MaxLimit})
	return slices.ContainsFunc(all, func(i contact.Identity) bool { return i.Held() && i.FirstSeen.Before(e.ErasedAt) }), err
}

// unsay deletes what was said before the erasure; what was said after is the next holder's.
func (p *Privacy) unsay(ctx context.Context, e store.Erasure, c contact.Consents) error {
	c.Said = slices.DeleteFunc(slices.Clone(c.Said), func(s contact.Said) bool { return s.At.Before(e.ErasedAt) })
	if len(c.Said) == 0 {
		return ignoreStale(p.db.Consents.Delete(ctx, c))
	}
	_, err := p.db.Consents.Swap(ctx, c)
	return ignoreStale(err)
}

// eraseQuarantine clears what of the person was kept out.
func (p *Privacy) eraseQuarantine(ctx context.Context, e *store.Erasure) (bool, error) {
	rest := slices.DeleteFunc(slices.Sorted(slices.Values(e.Identities)), func(id string) bool { return id < e.Place.Text })
	if len(rest) == 0 {
		return true, nil
	}
	if rest[0] != e.Place.Text {
		e.Place = store.Place{Text: rest[0]}
	}
	held, err := p.db.Identities.FindAll(ctx, rest[0])
	if err != nil {
		return false, err
	}
	r := store.Range{Index: "identity", Equal: []any{held[rest[0]].Of}, Limit: paged}
	if e.Place.ID != "" {
		r.After = []any{e.Place.At, e.Place.ID}
	}
	page, next, err := p.db.Quarantine.List(ctx, r)
	if err != nil {
		return false, err
	}
	t, err := p.trace(ctx, *e)
	if err != nil {
		return false, err
	}
	for _, q := range page {
		if err := p.clearQuarantine(ctx, e, q, t); err != nil {
			return false, err
		}
		e.Place.At, e.Place.ID = q.At, q.ID
	}
	if next != nil {
		return false, nil
	}
	if len(rest) == 1 {
		return true, nil
	}
	e.Place = store.Place{Text: rest[1]}
	return false, nil
}

// eraseWeaker goes through what was kept out that came by several contact points: it is filed under the strongest.
func (p *Privacy) eraseWeaker(ctx context.Context, e *store.Erasure) (bool, error) {
	r := store.Range{Index: "weaker", Lower: int64(1), Limit: paged}
	if e.Place.ID != "" {
		r.After = []any{e.Place.N, e.Place.ID}
	}
	t, err := p.trace(ctx, *e)
	if err != nil {
		return false, err
	}
	page, next, err := p.db.Quarantine.List(ctx, r)
	if err != nil {
		return false, err
	}
	for _, q := range page {
		e.Place = store.Place{N: q.Weaker, ID: q.ID}
		if err := p.clearQuarantine(ctx, e, q, t); err != nil {
			return false, err
		}
	}
	return next == nil, nil
}

// clearQuarantine takes from a contact of the person that was kept out who it was from, and why it was decided about so. What waits can not be read any more, and is discarded: its delivery is stripped.
func (p *Privacy) clearQuarantine(ctx context.Context, e *store.Erasure, q contact.Quarantine, t ingest.Trace) error {
	theirs, err := p.ingest.KeptOut(ctx, q, t)
	if err != nil || !theirs {
		return err
	}
	deliveries, err := p.db.Deliveries.FindAll(ctx, q.Delivery)
	if err != nil {
		return err
	}
	for _, d := range deliveries {
		if err := p.strip(ctx, e, d); err != nil {
			return err
		}
	}
	if err := p.dropEvidence(ctx, q.EvidenceID); err != nil {
		return err
	}
	q, err = p.db.Quarantine.Find(ctx, q.ID) // stripping may have discarded it
	if err != nil {
		return err
	}
	_, err = p.db.Quarantine.Swap(ctx, q.Anonymous(store.Now()))
	return ignoreStale(err)
}
