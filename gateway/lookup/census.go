package lookup

import (
	"context"
	"fmt"
	"sync"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/matching/compare"
	"usher/matching/weights"
)

// Bounds of what a census keeps in memory.
const (
	sampled    = store.MaxLimit // profiles that are read at the first lookup
	maxCounted = 50_000         // profiles whose values are counted
)

// census knows roughly how many profiles there are, erased ones left out, and how common their names and places are. It begins with a shipped list of names and the youngest profiles of the store, and goes on with what comes and what Count reads; nothing of it is stored, since no score must hang on a counter that a rerun moves.
type census struct {
	mutex    sync.RWMutex
	begun    bool
	tally    tally
	profiles int
}

// tally counts the values of so many profiles.
type tally struct {
	counts   *weights.Counts
	profiles int
}

// tallyOf counts the youngest profiles of a store, at most so many.
func tallyOf(ctx context.Context, db *store.DB, most int) (tally, error) {
	t := tally{counts: weights.KnownNames()}
	err := db.Youngest(ctx, most, func(page []contact.Profile) error {
		for _, p := range page {
			t.add(compare.Prepare(profileOf(p, nil)))
		}
		return nil
	})
	if err != nil {
		return t, fmt.Errorf("counting names: %w", err)
	}
	return t, nil
}

// add takes a profile's names and places; contact points are rare by nature, and would fill the memory.
func (t *tally) add(r *compare.Record) {
	if t.profiles < maxCounted {
		t.profiles++
		t.counts.Add(&compare.Record{Names: r.Names, Texts: r.Texts})
	}
}

// of is how many profiles there are.
func (c *census) of(ctx context.Context, db *store.DB) (int, error) {
	c.mutex.RLock()
	begun, profiles := c.begun, c.profiles
	c.mutex.RUnlock()
	if begun {
		return profiles, nil
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.begun {
		return c.profiles, nil
	}
	youngest, err := tallyOf(ctx, db, sampled)
	if err != nil {
		return 0, err
	}
	err = c.begin(ctx, db, youngest)
	return c.profiles, err
}

// begin takes what was counted for what is known; the lock is held.
func (c *census) begin(ctx context.Context, db *store.DB, t tally) error {
	if !c.begun {
		n, err := present(ctx, db)
		if err != nil {
			return err
		}
		c.begun, c.profiles = true, n
	}
	c.tally = t // a profile that came meanwhile may be missing: one of many
	return nil
}

// present is how many profiles are of people who are there. Of one that was erased its shell stays among them, and the erasure names it; one that is only decided is of a profile at least.
func present(ctx context.Context, db *store.DB) (int, error) {
	n, err := db.Profiles.Count(ctx, "created")
	if err != nil {
		return 0, err
	}
	for r := (store.Range{Index: "state", Limit: store.MaxLimit}); ; {
		erasures, next, err := db.Erasures.List(ctx, r)
		if err != nil {
			return 0, err
		}
		for _, e := range erasures {
			n -= int64(max(1, len(e.Profiles)))
		}
		if next == nil {
			return int(n), nil
		}
		r.After = next
	}
}

// Count reads how common names and places are among the youngest maxCounted profiles, and then scores by that. Until it has, a lookup knows the thousand youngest alone: of cc_dev's flags the stated probability was then .058 wrong on average instead of .008.
func (l *Lookup) Count(ctx context.Context) error {
	all, err := tallyOf(ctx, l.db, maxCounted)
	if err != nil || all.profiles <= sampled { // the first lookup reads as many
		return err
	}
	l.census.mutex.Lock()
	defer l.census.mutex.Unlock()
	return l.census.begin(ctx, l.db, all)
}

// Frequencies tell how common names and places are, as Learn takes them to be once they are counted.
func (l *Lookup) Frequencies(ctx context.Context) (compare.Frequencies, error) {
	if err := l.Count(ctx); err != nil {
		return nil, err
	}
	_, err := l.census.of(ctx, l.db)
	return &l.census, err
}

// add counts a new profile.
func (c *census) add(p contact.Profile) {
	r := compare.Prepare(profileOf(p, nil))
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.begun {
		c.profiles++
		c.tally.add(r)
	}
}

// Rarity is how rare a value is.
func (c *census) Rarity(f compare.Field, value string) float64 {
	c.mutex.RLock()
	defer c.mutex.RUnlock()
	if !c.begun {
		return 0
	}
	return c.tally.counts.Rarity(f, value)
}
