package lookup

import (
	"context"
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

// census knows roughly how many profiles there are and how common their names and places are. It begins with a shipped list of names and the youngest profiles of the store, and goes on with what comes; nothing of it is stored, since no score must hang on a counter that a rerun moves.
type census struct {
	mutex    sync.RWMutex
	begun    bool
	counts   *weights.Counts
	counted  int
	profiles int
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
	n, err := db.Profiles.Count(ctx, "created")
	if err != nil {
		return 0, err
	}
	youngest, _, err := db.Profiles.List(ctx, store.Range{Index: "created", Descending: true, Limit: sampled})
	if err != nil {
		return 0, err
	}
	c.begun, c.profiles, c.counts = true, int(n), weights.KnownNames()
	for _, p := range youngest {
		c.count(compare.Prepare(profileOf(p, nil)))
	}
	return c.profiles, nil
}

// Frequencies tell how common names and places are, as Learn takes them to be.
func (l *Lookup) Frequencies(ctx context.Context) (compare.Frequencies, error) {
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
		c.count(r)
	}
}

// count takes a profile's names and places; contact points are rare by nature, and would fill the memory.
func (c *census) count(r *compare.Record) {
	if c.counted >= maxCounted {
		return
	}
	c.counted++
	c.counts.Add(&compare.Record{Names: r.Names, Texts: r.Texts})
}

// Rarity is how rare a value is.
func (c *census) Rarity(f compare.Field, value string) float64 {
	c.mutex.RLock()
	defer c.mutex.RUnlock()
	if !c.begun {
		return 0
	}
	return c.counts.Rarity(f, value)
}
