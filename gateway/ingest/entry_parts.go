package ingest

import (
	"context"
	"fmt"
	"slices"

	"usher/gateway/contact"
)

// perPart is how many contact points are settled at once: each claim names them all.
const perPart = 32

// enter takes the steps of an entry. One of many contact points is entered in parts: one of those that its person holds by the first part leads each of the others.
func (g *Ingest) enter(ctx context.Context, r Read) (Entered, error) {
	all := r.contact.points
	first := r.part(0, all[:min(len(all), perPart)])
	out, who, err := g.enterPart(ctx, first)
	leader, found := who.leader(all)
	if err != nil || len(all) <= perPart || !found {
		return out, err
	}
	n := 0
	for more := range slices.Chunk(all[perPart:], perPart-1) {
		n++
		next, _, err := g.enterPart(ctx, r.part(n, append([]contact.ContactPoint{leader}, more...)))
		if err != nil {
			return Entered{}, err
		}
		out.join(next)
	}
	return out, nil
}

// part is an entry with some of its contact points. Each part has a name of its own, as each settles by itself.
func (r Read) part(n int, points []contact.ContactPoint) Read {
	r.contact.points = points
	if n > 0 {
		r.entry.By = fmt.Sprintf("%s.%d", r.entry.By, n)
		r.contact.by, r.contact.interaction = r.entry.By, r.entry.By
	}
	return r
}

// leader is the strongest of some contact points that the person holds by now.
func (r resolution) leader(all []contact.ContactPoint) (contact.ContactPoint, bool) {
	for _, p := range r.points {
		if r.profile == "" || r.view[p.ID].ProfileID != r.profile {
			continue
		}
		if i := slices.IndexFunc(all, func(one contact.ContactPoint) bool { return one.Of == p.Of }); i >= 0 {
			return all[i], true
		}
	}
	return contact.ContactPoint{}, false
}

// join adds what became of a further part.
func (out *Entered) join(part Entered) {
	if out.Outcome == Matched {
		out.Outcome = part.Outcome
	}
	out.Contradicts, out.Apart = out.Contradicts || part.Contradicts, out.Apart || part.Apart
	for _, id := range part.Candidates {
		if !slices.Contains(out.Candidates, id) {
			out.Candidates = append(out.Candidates, id)
		}
	}
	out.Duplicates = append(out.Duplicates, part.Duplicates...)
	slices.Sort(out.Duplicates)
	out.Duplicates = slices.Compact(out.Duplicates)
}

// enterPart enters a part of an entry.
func (g *Ingest) enterPart(ctx context.Context, r Read) (Entered, resolution, error) {
	e, c := r.entry, r.contact
	who, err := g.resolveEntry(ctx, &c)
	if err != nil {
		return Entered{}, who, entryError("resolving entry", err)
	}
	out, err := g.enterAs(ctx, e, c, who)
	return out, who, err
}

// enterAs tells the profile that an entry is of what it says, and others of it.
func (g *Ingest) enterAs(ctx context.Context, e contact.Entry, c inbound, who resolution) (out Entered, err error) {
	out = Entered{ProfileID: who.profile, Outcome: Ambiguous}
	if out.Contradicts, out.Apart, err = g.sharing(ctx, c, who); err != nil {
		return out, err
	}
	if out.Candidates, err = g.undecided(ctx, c, who); err != nil || who.profile == "" {
		return out, err
	}
	if err := g.flag(ctx, c, who); err != nil {
		return Entered{}, fmt.Errorf("flagging duplicates: %w", err)
	}
	if err := g.learnSpellings(ctx, who); err != nil {
		return Entered{}, fmt.Errorf("keeping spellings: %w", err)
	}
	if out.Outcome, err = g.refreshEntry(ctx, c, e, who); err != nil {
		return Entered{}, entryError("refreshing profile", err)
	}
	if err := g.db.Conclude(ctx, g.decision(e, out.ProfileID, out.Outcome)); err != nil {
		return Entered{}, err
	}
	out.Duplicates, err = g.raised(ctx, who.profile, e.By)
	return out, err
}
