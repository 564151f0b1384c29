package people

import (
	"context"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Sharer is another person who uses a contact point of this one: somebody of the household, or a colleague. Nothing of it is stored; it follows from who holds the contact point, and makes nobody a duplicate.
type Sharer struct {
	ProfileID  string `json:"profile_id" doc:"The profile that speaks for the other person."`
	IdentityID string `json:"identity_id" doc:"The contact point that both use, as this person's identities have it."`
}

// maxSharers bounds the people that one card names, and the holders of one contact point that are looked at.
const maxSharers = 16

// sharers reads who else holds the contact points of a card. A contact point with several holders has a document for each of them, all of which name its base.
func (t *Trees) sharers(ctx context.Context, card Card) ([]Sharer, error) {
	var others []Sharer
	own := card.Person.IDs()
	for _, i := range card.Identities {
		if !i.Shared && i.NameKey == "" {
			continue
		}
		holders, _, err := t.people.db.Identities.List(ctx, store.Range{Index: "of", Equal: []any{i.Of}, Limit: maxSharers})
		if err != nil {
			return nil, err
		}
		if others, err = t.add(ctx, others, i.ID, strangers(holders, own)); err != nil || len(others) == maxSharers {
			return others, err
		}
	}
	return others, nil
}

// strangers are the profiles that hold identities and are none of a person's own.
func strangers(holders []contact.Identity, own []string) []string {
	var others []string
	for _, h := range holders {
		if h.Held() && !slices.Contains(own, h.ProfileID) {
			others = append(others, h.ProfileID)
		}
	}
	return others
}

// add names the people of profiles, each once.
func (t *Trees) add(ctx context.Context, others []Sharer, identity string, profiles []string) ([]Sharer, error) {
	for _, profile := range profiles {
		person, err := t.Person(ctx, profile)
		if contact.KindOf(err) == contact.NotFound { // it is being erased
			continue
		}
		if err != nil {
			return others, err
		}
		known := func(s Sharer) bool { return s.ProfileID == person.Root().ID }
		if len(others) < maxSharers && !slices.ContainsFunc(others, known) {
			others = append(others, Sharer{ProfileID: person.Root().ID, IdentityID: identity})
		}
	}
	return others, nil
}
