package people

import (
	"context"
	"errors"
	"fmt"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// apply brings the projection of one decision about. Anybody may, at any time and again: a profile or pair that a later decision was applied to is left alone.
func (p *People) apply(ctx context.Context, d contact.Decision) error {
	switch d.Kind {
	case "": // of an empty log
		return nil
	case contact.Merged:
		return p.point(ctx, d.A, d.B, d.N)
	case contact.MergeUndone:
		return p.point(ctx, d.A, "", d.N)
	case contact.Distinct, contact.DistinctUndone:
		return p.stand(ctx, d)
	case contact.Erased:
		return p.erase(ctx, d)
	}
	return fmt.Errorf("applying decision %s: unknown kind %s", d.ID, d.Kind)
}

// point sets whom a profile is merged into. Of the profile nothing else changes.
func (p *People) point(ctx context.Context, id, into string, n int64) error {
	for range maxRestarts {
		profile, err := p.db.Profiles.Find(ctx, id)
		if err != nil {
			return fmt.Errorf("applying decision %d: %w", n, err)
		}
		if profile.TreeSeq >= n { // the fence: without it, a slow helper would do again what was undone
			return nil
		}
		profile.MergedInto, profile.TreeSeq = into, n
		if _, err = p.db.Profiles.Swap(ctx, profile); !errors.Is(err, store.ErrStale) {
			return err
		}
	}
	return busy()
}

// stand sets whether two profiles are told apart.
func (p *People) stand(ctx context.Context, d contact.Decision) error {
	apart := contact.NotSame{A: d.A, B: d.B, Standing: d.Kind == contact.Distinct, Seq: d.N}
	apart.ID = p.db.Salt.NotSameID(d.A, d.B)
	for range maxRestarts {
		there, err := p.pair(ctx, d.A, d.B)
		if err != nil {
			return err
		}
		if there.Seq >= d.N { // the same fence
			return nil
		}
		if there.Seq == 0 {
			err = p.db.NotSame.Insert(ctx, apart)
		} else {
			apart.Version = there.Version
			_, err = p.db.NotSame.Swap(ctx, apart)
		}
		if !errors.Is(err, store.ErrExists) && !errors.Is(err, store.ErrStale) {
			return err
		}
	}
	return busy()
}
