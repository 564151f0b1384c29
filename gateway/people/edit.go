package people

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Edit is an agent's wish to change something of a person.
type Edit struct {
	Profile string // any of the person's profiles: the edit lands on the one that speaks for the person
	Op      string // names it, so that a repeat adds nothing twice; empty: it is run once
	Who     string
	Why     string
	IfMatch func(Person) bool // whether the person is still as it was seen; nil: however it is
}

// Patch is what becomes of a profile's own values. A nil pointer leaves one as it is.
type Patch struct {
	DisplayName *string // empty: none is given any more, and the names that the person goes by decide
	Languages   *[]string
	Tags        *[]string
	Fields      map[string]*string // nil takes a field away
	Details     map[string]string  // by their kinds, of contact.DetailKinds; empty: what agents said is taken away
}

// Change edits a person's values, with an agent's provenance. What is set lands on the root; what is taken away is taken from whichever of the person's profiles has it.
// Errors: NotFound, Stale if IfMatch says no, Conflict when a profile is full.
func (p *People) Change(ctx context.Context, e Edit, patch Patch) error {
	person, err := p.seenAs(ctx, e)
	if err != nil {
		return err
	}
	shown, _ := person.United()
	for n, member := range person.Profiles {
		if n == 0 {
			err = p.edit(ctx, e, member, contact.Decision{Kind: contact.Edited}, func(root *contact.Profile, now time.Time) error {
				return patch.apply(root, shown, e.Who, now)
			})
		} else {
			err = p.edit(ctx, e, member, contact.Decision{Kind: contact.Edited}, func(m *contact.Profile, _ time.Time) error {
				patch.takeFrom(m)
				return nil
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// seenAs reads the person that an edit means.
func (p *People) seenAs(ctx context.Context, e Edit) (Person, error) {
	person, err := p.Person(ctx, e.Profile)
	if err == nil && e.IfMatch != nil && !e.IfMatch(person) {
		err = stale()
	}
	return person, err
}

func stale() *contact.Error {
	return contact.NewError(contact.Stale, "stale_version", "the profile has changed since", nil)
}

func full(what string) *contact.Error {
	return contact.NewError(contact.Conflict, "profile_full", "the profile keeps no more "+what, nil)
}

// apply sets values on the root; those that another profile of the person has stay there.
func (w Patch) apply(root *contact.Profile, shown contact.Profile, who string, now time.Time) error {
	if w.DisplayName != nil {
		rename(root, *w.DisplayName, now)
	}
	if w.Languages != nil {
		root.Languages = wanted(root.Languages, shown.Languages, *w.Languages)
	}
	if w.Tags != nil {
		root.Tags = wanted(root.Tags, shown.Tags, *w.Tags)
	}
	w.takeFrom(root)
	for _, name := range slices.Sorted(maps.Keys(w.Fields)) {
		value := w.Fields[name]
		if value == nil {
			continue
		}
		next, _ := root.SetField(contact.Field{Name: name, Value: *value, Provenance: contact.FromAgent, Who: who, At: now})
		if !slices.ContainsFunc(next.Fields, func(f contact.Field) bool { return f.Name == name }) {
			return full("fields")
		}
		*root = next
	}
	for _, kind := range slices.Sorted(maps.Keys(w.Details)) {
		if value := w.Details[kind]; value != "" {
			next, kept := root.DropDetail(kind).SetDetail(kind, value, now)
			if !kept {
				return full("details")
			}
			*root = next
		}
	}
	if len(root.Tags) > contact.MaxTags || len(root.Languages) > contact.MaxLanguages {
		return full("tags or languages")
	}
	return nil
}

// wanted is what a profile has of a list that the person shall have: what it has already, and what nobody has.
func wanted(own, everybodys, list []string) []string {
	var all []string
	for _, v := range list {
		if (slices.Contains(own, v) || !slices.Contains(everybodys, v)) && !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all
}

// takeFrom takes away what the person shall not have.
func (w Patch) takeFrom(m *contact.Profile) {
	keep := func(list []string, wanted *[]string) []string {
		if wanted == nil {
			return list
		}
		return slices.DeleteFunc(slices.Clone(list), func(v string) bool { return !slices.Contains(*wanted, v) })
	}
	m.Languages, m.Tags = keep(m.Languages, w.Languages), keep(m.Tags, w.Tags)
	m.Fields = slices.DeleteFunc(slices.Clone(m.Fields), func(f contact.Field) bool {
		value, named := w.Fields[f.Name]
		return named && value == nil
	})
	for kind, value := range w.Details {
		if value == "" {
			*m = m.DropDetail(kind)
		}
	}
}

// rename gives a profile the name that an agent says, or takes that back.
func rename(p *contact.Profile, name string, now time.Time) {
	if name != "" {
		*p, _ = p.SetName(name, contact.FromAgent, now)
		*p, _ = p.AddName(contact.Name{Value: name, Provenance: contact.FromAgent, FirstSeen: now})
		return
	}
	was := p.Name
	p.Name, p.NameProvenance, p.NamedAt = "", "", time.Time{}
	for _, n := range p.Names {
		if n.Provenance != contact.FromAgent && (p.Name == "" || n.Provenance.Rank() > p.NameProvenance.Rank()) {
			p.Name, p.NameProvenance = n.Value, n.Provenance
		}
	}
	if p.NameProvenance == contact.FromImport {
		p.NamedAt = now
	}
	for _, n := range p.Names { // agents' names alone are left: the earliest but the one that is taken back. What a channel says outweighs it
		if p.Name == "" && n.Value != was {
			p.Name, p.NameProvenance = n.Value, contact.FromChannel
		}
	}
}

// edit changes one profile by compare-and-set, the decision with it. The same change is tried again when the profile changed meanwhile, unless the caller named what it saw. A change that changes nothing is none, but finishes what an earlier run began.
func (p *People) edit(ctx context.Context, e Edit, seen contact.Profile, d contact.Decision, change func(*contact.Profile, time.Time) error) error {
	for range maxTries {
		if err := p.db.Conclude(ctx, seen.Pending); err != nil {
			return err
		}
		now := store.Now()
		next := seen
		if err := change(&next, now); err != nil {
			return err
		}
		evidence, codes := differences(seen, next)
		if len(codes) == 0 {
			return nil
		}
		d.Subject, d.Codes = seen.ID, codes
		next.Pending = pending(e, d, evidence, now)
		next.UpdatedAt = now
		err := p.write(ctx, seen, next)
		if !errors.Is(err, store.ErrStale) {
			return err
		}
		if e.IfMatch != nil {
			return stale()
		}
		if seen, err = p.Profile(ctx, seen.ID); err != nil {
			return err
		}
	}
	return busy()
}

// write stores an edited profile, after those were found who may be the same person, and lists the decision.
func (p *People) write(ctx context.Context, before, after contact.Profile) error {
	if p.Learn != nil && (before.Name != after.Name || len(before.Names) != len(after.Names) || len(before.Languages) != len(after.Languages) || !slices.EqualFunc(before.Evidence, after.Evidence, sameEvidence)) {
		if err := p.Learn(ctx, before, after); err != nil {
			return fmt.Errorf("looking for duplicates: %w", err)
		}
	}
	_, err := store.SwapCarrying(ctx, p.db, p.db.Profiles, after, after.Pending)
	return err
}

// pending is the decision of an edit, with what it was made on.
func pending(e Edit, d contact.Decision, evidence []contact.Evidence, now time.Time) *contact.Pending {
	id := uuid.NewString()
	d.ID, d.Op, d.Who, d.At = contact.DecisionPrefix+id, e.Op, e.Who, now
	listed := contact.Pending{Decision: d}
	if e.Why != "" || len(evidence) > 0 {
		listed.Basis = &contact.Basis{A: d.Subject, Why: e.Why, Seen: evidence, At: now}
		listed.Basis.ID = contact.EvidencePrefix + id
		listed.Decision.EvidenceID = listed.Basis.ID
	}
	return &listed
}

// differences are what was and what is, of each value that an edit changed, and the values' names.
func differences(before, after contact.Profile) (evidence []contact.Evidence, codes []string) {
	note := func(code, was, is string) {
		evidence = append(evidence, contact.Evidence{Kind: code, Left: was, Right: is})
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	if before.Name != after.Name || before.NameProvenance != after.NameProvenance {
		note("display_name", before.Name, after.Name)
	}
	lists(note, "languages", before.Languages, after.Languages)
	lists(note, "tags", before.Tags, after.Tags)
	for _, kind := range contact.DetailKinds {
		lists(note, kind, values(before.Said(kind)), values(after.Said(kind)))
	}
	texts := func(p contact.Profile) (fields, notes map[string]string) {
		fields, notes = map[string]string{}, map[string]string{}
		for _, f := range p.Fields {
			fields[f.Name] = f.Value + "\x00" + string(f.Provenance)
		}
		for _, n := range p.Notes {
			notes[n.ID] = n.Text
		}
		return fields, notes
	}
	wasFields, wasNotes := texts(before)
	isFields, isNotes := texts(after)
	changed(wasFields, isFields, func(name, was, is string) {
		note("fields", fieldText(name, was), fieldText(name, is))
	})
	changed(wasNotes, isNotes, func(_, was, is string) { note("notes", was, is) })
	return evidence, codes
}

func values(all []contact.Evidence) (values []string) {
	for _, e := range all {
		values = append(values, e.Left)
	}
	return values
}

func lists(note func(code, was, is string), code string, before, after []string) {
	for _, v := range before {
		if !slices.Contains(after, v) {
			note(code, v, "")
		}
	}
	for _, v := range after {
		if !slices.Contains(before, v) {
			note(code, "", v)
		}
	}
}

// changed tells of each key whose text is not what it was.
func changed(before, after map[string]string, tell func(key, was, is string)) {
	all := maps.Clone(before)
	maps.Copy(all, after)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if before[key] != after[key] {
			tell(key, before[key], after[key])
		}
	}
}

// fieldText is a field's name and value; empty if there is none.
func fieldText(name, stored string) string {
	if stored == "" {
		return ""
	}
	value, _, _ := strings.Cut(stored, "\x00")
	return name + ": " + value
}
