package ingest

import (
	"context"
	"errors"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/matching/normal"
)

// newProfile is a profile as its first contact makes it.
func newProfile(id string, c contact.Claim) contact.Profile {
	p := contact.Profile{Class: c.Class, Origin: c.By, CreatedAt: c.At, UpdatedAt: c.At}
	p.ID = id
	if c.Name != "" && len(normal.NameTokens(c.Name)) > 0 {
		p.Name, p.NameProvenance = c.Name, contact.FromChannel
		p.Names = []contact.Name{{Value: c.Name, Provenance: contact.FromChannel, FirstSeen: c.At}}
	}
	if c.Language != "" {
		p.Languages = []string{c.Language}
	}
	return p
}

// refresh lets a profile learn what a contact says of its person that it did not know: a name, a language, a claimed value, a spelling. A contact that says nothing new costs no write.
func (g *Ingest) refresh(ctx context.Context, c inbound, recorded contact.Interaction, who resolution) error {
	if recorded.ProfileID == "" || len(recorded.Moves) > 0 || !c.policy.Creates {
		return nil
	}
	if err := g.learnSpellings(ctx, c, who); err != nil {
		return err
	}
	if who.person.ID == recorded.ProfileID {
		if _, changed := learn(who.person, c); !changed {
			return nil
		}
	}
	for range maxRestarts {
		p, err := g.db.Profiles.Find(ctx, recorded.ProfileID)
		if err != nil {
			return err
		}
		learned, changed := learn(p, c)
		if !changed {
			return nil
		}
		if learned, err = g.rename(ctx, learned); err != nil {
			return err
		}
		learned.UpdatedAt = store.Now()
		if _, err = g.db.Profiles.Swap(ctx, learned); !errors.Is(err, store.ErrStale) {
			return err
		}
	}
	return errContended
}

// learn adds what is new, within the limits of a profile.
func learn(p contact.Profile, c inbound) (contact.Profile, bool) {
	changed := false
	if c.name != "" && p.Name != c.name && len(p.Names) < contact.MaxNames && len(normal.NameTokens(c.name)) > 0 && !knows(p, c.name) {
		p.Names = append(slices.Clone(p.Names), contact.Name{Value: c.name, Provenance: contact.FromChannel, FirstSeen: c.event.Inbound.Data.Times.OccurredAt})
		changed = true
	}
	if c.language != "" && len(p.Languages) < contact.MaxLanguages && !slices.Contains(p.Languages, c.language) {
		p.Languages = append(slices.Clone(p.Languages), c.language)
		changed = true
	}
	for _, e := range c.evidence {
		known := func(k contact.Evidence) bool {
			return k.Kind == e.Kind && k.Left == e.Left && k.Provenance == e.Provenance
		}
		if len(p.Evidence) < contact.MaxEvidence && !slices.ContainsFunc(p.Evidence, known) {
			e.Source = placed(e.Source, c.interaction)
			p.Evidence = append(slices.Clone(p.Evidence), e)
			changed = true
		}
	}
	return p, changed
}

// placed is the place of a value in an interaction.
func placed(at *contact.Place, interaction string) *contact.Place {
	place := contact.Place{}
	if at != nil {
		place = *at
	}
	place.InteractionID = interaction
	return &place
}

func knows(p contact.Profile, name string) bool {
	return slices.ContainsFunc(p.Names, func(n contact.Name) bool { return n.Value == name })
}

// recentContacts is how many of a profile's last interactions decide which of its names is the most frequent.
const recentContacts = 50

// rename chooses the display name again after a new one was learned: an agent's or an import's stays, else the most frequent full name of the recent contacts, else the earliest.
func (g *Ingest) rename(ctx context.Context, p contact.Profile) (contact.Profile, error) {
	if p.NameProvenance == contact.FromAgent || p.NameProvenance == contact.FromImport || len(p.Names) == 0 {
		return p, nil
	}
	recent, _, err := g.db.Interactions.List(ctx, store.Range{Index: "profile", Equal: []any{p.ID}, Descending: true, Limit: recentContacts})
	if err != nil {
		return p, err
	}
	seen := map[string]int{}
	for _, i := range recent {
		seen[leading(i.Events).Data.From.DisplayName]++
	}
	best := p.Names[0].Value
	for _, n := range p.Names[1:] {
		if rank(n.Value, seen) > rank(best, seen) {
			best = n.Value
		}
	}
	p.Name, p.NameProvenance = best, contact.FromChannel
	return p, nil
}

// rank puts any full name above one of a single word, then counts.
func rank(name string, seen map[string]int) int {
	if len(normal.NameTokens(name)) > 1 {
		return recentContacts + 1 + seen[name]
	}
	return seen[name]
}

// learnSpellings keeps how a contact point was written, if it is a new way.
func (g *Ingest) learnSpellings(ctx context.Context, c inbound, who resolution) error {
	for _, p := range c.points {
		i, ok := who.view[p.ID]
		if !ok || p.Raw == "" || len(i.Raw) >= contact.MaxSpellings || slices.Contains(i.Raw, p.Raw) {
			continue
		}
		i.Raw = append(slices.Clone(i.Raw), p.Raw)
		if _, err := g.db.Identities.Swap(ctx, i); err != nil && !errors.Is(err, store.ErrStale) { // stale: the next contact tells again
			return err
		}
	}
	return nil
}
