package ingest

import (
	"context"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Create is Enter for somebody who shall be a profile of their own: a contact point that another profile holds is Conflict, identity_taken, and nothing is written.
// Somebody else may take one in the moment between: then it is refused all the same, and what was free has gone to them, as from a contact that carries both.
func (g *Ingest) Create(ctx context.Context, e contact.Entry) (Entered, error) {
	r, err := g.Read(e)
	if err != nil {
		return Entered{}, err
	}
	if err := g.free(ctx, r.contact); err != nil {
		return Entered{}, err
	}
	out, err := g.enterWhole(ctx, store.Unfinished{Entry: e, Create: true}, r)
	if err == nil && out.Outcome != Created {
		holder := out.ProfileID
		if holder == "" && len(out.Candidates) > 0 {
			holder = out.Candidates[0]
		}
		return out, identityTaken().With(contact.Details{Holder: holder})
	}
	return out, err
}

// free fails if another profile holds one of the contact points, unless the entry has begun to take them: then what it has goes the way of all.
func (g *Ingest) free(ctx context.Context, c inbound) error {
	there, err := g.holders(ctx, c.points, c.at())
	if err != nil || there.begun(c.by) {
		return err
	}
	var others []string
	for _, p := range c.points {
		others = append(others, distinctProfiles(there.of(p))...)
	}
	if slices.ContainsFunc(others, func(id string) bool { return there.profiles[id].Erased() }) {
		return beingErased()
	}
	if len(others) > 0 {
		return identityTaken().With(heldBy(others))
	}
	return nil
}

// begun reports whether a contact or an entry has claimed or made one of the identities.
func (h holders) begun(by string) bool {
	for _, identities := range h.byBase {
		for _, i := range identities {
			if i.Claimed() && i.Claim.By == by || i.Origin != nil && i.Origin.By == by {
				return true
			}
		}
	}
	return false
}
