// Package people reads profiles with what belongs to them, and places interactions by hand. It decides nothing by itself: what is attached automatically is ingest's.
package people

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// People is the profiles of one store.
type People struct{ db *store.DB }

// New reads and changes the profiles of a store.
func New(db *store.DB) *People { return &People{db: db} }

// Card is a profile with its contact points and what follows from its interactions.
type Card struct {
	Profile    contact.Profile
	Identities []contact.Identity
	FirstSeen  *time.Time // of its own contacts, not of what we sent
	LastSeen   *time.Time
	Missing    []string // of "email" and "phone"
	AskNext    string   // the first of them: an address makes it easy to come back to a call or a chat
	Duplicates int      // open flags, at most maxDuplicates
}

// Bounds of what one card reads.
const (
	maxIdentities = 200
	maxDuplicates = 100
	maxOutbound   = 200 // of our own messages before or behind the last of the person's
)

// Card reads one profile, NotFound if there is none.
func (p *People) Card(ctx context.Context, id string) (Card, error) {
	profile, err := p.Profile(ctx, id)
	if err != nil {
		return Card{}, err
	}
	return p.CardOf(ctx, profile)
}

// Profile reads a profile alone.
func (p *People) Profile(ctx context.Context, id string) (contact.Profile, error) {
	profile, err := p.db.Profiles.Find(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return profile, contact.NewError(contact.NotFound, "not_found", "no such profile", err)
	}
	return profile, err
}

// CardOf reads what belongs to a profile.
func (p *People) CardOf(ctx context.Context, profile contact.Profile) (Card, error) {
	card := Card{Profile: profile}
	var err error
	if card.Identities, err = p.Identities(ctx, profile.ID); err != nil {
		return card, err
	}
	if card.LastSeen, err = p.seen(ctx, profile.ID, true); err != nil {
		return card, err
	}
	if card.FirstSeen, err = p.seen(ctx, profile.ID, false); err != nil {
		return card, err
	}
	duplicates, err := p.Duplicates(ctx, profile.ID)
	if err != nil {
		return card, err
	}
	card.Duplicates = len(duplicates)
	card.Missing = missing(card.Identities)
	if len(card.Missing) > 0 {
		card.AskNext = card.Missing[0]
	}
	return card, nil
}

// Identities are the contact points that a profile holds.
func (p *People) Identities(ctx context.Context, profile string) ([]contact.Identity, error) {
	identities, _, err := p.db.Identities.List(ctx, store.Range{Index: "profile", Equal: []any{profile}, Limit: maxIdentities})
	return identities, err
}

// seen is when the person last, or first, contacted us. It is read from the interactions, so that it is right after a replay and after one was moved; what we sent does not count.
func (p *People) seen(ctx context.Context, profile string, last bool) (*time.Time, error) {
	r := store.Range{Index: "profile", Equal: []any{profile}, Descending: last, Limit: 20}
	for read := 0; read < maxOutbound; read += r.Limit {
		page, next, err := p.db.Interactions.List(ctx, r)
		if err != nil {
			return nil, err
		}
		for _, i := range page {
			if i.Direction == contact.FromCustomer {
				return &i.OccurredAt, nil
			}
		}
		if next == nil {
			return nil, nil
		}
		r.After = next
	}
	return nil, nil
}

// missing are the kinds of contact point that a profile lacks.
func missing(identities []contact.Identity) []string {
	have := map[contact.Scheme]bool{}
	for _, i := range identities {
		have[i.Scheme] = true
	}
	var lacking []string
	if !have[contact.Mailto] {
		lacking = append(lacking, "email")
	}
	if !have[contact.Tel] {
		lacking = append(lacking, "phone")
	}
	return lacking
}

// Duplicates are a profile's open flags.
func (p *People) Duplicates(ctx context.Context, profile string) ([]contact.Duplicate, error) {
	var open []contact.Duplicate
	for _, side := range []string{"a", "b"} {
		found, err := p.openFlags(ctx, side, profile)
		if err != nil {
			return nil, err
		}
		open = append(open, found...)
	}
	return open[:min(len(open), maxDuplicates)], nil
}

// openFlags are those with the profile on one side of the pair. It reads on behind flags that were decided: they must not hide an open one.
func (p *People) openFlags(ctx context.Context, side, profile string) ([]contact.Duplicate, error) {
	var open []contact.Duplicate
	r := store.Range{Index: side, Equal: []any{profile}, Limit: maxDuplicates}
	for {
		found, next, err := p.db.Duplicates.List(ctx, r)
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			if d.Status == contact.DuplicateOpen {
				open = append(open, d)
			}
		}
		if next == nil || len(open) >= maxDuplicates {
			return open, nil
		}
		r.After = next
	}
}

// Holders finds who holds a contact point by its normal form, the base identity first; none is no error.
func (p *People) Holders(ctx context.Context, scheme contact.Scheme, value string) ([]contact.Identity, error) {
	base := p.db.Salt.IdentityID(scheme, "", value, "")
	held, _, err := p.db.Identities.List(ctx, store.Range{Index: "of", Equal: []any{base}, Limit: maxIdentities})
	slices.SortStableFunc(held, func(a, b contact.Identity) int { return cmp.Compare(a.NameKey, b.NameKey) }) // the base identity has none
	return held, err
}
