// Package organizations keeps which organizations there are, the mail domains that are theirs and who is a member. It says which organization a contact belongs to, and applies a domain to mail that came before it was registered.
// It knows profiles only: which of them are one person is people's, and asked for when it is shown.
package organizations

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/google/uuid"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/matching/normal"
)

// Organizations is those of one store.
type Organizations struct {
	db    *store.DB
	woken chan struct{}

	peopled atomic.Bool  // there is, or was, a member of something
	asked   atomic.Int64 // when that was last looked up, in milliseconds since 1970
}

// New reads and changes the organizations of a store.
func New(db *store.DB) *Organizations {
	return &Organizations{db: db, woken: make(chan struct{}, 1)}
}

// maxTries is how often a change is made again because somebody else was faster.
const maxTries = 8

// Create makes an organization. An operation that is named and was done before gives what it made; an empty one is done each time. Conflict (external_id_taken) if another organization has one of its ids in other systems.
func (o *Organizations) Create(ctx context.Context, operation string, made contact.Organization) (contact.Organization, error) {
	made.ID = o.db.Salt.ID(contact.OrganizationPrefix, operation, made.Name)
	if operation == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return made, fmt.Errorf("naming organization: %w", err)
		}
		made.ID = contact.OrganizationPrefix + id.String()
	} else if there, err := o.Find(ctx, made.ID); err == nil || contact.KindOf(err) != contact.NotFound { // since then another may have got its ids
		return there, err
	}
	made.CreatedAt = store.Now()
	made.UpdatedAt, made.NameKey = made.CreatedAt, normal.Text(made.Name)
	err := o.give(ctx, made.ID, made.Known(), func() error { return o.db.Organizations.Insert(ctx, made) })
	if errors.Is(err, store.ErrExists) {
		return o.Find(ctx, made.ID)
	}
	made.Version = 1
	return made, err
}

// Find reads an organization, deleted or not; NotFound if there is none.
func (o *Organizations) Find(ctx context.Context, id string) (contact.Organization, error) {
	found, err := o.db.Organizations.Find(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return found, noOrganization(err)
	}
	return found, err
}

func noOrganization(cause error) error {
	return contact.NewError(contact.NotFound, "not_found", "no such organization", cause)
}

// Live reads an organization that was not deleted.
func (o *Organizations) Live(ctx context.Context, id string) (contact.Organization, error) {
	found, err := o.Find(ctx, id)
	if err == nil && !found.DeletedAt.IsZero() {
		return found, noOrganization(nil)
	}
	return found, err
}

// Change changes an organization by compare-and-set. Stale if it is not in the version that was meant; 0 is any. Conflict (external_id_taken) if it shall have an id in another system that another organization has.
func (o *Organizations) Change(ctx context.Context, id string, version int64, change func(*contact.Organization) error) (contact.Organization, error) {
	for range maxTries {
		found, err := o.Live(ctx, id)
		if err != nil {
			return found, err
		}
		if version != 0 && version != found.Version {
			return found, contact.NewError(contact.Stale, "stale_version", "the organization has changed since", nil)
		}
		before := found
		if err := change(&found); err != nil {
			return found, err
		}
		found.NameKey, found.UpdatedAt = normal.Text(found.Name), store.Now()
		found, err = o.replace(ctx, before, found)
		if !errors.Is(err, store.ErrStale) {
			return found, err
		}
	}
	return contact.Organization{}, busy()
}

// replace writes an organization with the ids in other systems that it gains, and lets others have those that it loses.
func (o *Organizations) replace(ctx context.Context, before, after contact.Organization) (contact.Organization, error) {
	lost, err := o.had(ctx, before, after)
	if err != nil {
		return after, err
	}
	err = o.give(ctx, after.ID, o.beyond(after, before), func() (err error) {
		after, err = o.db.Organizations.Swap(ctx, after)
		return err
	})
	if err != nil {
		return after, err
	}
	return after, o.giveUp(ctx, lost)
}

func busy() error {
	return contact.NewError(contact.Conflict, "busy", "others are changing the same", nil)
}

// Delete takes an organization out of all lists; interactions keep it. Conflict while it has a domain or a standing member.
// Whoever gives it either changes its version afterwards (touch), so that one of the two finds the other.
func (o *Organizations) Delete(ctx context.Context, id string, version int64) error {
	_, err := o.Change(ctx, id, version, func(found *contact.Organization) error {
		domains, err := o.db.Domains.CountTo(ctx, 1, "organization", id)
		if err != nil {
			return err
		}
		members, err := o.db.Memberships.CountTo(ctx, 1, "organization", id, string(contact.Standing))
		if err != nil {
			return err
		}
		if domains+members > 0 {
			return contact.NewError(contact.Conflict, "organization_in_use", "the organization has domains or members; end those first", nil)
		}
		found.DeletedAt = store.Now()
		return nil
	})
	return err
}

// touch changes an organization's version after something was added to it; NotFound if it was deleted meanwhile.
func (o *Organizations) touch(ctx context.Context, id string) error {
	_, err := o.Change(ctx, id, 0, func(*contact.Organization) error { return nil })
	return err
}

// Named is the range of organizations whose name begins so; all of them for a prefix without letters.
func Named(prefix string) store.Range {
	of := store.Range{Index: "name"}
	if key := normal.Text(prefix); key != "" {
		of.Lower, of.Upper = key, key+"\U0010ffff"
	}
	return of
}
