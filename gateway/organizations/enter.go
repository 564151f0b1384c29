package organizations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"usher/gateway/contact"
	"usher/gateway/organizations/domain"
	"usher/gateway/store"
	"usher/matching/normal"
)

// Entry is an organization that an import tells of.
type Entry struct {
	Told    contact.Organization // name, note, external ids and fields; the external ids are what it is found again by, in their order
	ID      string               // its id in another store of ours, or in this one; may be empty
	Domains []string             // in any spelling
	Who     string
}

// Outcome is what became of an entry.
type Outcome string

// The outcomes.
const (
	Created Outcome = "created"
	Updated Outcome = "updated"
	Matched Outcome = "matched" // it said nothing new
)

// Entered is what became of an entry.
type Entered struct {
	Organization contact.Organization
	Outcome      Outcome
	Differs      bool // it says something else than what is here, which stays: agents may have written that
	Refused      bool // a domain is another organization's, or cannot be one organization's; those are kept as a field

	before  contact.Organization // as it was; a zero one if it is created
	domains []string             // to register
}

// System is what ids of organizations of Usher stores are ids in.
const System = "usher"

// refusedField is the field that keeps the domains which were not registered.
const refusedField = "domains not registered"

// Limits of an organization.
const (
	maxName        = 200
	maxNote        = 5000
	maxExternalIDs = 20
	maxFields      = 50
	maxFieldName   = 100
	maxField       = 1000
	maxNamesakes   = 50 // that are looked at
)

// Enter creates an organization, or adds to it what it lacks; nothing that is there is overwritten. It is found by its external ids, or without one by its name, and made under an id that those decide, so that it may be entered any number of times by any number of processes.
// Domains are registered, not applied to mail that came before. Errors: Invalid for what no organization can be made of, is ambiguous or was deleted here.
func (o *Organizations) Enter(ctx context.Context, e Entry) (Entered, error) {
	for range maxTries {
		out, err := o.Foresee(ctx, e)
		if err != nil {
			return out, err
		}
		if err := o.put(ctx, &out); faster(err) {
			continue
		} else if err != nil {
			return out, err
		}
		for _, name := range out.domains {
			_, err := o.AddDomain(ctx, out.Organization.ID, name, e.Who)
			var taken *contact.Error
			switch {
			case errors.As(err, &taken) && taken.Code == "domain_taken":
				out.Refused = true
			case err != nil:
				return out, err
			}
		}
		return out, nil
	}
	return Entered{}, busy()
}

// faster reports whether somebody else made or changed the organization, or gave another an id of it in another system.
func faster(err error) bool {
	var refused *contact.Error
	return errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrStale) || errors.As(err, &refused) && refused.Code == "external_id_taken"
}

func (o *Organizations) put(ctx context.Context, out *Entered) (err error) {
	switch out.Outcome {
	case Created:
		return o.give(ctx, out.Organization.ID, out.Organization.Known(), func() error { return o.db.Organizations.Insert(ctx, out.Organization) })
	case Updated:
		out.Organization, err = o.replace(ctx, out.before, out.Organization)
	}
	return err
}

// Foresee says what Enter would do as things stand, and writes nothing.
func (o *Organizations) Foresee(ctx context.Context, e Entry) (out Entered, err error) {
	e.Told = within(e.Told)
	if e.Told.NameKey == "" {
		return out, invalid("no_name", "an organization has a name")
	}
	owners, err := o.owners(ctx, e.Told.ExternalIDs)
	if err != nil {
		return out, err
	}
	there, err := o.recognize(ctx, e, owners)
	if err != nil {
		return out, err
	}
	known := len(e.Told.ExternalIDs)
	e.Told.ExternalIDs = unowned(e.Told.ExternalIDs, owners, there.ID)
	if out.domains, err = o.free(ctx, &e, there.ID); err != nil {
		return out, err
	}
	out.Refused = len(e.Told.Fields) > 0 && e.Told.Fields[len(e.Told.Fields)-1].Name == refusedField
	if there.ID == "" {
		out.Organization, out.Outcome = e.Told, Created
		out.Organization.ID, out.Organization.CreatedAt = o.idsOf(e)[0], store.Now()
		out.Organization.UpdatedAt = out.Organization.CreatedAt
		return out, nil
	}
	var changed bool
	out.Organization, changed, out.Differs = learn(there, e.Told)
	out.Differs = out.Differs || len(e.Told.ExternalIDs) < known
	out.Outcome, out.before = Matched, there
	if changed || len(out.domains) > 0 {
		out.Outcome, out.Organization.UpdatedAt = Updated, store.Now()
	}
	return out, nil
}

func invalid(code, message string) error {
	return contact.NewError(contact.Invalid, code, message, nil)
}

// within holds what is told to the limits.
func within(told contact.Organization) contact.Organization {
	told.Name, told.Note = contact.Shorten(strings.TrimSpace(told.Name), maxName), contact.Shorten(told.Note, maxNote)
	told.NameKey = normal.Text(told.Name)
	told.ExternalIDs = told.ExternalIDs[:min(len(told.ExternalIDs), maxExternalIDs)]
	told.Fields = slices.Clone(told.Fields[:min(len(told.Fields), maxFields-1)])
	for i, f := range told.Fields {
		told.Fields[i] = contact.Pair{Name: contact.Shorten(f.Name, maxFieldName), Value: contact.Shorten(f.Value, maxField)}
	}
	return told
}

// idsOf are the ids that an entry may have been made under, the one that it would be made under first.
func (o *Organizations) idsOf(e Entry) []string {
	var all []string
	for _, known := range e.Told.ExternalIDs {
		all = append(all, o.externalID(known))
	}
	if e.ID != "" {
		all = append(all, o.externalID(contact.Pair{Name: System, Value: e.ID}), e.ID)
	}
	if len(all) == 0 {
		all = append(all, o.db.Salt.ID(contact.OrganizationPrefix, "named", e.Told.NameKey))
	}
	return all
}

// externalID is the id of an organization that is found by its id in another system.
func (o *Organizations) externalID(known contact.Pair) string {
	return o.db.Salt.ID(contact.OrganizationPrefix, "external", known.Name, known.Value)
}

// recognize finds the organization of an entry, whose external ids are some organizations'; a zero one if there is none.
func (o *Organizations) recognize(ctx context.Context, e Entry, owners []contact.Organization) (none contact.Organization, err error) {
	ids := o.idsOf(e)
	found, err := o.db.Organizations.FindAll(ctx, ids...)
	if err != nil {
		return none, err
	}
	all := slices.Clone(owners)
	for _, id := range ids {
		all = append(all, found[id])
	}
	for _, there := range all {
		switch {
		case there.ID == "":
		case !there.DeletedAt.IsZero():
			return none, invalid("organization_deleted", "the organization was deleted here")
		default:
			return there, nil
		}
	}
	if len(e.Told.ExternalIDs) > 0 || e.ID != "" {
		return none, nil
	}
	namesakes, err := o.named(ctx, e.Told.Name)
	switch {
	case err != nil || len(namesakes) == 0:
		return none, err
	case len(namesakes) == 1:
		return namesakes[0], nil
	}
	return none, invalid("ambiguous", "several organizations have this name")
}

// unowned are the external ids that no other organization has.
func unowned(known []contact.Pair, owners []contact.Organization, organization string) (free []contact.Pair) {
	for i, id := range known {
		if owners[i].ID == "" || owners[i].ID == organization || !owners[i].DeletedAt.IsZero() {
			free = append(free, id)
		}
	}
	return free
}

// named are those that are called so; deleted ones are not.
func (o *Organizations) named(ctx context.Context, name string) ([]contact.Organization, error) {
	key := normal.Text(name)
	if key == "" {
		return nil, nil
	}
	all, _, err := o.db.Organizations.List(ctx, store.Range{Index: "name", Equal: []any{key}, Limit: maxNamesakes})
	return slices.DeleteFunc(all, func(n contact.Organization) bool { return !n.DeletedAt.IsZero() }), err
}

// free are the domains of an entry that nobody has yet, in normal form. Those that it cannot have become a field, so that nobody has to look for them in the file.
func (o *Organizations) free(ctx context.Context, e *Entry, organization string) (names []string, err error) {
	var refused []string
	ids := map[string]string{} // by name
	for _, raw := range e.Domains {
		name, err := domain.Parse(raw)
		if err != nil {
			refused = append(refused, strings.TrimSpace(raw))
			continue
		}
		ids[name] = o.db.Salt.DomainID(name)
		names = append(names, name)
	}
	wanted := make([]string, 0, len(ids))
	for _, id := range ids {
		wanted = append(wanted, id)
	}
	found, err := o.db.Domains.FindAll(ctx, wanted...)
	if err != nil {
		return nil, fmt.Errorf("reading domains: %w", err)
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		owner := found[ids[name]].OrganizationID
		if owner != "" && owner != organization {
			refused = append(refused, name)
		}
		return owner != ""
	})
	if len(refused) > 0 {
		e.Told.Fields = append(e.Told.Fields, contact.Pair{Name: refusedField, Value: contact.Shorten(strings.Join(refused, " "), maxField)})
	}
	return names, nil
}

// learn adds to an organization what it lacks. It differs where it has something else.
func learn(there, told contact.Organization) (next contact.Organization, changed, differs bool) {
	next = there
	differs = there.NameKey != told.NameKey || told.Note != "" && there.Note != "" && there.Note != told.Note
	if there.Note == "" && told.Note != "" {
		next.Note, changed = told.Note, true
	}
	for _, id := range told.ExternalIDs {
		if !slices.Contains(next.ExternalIDs, id) && len(next.ExternalIDs) < maxExternalIDs {
			next.ExternalIDs, changed = append(slices.Clone(next.ExternalIDs), id), true
		}
	}
	for _, f := range told.Fields {
		at := slices.IndexFunc(next.Fields, func(known contact.Pair) bool { return known.Name == f.Name })
		switch {
		case at >= 0:
			differs = differs || next.Fields[at].Value != f.Value && f.Name != refusedField
		case len(next.Fields) < maxFields:
			next.Fields, changed = append(slices.Clone(next.Fields), f), true
		}
	}
	return next, changed, differs
}

// Reference is how a file names the organization of a person.
type Reference struct{ System, ID, Name string }

// Referred is the id of the organization that is meant: the one with that id, else the only one of that name. It is empty if there is none.
func (o *Organizations) Referred(ctx context.Context, r Reference) (id string, err error) {
	if r.ID != "" {
		known := contact.Pair{Name: r.System, Value: r.ID}
		owners, err := o.owners(ctx, []contact.Pair{known})
		if err != nil {
			return "", err
		}
		if owners[0].ID != "" && owners[0].DeletedAt.IsZero() {
			return owners[0].ID, nil
		}
		ids := []string{o.externalID(known)}
		if r.System == System {
			ids = append(ids, r.ID)
		}
		found, err := o.db.Organizations.FindAll(ctx, ids...)
		if err != nil {
			return "", err
		}
		for _, id := range ids {
			if there, ok := found[id]; ok && there.DeletedAt.IsZero() {
				return id, nil
			}
		}
	}
	namesakes, err := o.named(ctx, r.Name)
	if err != nil || len(namesakes) != 1 {
		return "", err
	}
	return namesakes[0].ID, nil
}

// ReferenceTo is what another store finds an organization by that it was imported into.
func ReferenceTo(of contact.Organization) Reference {
	if len(of.ExternalIDs) > 0 {
		return Reference{of.ExternalIDs[0].Name, of.ExternalIDs[0].Value, of.Name}
	}
	return Reference{System, of.ID, of.Name}
}

// Missing are those of memberships that there are none of, standing or ended, and those that were made by the same.
func (o *Organizations) Missing(ctx context.Context, all []contact.Membership) ([]contact.Membership, error) {
	ids := make([]string, len(all))
	for i, m := range all {
		ids[i] = o.db.Salt.MembershipID(m.ProfileID, m.OrganizationID)
	}
	found, err := o.db.Memberships.FindAll(ctx, ids...)
	if err != nil {
		return nil, fmt.Errorf("reading memberships: %w", err)
	}
	var missing []contact.Membership
	for i, m := range all {
		m.ID, m.State = ids[i], contact.Standing
		if there, ok := found[m.ID]; !ok || there.By == m.By {
			found[m.ID] = m // of two in one list the first makes it
			missing = append(missing, m)
		}
	}
	return missing, nil
}

// JoinAll makes memberships that are Missing, with one change of each organization: many people of one file belong to the same. Members of one that was deleted meanwhile are none. It may run again.
func (o *Organizations) JoinAll(ctx context.Context, missing []contact.Membership) error {
	if len(missing) == 0 {
		return nil
	}
	o.peopled.Store(true)
	if err := o.db.Memberships.InsertMissing(ctx, missing); err != nil {
		return fmt.Errorf("storing memberships: %w", err)
	}
	touched := map[string]bool{}
	for _, m := range missing {
		if touched[m.OrganizationID] {
			continue
		}
		touched[m.OrganizationID] = true
		err := o.touch(ctx, m.OrganizationID)
		if contact.KindOf(err) == contact.NotFound {
			err = o.endAll(ctx, m.OrganizationID, missing)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// endAll ends those of memberships that are in an organization.
func (o *Organizations) endAll(ctx context.Context, organization string, all []contact.Membership) error {
	for _, m := range all {
		if m.OrganizationID != organization {
			continue
		}
		if _, err := o.End(ctx, organization, m.ID, m.Who); err != nil {
			return err
		}
	}
	return nil
}
