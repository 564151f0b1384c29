package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"usher/gateway/contact"
	"usher/gateway/organizations"
	"usher/gateway/store"
	"usher/gateway/transfer/mapping"
)

// enterOrganizations enters those rows of a batch that are organizations, in the order of the file: of two that want one domain the first gets it.
func (t *Transfer) enterOrganizations(ctx context.Context, b *batch) error {
	for n := range b.rows {
		i := &b.rows[n]
		if !i.person.Organization || i.done {
			continue
		}
		if err := t.guarded(ctx, b, i); err != nil {
			return err
		}
		i.done = true
	}
	return nil
}

func (t *Transfer) enterOrganization(ctx context.Context, b *batch, i *item) error {
	enter := t.organizations.Enter
	if b.job.DryRun {
		enter = t.organizations.Foresee
	}
	out, err := enter(ctx, organizationOf(b.job, i.person))
	var refused *contact.Error
	switch {
	case errors.As(err, &refused) && refused.Kind == contact.Invalid:
		i.reject(refused.Code, refused.Message)
		return nil
	case err != nil:
		return fmt.Errorf("entering row %d: %w", i.row.N, err)
	}
	i.out.Outcome, i.out.OrganizationID = contact.RowOutcome(out.Outcome), out.Organization.ID
	switch {
	case out.Refused:
		i.out.Code, i.out.Reason = "domain_not_registered", "a domain is another organization's, or anybody can have an address there; it is kept as a field"
	case out.Differs:
		i.out.Code, i.out.Reason = "differs", "the organization is called or described otherwise here; that stays"
	}
	if b.job.DryRun {
		t.foreseeOrganization(b, i)
	}
	return nil
}

// foreseeOrganization tells that an earlier row of a dry run is the same organization, which is not there.
func (t *Transfer) foreseeOrganization(b *batch, i *item) {
	if i.out.Outcome != contact.RowCreated {
		return
	}
	first, known := b.seen[hashOf(i.out.OrganizationID)]
	if known {
		i.out.Outcome, i.out.Code, i.out.Reason = contact.RowMatched, "same_as_row", "row "+strconv.FormatInt(first.row, 10)+" is the same organization"
	} else if len(b.seen) < maxForeseen {
		b.seen[hashOf(i.out.OrganizationID)] = madeBy{row: i.row.N}
	}
	i.out.OrganizationID = ""
}

// organizationOf is a row in the form in which organizations are entered.
func organizationOf(job contact.Job, p mapping.Person) organizations.Entry {
	told := contact.Organization{Name: p.OrgName, Note: strings.Join(p.Notes, "\n"), Fields: p.Fields}
	for _, id := range p.External {
		told.ExternalIDs = append(told.ExternalIDs, contact.Pair{Name: id.Scope, Value: id.Value})
	}
	slices.SortStableFunc(told.ExternalIDs, func(x, y contact.Pair) int { return ownNumber(x) - ownNumber(y) }) // people are told by the helpdesk's ids
	if len(p.Tags) > 0 {
		told.Fields = append(slices.Clone(told.Fields), contact.Pair{Name: "tags", Value: strings.Join(p.Tags, ", ")})
	}
	return organizations.Entry{Told: told, ID: p.ID, Domains: distinct(p.Domains), Who: job.ID}
}

// ownNumber is 1 for the company's own number.
func ownNumber(id contact.Pair) int {
	if id.Name == mapping.Customer {
		return 1
	}
	return 0
}

// joinAll makes the people of a batch members of their organizations, as far as those are known, in one step. What an agent ended stays ended.
func (t *Transfer) joinAll(ctx context.Context, b *batch) error {
	var wanted []contact.Membership
	rows := map[string]*item{} // by what a membership was made by
	for n := range b.rows {
		i := &b.rows[n]
		if i.out.ProfileID == "" && !b.job.DryRun || i.person.Organization || i.out.Outcome == contact.RowRejected || i.out.Outcome == contact.RowSkipped || i.kept {
			continue
		}
		found, err := t.organizationsOf(ctx, b, i)
		if err != nil {
			return fmt.Errorf("reading organizations: %w", err)
		}
		for _, id := range found {
			by := b.job.ID + "." + strconv.FormatInt(i.row.N, 10)
			rows[by] = i
			wanted = append(wanted, contact.Membership{ProfileID: i.out.ProfileID, OrganizationID: id, How: contact.MemberByImport, By: by, Who: b.job.ID, Since: b.job.CreatedAt})
		}
	}
	missing, err := t.organizations.Missing(ctx, wanted)
	if err != nil {
		return err
	}
	for _, m := range missing {
		rows[m.By].joined()
	}
	if b.job.DryRun {
		return nil
	}
	return t.organizations.JoinAll(ctx, missing)
}

// joined notes that a row made somebody a member.
func (i *item) joined() {
	if i.out.Outcome == contact.RowMatched && i.out.Code != "same_as_row" {
		i.out.Outcome = contact.RowUpdated
	}
	if i.out.Did == contact.RowMatched {
		i.out.Did = contact.RowUpdated
	}
}

// organizationsOf are the organizations of a row that are known here. A row says so whose file names one by its id, or is the helpdesk's, and that is not: imported again behind the organizations, it makes members.
func (t *Transfer) organizationsOf(ctx context.Context, b *batch, i *item) (known []string, err error) {
	references := referencesOf(b.mapping.Source, i.person)
	for _, r := range references {
		id, looked := b.known[r]
		if !looked {
			if id, err = t.organizations.Referred(ctx, r); err != nil {
				return nil, err
			}
			b.known[r] = id
		}
		if id != "" && !slices.Contains(known, id) {
			known = append(known, id)
		}
	}
	told := len(i.person.OrgIDs)+len(i.person.Of) > 0 || b.mapping.Source == mapping.Zendesk
	if len(references) > 0 && len(known) == 0 && told && i.out.Code == "" {
		i.out.Code, i.out.Reason = "unknown_organization", "the organization is not known here: import the organizations, and then this file again"
	}
	return known, nil
}

// referencesOf is how a row names the organizations of a person: by id, or without one by name.
func referencesOf(source mapping.Source, p mapping.Person) (all []organizations.Reference) {
	for _, of := range p.Of {
		all = append(all, organizations.Reference(of))
	}
	system := mapping.Customer
	if source == mapping.Zendesk {
		system = string(mapping.Zendesk)
	}
	for _, id := range p.OrgIDs {
		all = append(all, organizations.Reference{System: system, ID: id, Name: p.OrgName})
	}
	if len(all) == 0 && p.OrgName != "" {
		all = append(all, organizations.Reference{Name: p.OrgName})
	}
	return all
}

// OrganizationLine is an organization with its domains: a line of an export that can be imported again.
type OrganizationLine struct {
	Usher       int         `json:"usher"`
	Type        string      `json:"type"` // organization
	ID          string      `json:"id"`
	Name        string      `json:"name"`
	Note        string      `json:"note,omitempty"`
	ExternalIDs []NameValue `json:"external_ids,omitempty"`
	Fields      []NameValue `json:"fields,omitempty"`
	Domains     []string    `json:"domains,omitempty"`
	CreatedAt   time.Time   `json:"created_at"`
	DeletedAt   time.Time   `json:"deleted_at,omitzero"`
}

// Belonging is an organization that a person is a member of.
type Belonging struct {
	System string `json:"system"` // whose id it is
	ID     string `json:"id"`
	Name   string `json:"name"`
}

// exportOrganizations writes them, in the order of their names.
func (t *Transfer) exportOrganizations(ctx context.Context, l *lines) error {
	return each(ctx, t.db.Organizations, store.Range{Index: "name"}, func(o contact.Organization) error {
		shown := OrganizationLine{Usher: Layout, Type: mapping.OrganizationLine, ID: o.ID, Name: o.Name, Note: o.Note, ExternalIDs: namesAndValues(o.ExternalIDs), Fields: namesAndValues(o.Fields), CreatedAt: o.CreatedAt, DeletedAt: o.DeletedAt}
		err := each(ctx, t.db.Domains, store.Range{Index: "organization", Equal: []any{o.ID}}, func(d contact.Domain) error {
			shown.Domains = append(shown.Domains, d.Name)
			return nil
		})
		if err != nil {
			return err
		}
		return l.write(shown)
	})
}

func namesAndValues(pairs []contact.Pair) (all []NameValue) {
	for _, p := range pairs {
		all = append(all, NameValue(p))
	}
	return all
}

// belonging is what a person is a member of, by any of its profiles.
func (t *Transfer) belonging(ctx context.Context, profiles []string) ([]Belonging, error) {
	var ids []string
	for _, profile := range profiles {
		standing, _, err := t.db.Memberships.List(ctx, store.Range{Index: "profile", Equal: []any{profile, string(contact.Standing)}, Limit: perPage})
		if err != nil {
			return nil, err
		}
		for _, m := range standing {
			ids = append(ids, m.OrganizationID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := t.db.Organizations.FindAll(ctx, ids...)
	var all []Belonging
	for _, id := range distinct(ids) {
		if o, ok := found[id]; ok && o.DeletedAt.IsZero() {
			all = append(all, Belonging(organizations.ReferenceTo(o)))
		}
	}
	return all, err
}
