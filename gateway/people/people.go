// Package people says which profiles are one person: it merges them, tells them apart and takes either back, by a log of decisions that any process may add to (commit.go). It reads people with what belongs to them, and places interactions by hand.
// It decides nothing by itself: what is attached automatically is ingest's, which knows nothing of trees.
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
type People struct {
	db *store.DB

	// Learn, if set, is told what a profile will know before it is written, so that those who may be the same person are found.
	Learn func(ctx context.Context, before, after contact.Profile) error
}

// New reads and changes the profiles of a store.
func New(db *store.DB) *People { return &People{db: db} }

// Card is a person: the root's record with what the others of the tree add, their contact points, and what follows from their interactions.
type Card struct {
	Profile    contact.Profile // the root, with the names, languages and evidence of all
	Person     Person
	Alternates []Alternate
	Identities []contact.Identity
	Shared     map[string]bool // which of them several people use
	FirstSeen  *time.Time      // of its own contacts, not of what we sent
	LastSeen   *time.Time
	Missing    []string // of "email" and "phone"
	AskNext    string   // the first of them: an address makes it easy to come back to a call or a chat
	Duplicates int      // open flags, at most MaxDuplicates
	Sharers    []Sharer // other people on the same contact points, at most maxSharers

	Affiliations []Affiliation
}

// Bounds of what one card reads.
const (
	maxIdentities = contact.MaxIdentities
	MaxDuplicates = 100 // flags of a profile
	maxOutbound   = 200 // of our own messages before or behind the last of the person's
)

// Card reads the person that a profile belongs to, NotFound if there is none.
func (p *People) Card(ctx context.Context, id string) (card Card, err error) {
	err = p.Trees(ctx, func(t *Trees) error {
		card, err = t.Card(ctx, id)
		return err
	})
	return card, err
}

// Record reads a profile alone, as it was captured, whatever it is merged into.
func (p *People) Record(ctx context.Context, id string) (card Card, err error) {
	profile, err := p.Profile(ctx, id)
	if err != nil {
		return card, err
	}
	err = p.Trees(ctx, func(t *Trees) error {
		card, err = t.cardOf(ctx, Person{[]contact.Profile{profile}})
		return err
	})
	return card, err
}

// Profile reads a profile alone. One whose person was erased is not found.
func (p *People) Profile(ctx context.Context, id string) (contact.Profile, error) {
	profile, err := p.db.Profiles.Find(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return profile, contact.NewError(contact.NotFound, "not_found", "no such profile", err)
	}
	if err == nil && profile.Erased() {
		return profile, contact.NewError(contact.NotFound, "not_found", "the person was erased", nil)
	}
	return profile, err
}

// Card is People.Card, of many people at one moment.
func (t *Trees) Card(ctx context.Context, id string) (Card, error) {
	person, err := t.existing(ctx, id)
	if err != nil {
		return Card{}, err
	}
	return t.cardOf(ctx, person)
}

func (t *Trees) cardOf(ctx context.Context, person Person) (Card, error) {
	card := Card{Person: person}
	card.Profile, card.Alternates = person.United()
	var err error
	if card.Identities, err = t.people.Identities(ctx, person.IDs()...); err != nil {
		return card, err
	}
	if card.Shared, err = t.people.SharedOf(ctx, card.Identities); err != nil {
		return card, err
	}
	if card.Sharers, err = t.sharers(ctx, card); err != nil {
		return card, err
	}
	for _, id := range person.IDs() {
		if err := t.people.seenOf(ctx, id, &card); err != nil {
			return card, err
		}
	}
	if card.Affiliations, err = t.people.affiliations(ctx, person); err != nil {
		return card, err
	}
	open, err := t.Flags(ctx, person, contact.DuplicateOpen, MaxDuplicates)
	card.Duplicates = len(open)
	card.Missing = Missing(card.Identities)
	if len(card.Missing) > 0 {
		card.AskNext = card.Missing[0]
	}
	return card, err
}

// seenOf widens a card's first and last contact by those of one profile.
func (p *People) seenOf(ctx context.Context, id string, card *Card) error {
	last, err := p.seen(ctx, id, true)
	if err != nil || last == nil {
		return err
	}
	first, err := p.seen(ctx, id, false)
	card.LastSeen, card.FirstSeen = further(card.LastSeen, last, 1), further(card.FirstSeen, first, -1)
	return err
}

// further is the later of two times, or with direction -1 the earlier.
func further(a, b *time.Time, direction int) *time.Time {
	if a == nil || b != nil && b.Compare(*a) == direction {
		return b
	}
	return a
}

// Identities are the contact points that profiles hold.
func (p *People) Identities(ctx context.Context, profiles ...string) ([]contact.Identity, error) {
	var identities []contact.Identity
	for _, id := range profiles {
		held, _, err := p.db.Identities.List(ctx, store.Range{Index: "profile", Equal: []any{id}, Limit: maxIdentities})
		if err != nil {
			return nil, err
		}
		identities = append(identities, slices.DeleteFunc(held, func(i contact.Identity) bool { return i.Removed })...)
	}
	return identities, nil
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

// Missing are the kinds of contact point that are not among some, the one to ask for first.
func Missing(identities []contact.Identity) []string {
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

// Holders finds who holds a contact point by its normal form, the base identity first; none is no error.
func (p *People) Holders(ctx context.Context, scheme contact.Scheme, value string) ([]contact.Identity, error) {
	base := p.db.Salt.IdentityID(scheme, "", value, "")
	held, _, err := p.db.Identities.List(ctx, store.Range{Index: "of", Equal: []any{base}, Limit: maxIdentities})
	slices.SortStableFunc(held, func(a, b contact.Identity) int { return cmp.Compare(a.NameKey, b.NameKey) }) // the base identity has none
	return held, err
}
