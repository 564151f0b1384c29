package evaluate

import (
	"fmt"
	"strings"
)

// Assignment is where a contact of a replay was recorded.
type Assignment struct {
	ID      string
	Profile string // empty: without a profile
	Outcome string // new, attached or none
}

// Flag is a pair of profiles that was flagged.
type Flag struct {
	Left, Right string
	Probability float64
}

// Replay measures a replay as the reference scorer does: a profile belongs to the person most of its contacts are from, and an attach is wrong if its contact's person is not the one that the profile belonged to just before it.
func Replay(contacts, truth Table, assignments []Assignment, flags []Flag) (ReplayFigures, error) {
	r, err := newReplay(contacts, truth)
	if err != nil {
		return ReplayFigures{}, err
	}
	replayed := map[string]bool{}
	for _, a := range assignments {
		if replayed[a.ID] {
			return ReplayFigures{}, fmt.Errorf("contact %s was replayed twice", a.ID)
		}
		replayed[a.ID] = true
		if err := r.attach(a); err != nil {
			return ReplayFigures{}, err
		}
	}
	for id := range r.person {
		if !replayed[id] {
			return ReplayFigures{}, fmt.Errorf("contact %s was not replayed", id)
		}
	}
	r.total(len(assignments))
	if err := r.queue(flags, len(assignments)); err != nil {
		return ReplayFigures{}, err
	}
	return r.figures, nil
}

// CheckTruth fails for a truth that Replay could not measure these contacts by, before any time is spent on them.
func CheckTruth(contacts, truth Table) error {
	_, err := newReplay(contacts, truth)
	return err
}

func newReplay(contacts, truth Table) (replay, error) {
	r := replay{person: map[string]string{}, tags: map[string][]string{}, named: map[string]bool{}, profiles: map[string]*tallied{}, hasName: map[string]bool{}}
	return r, r.read(contacts, truth)
}

type replay struct {
	person   map[string]string // of a contact
	tags     map[string][]string
	named    map[string]bool // contacts
	profiles map[string]*tallied
	hasName  map[string]bool // profiles
	figures  ReplayFigures
	cost     int
}

// tallied counts a profile's contacts by person.
type tallied struct {
	count map[string]int
	order []string // persons as they were first seen
}

// majority is the person with most contacts, of equals the one first seen.
func (t *tallied) majority() string {
	best := t.order[0]
	for _, p := range t.order[1:] {
		if t.count[p] > t.count[best] {
			best = p
		}
	}
	return best
}

func (r *replay) read(contacts, truth Table) error {
	names, err := contacts.Column("id", "display_name")
	if err != nil {
		return err
	}
	for id, name := range names {
		r.named[id] = strings.TrimSpace(name) != ""
	}
	if r.person, err = truth.Column("id", "person_id"); err != nil {
		return err
	}
	tags, err := truth.Column("id", "tags")
	for id, all := range tags {
		r.tags[id] = strings.FieldsFunc(all, func(c rune) bool { return c == '|' })
	}
	r.figures.WrongByTag = map[string]int{}
	if err != nil {
		return err
	}
	return r.about(names)
}

// about fails unless the truth is about the contacts, all of them and no others.
func (r *replay) about(contacts map[string]string) error {
	for id := range contacts {
		if _, known := r.person[id]; !known {
			return fmt.Errorf("the truth does not say whose contact %s is", id)
		}
	}
	for id := range r.person {
		if _, known := contacts[id]; !known {
			return fmt.Errorf("the truth names %s, and there is no such contact", id)
		}
	}
	return nil
}

func (r *replay) attach(a Assignment) error {
	who, f := r.person[a.ID], &r.figures
	if a.Outcome == "none" || a.Profile == "" {
		f.WithoutProfile++
		return nil
	}
	p := r.profiles[a.Profile]
	switch {
	case a.Outcome == "attached" && p == nil:
		return fmt.Errorf("%s: attached to a profile that no earlier contact created", a.ID)
	case a.Outcome != "attached" && p != nil:
		return fmt.Errorf("%s: new, but its profile exists", a.ID)
	case a.Outcome == "attached":
		f.Attached++
		r.judge(a, p.majority() != who)
	}
	if p == nil {
		p = &tallied{count: map[string]int{}}
		r.profiles[a.Profile] = p
	}
	if p.count[who] == 0 {
		p.order = append(p.order, who)
	}
	p.count[who]++
	r.hasName[a.Profile] = r.hasName[a.Profile] || r.named[a.ID]
	return nil
}

func (r *replay) judge(a Assignment, wrong bool) {
	switch {
	case !wrong:
	case !r.named[a.ID] && !r.hasName[a.Profile]:
		r.figures.WrongNameless++
	default:
		r.figures.WrongAttaches++
		for _, tag := range r.tags[a.ID] {
			r.figures.WrongByTag[tag]++
		}
		if len(r.tags[a.ID]) == 0 {
			r.figures.WrongByTag["untagged"]++
		}
	}
}

// total sums up what was attached.
func (r *replay) total(contacts int) {
	f := &r.figures
	perPerson := r.perPerson()
	f.Contacts, f.Profiles, f.Persons = contacts, len(r.profiles), len(perPerson)
	f.WrongPer1000 = rounded(1000*float64(f.WrongAttaches)/float64(max(contacts, 1)), 2)
	f.WrongShare = rounded(float64(f.WrongAttaches)/float64(max(f.Attached, 1)), 4)
	for _, n := range perPerson {
		f.DuplicatePairs += n * (n - 1) / 2
		f.SurplusProfiles += n - 1
	}
}

func (r *replay) perPerson() map[string]int {
	n := map[string]int{}
	for _, p := range r.profiles {
		n[p.majority()]++
	}
	return n
}
