package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/store"
)

// What ranges of an index give, page by page, and what they count.

// fill inserts notes in disorder: owner a and b, ranks and times 0 to 4, two of each.
func fill(t *testing.T, c store.Collection[Note, *Note]) {
	for n := range 20 {
		k := n * 7 % 20
		at := noon.Add(time.Duration(k/4) * time.Minute)
		require.NoError(t, c.Insert(t.Context(), note(fmt.Sprintf("%02d", 19-k), []string{"a", "b"}[k%2], int64(k/4), at)))
	}
}

func ids(all []Note) []string {
	names := make([]string, len(all))
	for i, n := range all {
		names[i] = n.ID
	}
	return names
}

func ordered(t *testing.T, c store.Collection[Note, *Note]) {
	fill(t, c)
	up, _, err := c.List(t.Context(), store.Range{Index: "owner", Equal: []any{"a"}, Limit: 100})
	require.NoError(t, err)
	require.Equal(t, []string{"17", "19", "13", "15", "09", "11", "05", "07", "01", "03"}, ids(up))
	down, _, err := c.List(t.Context(), store.Range{Index: "owner", Equal: []any{"a"}, Descending: true, Limit: 100})
	require.NoError(t, err)
	slices.Reverse(down)
	require.Equal(t, ids(up), ids(down))
	few, next, err := c.List(t.Context(), store.Range{Index: "owner", Equal: []any{"a"}, Limit: 3})
	require.NoError(t, err)
	require.Len(t, few, 3)
	require.NotNil(t, next)
}

func bounded(t *testing.T, c store.Collection[Note, *Note]) {
	fill(t, c)
	for name, r := range map[string]struct {
		r    store.Range
		want int
	}{
		"lower, inclusive":  {store.Range{Index: "owner", Equal: []any{"a"}, Lower: noon.Add(3 * time.Minute)}, 4},
		"upper, exclusive":  {store.Range{Index: "owner", Equal: []any{"a"}, Upper: noon.Add(3 * time.Minute)}, 6},
		"both":              {store.Range{Index: "rank", Lower: int64(1), Upper: int64(3)}, 8},
		"on texts":          {store.Range{Index: "owner", Lower: "b"}, 10},
		"two equal fields":  {store.Range{Index: "all", Equal: []any{"a", int64(2)}}, 2},
		"all equal":         {store.Range{Index: "all", Equal: []any{"a", int64(2), noon.Add(2 * time.Minute)}}, 2},
		"nobody":            {store.Range{Index: "owner", Equal: []any{""}}, 0},
		"bound, descending": {store.Range{Index: "rank", Lower: int64(4), Descending: true}, 4},
	} {
		r.r.Limit = 100
		got, _, err := c.List(t.Context(), r.r)
		require.NoError(t, err, name)
		require.Len(t, got, r.want, name)
	}
}

func bytewise(t *testing.T, c store.Collection[Note, *Note]) {
	owners := []string{"", "A", "B", "Z", "a", "aa", "b", "z", "ä", "é", "я", "中", "\U0001F600"}
	for i, o := range owners {
		require.NoError(t, c.Insert(t.Context(), note(fmt.Sprint(len(owners)-i), o, 0, noon)))
	}
	got, _, err := c.List(t.Context(), store.Range{Index: "owner", Limit: 100})
	require.NoError(t, err)
	var order []string
	for _, n := range got {
		order = append(order, n.Owner)
	}
	require.Equal(t, owners, order)
}

// pages pages through a range while others insert before and behind the cursor: what was there is seen once each.
func pages(t *testing.T, c store.Collection[Note, *Note]) {
	const there = 60
	for n := range there {
		require.NoError(t, c.Insert(t.Context(), note(fmt.Sprintf("there-%03d", n*37%there), "me", 0, noon.Add(time.Duration(n/5)*time.Second))))
	}
	for _, descending := range []bool{false, true} {
		seen := map[string]int{}
		r := store.Range{Index: "owner", Equal: []any{"me"}, Descending: descending, Limit: 7}
		for round := 0; ; round++ {
			page, next, err := c.List(t.Context(), r)
			require.NoError(t, err)
			for _, n := range page {
				seen[n.ID]++
			}
			if next == nil {
				break
			}
			r.After = next
			for k, at := range []time.Time{noon.Add(-time.Hour), page[len(page)-1].At, noon.Add(time.Hour)} {
				require.NoError(t, c.Insert(t.Context(), note(fmt.Sprintf("late-%v-%d-%d", descending, round, k), "other", 0, at)))
			}
		}
		for n := range there {
			require.Equal(t, 1, seen[fmt.Sprintf("there-%03d", n)])
		}
	}
}

func several(t *testing.T, c store.Collection[Note, *Note]) {
	var docs []Note
	for n := range 200 {
		docs = append(docs, note(fmt.Sprintf("s%03d", n), fmt.Sprint("owner", n%40), int64(n), noon.Add(time.Duration(n)*time.Minute)))
	}
	require.NoError(t, c.InsertMissing(t.Context(), docs))
	var ranges []store.Range
	for n := range 41 { // the last has none
		ranges = append(ranges, store.Range{Index: "owner", Equal: []any{fmt.Sprint("owner", n)}, Limit: 3})
	}
	found, err := c.ListAll(t.Context(), ranges)
	require.NoError(t, err)
	require.Len(t, found, 120)
	for i, doc := range found {
		want := docs[i/3+40*(i%3)]
		want.Version = 1
		require.Equal(t, want, doc)
	}
	_, err = c.ListAll(t.Context(), append(ranges, store.Range{Index: "none", Limit: 1}))
	require.Error(t, err)
	none, err := c.ListAll(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, none)
}

func counts(t *testing.T, c store.Collection[Note, *Note]) {
	fill(t, c)
	for want, equal := range map[int64][]any{20: nil, 10: {"a"}, 2: {"a", int64(2)}, 0: {"nobody"}} {
		n, err := c.Count(t.Context(), "all", equal...)
		require.NoError(t, err)
		require.Equal(t, want, n)
		n, err = c.CountTo(t.Context(), 3, "all", equal...)
		require.NoError(t, err)
		require.Equal(t, min(want, 3), n)
	}
}

func refused(t *testing.T, c store.Collection[Note, *Note]) {
	for name, r := range map[string]store.Range{
		"no such index":   {Index: "text", Limit: 1},
		"no limit":        {Index: "owner"},
		"too large":       {Index: "owner", Limit: store.MaxLimit + 1},
		"too many values": {Index: "rank", Equal: []any{int64(1), "x"}, Limit: 1},
		"bound on none":   {Index: "rank", Equal: []any{int64(1)}, Lower: int64(1), Limit: 1},
		"wrong position":  {Index: "owner", Equal: []any{"a"}, After: []any{"x"}, Limit: 1},
	} {
		_, _, err := c.List(t.Context(), r)
		require.Error(t, err, name)
	}
}
