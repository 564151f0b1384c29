package people

import (
	"context"
	"errors"
	"slices"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Mark is what becomes of one contact point of a person. A nil pointer leaves it as it is.
type Mark struct {
	Primary    *bool // the first of its scheme; the latest choice stands
	Verified   *bool // an agent made sure that it is the holder's
	Shared     *bool // several people use it
	ValidFrom  *time.Time
	ValidUntil *time.Time // zero: for ever
}

// Mark marks a contact point that a person holds, each mark a decision. It may run again.
// Errors: NotFound if the person holds no such contact point, Invalid if the validity ends before it begins.
func (p *People) Mark(ctx context.Context, e Edit, id string, m Mark) (contact.Identity, error) {
	i, err := p.held(ctx, e, id)
	if err != nil {
		return i, err
	}
	for _, one := range m.steps(e.Who) {
		if i, err = p.editIdentity(ctx, e, i, one.kind, one.change); err != nil {
			return i, err
		}
	}
	return i, nil
}

// held reads a contact point that a person holds.
func (p *People) held(ctx context.Context, e Edit, id string) (contact.Identity, error) {
	person, err := p.seenAs(ctx, e)
	if err != nil {
		return contact.Identity{}, err
	}
	found, err := p.db.Identities.FindAll(ctx, id)
	i := found[id]
	if err == nil && (!i.Held() || i.Removed || !slices.Contains(person.IDs(), i.ProfileID)) {
		err = contact.NewError(contact.NotFound, "not_found", "the person holds no such contact point", nil)
	}
	return i, err
}

// step is one decision about a contact point.
type step struct {
	kind   string
	change func(*contact.Identity, time.Time) error
}

func (m Mark) steps(who string) []step {
	var all []step
	add := func(flag *bool, yes, no string, change func(i *contact.Identity, yes bool, now time.Time)) {
		if flag == nil {
			return
		}
		kind := no
		if *flag {
			kind = yes
		}
		all = append(all, step{kind, func(i *contact.Identity, now time.Time) error { change(i, *flag, now); return nil }})
	}
	if m.ValidFrom != nil || m.ValidUntil != nil {
		all = append(all, step{contact.Validity, m.validity})
	}
	add(m.Verified, contact.Verified, contact.Unverified, func(i *contact.Identity, yes bool, now time.Time) {
		switch {
		case !yes:
			i.VerifiedAt, i.VerifiedBy = time.Time{}, ""
		case i.VerifiedAt.IsZero():
			i.VerifiedAt, i.VerifiedBy = now, who
		}
	})
	add(m.Shared, contact.Shared, contact.Unshared, func(i *contact.Identity, yes bool, _ time.Time) {
		i.Alone, i.Several, i.Shared = !yes, yes, i.Shared || yes
	})
	add(m.Primary, contact.Primary, contact.Secondary, func(i *contact.Identity, yes bool, now time.Time) {
		i.PrimarySince = time.Time{}
		if yes {
			i.PrimarySince = now
		}
	})
	return all
}

func (m Mark) validity(i *contact.Identity, _ time.Time) error {
	if m.ValidFrom != nil {
		i.ValidFrom = contact.Instant(*m.ValidFrom)
	}
	if m.ValidUntil != nil {
		i.ValidUntil = contact.Instant(*m.ValidUntil)
	}
	if !i.ValidUntil.IsZero() && !i.ValidUntil.After(i.ValidFrom) {
		return contact.NewError(contact.Invalid, "validity", "the validity ends before it begins", nil)
	}
	return nil
}

// editIdentity changes a contact point by compare-and-set, the decision with it.
func (p *People) editIdentity(ctx context.Context, e Edit, seen contact.Identity, kind string, change func(*contact.Identity, time.Time) error) (contact.Identity, error) {
	for range maxTries {
		if err := p.db.Conclude(ctx, seen.Pending); err != nil {
			return seen, err
		}
		now := store.Now()
		next := seen
		if err := change(&next, now); err != nil {
			return seen, err
		}
		if sameMarks(seen, next) {
			return seen, nil
		}
		next.Pending = pending(e, contact.Decision{Kind: kind, Subject: seen.ProfileID, Object: seen.ID}, nil, now)
		next, err := store.SwapCarrying(ctx, p.db, p.db.Identities, next, next.Pending)
		if !errors.Is(err, store.ErrStale) {
			return next, err
		}
		holder := seen.ProfileID
		if seen, err = p.db.Identities.Find(ctx, seen.ID); err != nil {
			return seen, err
		}
		if seen.ProfileID != holder || seen.Removed {
			return seen, contact.NewError(contact.NotFound, "not_found", "the person holds no such contact point", nil)
		}
	}
	return seen, busy()
}

// sameMarks reports whether nothing has changed.
func sameMarks(a, b contact.Identity) bool {
	return a.Alone == b.Alone && a.Several == b.Several && a.Shared == b.Shared && a.Removed == b.Removed && a.ValidFrom.Equal(b.ValidFrom) && a.ValidUntil.Equal(b.ValidUntil) &&
		a.VerifiedAt.Equal(b.VerifiedAt) && a.PrimarySince.Equal(b.PrimarySince)
}

// maxLookedThrough bounds the interactions that are looked through for a contact point.
const maxLookedThrough = 1000

// Remove takes back a contact point that an agent or an import said, as long as nobody was seen with it. Its document stays, for protocols rely on it; it is nobody's, and whoever is seen with the contact point has it by an identity of their own.
// Errors: NotFound; Conflict seen_on_channel for what is part of the history.
func (p *People) Remove(ctx context.Context, e Edit, id string) (contact.Identity, error) {
	i, err := p.held(ctx, e, id)
	if err != nil {
		return i, err
	}
	seen, err := p.wasSeen(ctx, i)
	if err != nil {
		return i, err
	}
	if seen {
		return i, contact.NewError(contact.Conflict, "seen_on_channel", "the contact point was seen on a channel and is part of the history; end its validity instead", nil)
	}
	i, err = p.editIdentity(ctx, e, i, contact.Removed, func(i *contact.Identity, _ time.Time) error {
		i.Removed, i.Succeeded, i.ValidFrom, i.ValidUntil = true, true, time.Time{}, contact.RemovedUntil
		return nil
	})
	if err != nil {
		return i, err
	}
	return i, p.forgetPoint(ctx, i.ProfileID, i.ID)
}

// wasSeen reports whether a contact came by an identity, or may have.
func (p *People) wasSeen(ctx context.Context, i contact.Identity) (bool, error) {
	if i.Provenance != contact.FromAgent && i.Provenance != contact.FromImport {
		return true, nil
	}
	n, err := p.db.Interactions.CountTo(ctx, 1, "identity", i.ID)
	if err != nil || n > 0 {
		return n > 0, err
	}
	recent, _, err := p.db.Interactions.List(ctx, store.Range{Index: "profile", Equal: []any{i.ProfileID}, Descending: true, Limit: maxLookedThrough})
	return len(recent) == maxLookedThrough || slices.ContainsFunc(recent, func(one contact.Interaction) bool { return slices.Contains(one.Identities, i.ID) }), err
}

// forgetPoint takes a contact point from what a profile was seen with.
func (p *People) forgetPoint(ctx context.Context, profile, id string) error {
	for range maxTries {
		there, err := p.Profile(ctx, profile)
		if err != nil {
			return err
		}
		left := slices.DeleteFunc(slices.Clone(there.Points), func(point contact.Point) bool { return point.ID == id })
		if len(left) == len(there.Points) {
			return nil
		}
		there.Points, there.UpdatedAt = left, store.Now()
		if _, err = p.db.Profiles.Swap(ctx, there); !errors.Is(err, store.ErrStale) {
			return err
		}
	}
	return busy()
}
