package organizations

import (
	"context"
	"errors"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/organizations/domain"
	"usher/gateway/store"
)

// walk goes over the addresses that a domain is the longest registered one of, and over what came by them. A look changes nothing; an application makes members, and sets the organization of interactions that have none.
type walk struct {
	o      *Organizations
	domain contact.Domain // as it is or would be registered
	at     contact.Application
	writes bool

	left    int             // documents that may still be read
	longer  map[string]bool // hosts that something longer is registered for, as they were met
	seen    map[string]bool // by a look: members and interactions that were counted
	Samples []Sample
}

// Sample is one who would become a member.
type Sample struct {
	ProfileID    string `json:"profile_id"`
	IdentityID   string `json:"identity_id" doc:"The address whose mail proves it."`
	Interactions int64  `json:"interactions" doc:"Which would be set, as far as they were counted."`
}

// maxSamples bounds the samples of a look.
const maxSamples = 20

// pageSize is how many addresses or interactions are read at once.
const pageSize = 100

// advance goes on where the walk stands until it has read what it may; true at the end.
func (w *walk) advance(ctx context.Context) (done bool, err error) {
	for w.left > 0 {
		r := store.Range{Index: "mail_domain", Equal: []any{domain.Registrable(w.domain.Name)}, Limit: pageSize}
		if w.at.Identity != "" {
			r.After = []any{w.at.Identity}
		}
		page, _, err := w.o.db.Identities.List(ctx, r)
		if err != nil {
			return false, err
		}
		w.left -= len(page)
		for _, i := range page {
			if done, err := w.identity(ctx, i); err != nil || !done {
				return false, err
			}
			w.at.Identity, w.at.Interaction, w.at.Looked = i.ID, "", w.at.Looked+1
		}
		if len(page) < pageSize {
			return true, nil
		}
	}
	return false, nil
}

// identity looks at one address; false if there was too much to read of it at once.
func (w *walk) identity(ctx context.Context, i contact.Identity) (done bool, err error) {
	if !i.Held() || i.Assurance != contact.Pass || i.Scope != "" {
		return true, nil
	}
	if mine, err := w.mine(ctx, domain.Of(i.Value)); err != nil || !mine {
		return true, err
	}
	member, err := w.member(ctx, i)
	if err != nil || member.State != contact.Standing {
		return true, err
	}
	return w.interactions(ctx, i)
}

// mine reports whether nothing longer than the domain is registered for a host below it.
func (w *walk) mine(ctx context.Context, host string) (bool, error) {
	if longer, met := w.longer[host]; met {
		return !longer, nil
	}
	chain := domain.Chain(host)
	at := slices.Index(chain, w.domain.Name)
	ids := make([]string, max(0, at))
	for i := range ids {
		ids[i] = w.o.db.Salt.DomainID(chain[i])
	}
	found, err := w.o.db.Domains.FindAll(ctx, ids...)
	longer := at < 0
	for _, d := range found {
		longer = longer || d.OrganizationID != ""
	}
	w.longer[host] = longer
	return !longer, err
}

// member is the membership that an address proves: there, made, or in a look as it would be made.
func (w *walk) member(ctx context.Context, i contact.Identity) (contact.Membership, error) {
	wanted := contact.Membership{ProfileID: i.ProfileID, OrganizationID: w.domain.OrganizationID, How: contact.MemberByEmail, IdentityID: i.ID, By: w.at.ID, Since: i.FirstSeen}
	if w.writes {
		m, err := w.o.prove(ctx, wanted)
		if err == nil && m.By == w.at.ID && m.IdentityID == i.ID && w.at.Interaction == "" {
			w.at.Members++
		}
		return m, err
	}
	id := w.o.db.Salt.MembershipID(wanted.ProfileID, wanted.OrganizationID)
	found, err := w.o.db.Memberships.FindAll(ctx, id)
	if err != nil || len(found) == 1 {
		return found[id], err
	}
	if !w.seen[id] {
		w.seen[id] = true
		w.at.Members++
		if len(w.Samples) < maxSamples {
			w.Samples = append(w.Samples, Sample{ProfileID: i.ProfileID, IdentityID: i.ID})
		}
	}
	wanted.State = contact.Standing
	return wanted, nil
}

// interactions goes over what came by an address and is with the profile that holds it; false if there is more than may be read now.
func (w *walk) interactions(ctx context.Context, i contact.Identity) (done bool, err error) {
	for w.left > 0 {
		r := store.Range{Index: "profile", Equal: []any{i.ProfileID}, Limit: pageSize}
		if w.at.Interaction != "" {
			r.After = []any{w.at.OccurredAt, w.at.Interaction}
		}
		page, _, err := w.o.db.Interactions.List(ctx, r)
		if err != nil {
			return false, err
		}
		w.left -= len(page)
		for _, in := range page {
			if err := w.interaction(ctx, i, in); err != nil {
				return false, err
			}
			w.at.OccurredAt, w.at.Interaction = in.OccurredAt, in.ID
		}
		if len(page) < pageSize {
			return true, nil
		}
	}
	return false, nil
}

// interaction sets the organization of one that has none. It is counted by what it says of itself, so that a step that is done again counts the same.
func (w *walk) interaction(ctx context.Context, i contact.Identity, in contact.Interaction) error {
	if !slices.Contains(in.Identities, i.ID) {
		return nil
	}
	if !w.writes {
		if in.OrganizationID == "" && !w.seen[in.ID] {
			w.seen[in.ID] = true
			w.at.Interactions++
			if n := len(w.Samples); n > 0 && w.Samples[n-1].IdentityID == i.ID {
				w.Samples[n-1].Interactions++
			}
		}
		return nil
	}
	step := w.o.db.Salt.ID(contact.ApplicationPrefix, w.at.ID, i.ID)
	set, err := w.set(ctx, in, step)
	if err == nil && set {
		w.at.Interactions++
	}
	return err
}

// set gives an interaction the organization unless it has one; true if this step has done it, now or before.
func (w *walk) set(ctx context.Context, in contact.Interaction, step string) (bool, error) {
	for range maxTries {
		if in.OrganizationID != "" {
			return in.OrganizedBy == step, nil
		}
		in.OrganizationID, in.OrganizedBy = w.domain.OrganizationID, step
		_, err := w.o.db.Interactions.Swap(ctx, in)
		if !errors.Is(err, store.ErrStale) {
			return err == nil, err
		}
		if in, err = w.o.db.Interactions.Find(ctx, in.ID); err != nil {
			return false, err
		}
	}
	return false, busy()
}
