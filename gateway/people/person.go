package people

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Person is a tree of profiles as it stood at one moment of the log: the root first, then the others in the order they were merged.
type Person struct {
	Profiles []contact.Profile
}

// Root is the profile that speaks for the person.
func (p Person) Root() contact.Profile { return p.Profiles[0] }

// Is reports whether two are the same person.
func (p Person) Is(other Person) bool { return p.Root().ID == other.Root().ID }

// IDs are those of its profiles.
func (p Person) IDs() []string {
	ids := make([]string, len(p.Profiles))
	for i, profile := range p.Profiles {
		ids[i] = profile.ID
	}
	return ids
}

// Person reads the person that a profile belongs to, NotFound if there is no such profile.
func (p *People) Person(ctx context.Context, id string) (person Person, err error) {
	err = p.steady(ctx, func() error {
		person, err = p.walk(ctx, id)
		return err
	})
	return person, err
}

// errTorn: a tree changed while it was read.
var errTorn = errors.New("tree changed while it was read")

// maxReadings bounds how often a reading is done again.
const maxReadings = 20

// steady runs a reading of trees until no decision falls into it, so that what is read stood at one moment. The last decision is applied first: whoever made it may have stopped.
// While decisions never cease, what was read last stands in the end: most of them are about other people, and whoever decides on it is checked again.
func (p *People) steady(ctx context.Context, read func() error) error {
	failed := busy()
	for range maxReadings {
		before, err := p.tail(ctx)
		if err != nil {
			return err
		}
		if err := p.apply(ctx, before); err != nil {
			return err
		}
		failed = read()
		after, err := p.tail(ctx)
		if err != nil {
			return err
		}
		if after.N == before.N && !errors.Is(failed, errTorn) {
			return failed
		}
	}
	if errors.Is(failed, errTorn) {
		return busy()
	}
	return failed
}

// walk reads a tree: up to the root, then down level by level.
func (p *People) walk(ctx context.Context, id string) (Person, error) {
	root, err := p.up(ctx, id)
	if err != nil {
		return Person{}, err
	}
	members, err := p.down(ctx, root)
	return Person{members}, err
}

// up follows merged_into to its end.
func (p *People) up(ctx context.Context, id string) (contact.Profile, error) {
	seen := map[string]bool{}
	for {
		profile, err := p.Profile(ctx, id)
		if err != nil || profile.MergedInto == "" {
			return profile, err
		}
		if seen[id] {
			return profile, errTorn
		}
		seen[id] = true
		id = profile.MergedInto
	}
}

// down reads all that was merged into a profile, and into those.
func (p *People) down(ctx context.Context, root contact.Profile) ([]contact.Profile, error) {
	members := []contact.Profile{root}
	seen := map[string]bool{root.ID: true}
	for level := members; len(level) > 0; {
		var next []contact.Profile
		for _, parent := range level {
			children, err := all(ctx, p.db.Profiles, store.Range{Index: "merged_into", Equal: []any{parent.ID}, Limit: 200})
			if err != nil {
				return nil, err
			}
			for _, child := range children {
				if seen[child.ID] {
					return nil, errTorn
				}
				seen[child.ID] = true
			}
			next = append(next, children...)
		}
		members, level = append(members, next...), next
	}
	slices.SortStableFunc(members[1:], func(a, b contact.Profile) int { return cmp.Compare(a.TreeSeq, b.TreeSeq) })
	return members, nil
}

// all reads a range whole.
func all[T any, P interface {
	*T
	contact.Stored
}](ctx context.Context, c store.Collection[T, P], r store.Range) ([]T, error) {
	var everything []T
	for {
		page, next, err := c.List(ctx, r)
		if err != nil {
			return nil, err
		}
		everything = append(everything, page...)
		if next == nil {
			return everything, nil
		}
		r.After = next
	}
}

// contradiction is the way from one root to another over two of their profiles that were told apart; nil if none were.
func (p *People) contradiction(ctx context.Context, a, b string) ([]contact.Step, error) {
	left, err := p.down(ctx, contact.Profile{Document: contact.Document{ID: a}})
	if err != nil {
		return nil, err
	}
	right, err := p.down(ctx, contact.Profile{Document: contact.Document{ID: b}})
	if err != nil {
		return nil, err
	}
	apart, err := p.between(ctx, left, right)
	if err != nil || apart == nil {
		return nil, err
	}
	x, y := apart.A, apart.B
	if !slices.ContainsFunc(left, func(m contact.Profile) bool { return m.ID == x }) {
		x, y = y, x
	}
	path := append(reversed(climb(left, x)), contact.Step{From: x, To: y, Kind: contact.Distinct, DecisionID: contact.TreeDecisionID(apart.Seq)})
	return append(path, climb(right, y)...), nil
}

// between finds a standing not_same between two trees, asking for the smaller one's.
func (p *People) between(ctx context.Context, left, right []contact.Profile) (*contact.NotSame, error) {
	few, many := left, right
	if len(few) > len(many) {
		few, many = many, few
	}
	theirs := map[string]bool{}
	for _, m := range many {
		theirs[m.ID] = true
	}
	for _, m := range few {
		apart, err := p.toldApart(ctx, m.ID)
		if err != nil {
			return nil, err
		}
		for _, n := range apart {
			if n.Standing && theirs[other(n, m.ID)] {
				return &n, nil
			}
		}
	}
	return nil, nil
}

// toldApart is what was decided about a profile and others, standing or not.
func (p *People) toldApart(ctx context.Context, id string) ([]contact.NotSame, error) {
	var found []contact.NotSame
	for _, side := range []string{"a", "b"} {
		some, err := all(ctx, p.db.NotSame, store.Range{Index: side, Equal: []any{id}, Limit: 200})
		if err != nil {
			return nil, fmt.Errorf("reading who %s is not: %w", id, err)
		}
		found = append(found, some...)
	}
	return found, nil
}

func other(n contact.NotSame, id string) string {
	if n.A == id {
		return n.B
	}
	return n.A
}

// climb is the way from a member of a tree to its root.
func climb(tree []contact.Profile, from string) []contact.Step {
	var path []contact.Step
	for id := from; id != tree[0].ID; {
		i := slices.IndexFunc(tree, func(m contact.Profile) bool { return m.ID == id })
		path = append(path, contact.Step{From: id, To: tree[i].MergedInto, Kind: contact.Merged, DecisionID: contact.TreeDecisionID(tree[i].TreeSeq)})
		id = tree[i].MergedInto
	}
	return path
}

func reversed(path []contact.Step) []contact.Step {
	var back []contact.Step
	for _, s := range slices.Backward(path) {
		s.From, s.To = s.To, s.From
		back = append(back, s)
	}
	return back
}

// byNumber are decisions in the order they were made.
func byNumber(decisions map[int64]contact.Decision) []contact.Decision {
	return slices.SortedFunc(maps.Values(decisions), func(a, b contact.Decision) int { return cmp.Compare(a.N, b.N) })
}
