package ingest

import (
	"context"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/lookup"
	"usher/matching"
)

// keepApart takes a standing "not the same" between the holders of a contact's points as a name that contradicts: the points of those who were told apart from the holder of the strongest one are not taken to be theirs.
// Such a point is a further person's behind that contact point if the contact gives a name, else it says nothing. It asks about the two holders and no trees.
func (g *Ingest) keepApart(ctx context.Context, h holders, points []contact.ContactPoint, c *inbound) (kept, apart []contact.ContactPoint, err error) {
	target, others := h.parties(points)
	if len(others) == 0 {
		return points, nil, nil
	}
	pairs := make([]string, len(others))
	for i, other := range others {
		pairs[i] = g.db.Salt.NotSameID(target, other)
	}
	decided, err := g.db.NotSame.FindAll(ctx, pairs...)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range points {
		if holder := h.holderOf(p); holder == "" || !decided[g.db.Salt.NotSameID(target, holder)].Standing {
			kept = append(kept, p)
			continue
		}
		apart = append(apart, p)
		if further := composite(p, c); further.NameKey != "" && further.ID != p.ID && len(h.people(h.of(p))) < maxHolders {
			kept = append(kept, further)
		}
	}
	return kept, apart, nil
}

// contradict lets the flag of two people who were told apart know that one contact came by contact points of both. Where nobody flagged the two, nothing is outweighed.
// It comes before anything is settled: afterwards both may have the contact point, and a rerun could not tell.
func (g *Ingest) contradict(ctx context.Context, h holders, chosen choice, c *inbound) error {
	if !c.policy.Flags || len(chosen.apart) == 0 {
		return nil
	}
	target, _ := h.parties(chosen.points)
	who := resolution{profile: target, points: slices.Concat(chosen.points, chosen.apart), view: map[string]contact.Identity{}}
	for _, p := range who.points {
		for _, i := range h.of(p) {
			who.view[i.ID] = i
		}
	}
	for _, other := range h.everybody(chosen.apart) {
		if err := g.gainBy(ctx, *c, who, other); err != nil {
			return err
		}
	}
	return nil
}

// gainBy lets the flag of two people, if there is one, know that one contact came by contact points of both. Of the other's only those count that nobody else is known to use.
func (g *Ingest) gainBy(ctx context.Context, c inbound, who resolution, other string) error {
	who.points = slices.DeleteFunc(slices.Clone(who.points), func(p contact.ContactPoint) bool {
		i := who.view[p.ID]
		return i.ProfileID == other && !i.Alone && (i.SeveralUse() || c.impersonal(p))
	})
	return g.gain(ctx, lookup.Carried{By: who.profile, Flag: g.duplicate(c, who, other), At: c.happened})
}

// parties are the holder of the strongest held point, and the further ones.
func (h holders) parties(points []contact.ContactPoint) (target string, others []string) {
	for _, p := range points {
		holder := h.holderOf(p)
		switch {
		case holder == "" || holder == target || slices.Contains(others, holder):
		case target == "":
			target = holder
		default:
			others = append(others, holder)
		}
	}
	return target, others
}

// holderOf is who holds a point; empty if nobody does.
func (h holders) holderOf(p contact.ContactPoint) string {
	for _, i := range h.of(p) {
		if i.ID == p.ID {
			return i.ProfileID
		}
	}
	return ""
}

// everybody is all who hold one of the points.
func (h holders) everybody(points []contact.ContactPoint) []string {
	target, others := h.parties(points)
	if target == "" {
		return nil
	}
	return append([]string{target}, others...)
}

// sharing says of the contact points that are one of several people's whether the others' names contradict, or somebody among them was told apart from the person.
func (g *Ingest) sharing(ctx context.Context, c inbound, who resolution) (contradicts, apart bool, err error) {
	var shared []contact.ContactPoint
	for _, p := range who.points {
		if p.NameKey != "" && !(contact.Identity{NameKey: p.NameKey}).Succeeds() {
			p.ID = p.Of
			shared = append(shared, p)
		}
	}
	if len(shared) == 0 {
		return false, false, nil
	}
	held, err := g.holders(ctx, shared, c.at())
	if err != nil {
		return false, false, err
	}
	for _, p := range shared {
		if people := held.people(held.of(p)); len(people) == 1 && people[0] == held.person(who.profile) {
			continue
		}
		told, err := g.toldApart(ctx, held, p, c, who.profile)
		if err != nil {
			return false, false, err
		}
		contradicts, apart = contradicts || !told, apart || told
	}
	return contradicts, apart, nil
}

// toldApart reports whether somebody has a contact point whose name would do, and who was told apart from a profile.
func (g *Ingest) toldApart(ctx context.Context, held holders, p contact.ContactPoint, c inbound, profile string) (bool, error) {
	var pairs []string
	for _, other := range distinctProfiles(held.of(p)) {
		if other != profile && held.fit(other, c.name) != matching.Contradicts {
			pairs = append(pairs, g.db.Salt.NotSameID(profile, other))
		}
	}
	decided, err := g.db.NotSame.FindAll(ctx, pairs...)
	if err != nil {
		return false, err
	}
	for _, n := range decided {
		if n.Standing {
			return true, nil
		}
	}
	return false, nil
}
