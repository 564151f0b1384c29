package people

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Erase decides that a person is erased: all profiles that are the person at that moment. It only decides, and from then on nobody finds, merges or undoes them; the erasing itself is the work of package privacy.
// Seen tells whether the person is still as it was when somebody chose to erase it: Stale if not. A person that is erased already is no mistake: the answer is that erasure.
func (p *People) Erase(ctx context.Context, w Wish, id string, seen func(Person) bool) (store.Erasure, error) {
	for range maxTries {
		e, err := p.eraseOnce(ctx, w, id, seen)
		var refusal *contact.Error
		if !errors.As(err, &refusal) || refusal.Code != "already_merged" && refusal.Kind != contact.NotFound {
			return e, err
		}
		if e, err = p.ErasureOf(ctx, id); err == nil || refusal.Kind == contact.NotFound {
			return e, err
		}
	}
	return store.Erasure{}, busy()
}

func (p *People) eraseOnce(ctx context.Context, w Wish, id string, seen func(Person) bool) (store.Erasure, error) {
	person, err := p.Person(ctx, id)
	if err != nil {
		return store.Erasure{}, err
	}
	if !seen(person) {
		return store.Erasure{}, seenOtherwise()
	}
	root := person.Root().ID
	op := ""
	if w.Op != "" {
		op = p.db.Salt.ID(contact.OperationPrefix, w.Op, contact.Erased, root)
	}
	if _, err := p.Decide(ctx, Change{Op: op, Kind: contact.Erased, A: root, Who: w.Who, Why: w.Why, As: &person}); err != nil {
		return store.Erasure{}, err
	}
	return p.db.Erasures.Find(ctx, p.db.ErasureID(root))
}

func seenOtherwise() *contact.Error {
	return contact.NewError(contact.Stale, "stale_version", "the person has changed since it was read", nil)
}

// ErasureOf is the erasure of the person that a profile was of, NotFound if it was not erased.
func (p *People) ErasureOf(ctx context.Context, id string) (e store.Erasure, err error) {
	none := contact.NewError(contact.NotFound, "not_found", "no such profile", nil)
	err = p.steady(ctx, func() error {
		seen := map[string]bool{}
		for {
			profile, err := p.db.Profiles.Find(ctx, id)
			if errors.Is(err, store.ErrNotFound) {
				return none
			}
			if err != nil {
				return err
			}
			if profile.MergedInto == "" {
				break
			}
			if seen[id] {
				return errTorn
			}
			seen[id] = true
			id = profile.MergedInto
		}
		e, err = p.db.Erasures.Find(ctx, p.db.ErasureID(id))
		if errors.Is(err, store.ErrNotFound) {
			return none
		}
		return err
	})
	return e, err
}

// Erasure reads one erasure, NotFound if there is none.
func (p *People) Erasure(ctx context.Context, id string) (store.Erasure, error) {
	e, err := p.db.Erasures.Find(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = contact.NewError(contact.NotFound, "not_found", "no such erasure", err)
	}
	return e, err
}

// Below are a profile and all that were merged into it, whatever became of them.
func (p *People) Below(ctx context.Context, id string) (all []contact.Profile, err error) {
	err = p.steady(ctx, func() error {
		root, err := p.db.Profiles.Find(ctx, id)
		if err != nil {
			return err
		}
		all, err = p.down(ctx, root)
		return err
	})
	return all, err
}

// checkErase wants a person that is as it was seen.
func (p *People) checkErase(ctx context.Context, c Change) (contact.Decision, error) {
	d := c.entry()
	root, err := p.Profile(ctx, c.A)
	if err != nil {
		return d, err
	}
	if root.MergedInto != "" {
		return d, contact.NewError(contact.Conflict, "already_merged", "the profile is merged into another", nil).With(contact.Details{Survivor: root.MergedInto})
	}
	if c.As == nil {
		return d, nil
	}
	now, err := p.down(ctx, root)
	if err != nil {
		return d, err
	}
	same := func(a, b contact.Profile) bool { return a.ID == b.ID && a.Version == b.Version }
	if !slices.EqualFunc(now, c.As.Profiles, same) {
		return d, seenOtherwise()
	}
	return d, nil
}

// erase brings an erasure about: the work to do is written down, then the profile that spoke for the person is nobody's. Those below it stay where they are, for nothing is merged into it or undone any more.
func (p *People) erase(ctx context.Context, d contact.Decision) error {
	for range maxRestarts {
		profile, err := p.db.Profiles.Find(ctx, d.A)
		if err != nil {
			return fmt.Errorf("applying decision %d: %w", d.N, err)
		}
		if profile.TreeSeq >= d.N { // the same fence as for a merge
			return nil
		}
		e := store.Erasure{ProfileID: d.A, DecisionID: d.ID, ErasedAt: d.At, State: store.ErasureRunning, Due: d.At}
		e.ID = p.db.ErasureID(d.A)
		if err := p.db.Erasures.Insert(ctx, e); err != nil && !errors.Is(err, store.ErrExists) {
			return fmt.Errorf("applying decision %d: %w", d.N, err)
		}
		profile.ErasedAt, profile.TreeSeq = d.At, d.N
		if _, err = p.db.Profiles.Swap(ctx, profile); !errors.Is(err, store.ErrStale) {
			return err
		}
	}
	return busy()
}
