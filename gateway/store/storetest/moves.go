package storetest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/store"
)

// moves replaces documents again and again, sometimes in what no index has, sometimes in one index or another: each is found where its fields are now, and nowhere else. Ranges of different indexes are read in one step.
func moves(t *testing.T, c store.Collection[Note, *Note]) {
	const docs = 6
	owner := func(n int) string { return fmt.Sprint("owner", n%3) }
	now := make([]Note, docs)
	for i := range now {
		now[i] = note(fmt.Sprint("m", i), owner(i), int64(i), noon)
		require.NoError(t, c.Insert(t.Context(), now[i]))
		now[i].Version = 1
	}
	for n := range 300 {
		one := &now[n*7%docs]
		was := *one
		one.Text = fmt.Sprint("said ", n)
		switch {
		case n%100 < 60: // most change what no index has
		case n%4 == 0:
			one.Rank = int64(n)
		case n%4 == 1:
			one.Owner = owner(n)
		case n%4 == 2:
			one.Owner, one.Rank, one.At = owner(n+1), int64(-n), noon.AddDate(0, 0, n)
		}
		swapped, err := c.Swap(t.Context(), *one)
		require.NoError(t, err)
		_, err = c.Swap(t.Context(), was)
		require.ErrorIs(t, err, store.ErrStale)
		*one = swapped
		for i := range now {
			requireFound(t, c, now, owner(i), now[i].Rank)
		}
	}
}

func requireFound(t *testing.T, c store.Collection[Note, *Note], all []Note, owner string, rank int64) {
	found, err := c.ListAll(t.Context(), []store.Range{
		{Index: "owner", Equal: []any{owner}, Limit: store.MaxLimit},
		{Index: "rank", Equal: []any{rank}, Limit: store.MaxLimit},
	})
	require.NoError(t, err)
	var want []Note
	for _, n := range all {
		if n.Owner == owner {
			want = append(want, n)
		}
	}
	for _, n := range all {
		if n.Rank == rank {
			want = append(want, n)
		}
	}
	require.ElementsMatch(t, want, found)
}
