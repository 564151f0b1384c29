package people

import (
	"context"
	"slices"
	"strings"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/matching/normal"
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

// SharedOf says of a person's contact points, by their ids, which of them several people use. One that several of the person's profiles hold, and nobody else, is the person's alone, unless an agent or what it is called says otherwise.
func (p *People) SharedOf(ctx context.Context, identities []contact.Identity) (map[string]bool, error) {
	shared := map[string]bool{}
	for _, i := range identities {
		shared[i.ID] = i.SeveralUse()
		own := holdersOfPoint(identities, i.Of)
		if !shared[i.ID] || i.Several || everybodys(i) || len(own) < 2 {
			continue
		}
		holders, _, err := p.db.Identities.List(ctx, store.Range{Index: "of", Equal: []any{i.Of}, Limit: maxSharers})
		if err != nil {
			return nil, err
		}
		shared[i.ID] = len(strangers(holders, own)) > 0
	}
	return shared, nil
}

// holdersOfPoint are the profiles that hold a contact point by some identities, each once.
func holdersOfPoint(identities []contact.Identity, point string) []string {
	var profiles []string
	for _, i := range identities {
		if i.Of == point && !slices.Contains(profiles, i.ProfileID) {
			profiles = append(profiles, i.ProfileID)
		}
	}
	return profiles
}

// everybodys reports whether a contact point is a function's mailbox by its name, and several people's whoever has it.
func everybodys(i contact.Identity) bool {
	local, _, _ := strings.Cut(i.Value, "@")
	return i.Scheme == contact.Mailto && normal.RoleMailbox(local)
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
