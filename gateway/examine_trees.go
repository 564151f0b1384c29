package gateway

import (
	"context"
	"fmt"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// trees is the log of decisions folded, and what the store shows as its projection.
type trees struct {
	last       contact.Decision
	into       map[string]string // by the log
	seq        map[string]int64  // of profiles and pairs: the last decision about them
	apart      map[string]bool   // pairs that the log tells apart
	shown      map[string]string // by the profiles
	log        Invariant
	projection Invariant
	cycles     Invariant
	crossed    Invariant
}

// examineTrees checks the invariants of the merge protocol: the log is dense, its fold is what profiles and pairs show, no profile is above itself, and nobody is one person with somebody they were told apart from.
func examineTrees(ctx context.Context, db *store.DB, add func(int)) ([]Invariant, error) {
	t := &trees{
		into: map[string]string{}, seq: map[string]int64{}, apart: map[string]bool{}, shown: map[string]string{},
		log:        Invariant{Rule: "the log of decisions has no gap"},
		projection: Invariant{Rule: "profiles and pairs are where the log puts them"},
		cycles:     Invariant{Rule: "no profile is merged into itself, over any others"},
		crossed:    Invariant{Rule: "nobody is one person with somebody they were told apart from"},
	}
	err := each(ctx, db.Decisions, store.Range{Index: "n", Lower: int64(1)}, func(page []contact.Decision) error {
		add(len(page))
		for _, d := range page {
			t.fold(d)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("examining decisions: %w", err)
	}
	err = each(ctx, db.Profiles, store.Range{Index: "created"}, func(page []contact.Profile) error {
		add(len(page))
		for _, p := range page {
			t.profile(p)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("examining trees: %w", err)
	}
	var standing []contact.NotSame
	err = each(ctx, db.NotSame, store.Range{Index: "a"}, func(page []contact.NotSame) error {
		add(len(page))
		for _, n := range page {
			t.pair(n)
			if n.Standing {
				standing = append(standing, n)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("examining pairs: %w", err)
	}
	t.conclude(standing)
	return []Invariant{t.log, t.projection, t.cycles, t.crossed}, nil
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
}

// pending reports whether the last decision is about this one and not applied yet, or was made since the log was read.
func (t *trees) pending(key string, seq int64) bool {
	return t.seq[key] == t.last.N && seq < t.last.N || seq > t.last.N
}

// conclude checks what takes all profiles together.
func (t *trees) conclude(standing []contact.NotSame) {
	for key, apart := range t.apart { // pairs that the log knows and the store does not show
		t.projection.check(!apart || t.pending(key, 0), key)
	}
	for id := range t.shown {
		_, ends := t.root(id)
		t.cycles.check(ends, id)
	}
	for _, n := range standing {
		a, _ := t.root(n.A)
		b, _ := t.root(n.B)
		t.crossed.check(a != b, n.ID)
	}
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
