package storetest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Slip is a document that is nothing but its id.
type Slip struct {
	contact.Document `bson:",inline"`
}

func slip(id string) Slip { return Slip{contact.Document{ID: id}} }

// clustered is the collection of documents that are read by ranges of their ids.
func clustered(t *testing.T, d store.Driver) {
	c, err := store.NewCollection[Slip](d, "slips", store.Index{Name: "id"})
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, d.Prepare(t.Context(), []*store.Schema{c.Schema()}))
	}
	var slips []Slip
	for n := range 130 { // of more than fit into one statement
		slips = append(slips, slip(fmt.Sprintf("%c%03d", 'a'+n%3, n)))
	}
	require.NoError(t, c.Insert(t.Context(), slip("b001")))
	require.ErrorIs(t, c.Insert(t.Context(), slip("b001")), store.ErrExists)
	require.NoError(t, c.InsertMissing(t.Context(), slips))
	require.NoError(t, c.InsertMissing(t.Context(), slips))
	n, err := c.Count(t.Context(), "id")
	require.NoError(t, err)
	require.EqualValues(t, len(slips), n)

	for name, test := range map[string]struct {
		r    store.Range
		want []string
	}{
		"lower, inclusive":       {store.Range{Lower: "b001", Limit: 2}, []string{"b001", "b004"}},
		"upper, exclusive":       {store.Range{Lower: "a120", Upper: "a126", Limit: 10}, []string{"a120", "a123"}},
		"bytewise, past letters": {store.Range{Lower: "a126", Upper: "b001\x7f", Limit: 10}, []string{"a126", "a129", "b001"}},
		"descending":             {store.Range{Upper: "b", Descending: true, Limit: 2}, []string{"a129", "a126"}},
		"behind a page":          {store.Range{Lower: "a", Upper: "b", After: []any{"a123"}, Limit: 10}, []string{"a126", "a129"}},
		"nothing":                {store.Range{Lower: "d", Limit: 10}, nil},
	} {
		test.r.Index = "id"
		found, _, err := c.List(t.Context(), test.r)
		require.NoError(t, err, name)
		require.Equal(t, test.want, idsOf(found), name)
	}
	_, next, err := c.List(t.Context(), store.Range{Index: "id", Limit: 1})
	require.NoError(t, err)
	require.Equal(t, []any{"a000"}, next)
	several, err := c.ListAll(t.Context(), []store.Range{{Index: "id", Lower: "c", Limit: 1}, {Index: "id", Lower: "x", Limit: 1}, {Index: "id", Lower: "a", Limit: 2}})
	require.NoError(t, err)
	require.Equal(t, []string{"c002", "a000", "a003"}, idsOf(several))

	found, err := c.Find(t.Context(), "b001")
	require.NoError(t, err)
	require.EqualValues(t, 1, found.Version)
	_, err = c.Swap(t.Context(), found)
	require.Error(t, err)
	require.NoError(t, c.Delete(t.Context(), found))
	require.ErrorIs(t, c.Delete(t.Context(), found), store.ErrStale)
	_, err = c.Find(t.Context(), "b001")
	require.ErrorIs(t, err, store.ErrNotFound)
}

func idsOf(all []Slip) []string {
	var names []string
	for _, s := range all {
		names = append(names, s.ID)
	}
	return names
}
