package ingest

import (
	"context"
	"slices"

	"usher/gateway/contact"
	"usher/matching/normal"
)

// keepApart takes a standing "not the same" between the holders of a contact's points as a name that contradicts: the points of those who were told apart from the holder of the strongest one are not taken to be theirs.
// Such a point is a further person's behind that contact point if the contact gives a name, else it says nothing. It asks about the two holders and no trees.
func (g *Ingest) keepApart(ctx context.Context, h holders, points []contact.ContactPoint, c *inbound) ([]contact.ContactPoint, error) {
	target, others := h.parties(points)
	if len(others) == 0 {
		return points, nil
	}
	pairs := make([]string, len(others))
	for i, other := range others {
		pairs[i] = g.db.Salt.NotSameID(target, other)
	}
	decided, err := g.db.NotSame.FindAll(ctx, pairs...)
	if err != nil {
		return nil, err
	}
	var kept []contact.ContactPoint
	for _, p := range points {
		holder := h.holderOf(p)
		switch {
		case holder == "" || !decided[g.db.Salt.NotSameID(target, holder)].Standing:
			kept = append(kept, p)
		case normal.NameKey(c.name) != "" && len(distinctProfiles(h.of(p))) < maxHolders:
			kept = append(kept, composite(p, c))
		}
	}
	return kept, nil
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
