package gateway

import (
	"context"

	"usher/gateway/contact"
	"usher/gateway/organizations/domain"
	"usher/gateway/store"
)

// grouping is the invariants of organizations: domains are in the one form there is, ids in other systems are one organization's, members and what interactions name are there, and nothing was deleted that is still in use.
type grouping struct {
	db                     *store.DB
	domains, members, used Invariant
	named, known           Invariant
}

func newGrouping(db *store.DB) *grouping {
	return &grouping{
		db:      db,
		domains: Invariant{Rule: "every domain is in normal form, under its own id"},
		members: Invariant{Rule: "every membership's profile and organization exist"},
		used:    Invariant{Rule: "no organization was deleted that has a domain or a member"},
		named:   Invariant{Rule: "every interaction's organization exists"},
		known:   Invariant{Rule: "every id of an organization in another system is its own alone"},
	}
}

func (g *grouping) organization(ctx context.Context, page []contact.Organization) error {
	var ids []string
	for _, o := range page {
		for _, known := range o.Known() {
			ids = append(ids, g.db.Salt.ExternalIDID(known))
		}
	}
	taken, err := g.db.ExternalIDs.FindAll(ctx, ids...)
	for _, o := range page {
		for _, known := range o.Known() {
			g.known.check(taken[g.db.Salt.ExternalIDID(known)].OrganizationID == o.ID, o.ID)
		}
	}
	return err
}

func (g *grouping) domain(ctx context.Context, page []contact.Domain) error {
	found, err := g.db.Organizations.FindAll(ctx, idsOf(page, func(d contact.Domain) string { return d.OrganizationID })...)
	for _, d := range page {
		name, bad := domain.Parse(d.Name)
		g.domains.check(bad == nil && name == d.Name && d.ID == g.db.Salt.DomainID(name), d.ID)
		g.used.check(d.OrganizationID == "" || live(found, d.OrganizationID), d.ID)
	}
	return err
}

func (g *grouping) membership(ctx context.Context, page []contact.Membership) error {
	found, err := g.db.Organizations.FindAll(ctx, idsOf(page, func(m contact.Membership) string { return m.OrganizationID })...)
	if err != nil {
		return err
	}
	profiles, err := g.db.Profiles.FindAll(ctx, idsOf(page, func(m contact.Membership) string { return m.ProfileID })...)
	for _, m := range page {
		_, organization := found[m.OrganizationID]
		_, profile := profiles[m.ProfileID]
		g.members.check(organization && profile && m.ID == g.db.Salt.MembershipID(m.ProfileID, m.OrganizationID), m.ID)
		g.used.check(m.State == contact.Ended || live(found, m.OrganizationID), m.ID)
	}
	return err
}

func live(found map[string]contact.Organization, id string) bool {
	o, ok := found[id]
	return ok && o.DeletedAt.IsZero()
}

func (g *grouping) interactions(ctx context.Context, page []contact.Interaction) error {
	found, err := g.db.Organizations.FindAll(ctx, idsOf(page, func(i contact.Interaction) string { return i.OrganizationID })...)
	for _, i := range page {
		_, exists := found[i.OrganizationID]
		g.named.check(i.OrganizationID == "" || exists, i.ID)
	}
	return err
}

func (g *grouping) conclude() []Invariant {
	return []Invariant{g.domains, g.members, g.used, g.named, g.known}
}
