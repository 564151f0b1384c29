package gateway

import (
	"context"

	"usher/gateway/contact"
)

// trees is the log of decisions folded, and what the store shows as its projection; the log is read first.
// It holds the invariants of the merge protocol: the log is dense, its fold is what profiles and pairs show, no profile is above itself, and nobody is one person with somebody they were told apart from. Of all decisions: none holds what was said.
type trees struct {
	last       contact.Decision
	into       map[string]string // by the log
	seq        map[string]int64  // of profiles and pairs: the last decision about them
	apart      map[string]bool   // pairs that the log tells apart
	shown      map[string]string // by the profiles
	standing   []contact.NotSame // by the pairs
	log        Invariant
	projection Invariant
	cycles     Invariant
	crossed    Invariant
	said       Invariant // of all decisions
}

func newTrees() *trees {
	return &trees{
		into: map[string]string{}, seq: map[string]int64{}, apart: map[string]bool{}, shown: map[string]string{},
		log:        Invariant{Rule: "the log of decisions has no gap"},
		projection: Invariant{Rule: "profiles and pairs are where the log puts them"},
		cycles:     Invariant{Rule: "no profile is merged into itself, over any others"},
		crossed:    Invariant{Rule: "nobody is one person with somebody they were told apart from"},
		said:       Invariant{Rule: "what was said with a decision is in its evidence"},
	}
}

func (t *trees) decisions(_ context.Context, page []contact.Decision) error {
	for _, d := range page {
		t.said.check(d.Why == "", d.ID)
		if d.N > 0 { // placements of interactions are not of the log
			t.fold(d)
		}
	}
	return nil
}

func (t *trees) profiles(_ context.Context, page []contact.Profile) error {
	for _, p := range page {
		t.profile(p)
	}
	return nil
}

func (t *trees) pairs(_ context.Context, page []contact.NotSame) error {
	for _, n := range page {
		t.pair(n)
	}
	return nil
}

// fold follows the log.
func (t *trees) fold(d contact.Decision) {
	t.log.check(d.N == t.last.N+1 && d.ID == contact.TreeDecisionID(d.N), d.ID)
	t.last = d
	switch d.Kind {
	case contact.Merged:
		t.into[d.A], t.seq[d.A] = d.B, d.N
	case contact.MergeUndone:
		t.into[d.A], t.seq[d.A] = "", d.N
	case contact.Erased:
		t.seq[d.A] = d.N
	default:
		t.apart[d.A+"|"+d.B], t.seq[d.A+"|"+d.B] = d.Kind == contact.Distinct, d.N
	}
}

// profile compares a profile with the log. The last decision may be on its way: its projection then comes after this.
func (t *trees) profile(p contact.Profile) {
	t.shown[p.ID] = p.MergedInto
	same := p.TreeSeq == t.seq[p.ID] && p.MergedInto == t.into[p.ID]
	t.projection.check(same || t.pending(p.ID, p.TreeSeq), p.ID)
}

func (t *trees) pair(n contact.NotSame) {
	key := n.A + "|" + n.B
	same := n.Seq == t.seq[key] && n.Standing == t.apart[key]
	t.projection.check(same || t.pending(key, n.Seq), n.ID)
	delete(t.apart, key)
	if n.Standing {
		t.standing = append(t.standing, n)
	}
}

// pending reports whether the last decision is about this one and not applied yet, or was made since the log was read.
func (t *trees) pending(key string, seq int64) bool {
	return t.seq[key] == t.last.N && seq < t.last.N || seq > t.last.N
}

// conclude checks what takes all profiles together.
func (t *trees) conclude() []Invariant {
	for key, apart := range t.apart { // pairs that the log knows and the store does not show
		t.projection.check(!apart || t.pending(key, 0), key)
	}
	for id := range t.shown {
		_, ends := t.root(id)
		t.cycles.check(ends, id)
	}
	for _, n := range t.standing {
		a, _ := t.root(n.A)
		b, _ := t.root(n.B)
		t.crossed.check(a != b, n.ID)
	}
	return []Invariant{t.log, t.projection, t.cycles, t.crossed, t.said}
}

// root follows a profile up; it is false if that has no end.
func (t *trees) root(id string) (string, bool) {
	for range len(t.shown) + 1 {
		up := t.shown[id]
		if up == "" {
			return id, true
		}
		id = up
	}
	return id, false
}
