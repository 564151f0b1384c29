package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/lookup"
	"usher/gateway/store"
	"usher/matching/normal"
)

// Outcome is what became of an entry.
type Outcome string

// The outcomes. An entry is ambiguous if several people have its contact points and its name tells none of them from the others: then nothing is written.
const (
	Created   Outcome = "created"
	Updated   Outcome = "updated"
	Matched   Outcome = "matched" // it said nothing new
	Ambiguous Outcome = "ambiguous"
)

// Entered is what became of an entry. A repeat of one that was entered whole says matched where the first said updated, unless it added a contact point.
type Entered struct {
	ProfileID   string // the profile that it is recorded with, merged or not; empty if ambiguous
	Outcome     Outcome
	Duplicates  []string // ids of the flags that it raised: somebody else may be the same person
	Candidates  []string // profiles that the contact points are of which did not decide
	Contradicts bool     // a contact point is also of somebody else, whose name contradicts
	Apart       bool     // a contact point is also of somebody who was told apart from the person, whatever the names
}

// Enter records a person by the way of a contact: the same table decides whose the contact points are, the same protocol settles them, and who may be the same person is flagged. There is no interaction.
// It may run twice, or half and again, and by any number of processes at once; an agent's that stops is gone on with by Resume. Errors: Invalid for what no person can be made of, or is beyond the limits of a profile; Conflict, erased, if it was said before the person was erased, or made a profile that was.
func (g *Ingest) Enter(ctx context.Context, e contact.Entry) (Entered, error) {
	r, err := g.Read(e)
	if err != nil {
		return Entered{}, err
	}
	return g.EnterRead(ctx, r)
}

// Read is an entry whose contact points were brought to their normal form.
type Read struct {
	entry   contact.Entry
	contact inbound
}

// Points are the ids of the contact points, as they are stored: two entries that share one are of people with a common contact point. One without any has its name in their place.
func (r Read) Points() []string {
	if len(r.contact.points) == 0 {
		return []string{r.entry.By}
	}
	return ids(r.contact.points)
}

// Read reads an entry, with Enter's errors of kind Invalid.
func (g *Ingest) Read(e contact.Entry) (Read, error) {
	c, err := g.entry(e)
	return Read{entry: e, contact: c}, err
}

// EnterRead is Enter of an entry that was read.
func (g *Ingest) EnterRead(ctx context.Context, r Read) (Entered, error) {
	if r.entry.Provenance == contact.FromImport { // its job enters it again
		return g.enter(ctx, r)
	}
	return g.enterWhole(ctx, store.Unfinished{Entry: r.entry}, r)
}

// decision is what an agent's entry is listed as among the decisions; nil if it said nothing new, and of an import, whose rows tell.
func (g *Ingest) decision(e contact.Entry, profile string, out Outcome) *contact.Pending {
	if e.Provenance != contact.FromAgent || out == Matched {
		return nil
	}
	d := contact.Decision{Kind: contact.EnteredBy, Op: e.By, Subject: profile, Codes: []string{string(out)}, Who: e.Who, At: contact.Instant(e.At)}
	d.ID = g.decisionID(e)
	return &contact.Pending{Decision: d}
}

// decisionID is the id of the decision that an entry is listed as.
func (g *Ingest) decisionID(e contact.Entry) string {
	return g.db.Salt.ID(contact.DecisionPrefix, e.By)
}

// entry is an entry in the form of a contact.
func (g *Ingest) entry(e contact.Entry) (inbound, error) {
	if err := check(e); err != nil {
		return inbound{}, err
	}
	e.At = contact.Instant(e.At)
	c := inbound{by: e.By, salt: g.db.Salt, interaction: e.By, class: contact.Human, provenance: e.Provenance, name: e.Name(), happened: e.At}
	c.event.Inbound.Data.Times.OccurredAt = e.At
	if len(e.Languages) > 0 {
		c.language = e.Languages[0]
	}
	var party contact.Party
	for n, id := range e.Identifiers {
		id.Raw, id.Provenance = id.Value, e.Provenance
		known, ok := Normal(id, e.Region)
		switch {
		case !ok:
			return c, invalid("unreadable_identifier", fmt.Sprintf("identifier %d is no contact point of its kind", n))
		case g.own.ours(contact.Party{Identifiers: []contact.Identifier{known}}):
			return c, invalid("own_contact_point", fmt.Sprintf("identifier %d is one of our own contact points", n))
		}
		party.Identifiers = append(party.Identifiers, known)
	}
	c.policy = c.class.Policy()
	c.points = g.points(party, contact.Inbound{}, c)
	for i, p := range c.points {
		c.points[i].Shared = everybodys(p)
	}
	if len(c.points) > 0 && !slices.ContainsFunc(c.points, func(p contact.ContactPoint) bool { return !p.Shared }) {
		c.class, c.policy = contact.RoleBox, contact.RoleBox.Policy()
	}
	if len(c.points) == 0 && len(normal.NameTokens(c.name)) == 0 {
		return c, invalid("nobody", "there is neither a name nor a contact point")
	}
	return c, nil
}

// Normal is a contact point in its normal form, as entries and live traffic have it; false if it has none.
func Normal(id contact.Identifier, region string) (contact.Identifier, bool) {
	if _, withheld := normal.WithheldReason(id.Value); withheld && (id.Scheme == contact.Tel || id.Scheme == contact.SIP) {
		return id, false
	}
	return normalIdentifier(id, region, "")
}

// everybodys reports whether a contact point is a mailbox that several people use, by its name.
func everybodys(p contact.ContactPoint) bool {
	local, _, _ := strings.Cut(p.Value, "@")
	return p.Scheme == contact.Mailto && (normal.RoleMailbox(local) || normal.AutomaticMailbox(local))
}

func invalid(code, message string) *contact.Error {
	return contact.NewError(contact.Invalid, code, message, nil)
}

// resolveEntry finds or makes the profile.
func (g *Ingest) resolveEntry(ctx context.Context, c *inbound) (resolution, error) {
	if len(c.points) == 0 {
		return g.nameOnly(ctx, c)
	}
	return g.attach(ctx, c)
}

// undecided are the profiles that have the contact points which did not decide.
func (g *Ingest) undecided(ctx context.Context, c inbound, who resolution) ([]string, error) {
	var left []contact.ContactPoint
	for _, p := range c.points {
		if who.profile == "" || !slices.ContainsFunc(who.points, func(chosen contact.ContactPoint) bool { return chosen.Of == p.Of }) {
			left = append(left, p)
		}
	}
	if len(left) == 0 {
		return nil, nil
	}
	held, err := g.holders(ctx, left, c.at())
	return candidateIDs(&c, held, left), err
}

func candidateIDs(c *inbound, held holders, left []contact.ContactPoint) []string {
	return mapped(held.candidates(c, left, ""), func(one contact.Candidate) string { return one.ProfileID })
}

// refreshEntry lets the profile learn what the entry says, as refresh does with what a contact says.
func (g *Ingest) refreshEntry(ctx context.Context, c inbound, e contact.Entry, who resolution) (Outcome, error) {
	p := who.person
	for range maxRestarts {
		if p.ID != who.profile {
			var err error
			if p, err = g.db.Profiles.Find(ctx, who.profile); err != nil {
				return "", err
			}
		}
		if p.Erased() && !c.happened.Before(p.ErasedAt) { // said after it: the contact points are free in a moment
			return "", beingErased()
		}
		if p.Erased() {
			return "", errErased
		}
		out, err := g.teachEntry(ctx, c, e, p, who)
		if !errors.Is(err, store.ErrStale) {
			return out, err
		}
		p = contact.Profile{} // somebody else was faster: read it again
	}
	return "", errContended
}

// outcomeOf is what became of the entry: an identity that it made tells it also when it is run again. Whoever's the profile's id is made it: that others were faster to write the profile down does not make them its origin here.
func (g *Ingest) outcomeOf(c inbound, who resolution, changed bool) Outcome {
	for _, i := range who.view {
		changed = changed || i.Origin != nil && i.Origin.By == c.by
	}
	switch {
	case who.profile == g.profileID(c.by):
		return Created
	case changed:
		return Updated
	}
	return Matched
}

// teachEntry compares, tells of and writes a profile with what it learns; ErrStale if it is not as it was read.
// It is told before it is compared, which flags, and before it is written: a rerun that finds nothing to learn has nothing to tell. If somebody was faster, it is they who changed the profile that was told of.
func (g *Ingest) teachEntry(ctx context.Context, c inbound, e contact.Entry, p contact.Profile, who resolution) (out Outcome, err error) {
	if c.points, err = g.unlearned(ctx, p, contact.Interaction{}, who); err != nil {
		return "", err
	}
	if e.Provenance == contact.FromAgent { // the last edit, which may be this entry's own
		if err := g.db.Conclude(ctx, p.Pending); err != nil {
			return "", err
		}
	}
	learned, changed := learnEntry(p, c, e)
	out, began := g.outcomeOf(c, who, changed), time.Now()
	told, err := g.tellEntry(ctx, c, who, out)
	if err != nil {
		return "", err
	}
	news := lookup.News{Before: &p, Profile: learned, Interaction: c.by, At: c.at(), Told: told}
	if err := g.compareEntry(ctx, news, changed); err != nil || !changed {
		return out, err
	}
	if w := g.decision(e, p.ID, out); w != nil {
		learned.Pending = w
	}
	learned.UpdatedAt = store.Now()
	if _, err := g.db.Profiles.Replace(ctx, p, learned); err != nil || !events.Late(began) {
		return out, err
	}
	_, err = g.tellEntry(ctx, c, who, out) // whoever heard of it before may have found the profile as it was
	return out, err
}

// compareEntry holds a profile that is new or learned something against others.
func (g *Ingest) compareEntry(ctx context.Context, news lookup.News, changed bool) error {
	if news.Before.Origin == news.Interaction {
		news.Before = nil
	}
	if !changed && news.Before != nil {
		return nil
	}
	if err := g.learn(ctx, news); err != nil {
		return fmt.Errorf("looking for duplicates: %w", err)
	}
	return nil
}

// learnEntry adds what the entry says and the profile does not know; the contact's points are those that the profile lacks.
func learnEntry(p contact.Profile, c inbound, e contact.Entry) (learned contact.Profile, changed bool) {
	learned = p
	note := func(next contact.Profile, is bool) {
		if is {
			learned, changed = next, true
		}
	}
	for _, name := range append([]string{e.DisplayName}, e.Names...) {
		if len(normal.NameTokens(name)) > 0 {
			note(learned.AddName(contact.Name{Value: name, Provenance: e.Provenance, FirstSeen: c.at()}))
		}
	}
	note(learned.SetName(c.name, e.Provenance, c.at()))
	for _, language := range e.Languages {
		note(learned.AddLanguage(language))
	}
	for _, tag := range e.Tags {
		note(learned.AddTag(tag))
	}
	for _, f := range e.Fields {
		note(learned.SetField(contact.Field{Name: f.Name, Value: f.Value, Provenance: e.Provenance, Who: e.Who, At: c.at()}))
	}
	for _, d := range e.Evidence {
		if e.Provenance == contact.FromAgent && slices.Contains(contact.DetailKinds, d.Kind) {
			note(learned.SetDetail(d.Kind, d.Left, c.at()))
			continue
		}
		note(learned.AddEvidence(contact.Evidence{Kind: d.Kind, Left: d.Left, Provenance: e.Provenance}))
	}
	if n := min(len(c.points), contact.MaxPoints-len(learned.Points)); n > 0 {
		learned.Points, changed = slices.Concat(learned.Points, seenPoints(c.points[:n])), true
	}
	return learned, changed
}

// maxRaised bounds the flags of one profile that are looked through for those that an entry raised.
const maxRaised = 100

// raised are the flags of a profile that an entry raised.
func (g *Ingest) raised(ctx context.Context, profile, by string) ([]string, error) {
	flags, err := g.db.FlagsOf(ctx, profile, maxRaised)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, d := range flags {
		if d.CreatedBy == by {
			all = append(all, d.ID)
		}
	}
	slices.Sort(all)
	return all, nil
}
