package organizations

import (
	"context"
	"errors"

	"usher/gateway/contact"
	"usher/gateway/organizations/domain"
	"usher/gateway/store"
)

// AddDomain registers a domain for an organization. Invalid for a domain that cannot be one organization's, Conflict (domain_taken) if it is another's. Of two organizations at once, one gets it.
func (o *Organizations) AddDomain(ctx context.Context, organization, raw, who string) (contact.Domain, error) {
	name, err := domain.Parse(raw)
	if err != nil {
		return contact.Domain{}, err
	}
	if _, err := o.Live(ctx, organization); err != nil {
		return contact.Domain{}, err
	}
	d, err := o.take(ctx, contact.Domain{Document: contact.Document{ID: o.db.Salt.DomainID(name)}, Name: name, OrganizationID: organization, Who: who, AddedAt: store.Now()})
	if err != nil {
		return d, err
	}
	if err := o.touch(ctx, organization); err != nil {
		if contact.KindOf(err) == contact.NotFound {
			_, released := o.release(ctx, d)
			err = errors.Join(err, released)
		}
		return d, err
	}
	return d, nil
}

// take inserts a domain, or takes one that was released.
func (o *Organizations) take(ctx context.Context, wanted contact.Domain) (contact.Domain, error) {
	for range maxTries {
		err := o.db.Domains.Insert(ctx, wanted)
		if !errors.Is(err, store.ErrExists) {
			wanted.Version = 1
			return wanted, err
		}
		there, err := o.db.Domains.Find(ctx, wanted.ID)
		switch {
		case err != nil:
			return there, err
		case there.OrganizationID == wanted.OrganizationID:
			return there, nil
		case there.OrganizationID != "":
			return there, taken()
		}
		next := wanted
		next.Version = there.Version
		next, err = o.db.Domains.Swap(ctx, next)
		if !errors.Is(err, store.ErrStale) {
			return next, err
		}
	}
	return contact.Domain{}, busy()
}

func taken() error {
	return contact.NewError(contact.Conflict, "domain_taken", "the domain is another organization's", nil)
}

// Domain reads a domain of an organization, NotFound if it has none of this id.
func (o *Organizations) Domain(ctx context.Context, organization, id string) (contact.Domain, error) {
	d, err := o.db.Domains.Find(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && (d.OrganizationID != organization || organization == "") {
		return contact.Domain{}, contact.NewError(contact.NotFound, "not_found", "the organization has no such domain", err)
	}
	return d, err
}

// RemoveDomain releases a domain. Members that it made stay members, and interactions keep their organization.
func (o *Organizations) RemoveDomain(ctx context.Context, organization, id string) error {
	for range maxTries {
		d, err := o.Domain(ctx, organization, id)
		if err != nil {
			return err
		}
		if _, err = o.release(ctx, d); !errors.Is(err, store.ErrStale) {
			return err
		}
	}
	return busy()
}

func (o *Organizations) release(ctx context.Context, d contact.Domain) (contact.Domain, error) {
	d.OrganizationID, d.Queue, d.Application = "", "", nil
	return o.db.Domains.Swap(ctx, d)
}

// owner is the domain that mail from a host belongs under, the longest that is registered; a zero one if none is. Where anybody may have an address, nothing is, and nothing is read.
func (o *Organizations) owner(ctx context.Context, host string) (contact.Domain, error) {
	if domain.Open(host) != "" {
		return contact.Domain{}, nil
	}
	chain := domain.Chain(host)
	ids := make([]string, len(chain))
	for i, name := range chain {
		ids[i] = o.db.Salt.DomainID(name)
	}
	found, err := o.db.Domains.FindAll(ctx, ids...)
	for _, id := range ids {
		if found[id].OrganizationID != "" {
			return found[id], err
		}
	}
	return contact.Domain{}, err
}
