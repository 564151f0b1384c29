package organizations

import (
	"context"
	"errors"
	"time"

	"usher/gateway/contact"
	"usher/gateway/organizations/domain"
	"usher/gateway/store"
)

// Mail is a proven mail of a profile.
type Mail struct {
	Profile  string
	Identity string // its address
	Address  string // in normal form
	By       string // the contact
	At       time.Time
}

// Proven makes the sender of a proven mail a member of the organization whose domain it came from, and says which that is. It is empty if the domain is nobody's, or an agent has ended the membership: mail does not make that anew.
func (o *Organizations) Proven(ctx context.Context, m Mail) (organization string, err error) {
	d, err := o.owner(ctx, domain.Of(m.Address))
	if err != nil || d.OrganizationID == "" {
		return "", err
	}
	member, err := o.prove(ctx, contact.Membership{ProfileID: m.Profile, OrganizationID: d.OrganizationID, How: contact.MemberByEmail, IdentityID: m.Identity, By: m.By, Since: m.At})
	if err != nil || member.State != contact.Standing {
		return "", err
	}
	return member.OrganizationID, nil
}

// prove inserts a membership unless there is one, standing or ended, and gives the one that is there.
func (o *Organizations) prove(ctx context.Context, m contact.Membership) (contact.Membership, error) {
	o.peopled.Store(true)
	m.ID, m.State = o.db.Salt.MembershipID(m.ProfileID, m.OrganizationID), contact.Standing
	found, err := o.db.Memberships.FindAll(ctx, m.ID)
	if err != nil || len(found) == 1 {
		return found[m.ID], err
	}
	err = o.db.Memberships.Insert(ctx, m)
	if errors.Is(err, store.ErrExists) {
		return o.db.Memberships.Find(ctx, m.ID)
	}
	m.Version = 1
	return m, err
}

// Sole is the organization that a profile is a member of, if it is one alone.
func (o *Organizations) Sole(ctx context.Context, profile string) (organization string, err error) {
	if anybody, err := o.anybody(ctx); err != nil || !anybody {
		return "", err
	}
	standing, _, err := o.db.Memberships.List(ctx, store.Range{Index: "profile", Equal: []any{profile, string(contact.Standing)}, Limit: 2})
	if err != nil || len(standing) != 1 {
		return "", err
	}
	return standing[0].OrganizationID, nil
}

// askEvery is how often it is looked up whether there is any member, until there is one.
const askEvery = time.Second

// anybody reports whether there are members of anything. Where nobody uses organizations, contacts do not pay for asking; of the first member in a store, other gateways learn within a second.
func (o *Organizations) anybody(ctx context.Context) (bool, error) {
	if o.peopled.Load() {
		return true, nil
	}
	now := time.Now().UnixMilli()
	if now-o.asked.Load() < askEvery.Milliseconds() {
		return false, nil
	}
	n, err := o.db.Memberships.CountTo(ctx, 1, "profile")
	if err != nil {
		return false, err
	}
	if n > 0 {
		o.peopled.Store(true)
	} else {
		o.asked.Store(now) // only once it is known: whoever asks meanwhile looks too
	}
	return n > 0, nil
}

// Join makes a profile a member by hand or import, also one whose membership was ended. One that stands stays as it is.
func (o *Organizations) Join(ctx context.Context, m contact.Membership) (contact.Membership, error) {
	if _, err := o.Live(ctx, m.OrganizationID); err != nil {
		return m, err
	}
	m.ID, m.State = o.db.Salt.MembershipID(m.ProfileID, m.OrganizationID), contact.Standing
	made, err := o.stand(ctx, m)
	if err != nil {
		return made, err
	}
	if err := o.touch(ctx, m.OrganizationID); err != nil {
		if contact.KindOf(err) == contact.NotFound { // it was deleted meanwhile
			_, ended := o.End(ctx, m.OrganizationID, made.ID, m.Who)
			err = errors.Join(err, ended)
		}
		return made, err
	}
	return made, nil
}

func (o *Organizations) stand(ctx context.Context, m contact.Membership) (contact.Membership, error) {
	o.peopled.Store(true)
	for range maxTries {
		err := o.db.Memberships.Insert(ctx, m)
		if !errors.Is(err, store.ErrExists) {
			m.Version = 1
			return m, err
		}
		there, err := o.db.Memberships.Find(ctx, m.ID)
		if err != nil || there.State == contact.Standing {
			return there, err
		}
		next := m
		next.Version = there.Version
		next, err = o.db.Memberships.Swap(ctx, next)
		if !errors.Is(err, store.ErrStale) {
			return next, err
		}
	}
	return contact.Membership{}, busy()
}

// End ends a membership of an organization; one that is ended stays as it is. NotFound if the organization has none of this id.
func (o *Organizations) End(ctx context.Context, organization, id, who string) (contact.Membership, error) {
	for range maxTries {
		m, err := o.db.Memberships.Find(ctx, id)
		if errors.Is(err, store.ErrNotFound) || err == nil && m.OrganizationID != organization {
			return m, contact.NewError(contact.NotFound, "not_found", "the organization has no such membership", err)
		}
		if err != nil || m.State == contact.Ended {
			return m, err
		}
		m.State, m.EndedAt, m.EndedBy = contact.Ended, store.Now(), who
		m, err = o.db.Memberships.Swap(ctx, m)
		if !errors.Is(err, store.ErrStale) {
			return m, err
		}
	}
	return contact.Membership{}, busy()
}
