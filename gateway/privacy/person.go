package privacy

import (
	"context"
	"errors"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/events"
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
		if m.Erased() {
			continue
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

// eraseFlags deletes the flagged pairs that a profile of the person is one of.
func (p *Privacy) eraseFlags(ctx context.Context, e *store.Erasure) (bool, error) {
	for _, profile := range e.Profiles {
		for _, side := range []string{"a", "b"} {
			flags, _, err := p.db.Duplicates.List(ctx, store.Range{Index: side, Equal: []any{profile}, Limit: paged})
			if err != nil {
				return false, err
			}
			for _, d := range flags {
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

// eraseEvidence deletes what was seen and said when somebody decided about the person.
func (p *Privacy) eraseEvidence(ctx context.Context, e *store.Erasure) (bool, error) {
	for _, profile := range e.Profiles {
		for _, side := range []string{"a", "b"} {
			some, _, err := p.db.Evidence.List(ctx, store.Range{Index: side, Equal: []any{profile}, Limit: paged})
			if err != nil {
				return false, err
			}
			for _, b := range some {
				if err := ignoreStale(p.db.Evidence.Delete(ctx, b)); err != nil {
					return false, err
				}
			}
			if len(some) > 0 {
				return false, nil
			}
		}
	}
	return true, nil
}

// eraseKeys deletes the keys by which others find the person.
func (p *Privacy) eraseKeys(ctx context.Context, e *store.Erasure) (bool, error) {
	for _, profile := range e.Profiles {
		keys, _, err := p.db.BlockKeys.List(ctx, store.Range{Index: "profile", Equal: []any{profile}, Limit: paged})
		if err != nil {
			return false, err
		}
		for _, k := range keys {
			if err := ignoreStale(p.db.BlockKeys.Delete(ctx, k)); err != nil {
				return false, err
			}
		}
		if len(keys) > 0 {
			return false, nil
		}
	}
	return true, nil
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
