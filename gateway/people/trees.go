package people

import (
	"context"
	"slices"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Trees reads many people at one moment, each once.
type Trees struct {
	people  *People
	roots   map[string]string
	persons map[string]Person
	apart   map[[2]string]*contact.NotSame
}

// Trees runs a reading of many trees until no decision falls into it.
func (p *People) Trees(ctx context.Context, read func(*Trees) error) error {
	return p.steady(ctx, func() error {
		return read(&Trees{people: p, roots: map[string]string{}, persons: map[string]Person{}, apart: map[[2]string]*contact.NotSame{}})
	})
}

// Person is who a profile belongs to. One that is gone is a person without anything.
func (t *Trees) Person(ctx context.Context, id string) (Person, error) {
	if root, ok := t.roots[id]; ok {
		return t.persons[root], nil
	}
	person, err := t.people.walk(ctx, id)
	if contact.KindOf(err) == contact.NotFound {
		person, err = Person{[]contact.Profile{{Document: contact.Document{ID: id}}}}, nil
	}
	if err != nil {
		return person, err
	}
	root := person.Root().ID
	t.persons[root] = person
	for _, m := range person.IDs() {
		t.roots[m] = root
	}
	return person, nil
}

// Status is where a flagged pair stands. It follows from the trees, the decisions and the clock, and is stored nowhere: what is stored goes stale when something above it is merged or undone.
func (t *Trees) Status(ctx context.Context, d contact.Duplicate) (contact.DuplicateStatus, error) {
	a, err := t.Person(ctx, d.A)
	if err != nil {
		return "", err
	}
	b, err := t.Person(ctx, d.B)
	if err != nil {
		return "", err
	}
	if a.Root().ID == b.Root().ID {
		return contact.DuplicateMerged, nil
	}
	apart, err := t.toldApart(ctx, a, b)
	if err != nil {
		return "", err
	}
	if apart != nil {
		if fresh, err := t.Fresh(ctx, d); err != nil || len(fresh) == 0 {
			return contact.DuplicateDismissed, err
		}
	}
	if d.SnoozedUntil.After(time.Now()) {
		return contact.DuplicateSnoozed, nil
	}
	return contact.DuplicateOpen, nil
}

// toldApart is a standing decision that two people are different ones, nil if there is none.
func (t *Trees) toldApart(ctx context.Context, a, b Person) (*contact.NotSame, error) {
	first, second := contact.OrderedPair(a.Root().ID, b.Root().ID)
	key := [2]string{first, second}
	if known, ok := t.apart[key]; ok {
		return known, nil
	}
	found, err := t.people.between(ctx, a.Profiles, b.Profiles)
	if err == nil {
		t.apart[key] = found
	}
	return found, err
}

// Flags are those of a person's profiles that stand as asked, each once and at most so many; a status "" is any.
func (t *Trees) Flags(ctx context.Context, person Person, status contact.DuplicateStatus, most int) ([]contact.Duplicate, error) {
	var found []contact.Duplicate
	for _, id := range person.IDs() {
		for _, side := range []string{"a", "b"} {
			some, err := t.flagsOf(ctx, store.Range{Index: side, Equal: []any{id}, Limit: MaxDuplicates}, status, most)
			if err != nil {
				return nil, err
			}
			found = unite(found, some, func(a, b contact.Duplicate) bool { return a.ID == b.ID })
		}
	}
	return found[:min(len(found), most)], nil
}

// flagsOf reads on behind flags that stand otherwise: they must not hide one that is asked for.
func (t *Trees) flagsOf(ctx context.Context, r store.Range, status contact.DuplicateStatus, most int) ([]contact.Duplicate, error) {
	var found []contact.Duplicate
	for {
		page, next, err := t.people.db.Duplicates.List(ctx, r)
		if err != nil {
			return nil, err
		}
		for _, d := range page {
			stands, err := t.standsAs(ctx, d, status)
			if err != nil {
				return nil, err
			}
			if stands {
				found = append(found, d)
			}
		}
		if next == nil || len(found) >= most {
			return found, nil
		}
		r.After = next
	}
}

func (t *Trees) standsAs(ctx context.Context, d contact.Duplicate, status contact.DuplicateStatus) (bool, error) {
	if status == "" {
		return true, nil
	}
	is, err := t.Status(ctx, d)
	return is == status, err
}

// Duplicates are the open flags of the person that a profile belongs to, at most MaxDuplicates.
func (p *People) Duplicates(ctx context.Context, profile string) (open []contact.Duplicate, err error) {
	err = p.Trees(ctx, func(t *Trees) error {
		person, err := t.Person(ctx, profile)
		if err != nil {
			return err
		}
		open, err = t.Flags(ctx, person, contact.DuplicateOpen, MaxDuplicates)
		return err
	})
	return open, err
}

// FlagsBetween are the flags that join two people, or, of one person, those that join what was merged by way of profile a to the rest: at most MaxDuplicates a profile.
func (p *People) FlagsBetween(ctx context.Context, a, b string) (found []contact.Duplicate, err error) {
	err = p.Trees(ctx, func(t *Trees) error {
		left, right, err := t.sides(ctx, a, b)
		if err != nil {
			return err
		}
		found = nil
		for _, id := range left {
			for _, side := range []string{"a", "b"} {
				flags, err := t.flagsOf(ctx, store.Range{Index: side, Equal: []any{id}, Limit: MaxDuplicates}, "", MaxDuplicates)
				if err != nil {
					return err
				}
				found = append(found, slices.DeleteFunc(flags, func(d contact.Duplicate) bool {
					return !slices.Contains(right, d.A) && !slices.Contains(right, d.B)
				})...)
			}
		}
		return nil
	})
	return found, err
}

// sides are the profiles of two people; of one person, those below a and the others.
func (t *Trees) sides(ctx context.Context, a, b string) (left, right []string, err error) {
	first, err := t.Person(ctx, a)
	if err != nil {
		return nil, nil, err
	}
	second, err := t.Person(ctx, b)
	if err != nil {
		return nil, nil, err
	}
	left, right = first.IDs(), second.IDs()
	if first.Is(second) {
		below, err := t.people.down(ctx, contact.Profile{Document: contact.Document{ID: a}})
		if err != nil {
			return nil, nil, err
		}
		left = Person{below}.IDs()
		right = slices.DeleteFunc(right, func(id string) bool { return slices.Contains(left, id) })
	}
	return left, right, nil
}
