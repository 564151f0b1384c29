package ingest

import (
	"context"

	"usher/gateway/contact"
	"usher/gateway/organizations"
)

// ShareOrganizations lets ingest use the organizations that others in the process use, so that each hears at once of the other's first member. It must be called before it handles anything.
func (g *Ingest) ShareOrganizations(shared *organizations.Organizations) { g.organizations = shared }

// organization is the one that a contact belongs to at the time it is recorded: whose domain its proven mail came from, which makes its sender a member, else the only one that the profile is a member of.
// It is decided before the interaction is recorded, so that a rerun that finds the interaction knows that it was. Others' contacts, and those that are nobody's, belong to none.
func (g *Ingest) organization(ctx context.Context, c inbound, who resolution) (string, error) {
	if who.profile == "" || who.decided {
		return "", nil
	}
	proven, err := g.provenMail(ctx, c, who)
	if err != nil || proven != "" || who.person.Origin == c.by { // a new profile is a member of nothing else
		return proven, err
	}
	return g.organizations.Sole(ctx, who.profile)
}

// provenMail makes the sender of a proven mail a member, for each address of it; the organization is that of the first.
func (g *Ingest) provenMail(ctx context.Context, c inbound, who resolution) (organization string, err error) {
	for _, i := range who.provenMail(c) {
		made, err := g.organizations.Proven(ctx, organizations.Mail{Profile: who.profile, Identity: i.ID, Address: i.Value, By: c.by, At: c.event.Inbound.Data.Times.OccurredAt})
		if err != nil {
			return "", err
		}
		if organization == "" {
			organization = made
		}
	}
	return organization, nil
}

// provenMail are the addresses that the network proved to be the sender's in this very contact, and that the profile holds.
func (r resolution) provenMail(c inbound) []contact.Identity {
	var all []contact.Identity
	for _, p := range r.points {
		if i := r.view[p.ID]; i.Scheme == contact.Mailto && i.ProfileID == r.profile && c.proves(i) {
			all = append(all, i)
		}
	}
	return all
}

// proves reports whether the network proved in this contact that an identity's contact point is the sender's.
func (c *inbound) proves(i contact.Identity) bool {
	for _, p := range c.points {
		if p.Of == i.Of {
			return p.Provenance == contact.FromChannel && p.Assurance == contact.Pass && p.Scope == ""
		}
	}
	return false
}
