package ingest

import (
	"context"
	"errors"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// resolution is whose a contact is.
type resolution struct {
	profile    string                      // empty: nobody's
	points     []contact.ContactPoint      // what it was resolved by, strongest first
	view       map[string]contact.Identity // those identities, as they were when it was decided
	candidates []contact.Candidate         // who it may be, if nobody's
	decided    bool                        // the interaction had its profile before this contact
	person     contact.Profile             // the profile, if it was read or made on the way
	cause      cause                       // why it is kept out; then nothing was made of it

	organization string    // the one it belongs to, if any
	told         time.Time // how late in the feed it stands what the contact made and did: flags come after
}

// resolve finds the profile of a contact, or makes one. An interaction that has a profile, or that an agent has placed, keeps what it has: a replay changes what was said and never who said it.
func (g *Ingest) resolve(ctx context.Context, c *inbound) (resolution, error) {
	recorded, err := g.db.Interactions.Find(ctx, c.interaction)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return resolution{}, err
	}
	if recorded.ProfileID != "" || len(recorded.Moves) > 0 {
		return resolution{profile: recorded.ProfileID, points: c.points, decided: true}, g.admit(ctx, c)
	}
	if why, err := g.bar(ctx, c, recorded); err != nil || why.code != "" {
		return resolution{cause: why}, err
	}
	switch {
	case !c.policy.Attaches || len(c.sentTo) > 0:
		return resolution{}, g.admit(ctx, c)
	case c.failed:
		return g.barFound(ctx, c)(g.suspect(ctx, c))
	case !c.policy.Creates:
		return g.barFound(ctx, c)(g.lookUp(ctx, c))
	case len(c.points) > 0:
		return g.attach(ctx, c)
	case c.name != "":
		return g.nameOnly(ctx, c)
	}
	return resolution{}, nil
}

// attach decides by the contact points; it starts again when somebody else changed one of them meanwhile.
func (g *Ingest) attach(ctx context.Context, c *inbound) (resolution, error) {
	for range maxRestarts {
		r, err := g.attachOnce(ctx, c)
		if !errors.Is(err, errRestart) {
			return r, err
		}
	}
	return resolution{}, errContended
}

func (g *Ingest) attachOnce(ctx context.Context, c *inbound) (resolution, error) {
	held, err := g.look(ctx, c)
	if err != nil {
		return resolution{}, err
	}
	if claim, ok := held.claimed(); ok { // the holder is not decided yet: help, then look again. A claim of our own holds what we decided before a crash
		if _, err := g.settle(ctx, claim); err != nil && !errors.Is(err, errErased) { // erased: it was somebody else's contact, and is dissolved
			return resolution{}, err
		}
		return resolution{}, errRestart
	}
	chosen, err := g.chosen(ctx, held, c)
	if err != nil {
		return resolution{}, err
	}
	points := chosen.points
	if len(points) == 0 {
		return resolution{points: c.points, candidates: chosen.candidates}, nil
	}
	if why, err := g.barPeople(ctx, c, held.everybody(points), points); err != nil || why.code != "" {
		return resolution{cause: why}, err
	}
	if err := g.contradict(ctx, held, chosen, c); err != nil {
		return resolution{}, err
	}
	if profile, view, ok := held.known(points); ok {
		return resolution{profile: profile, points: points, view: view, person: held.profiles[profile]}, nil
	}
	if err := g.markShared(ctx, held, points); err != nil {
		return resolution{}, err
	}
	claim := c.claim(points)
	out, err := g.settleFrom(ctx, claim, held)
	r := resolution{profile: out.profile, points: points, view: out.view, person: held.profiles[out.profile]}
	if out.made {
		r.person = newProfile(out.profile, claim)
		r.person.Version = 1
	}
	return r, err
}

// choice is the contact points that decide whose a contact is.
type choice struct {
	points     []contact.ContactPoint
	candidates []contact.Candidate    // who it may be by the contact points that do not decide
	apart      []contact.ContactPoint // those of people who were told apart from whose it is
}

func (g *Ingest) chosen(ctx context.Context, held holders, c *inbound) (choice, error) {
	if err := g.passedOn(ctx, &held, c); err != nil {
		return choice{}, err
	}
	points, candidates := held.choose(c)
	kept, apart, err := g.keepApart(ctx, held, points, c)
	return choice{kept, candidates, apart}, err
}

// claim is the contact in the form in which others can settle it.
func (c *inbound) claim(points []contact.ContactPoint) contact.Claim {
	return contact.Claim{By: c.by, Points: points, Name: c.name, Language: c.language, Class: c.class, At: c.at(), Received: c.received(), Provenance: c.provenance}
}

// nameOnly makes a profile for somebody who gave a name and no contact point.
func (g *Ingest) nameOnly(ctx context.Context, c *inbound) (resolution, error) {
	p := newProfile(g.profileID(c.interaction), c.claim(nil)) // of the interaction: a copy of the contact in another delivery makes the same one
	err := g.db.Profiles.Insert(ctx, p)
	if errors.Is(err, store.ErrExists) {
		if p, err = g.db.Profiles.Find(ctx, p.ID); err == nil && p.Erased() {
			return resolution{}, errErased
		}
		return resolution{profile: p.ID, person: p}, err
	}
	p.Version = 1
	return resolution{profile: p.ID, person: p}, err
}

// lookUp finds the holder of the strongest contact point that one person alone holds; it makes nothing.
func (g *Ingest) lookUp(ctx context.Context, c *inbound) (resolution, error) {
	held, err := g.look(ctx, c)
	if err != nil {
		return resolution{}, err
	}
	for _, p := range c.points {
		if holders := held.of(p); len(held.people(holders)) == 1 {
			return resolution{profile: holders[0].ProfileID, points: []contact.ContactPoint{p}}, nil
		}
	}
	return resolution{points: c.points, candidates: held.candidates(c, c.points, "shared_contact_point")}, nil
}

// suspect names who a contact claims to be, without attaching it: the network says that the contact points are not the sender's.
func (g *Ingest) suspect(ctx context.Context, c *inbound) (resolution, error) {
	held, err := g.look(ctx, c)
	if err != nil {
		return resolution{}, err
	}
	return resolution{points: c.points, candidates: held.candidates(c, c.points, "assurance_failed")}, nil
}
