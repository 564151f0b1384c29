package ingest

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/store"
	"usher/matching"
)

// flag marks pairs of profiles that one contact carried identities of. It names the two holders and no persons: those are resolved when the flag is read.
func (g *Ingest) flag(ctx context.Context, c inbound, who resolution) error {
	if who.profile == "" || !c.policy.Flags {
		return nil
	}
	for _, other := range who.others(c.by) {
		d := g.duplicate(c, who, other)
		err := g.db.Duplicates.Insert(ctx, d)
		if errors.Is(err, store.ErrExists) {
			err = g.gainBy(ctx, c, who, other)
		}
		if err != nil {
			return err
		}
		data := []contact.Pair{{Name: "a", Value: d.A}, {Name: "b", Value: d.B}}
		news := append(g.madeBy(c, who), g.event(c, events.DuplicateFlagged, d.ID, data, d.ID))
		if err := g.publish(ctx, news...); err != nil {
			return err
		}
	}
	return nil
}

// others are the further holders among the contact's identities. One whose every identity this very contact made is not another.
func (r resolution) others(by string) []string {
	var others []string
	for _, p := range r.points {
		i, ok := r.view[p.ID]
		if !ok || i.ProfileID == r.profile || (i.Origin != nil && i.Origin.By == by) {
			continue
		}
		if !slices.Contains(others, i.ProfileID) {
			others = append(others, i.ProfileID)
		}
	}
	return others
}

func (g *Ingest) duplicate(c inbound, who resolution, other string) contact.Duplicate {
	a, b := contact.OrderedPair(who.profile, other)
	verdict := matching.SameContact(who.carried(other)...)
	if a != who.profile {
		for i, e := range verdict.Evidence {
			verdict.Evidence[i].Left, verdict.Evidence[i].Right = e.Right, e.Left
		}
	}
	now := store.Now()
	d := contact.Duplicate{
		A: a, B: b, Status: contact.DuplicateOpen, CreatedBy: c.interaction, FlaggedAt: c.at(), UpdatedAt: now, GainedAt: now,
		Probability: verdict.Probability, Rank: contact.RankOf(verdict.Probability), Band: verdict.Band, Model: verdict.Model, Evidence: verdict.Evidence,
	}
	d.ID = g.db.Salt.ID(contact.DuplicatePrefix, a, b)
	return d
}

// carried are the contact's identities that another profile holds, each beside the strongest of the contact's own profile.
func (r resolution) carried(other string) (all []contact.Evidence) {
	own := ""
	for _, p := range r.points {
		switch r.view[p.ID].ProfileID {
		case r.profile:
			own = cmp.Or(own, p.ID)
		case other:
			all = append(all, contact.Evidence{Kind: contact.InOneContact, Right: p.ID})
		}
	}
	for i := range all {
		all[i].Left = own
	}
	return all
}
