package storetest

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/store"
)

// What preparing a collection does to one that is there.

func prepared(t *testing.T, d store.Driver) {
	c := notes(t, d)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := d.Prepare(t.Context(), []*store.Schema{c.Schema()}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	require.NoError(t, c.Insert(t.Context(), note("a", "", 0, noon)))
	require.NoError(t, d.Ping(t.Context()))
	require.NoError(t, d.Scrub(t.Context()))
	_, err := c.Find(t.Context(), "a")
	require.NoError(t, err, "what is there stays")
}

func reshaped(t *testing.T, d store.Driver) {
	notes(t, d)
	other, err := store.NewCollection[Note](d, "notes", store.Index{Name: "owner", Fields: []string{"rank"}})
	require.NoError(t, err)
	require.Error(t, d.Prepare(t.Context(), []*store.Schema{other.Schema()}))
}
