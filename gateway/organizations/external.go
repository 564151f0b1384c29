package organizations

import (
	"context"
	"errors"
	"slices"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// forgotten is how long an id in another system stays with an organization that does not say that it has it: its document is written right after, and no request lasts as long. After that whoever took it has stopped in between.
const forgotten = 5 * time.Minute

// give writes an organization that shall have some ids in other systems, which it takes first, so that no other gets them meanwhile. Conflict (external_id_taken) if one is another's: then nothing is written, and what was taken is given up.
func (o *Organizations) give(ctx context.Context, organization string, ids []contact.Pair, write func() error) error {
	var fresh []contact.ExternalID
	for _, known := range ids {
		taken, before, err := o.takeID(ctx, organization, known)
		if err != nil {
			return errors.Join(err, o.giveUp(ctx, fresh))
		}
		if before != organization { // else somebody who changes the same organization may be about to write that it has it
			fresh = append(fresh, taken)
		}
	}
	return write()
}

// takeID inserts an id in another system, or takes one that nobody has any more; it says whose it was before.
func (o *Organizations) takeID(ctx context.Context, organization string, known contact.Pair) (taken contact.ExternalID, before string, err error) {
	wanted := contact.ExternalID{Document: contact.Document{ID: o.db.Salt.ExternalIDID(known)}, OrganizationID: organization, At: store.Now()}
	for range maxTries {
		err := o.db.ExternalIDs.Insert(ctx, wanted)
		if !errors.Is(err, store.ErrExists) {
			taken = wanted
			taken.Version = 1
			return taken, "", err
		}
		there, err := o.db.ExternalIDs.Find(ctx, wanted.ID)
		if err != nil {
			return there, "", err
		}
		if another, err := o.anothers(ctx, there, organization); err != nil {
			return there, "", err
		} else if another {
			return there, "", idTaken()
		}
		taken = wanted
		taken.Version = there.Version
		taken, err = o.db.ExternalIDs.Swap(ctx, taken)
		if !errors.Is(err, store.ErrStale) {
			return taken, there.OrganizationID, err
		}
	}
	return taken, "", busy()
}

func idTaken() error {
	return contact.NewError(contact.Conflict, "external_id_taken", "another organization has the id in that system", nil)
}

// anothers reports whether an id in another system is another organization's, or is about to be.
func (o *Organizations) anothers(ctx context.Context, id contact.ExternalID, organization string) (bool, error) {
	if id.OrganizationID == "" || id.OrganizationID == organization {
		return false, nil
	}
	found, err := o.db.Organizations.FindAll(ctx, id.OrganizationID)
	holder := found[id.OrganizationID]
	if !holder.DeletedAt.IsZero() {
		return false, err
	}
	return o.has(holder, id.ID) || time.Since(id.At) < forgotten, err
}

// has reports whether an organization says that it has an id in another system, given as the document's id.
func (o *Organizations) has(of contact.Organization, id string) bool {
	return slices.ContainsFunc(of.Known(), func(known contact.Pair) bool { return o.db.Salt.ExternalIDID(known) == id })
}

// giveUp lets others have ids in other systems. One that somebody has taken meanwhile is theirs.
func (o *Organizations) giveUp(ctx context.Context, taken []contact.ExternalID) error {
	for _, id := range taken {
		id.OrganizationID = ""
		if _, err := o.db.ExternalIDs.Swap(ctx, id); err != nil && !errors.Is(err, store.ErrStale) {
			return err
		}
	}
	return nil
}

// had reads what is to be given up once an organization is written that has some ids in other systems no more. It is read before that: whoever takes one afterwards, the same organization too, keeps it.
func (o *Organizations) had(ctx context.Context, before, after contact.Organization) (held []contact.ExternalID, err error) {
	gone := o.beyond(before, after)
	if len(gone) == 0 || !after.DeletedAt.IsZero() { // one that was deleted is still known to have been that
		return nil, nil
	}
	found, err := o.db.ExternalIDs.FindAll(ctx, o.documents(gone)...)
	for _, id := range found {
		if id.OrganizationID == before.ID {
			held = append(held, id)
		}
	}
	return held, err
}

// beyond are the ids in other systems that one version of an organization has and another has not.
func (o *Organizations) beyond(one, other contact.Organization) []contact.Pair {
	return slices.DeleteFunc(one.Known(), func(known contact.Pair) bool { return o.has(other, o.db.Salt.ExternalIDID(known)) })
}

// documents are the ids under which ids in other systems are stored.
func (o *Organizations) documents(known []contact.Pair) []string {
	ids := make([]string, len(known))
	for i, k := range known {
		ids[i] = o.db.Salt.ExternalIDID(k)
	}
	return ids
}

// owners are the organizations that have some ids in other systems, deleted ones that had them last among them: by the ids' place in the list, empty where nobody has one.
func (o *Organizations) owners(ctx context.Context, known []contact.Pair) ([]contact.Organization, error) {
	ids := o.documents(known)
	taken, err := o.db.ExternalIDs.FindAll(ctx, ids...)
	if err != nil || len(taken) == 0 {
		return make([]contact.Organization, len(known)), err
	}
	var holders []string
	for _, id := range taken {
		holders = append(holders, id.OrganizationID)
	}
	found, err := o.db.Organizations.FindAll(ctx, holders...)
	owners := make([]contact.Organization, len(known))
	for i, id := range ids {
		holder := found[taken[id].OrganizationID]
		if !holder.DeletedAt.IsZero() || o.has(holder, id) {
			owners[i] = holder
		}
	}
	return owners, err
}
