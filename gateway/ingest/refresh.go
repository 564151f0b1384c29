package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/lookup"
	"usher/gateway/store"
	"usher/matching/normal"
)

// newProfile is a profile as its first contact makes it.
func newProfile(id string, c contact.Claim) contact.Profile {
	p := contact.Profile{Class: c.Class, Origin: c.By, Entered: c.Provenance, CreatedAt: c.At, UpdatedAt: c.At}
	p.ID = id
	if c.Name != "" && len(normal.NameTokens(c.Name)) > 0 {
		p.Name, p.NameProvenance = c.Name, cmp.Or(c.Provenance, contact.FromChannel)
		if c.Provenance != "" {
			p.NamedAt = c.At
		}
		p.Names = []contact.Name{{Value: c.Name, Provenance: p.NameProvenance, FirstSeen: c.At}}
	}
	if c.Language != "" {
		p.Languages = []string{c.Language}
	}
	p.Points = seenPoints(c.Points[:min(len(c.Points), contact.MaxPoints)])
	return p
}

// seenPoints are contact points as a profile keeps them.
func seenPoints(points []contact.ContactPoint) []contact.Point {
	var seen []contact.Point
	for _, p := range points {
		seen = append(seen, contact.Point{ID: p.ID, Scheme: p.Scheme, Value: p.Value, Scope: p.Scope, Provenance: p.Provenance})
	}
	return seen
}

// refresh lets a profile learn what a contact says of its person that it did not know: a name, a contact point, a language, a claimed value, a spelling. A profile that is new, or learned something, is held against those that may be the same person,
// before it is written what it learned: a rerun that finds nothing to learn has nothing to compare. A contact that says nothing new costs no write.
func (g *Ingest) refresh(ctx context.Context, c inbound, recorded contact.Interaction, who resolution) error {
	spoken := tells(c, recorded)
	if recorded.ProfileID == "" || len(recorded.Moves) > 0 || !c.policy.Creates && !spoken {
		return nil
	}
	if c.event.Inbound.Data.Transcript != nil && !spoken {
		c.evidence = nil
	}
	if err := g.learnSpellings(ctx, who); err != nil {
		return err
	}
	p := who.person
	for range maxRestarts {
		if p.ID != recorded.ProfileID {
			var err error
			if p, err = g.db.Profiles.Find(ctx, recorded.ProfileID); err != nil {
				return err
			}
		}
		if p.Erased() { // it was erased while this contact was on its way: what was recorded is the erasure's to sort out
			return nil
		}
		if err := g.teach(ctx, c, p, recorded, who); !errors.Is(err, store.ErrStale) {
			return err
		}
		p = contact.Profile{} // somebody else was faster: read it again
	}
	return errContended
}

// teach compares and writes a profile with what it learns; ErrStale if it is not as it was read.
func (g *Ingest) teach(ctx context.Context, c inbound, p contact.Profile, recorded contact.Interaction, who resolution) (err error) {
	if c.points, err = g.unlearned(ctx, p, recorded, who); err != nil {
		return err
	}
	learned, changed := learn(p, c)
	news := lookup.News{Before: &p, Profile: learned, Interaction: c.interaction, At: c.event.Inbound.Data.Times.OccurredAt, Told: who.told}
	if p.Origin == c.by {
		news.Before = nil
	}
	if changed || news.Before == nil {
		if err := g.learn(ctx, news); err != nil {
			return fmt.Errorf("looking for duplicates: %w", err)
		}
	}
	if !changed {
		return nil
	}
	if len(learned.Names) > len(p.Names) {
		if learned, err = g.rename(ctx, learned); err != nil {
			return err
		}
	}
	learned.UpdatedAt = store.Now()
	_, err = g.db.Profiles.Replace(ctx, p, learned)
	return err
}

// unlearned are the contact points that an interaction came by, that the profile holds and was not seen with before.
func (g *Ingest) unlearned(ctx context.Context, p contact.Profile, recorded contact.Interaction, who resolution) ([]contact.ContactPoint, error) {
	wanted := slices.Clone(recorded.Identities)
	if !who.decided {
		wanted = append(wanted, ids(who.points)...)
	}
	wanted = slices.DeleteFunc(wanted, func(id string) bool {
		return slices.ContainsFunc(p.Points, func(known contact.Point) bool { return known.ID == id })
	})
	if len(wanted) == 0 || len(p.Points) >= contact.MaxPoints {
		return nil, nil
	}
	slices.Sort(wanted)
	found, err := g.db.Identities.FindAll(ctx, slices.Compact(wanted)...)
	var points []contact.ContactPoint
	for _, id := range slices.Compact(wanted) {
		if i, ok := found[id]; ok && i.ProfileID == p.ID {
			points = append(points, pointOf(i))
		}
	}
	return points, err
}

// learn adds what is new, within the limits of a profile; the contact's points are those that it lacks.
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
	if len(p.Points)+len(c.points) <= contact.MaxPoints && len(c.points) > 0 {
		p.Points = slices.Concat(p.Points, seenPoints(c.points))
		changed = true
	}
	for _, e := range c.evidence {
		known := func(k contact.Evidence) bool {
			return k.Kind == e.Kind && k.Left == e.Left && k.Provenance == e.Provenance
		}
		if len(p.Evidence) < contact.MaxEvidence && !slices.ContainsFunc(p.Evidence, known) && !full(p, e) {
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

// learnSpellings keeps how a contact point was written, if it is a new way, and that the network proved it, if that is new.
func (g *Ingest) learnSpellings(ctx context.Context, who resolution) error {
	for _, p := range who.points {
		i, ok := who.view[p.ID]
		if !ok {
			continue
		}
		spelling := p.Raw != "" && len(i.Raw) < contact.MaxSpellings && !slices.Contains(i.Raw, p.Raw)
		proof := p.Assurance == contact.Pass && i.Assurance == contact.None
		if !spelling && !proof {
			continue
		}
		if spelling {
			i.Raw = append(slices.Clone(i.Raw), p.Raw)
		}
		if proof {
			i.Assurance = contact.Pass
		}
		if _, err := g.db.Identities.Swap(ctx, i); err != nil && !errors.Is(err, store.ErrStale) { // stale: the next contact tells again
			return err
		}
	}
	return nil
}
