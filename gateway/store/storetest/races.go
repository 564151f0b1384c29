package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// What holds when many write at once.

func oneWinner(t *testing.T, c store.Collection[Note, *Note]) {
	var won atomic.Int64
	var all sync.WaitGroup
	for n := range 200 {
		all.Go(func() {
			err := c.Insert(t.Context(), note("same", fmt.Sprint(n), int64(n), noon))
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, store.ErrExists) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, won.Load())
}

func noLostUpdate(t *testing.T, c store.Collection[Note, *Note]) {
	require.NoError(t, c.Insert(t.Context(), note("counter", "", 0, noon)))
	const workers, each = 16, 50
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for done := 0; done < each; {
				n, err := c.Find(t.Context(), "counter")
				if err != nil {
					t.Error(err)
					return
				}
				n.Rank++
				if _, err = c.Swap(t.Context(), n); err == nil {
					done++
				} else if !errors.Is(err, store.ErrStale) {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	n, err := c.Find(t.Context(), "counter")
	require.NoError(t, err)
	require.EqualValues(t, workers*each, n.Rank)
	require.EqualValues(t, workers*each+1, n.Version)
}

// firstContacts is the race that the resolve protocol rests on: of many who insert one identity one wins, and the others read the winner's.
func firstContacts(t *testing.T, d store.Driver) {
	db, err := store.Open(t.Context(), d)
	require.NoError(t, err)
	holders := make([]string, 200)
	var all sync.WaitGroup
	for n := range holders {
		all.Go(func() {
			i := contact.Identity{Scheme: contact.Tel, Value: "+14155550123", ProfileID: fmt.Sprint("prf_", n), FirstSeen: noon}
			i.ID = "idn_same"
			i.Of = i.ID
			if err := db.Identities.Insert(t.Context(), i); err != nil && !errors.Is(err, store.ErrExists) {
				t.Error(err)
			}
			won, err := db.Identities.Find(t.Context(), i.ID)
			if err != nil {
				t.Error(err)
			}
			holders[n] = won.ProfileID
		})
	}
	all.Wait()
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(holders))), 1)
}

func crowd(t *testing.T, c store.Collection[Note, *Note]) {
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			for n := range 20 {
				doc := note(fmt.Sprintf("%d-%d", w, n), fmt.Sprint(w), int64(n), noon)
				if err := c.Insert(t.Context(), doc); err != nil {
					t.Error(err)
				}
				doc.Version = 1
				if _, err := c.Swap(t.Context(), doc); err != nil {
					t.Error(err)
				}
				if _, _, err := c.List(t.Context(), store.Range{Index: "rank", Limit: 50}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	n, err := c.Count(t.Context(), "rank")
	require.NoError(t, err)
	require.EqualValues(t, 160, n)
}
