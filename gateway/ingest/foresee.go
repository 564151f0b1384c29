package ingest

import (
	"context"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/lookup"
)

// Foresee says what Enter would do as things stand, ids and all, and writes nothing. It does not know of entries that come before: two rows of one file that are one person are both foreseen as created, unless the caller tells them apart by Points. Of a further person on somebody's contact point it may foresee other flags: the point says less once it is shared.
func (g *Ingest) Foresee(ctx context.Context, e contact.Entry) (Entered, error) {
	c, err := g.entry(e)
	if err != nil {
		return Entered{}, err
	}
	held, err := g.look(ctx, &c)
	if err != nil {
		return Entered{}, entryError("foreseeing entry", err)
	}
	chosen, err := g.chosen(ctx, held, &c)
	if err != nil {
		return Entered{}, err
	}
	who := g.foreseen(held, chosen.points, c)
	out := Entered{ProfileID: who.profile, Outcome: Ambiguous}
	if out.Contradicts, out.Apart, err = g.sharing(ctx, c, who); err != nil {
		return out, err
	}
	if out.Candidates, err = g.undecided(ctx, c, who); err != nil || who.profile == "" {
		return out, err
	}
	return g.foreseeProfile(ctx, c, e, who, out)
}

// foreseen is whose the points would be; what is missing is the entry's.
func (g *Ingest) foreseen(there holders, points []contact.ContactPoint, c inbound) resolution {
	who := resolution{points: points, view: map[string]contact.Identity{}}
	if len(points) == 0 && len(c.points) > 0 {
		return who
	}
	for _, p := range points {
		for _, i := range there.of(p) {
			if i.ID == p.ID {
				who.view[p.ID] = i
			}
		}
	}
	claim := c.claim(points)
	who.profile = g.holder(claim, who.view)
	person, exists := there.profiles[who.profile]
	if !exists {
		person = newProfile(who.profile, claim)
	}
	who.person = person
	for _, p := range points {
		if _, ok := who.view[p.ID]; !ok {
			who.view[p.ID] = held(p, claim, who.profile)
		}
	}
	return who
}

// foreseeProfile is what would become of the profile, and whom it would be flagged with.
func (g *Ingest) foreseeProfile(ctx context.Context, c inbound, e contact.Entry, who resolution, out Entered) (Entered, error) {
	c.points = slices.DeleteFunc(slices.Clone(who.points), func(p contact.ContactPoint) bool {
		return who.view[p.ID].ProfileID != who.profile || slices.ContainsFunc(who.person.Points, func(known contact.Point) bool { return known.ID == p.ID })
	})
	learned, changed := learnEntry(who.person, c, e)
	out.Outcome = g.outcomeOf(c, who, changed)
	var pairs []string
	if c.policy.Flags {
		pairs = who.others(c.by)
	}
	if out.Outcome == Created || changed {
		news := lookup.News{Before: &who.person, Profile: learned}
		if out.Outcome == Created {
			news.Before = nil
		}
		found, err := g.lookup.Likely(ctx, news)
		if err != nil {
			return out, err
		}
		for _, s := range found.Scored {
			pairs = append(pairs, s.Record.ID)
		}
	}
	var err error
	out.Duplicates, err = g.unflagged(ctx, who.profile, pairs)
	return out, err
}

// unflagged are the flags between a profile and others that are not there yet.
func (g *Ingest) unflagged(ctx context.Context, profile string, others []string) ([]string, error) {
	pairs := make([]string, len(others))
	for i, other := range others {
		a, b := contact.OrderedPair(profile, other)
		pairs[i] = g.db.Salt.ID(contact.DuplicatePrefix, a, b)
	}
	there, err := g.db.Duplicates.FindAll(ctx, pairs...)
	var flags []string
	for _, id := range pairs {
		if _, flagged := there[id]; !flagged && !slices.Contains(flags, id) {
			flags = append(flags, id)
		}
	}
	slices.Sort(flags)
	return flags, err
}
