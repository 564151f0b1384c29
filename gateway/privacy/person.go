package privacy

import (
	"context"
	"errors"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/lookup"
	"usher/gateway/store"
)

// paged is how many documents one step deals with.
const paged = 50

// fence marks all profiles of the person: from then on nobody finds them. Since the decision nothing is merged into them or undone.
func (p *Privacy) fence(ctx context.Context, e *store.Erasure) (bool, error) {
	members, err := p.people.Below(ctx, e.ProfileID)
	if err != nil {
		return false, err
	}
	for _, m := range members {
		if !slices.Contains(e.Profiles, m.ID) {
			e.Profiles = append(e.Profiles, m.ID)
		}
		noteNames(e, m)
		if m.Erased() {
			continue
		}
		if err := p.db.Conclude(ctx, m.Pending); err != nil { // the decision stays, what was said of it is erased later
			return false, err
		}
		m.ErasedAt = e.ErasedAt
		if _, err := p.db.Profiles.Swap(ctx, m); errors.Is(err, store.ErrStale) {
			return false, nil // a contact taught it something: read it again
		} else if err != nil {
			return false, err
		}
	}
	return true, nil
}

// noteNames keeps what a profile is called, in the erasure, until that is forgotten.
func noteNames(e *store.Erasure, m contact.Profile) {
	e.Names = append(e.Names, m.Name)
	for _, n := range m.Names {
		e.Names = append(e.Names, n.Value)
	}
	e.Names = distinct(e.Names)
}

// takeIdentities makes tombstones of the contact points that the person held, after it was written down what they were: by that other things are recognised.
func (p *Privacy) takeIdentities(ctx context.Context, e *store.Erasure) (bool, error) {
	for _, profile := range e.Profiles {
		held, _, err := p.db.Identities.List(ctx, store.Range{Index: "profile", Equal: []any{profile}, Limit: paged})
		if err != nil {
			return false, err
		}
		if len(held) == 0 {
			continue
		}
		if err := p.note(ctx, e, held); err != nil {
			return false, err
		}
		for _, i := range held {
			if err := p.db.Conclude(ctx, i.Pending); err != nil {
				return false, err
			}
			if _, err := p.db.Identities.Swap(ctx, i.Tombstone(e.ErasedAt)); err != nil && !errors.Is(err, store.ErrStale) {
				return false, err
			}
			if err := p.dropEvents(ctx, events.New(p.db, events.IdentityAdded, "", nil, i.ID)); err != nil {
				return false, err
			}
		}
		return false, nil // there may be more of them
	}
	if e.FencedAt.IsZero() {
		e.FencedAt = store.Now()
	}
	return true, nil
}

// finishEntries goes on with what agents said before and whose requests stopped: what is of the person is refused, and kept no longer.
func (p *Privacy) finishEntries(ctx context.Context, e *store.Erasure) (bool, error) {
	err := p.ingest.Resume(ctx, e.ErasedAt)
	return err == nil, err
}

// eraseClaims makes tombstones of what contacts from before have claimed together with a contact point of the person. Whoever was at it has died, or it would be held by now; it holds the name and all contact points.
func (p *Privacy) eraseClaims(ctx context.Context, e *store.Erasure) (bool, error) {
	r := store.Range{Index: "profile", Equal: []any{""}, Limit: store.MaxLimit}
	if e.Place.ID != "" {
		r.After = []any{e.Place.ID}
	}
	page, next, err := p.db.Identities.List(ctx, r)
	if err != nil {
		return false, err
	}
	claims := slices.DeleteFunc(slices.Clone(page), func(i contact.Identity) bool { return !i.Claimed() || !claimedBy(*e, *i.Claim) })
	if len(claims) > 0 {
		if err := p.note(ctx, e, claims); err != nil {
			return false, err
		}
	}
	for _, i := range claims {
		if _, err := p.db.Identities.Swap(ctx, i.Tombstone(e.ErasedAt)); ignoreStale(err) != nil {
			return false, err
		}
	}
	if len(page) > 0 {
		e.Place.ID = page[len(page)-1].ID
	}
	return next == nil, nil
}

// claimedBy reports whether a claim is of a contact of the person.
func claimedBy(e store.Erasure, c contact.Claim) bool {
	return c.Time().Before(e.ErasedAt) && slices.ContainsFunc(c.Points, func(p contact.ContactPoint) bool { return slices.Contains(e.Identities, p.ID) })
}

// note keeps what identities are, in the erasure.
func (p *Privacy) note(ctx context.Context, e *store.Erasure, held []contact.Identity) error {
	for _, i := range held {
		e.Identities = append(e.Identities, i.ID)
		e.Words = append(append(e.Words, i.Value), i.Raw...)
	}
	e.Identities, e.Words = distinct(e.Identities), distinct(e.Words)
	saved, err := p.db.Erasures.Swap(ctx, *e)
	if err == nil {
		*e = saved
	}
	return err
}

func distinct(all []string) []string {
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(s string) bool { return s == "" })
}

// eraseFlags deletes the flagged pairs that a profile of the person is one of, and what was seen of them when they were decided.
func (p *Privacy) eraseFlags(ctx context.Context, e *store.Erasure) (bool, error) {
	for _, profile := range e.Profiles {
		for _, side := range []string{"a", "b"} {
			flags, _, err := p.db.Duplicates.List(ctx, store.Range{Index: side, Equal: []any{profile}, Limit: paged})
			if err != nil {
				return false, err
			}
			for _, d := range flags {
				if err := p.eraseSeen(ctx, "flag", d.ID); err != nil { // it may name somebody else, whom the profile was a part of then
					return false, err
				}
				if err := p.dropEvents(ctx, events.New(p.db, events.DuplicateFlagged, "", nil, d.ID)); err != nil {
					return false, err
				}
				if err := ignoreStale(p.db.Duplicates.Delete(ctx, d)); err != nil {
					return false, err
				}
			}
			if len(flags) > 0 {
				return false, nil
			}
		}
	}
	return true, nil
}

// eraseEvidence deletes what was seen and said when somebody decided about the person or its contact points.
func (p *Privacy) eraseEvidence(ctx context.Context, e *store.Erasure) (bool, error) {
	return someOf(e, slices.Concat(e.Profiles, e.Identities), func(id string) error {
		for _, side := range []string{"a", "b"} {
			if err := p.eraseSeen(ctx, side, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// eraseSeen deletes the evidence of an index that names an id.
func (p *Privacy) eraseSeen(ctx context.Context, index, id string) error {
	for r := (store.Range{Index: index, Equal: []any{id}, Limit: paged}); ; {
		some, next, err := p.db.Evidence.List(ctx, r)
		if err != nil {
			return err
		}
		for _, b := range some {
			if err := ignoreStale(p.db.Evidence.Delete(ctx, b)); err != nil {
				return err
			}
		}
		if next == nil {
			return nil
		}
		r.After = next
	}
}

// dropEvidence deletes what was said with some decisions, what there is of it.
func (p *Privacy) dropEvidence(ctx context.Context, ids ...string) error {
	found, err := p.db.Evidence.FindAll(ctx, ids...)
	if err != nil {
		return err
	}
	for _, b := range found {
		if err := ignoreStale(p.db.Evidence.Delete(ctx, b)); err != nil {
			return err
		}
	}
	return nil
}

// atOnce is how many profiles or contact points one step looks at.
const atOnce = 20

// someOf does something for the next of some ids; true behind the last one.
func someOf(e *store.Erasure, ids []string, do func(id string) error) (bool, error) {
	rest := slices.DeleteFunc(slices.Sorted(slices.Values(ids)), func(id string) bool { return id <= e.Place.ID })
	for _, id := range rest[:min(len(rest), atOnce)] {
		if err := do(id); err != nil {
			return false, err
		}
		e.Place.ID = id
	}
	return len(rest) <= atOnce, nil
}

// eraseKeys deletes the keys by which others find the person. They lie in the order of the keys, so they are computed from what is known of the person, as long as that is there.
// At the last look all keys are gone through: for those of what was taken from a profile earlier, and those that somebody slow has stored.
func (p *Privacy) eraseKeys(ctx context.Context, e *store.Erasure) (bool, error) {
	if e.State == store.ErasureSettling {
		return p.sweepKeys(ctx, e)
	}
	found, err := p.db.Profiles.FindAll(ctx, e.Profiles...)
	if err != nil {
		return false, err
	}
	return someOf(e, e.Profiles, func(id string) error {
		for _, k := range lookup.Keys(found[id]) {
			if err := p.dropKey(ctx, lookup.Row(k, id)); err != nil {
				return err
			}
		}
		return nil
	})
}

// dropKey deletes a key; that it is not there is no mistake.
func (p *Privacy) dropKey(ctx context.Context, row store.BlockKey) error {
	row.Version = 1 // as all that are only their ids
	return ignoreStale(p.db.BlockKeys.Delete(ctx, row))
}

// sweptPages is how many pages of keys one step goes through.
const sweptPages = 20

func (p *Privacy) sweepKeys(ctx context.Context, e *store.Erasure) (bool, error) {
	r := store.Range{Index: "id", Limit: store.MaxLimit}
	if e.Place.ID != "" {
		r.After = []any{e.Place.ID}
	}
	for range sweptPages {
		page, next, err := p.db.BlockKeys.List(ctx, r)
		if err != nil {
			return false, err
		}
		for _, row := range page {
			if slices.Contains(e.Profiles, row.ID[lookup.KeySize:]) {
				if err := p.dropKey(ctx, row); err != nil {
					return false, err
				}
			}
			e.Place.ID = row.ID
		}
		if next == nil {
			return true, nil
		}
		r.After = next
	}
	return false, nil
}

// eraseProfiles empties the profiles. Of each its id stays, and its place in the log of decisions.
func (p *Privacy) eraseProfiles(ctx context.Context, e *store.Erasure) (bool, error) {
	found, err := p.db.Profiles.FindAll(ctx, e.Profiles...)
	if err != nil {
		return false, err
	}
	for _, profile := range found {
		if err := p.dropEvents(ctx, events.New(p.db, events.ProfileCreated, "", nil, profile.ID)); err != nil {
			return false, err
		}
		if _, err := p.db.Profiles.Swap(ctx, profile.Shell()); errors.Is(err, store.ErrStale) {
			return false, nil
		} else if err != nil {
			return false, err
		}
		if err := p.db.ForgetTerms(ctx, profile.ID); err != nil {
			return false, err
		}
	}
	return true, nil
}

// dropEvents deletes events, those that are there.
func (p *Privacy) dropEvents(ctx context.Context, all ...store.Event) error {
	ids := make([]string, len(all))
	for i, e := range all {
		ids[i] = e.ID
	}
	found, err := p.db.Events.FindAll(ctx, ids...)
	if err != nil {
		return err
	}
	for _, e := range found {
		if err := ignoreStale(p.db.Events.Delete(ctx, e)); err != nil {
			return err
		}
	}
	return nil
}

func ignoreStale(err error) error {
	if errors.Is(err, store.ErrStale) {
		return nil
	}
	return err
}
