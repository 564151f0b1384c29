// Package learning reads what a store can teach the matcher: its profiles as they are compared, and what people decided about flags.
package learning

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/lookup"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/matching"
	"usher/matching/compare"
	"usher/matching/evaluate"
)

// Learning reads one store and writes nothing.
type Learning struct {
	db     *store.DB
	lookup *lookup.Lookup
	people *people.People
}

// New reads a store in which duplicates are searched as l does.
func New(db *store.DB, l *lookup.Lookup) *Learning {
	return &Learning{db: db, lookup: l, people: people.New(db)}
}

// Profiles are the youngest profiles as they are compared, at most so many, and those of the pairs that were decided. Those that are erased are left out. Done is told how many more there are.
func (l *Learning) Profiles(ctx context.Context, most int, decided []evaluate.Decision, done func(int)) ([]compare.Profile, error) {
	missing := map[string]bool{}
	for _, d := range decided {
		missing[d.Left], missing[d.Right] = true, true
	}
	var all []compare.Profile
	err := l.db.Youngest(ctx, most, func(page []contact.Profile) (err error) {
		for _, p := range page {
			delete(missing, p.ID)
		}
		all, err = l.compared(ctx, all, page)
		done(len(page))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading profiles: %w", err)
	}
	return l.older(ctx, all, slices.Sorted(maps.Keys(missing)))
}

// older adds profiles by their ids.
func (l *Learning) older(ctx context.Context, all []compare.Profile, ids []string) ([]compare.Profile, error) {
	for some := range slices.Chunk(ids, store.MaxLimit) {
		found, err := l.db.Profiles.FindAll(ctx, some...)
		if err != nil {
			return nil, fmt.Errorf("reading profiles: %w", err)
		}
		living := slices.DeleteFunc(slices.Collect(maps.Values(found)), contact.Profile.Erased)
		if all, err = l.compared(ctx, all, living); err != nil {
			return nil, fmt.Errorf("reading profiles: %w", err)
		}
	}
	return all, nil
}

func (l *Learning) compared(ctx context.Context, all []compare.Profile, page []contact.Profile) ([]compare.Profile, error) {
	for _, p := range page {
		one, err := l.lookup.Compared(ctx, p)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// Decisions are the flags that people decided about: merged, whatever way their people came together, or told apart. A pair that was drawn of many improbable ones counts as one: pairs are flagged by what is compared, which is what a score is learned from.
// Of the pairs that one contact carried both identities of nothing is learned: no score had chosen them.
func (l *Learning) Decisions(ctx context.Context) ([]evaluate.Decision, error) {
	var all []evaluate.Decision
	r := store.Range{Index: "rank", Equal: []any{string(contact.DuplicateOpen)}, Descending: true, Limit: store.MaxLimit}
	for {
		flags, next, err := l.db.Duplicates.List(ctx, r)
		if err != nil {
			return nil, fmt.Errorf("reading decisions: %w", err)
		}
		decided, err := l.decided(ctx, flags)
		if err != nil {
			return nil, fmt.Errorf("reading decisions: %w", err)
		}
		all = append(all, decided...)
		if next == nil {
			return all, nil
		}
		r.After = next
	}
}

func (l *Learning) decided(ctx context.Context, flags []contact.Duplicate) (decided []evaluate.Decision, err error) {
	err = l.people.Trees(ctx, func(t *people.Trees) error {
		decided = nil
		for _, d := range flags {
			status, err := t.Status(ctx, d)
			if err != nil {
				return err
			}
			if d.Model == matching.SameContactModel || status != contact.DuplicateMerged && status != contact.DuplicateDismissed {
				continue
			}
			decided = append(decided, evaluate.Decision{Left: d.A, Right: d.B, Same: status == contact.DuplicateMerged})
		}
		return nil
	})
	return decided, err
}
