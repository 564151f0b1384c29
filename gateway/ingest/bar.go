package ingest

import (
	"context"

	"usher/gateway/contact"
)

// cause is why a contact is kept out; none if its code is empty.
type cause struct {
	code  string
	block string // the block that stands against it
}

func barredBy(b contact.Block) cause {
	if b.Version == 0 {
		return cause{}
	}
	return cause{code: string(contact.Blocked), block: b.ID}
}

// barrable reports whether blocks apply to a contact: it is somebody who writes or calls. What we send to one who is blocked, what became of it, and a network's word that a number has changed, are recorded as ever.
func (c *inbound) barrable() bool {
	return c.class != contact.Own && c.class != contact.Bounce && c.event.Inbound.Data.Direction != contact.FromSystem && (c.aside == nil || c.aside.State != contact.QuarantineReleased)
}

// bar finds what stands against a contact before anything is made of it. What belongs to a contact that came in before the block, such as the end of a call, joins it.
func (g *Ingest) bar(ctx context.Context, c *inbound, recorded contact.Interaction) (cause, error) {
	if recorded.Direction == contact.FromCustomer {
		c.passed = true
		return cause{}, nil
	}
	if !c.barrable() || len(c.points) == 0 {
		return g.follow(ctx, c, recorded)
	}
	block, byPerson, err := g.people.Barred(ctx, c.points)
	c.byPerson = byPerson
	return barredBy(block), err
}

// barPeople finds what stands against the people whose contact points a contact came by. Where one point is several people's, who it is was decided before.
func (g *Ingest) barPeople(ctx context.Context, c *inbound, profiles []string, points []contact.ContactPoint) (cause, error) {
	if !c.byPerson || c.passed || !c.barrable() {
		return cause{}, nil
	}
	var composites []string
	for _, p := range points {
		if p.ID != p.Of {
			composites = append(composites, p.ID)
		}
	}
	block, err := g.people.BarredPeople(ctx, profiles, composites)
	return barredBy(block), err
}

// barFound holds what was found without writing anything against the blocks of people: whose it is, or who it may be.
func (g *Ingest) barFound(ctx context.Context, c *inbound) func(resolution, error) (resolution, error) {
	return func(r resolution, err error) (resolution, error) {
		if err != nil {
			return r, err
		}
		var people []string
		if r.profile != "" {
			people = append(people, r.profile)
		}
		for _, candidate := range r.candidates {
			if c.failed {
				people = append(people, candidate.ProfileID)
			}
		}
		if r.cause, err = g.barPeople(ctx, c, people, r.points); err != nil {
			return r, err
		}
		return r, nil
	}
}
