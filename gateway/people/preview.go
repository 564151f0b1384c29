package people

import (
	"context"
	"fmt"
	"slices"

	"usher/gateway/contact"
)

// Auto leaves it to us who survives: who has more contact points, else the older profile.
const Auto = "auto"

// Preview is what a merge would do, as things stand.
type Preview struct {
	Into   Person
	From   []Person
	Fields []Field
	Counts Counts
	Blocks []Blocking
	// Undecided: one of the people is blocked and another is not, so a merge has to say what becomes of the blocks of profiles.
	Undecided bool
	Stands    []string       // the decisions by which some were merged into the survivor before; they are not in From
	Token     string         // stands for the versions that were seen
	Refusal   *contact.Error // why it is not possible; nil: it is
}

// Field is what becomes of one field of a profile that is merged.
type Field struct {
	ProfileID string  `json:"profile_id"`
	Field     string  `json:"field"`
	Outcome   Outcome `json:"outcome" enum:"adopted,kept_as_alternate,united"`
	Value     string  `json:"value,omitempty"`
	Count     int     `json:"count,omitempty"`
}

// Blocking is a block of one of the people. That of a contact point stays on it.
type Blocking struct {
	BlockID    string            `json:"block_id"`
	Kind       contact.BlockKind `json:"kind" enum:"identity,profile"`
	ProfileID  string            `json:"profile_id,omitempty"`
	IdentityID string            `json:"identity_id,omitempty"`
	decision   string
}

// Outcome is what becomes of a field. Nothing is dropped.
type Outcome string

// The outcomes.
const (
	Adopted         Outcome = "adopted"           // the survivor has none: it is shown
	KeptAsAlternate Outcome = "kept_as_alternate" // the survivor's is shown, this one kept beside it
	United          Outcome = "united"            // a list: both are shown
)

// Counts are how much joins the survivor, or leaves it. Of interactions no more than MostCounted is counted: the length of a history must not cost.
type Counts struct {
	Profiles         int   `json:"profiles"`
	Identities       int   `json:"identities"`
	Interactions     int64 `json:"interactions"`
	MoreInteractions bool  `json:"more_interactions" doc:"There are more than were counted."`
	OpenDuplicates   int   `json:"open_duplicates" doc:"Open flags inside the person, which are no longer shown."`
}

// MostCounted bounds counting.
const MostCounted = 1000

// Preview says what merging people would do. Any of their profiles stands for a person.
func (p *People) Preview(ctx context.Context, from []string, into string) (preview Preview, err error) {
	err = p.Trees(ctx, func(t *Trees) error {
		preview, err = t.preview(ctx, from, into)
		return err
	})
	return preview, err
}

func (t *Trees) preview(ctx context.Context, from []string, into string) (Preview, error) {
	var v Preview
	distinct := unite(nil, from, func(a, b string) bool { return a == b })
	for _, id := range distinct {
		person, err := t.existing(ctx, id)
		if err != nil {
			return v, err
		}
		v.From = unite(v.From, []Person{person}, Person.Is)
	}
	var err error
	if into == Auto {
		v.Into, err = t.Suggest(ctx, v.From)
	} else {
		v.Into, err = t.existing(ctx, into)
	}
	if err != nil {
		return v, err
	}
	v.From = slices.DeleteFunc(v.From, func(p Person) bool { return p.Is(v.Into) })
	v.Stands = stands(v.Into, distinct, into)
	if v.Refusal, err = t.refusal(ctx, v, slices.Contains(from, into) || into == Auto && len(distinct) == 1); err != nil {
		return v, err
	}
	return v, t.describe(ctx, &v)
}

// stands are the decisions by which profiles of a wish are the survivor's already. With Auto, one alone of them merely stands for the survivor.
func stands(survivor Person, wished []string, into string) (decisions []string) {
	below := 0
	for _, m := range survivor.Profiles {
		if !slices.Contains(wished, m.ID) {
			continue
		}
		below++
		if m.MergedInto != "" {
			decisions = append(decisions, contact.TreeDecisionID(m.TreeSeq))
		}
	}
	if into == Auto && below < 2 {
		return nil
	}
	return decisions
}

// existing is who a profile belongs to, NotFound if there is no such profile.
func (t *Trees) existing(ctx context.Context, id string) (Person, error) {
	person, err := t.Person(ctx, id)
	if err == nil && person.Root().Version == 0 {
		return person, contact.NewError(contact.NotFound, "not_found", "no such profile", nil)
	}
	return person, err
}

// Suggest chooses who survives: who has more contact points, else the older.
func (t *Trees) Suggest(ctx context.Context, people []Person) (Person, error) {
	best, most := people[0], -1
	for _, person := range people {
		held, err := t.people.Identities(ctx, person.IDs()...)
		if err != nil {
			return best, err
		}
		if len(held) > most || len(held) == most && older(person.Root(), best.Root()) {
			best, most = person, len(held)
		}
	}
	return best, nil
}

func older(a, b contact.Profile) bool {
	if !a.CreatedAt.Equal(b.CreatedAt) {
		return a.CreatedAt.Before(b.CreatedAt)
	}
	return a.ID < b.ID
}

// refusal is why a merge is not possible. All pairs are looked at: in a cluster, two losers may be the ones that were told apart.
func (t *Trees) refusal(ctx context.Context, v Preview, self bool) (*contact.Error, error) {
	switch {
	case self:
		return mergeSelf(), nil
	case len(v.From) == 0:
		return contact.NewError(contact.Conflict, "already_merged", "they are one person already", nil).With(contact.Details{Survivor: v.Into.Root().ID, Done: v.Stands}), nil
	}
	everybody := append([]Person{v.Into}, v.From...)
	for i, a := range everybody {
		for _, b := range everybody[i+1:] {
			path, err := t.people.contradiction(ctx, b.Root().ID, a.Root().ID)
			if err != nil {
				return nil, err
			}
			if path != nil {
				return contradicts(path), nil
			}
		}
	}
	return nil, nil
}

// describe fills in what becomes of the fields, how much there is, and the token.
func (t *Trees) describe(ctx context.Context, v *Preview) error {
	shown, _ := v.Into.United()
	var versions []string
	blocked := 0
	for i, person := range append([]Person{v.Into}, v.From...) {
		held, err := t.people.Identities(ctx, person.IDs()...)
		if err != nil {
			return err
		}
		versions = append(versions, seen(person, held)...)
		decisions, err := t.people.block(ctx, person, held, v)
		if err != nil {
			return err
		}
		versions, blocked = append(versions, decisions...), blocked+min(1, len(decisions))
		if i == 0 {
			continue
		}
		v.Fields = append(v.Fields, fields(&shown, person, len(held))...)
		belongs, err := t.people.affiliations(ctx, person)
		if err != nil {
			return err
		}
		if len(belongs) > 0 {
			v.Fields = append(v.Fields, Field{ProfileID: person.Root().ID, Field: "memberships", Outcome: United, Count: len(belongs)})
		}
		if err := t.people.count(ctx, person, len(held), &v.Counts); err != nil {
			return err
		}
	}
	var err error
	v.Undecided = blocked > 0 && blocked <= len(v.From)
	v.Counts.OpenDuplicates, err = t.inside(ctx, append([]Person{v.Into}, v.From...))
	slices.Sort(versions) // whatever order they were named in
	v.Token = t.people.db.Salt.ID("pvt_", append(versions, v.Into.Root().ID)...)
	return err
}

// block adds the blocks of one of the people, and gives the decisions that made those of profiles.
func (p *People) block(ctx context.Context, person Person, held []contact.Identity, v *Preview) ([]string, error) {
	profiles, err := p.blocksOf(ctx, person)
	if err != nil {
		return nil, err
	}
	points, err := p.identityBlocks(ctx, held)
	if err != nil {
		return nil, err
	}
	var decisions []string
	for _, b := range profiles {
		v.Blocks = append(v.Blocks, Blocking{BlockID: b.ID, Kind: b.Kind, ProfileID: b.Target, decision: b.DecisionID})
		decisions = append(decisions, b.DecisionID)
	}
	for _, b := range points {
		v.Blocks = append(v.Blocks, Blocking{BlockID: b.ID, Kind: b.Kind, IdentityID: b.Target})
	}
	return decisions, nil
}

// liftable are the decisions that block the survivor or one who is merged into it.
func (v Preview) liftable(person Person) []string {
	var decisions []string
	for _, b := range v.Blocks {
		if b.Kind == contact.ProfileBlock && slices.Contains(append(v.Into.IDs(), person.IDs()...), b.ProfileID) {
			decisions = append(decisions, b.decision)
		}
	}
	return decisions
}

// seen are the versions of what a person is made of.
func seen(person Person, held []contact.Identity) []string {
	var versions []string
	for _, m := range person.Profiles {
		versions = append(versions, fmt.Sprint(m.ID, ":", m.Version))
	}
	for _, i := range held {
		versions = append(versions, i.ID)
	}
	return versions
}

// fields is what becomes of a person's fields when it joins what is shown so far.
func fields(shown *contact.Profile, person Person, identities int) []Field {
	joins, _ := person.United()
	id := person.Root().ID
	all := append(single(id, "display_name", &shown.Name, joins.Name), single(id, "class", (*string)(&shown.Class), string(joins.Class))...)
	for _, f := range joins.Fields {
		there := ""
		i := slices.IndexFunc(shown.Fields, func(there contact.Field) bool { return there.Name == f.Name })
		if i >= 0 {
			there = shown.Fields[i].Value
		} else {
			shown.Fields = append(slices.Clone(shown.Fields), f)
		}
		all = append(all, single(id, fieldOf(f.Name), &there, f.Value)...)
	}
	for _, list := range []struct {
		field string
		count int
	}{{"names", len(joins.Names)}, {"languages", len(joins.Languages)}, {"identities", identities}, {"evidence", len(joins.Evidence)}, {"tags", len(joins.Tags)}, {"notes", len(joins.Notes)}} {
		if list.count > 0 {
			all = append(all, Field{ProfileID: id, Field: list.field, Outcome: United, Count: list.count})
		}
	}
	return all
}

func single(id, field string, shown *string, value string) []Field {
	switch {
	case value == "" || value == *shown:
		return nil
	case *shown == "":
		*shown = value
		return []Field{{ProfileID: id, Field: field, Outcome: Adopted, Value: value}}
	}
	return []Field{{ProfileID: id, Field: field, Outcome: KeptAsAlternate, Value: value}}
}

// count adds how much a person has.
func (p *People) count(ctx context.Context, person Person, identities int, c *Counts) error {
	c.Profiles += len(person.Profiles)
	c.Identities += identities
	for _, id := range person.IDs() {
		n, err := p.db.Interactions.CountTo(ctx, MostCounted, "profile", id)
		if err != nil {
			return err
		}
		c.Interactions += n
	}
	c.MoreInteractions = c.Interactions >= MostCounted
	c.Interactions = min(c.Interactions, MostCounted)
	return nil
}

// inside counts the open flags between people.
func (t *Trees) inside(ctx context.Context, everybody []Person) (int, error) {
	ids := map[string]bool{}
	for _, person := range everybody {
		for _, id := range person.IDs() {
			ids[id] = true
		}
	}
	flags := map[string]bool{}
	for _, person := range everybody {
		open, err := t.Flags(ctx, person, contact.DuplicateOpen, MaxDuplicates)
		if err != nil {
			return 0, err
		}
		for _, d := range open {
			if ids[d.A] && ids[d.B] {
				flags[d.ID] = true
			}
		}
	}
	return len(flags), nil
}

// UndoPreview is what taking a merge back would do.
type UndoPreview struct {
	Merge    contact.Decision
	Leaves   Person // who stands alone again
	Stays    Person
	Counts   Counts
	Blockers []contact.Blocker
}

// PreviewUndo says what taking back a merge would do, NotFound if there is no such decision.
func (p *People) PreviewUndo(ctx context.Context, id string) (UndoPreview, error) {
	var v UndoPreview
	err := p.steady(ctx, func() (err error) {
		v = UndoPreview{}
		if v.Merge, err = p.decisionOf(ctx, id); err != nil {
			return err
		}
		blocker, err := p.undoBlocker(ctx, v.Merge)
		if err != nil {
			return err
		}
		if blocker != nil {
			v.Blockers = []contact.Blocker{*blocker}
			return nil
		}
		return p.split(ctx, &v)
	})
	return v, err
}

func (p *People) decisionOf(ctx context.Context, id string) (contact.Decision, error) {
	d, _, err := p.Decision(ctx, id)
	return d, err
}

// split is who leaves and who stays.
func (p *People) split(ctx context.Context, v *UndoPreview) error {
	whole, err := p.walk(ctx, v.Merge.A)
	if err != nil {
		return err
	}
	leaver, err := p.Profile(ctx, v.Merge.A)
	if err != nil {
		return err
	}
	if v.Leaves.Profiles, err = p.down(ctx, leaver); err != nil {
		return err
	}
	leaving := v.Leaves.IDs()
	for _, m := range whole.Profiles {
		if !slices.Contains(leaving, m.ID) {
			v.Stays.Profiles = append(v.Stays.Profiles, m)
		}
	}
	if len(v.Stays.Profiles) == 0 {
		return errTorn
	}
	held, err := p.Identities(ctx, leaving...)
	if err != nil {
		return err
	}
	return p.count(ctx, v.Leaves, len(held), &v.Counts)
}
