package storetest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// What writes of documents answer, and what is read after them.

func answers(t *testing.T, c store.Collection[Note, *Note]) {
	_, err := c.Find(t.Context(), "absent")
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = c.Swap(t.Context(), note("absent", "", 0, noon))
	require.ErrorIs(t, err, store.ErrStale)
	require.ErrorIs(t, c.Delete(t.Context(), note("absent", "", 0, noon)), store.ErrStale)

	require.NoError(t, c.Insert(t.Context(), note("a", "x", 1, noon)))
	require.ErrorIs(t, c.Insert(t.Context(), note("a", "y", 2, noon)), store.ErrExists)
	first, err := c.Find(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, "x", first.Owner, "a refused insert changes nothing")
	second, err := c.Swap(t.Context(), first)
	require.NoError(t, err)
	require.EqualValues(t, 2, second.Version)
	_, err = c.Swap(t.Context(), first)
	require.ErrorIs(t, err, store.ErrStale)
	require.ErrorIs(t, c.Delete(t.Context(), first), store.ErrStale)
	require.NoError(t, c.Delete(t.Context(), second))
	_, err = c.Find(t.Context(), "a")
	require.ErrorIs(t, err, store.ErrNotFound)
}

func missing(t *testing.T, c store.Collection[Note, *Note]) {
	require.NoError(t, c.InsertMissing(t.Context(), nil))
	require.NoError(t, c.Insert(t.Context(), note("m3", "first", 3, noon)))
	var all sync.WaitGroup
	for range 8 { // several at once, over the same ids, of more than fit into one statement
		all.Go(func() {
			var docs []Note
			for n := range 150 {
				docs = append(docs, note(fmt.Sprint("m", n), "later", int64(n), noon))
			}
			if err := c.InsertMissing(t.Context(), docs); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	n, err := c.Count(t.Context(), "owner", "later")
	require.NoError(t, err)
	require.EqualValues(t, 149, n)
	kept, err := c.Find(t.Context(), "m3")
	require.NoError(t, err)
	require.Equal(t, "first", kept.Owner)
	kept.Rank = 7
	_, err = c.Swap(t.Context(), kept) // what was inserted has its version
	require.NoError(t, err)
	stored, err := c.Find(t.Context(), "m4")
	require.NoError(t, err)
	require.EqualValues(t, 1, stored.Version)
}

func ownWrites(t *testing.T, c store.Collection[Note, *Note]) {
	for n := range 50 {
		id := fmt.Sprint(n)
		require.NoError(t, c.Insert(t.Context(), note(id, "me", int64(n), noon)))
		_, err := c.Find(t.Context(), id)
		require.NoError(t, err)
		listed, _, err := c.List(t.Context(), store.Range{Index: "rank", Equal: []any{int64(n)}, Limit: 10})
		require.NoError(t, err)
		require.Len(t, listed, 1)
	}
}

func roundTrip(t *testing.T, c store.Collection[Note, *Note]) {
	for n, sent := range []Note{
		note("empty", "", 0, time.Time{}),
		{Document: contact.Document{ID: "full"}, Owner: "Ünïcode \U0001F600 \"quoted\" $a.b", Rank: -1 << 62, At: noon.Add(123 * time.Millisecond), Text: strings.Repeat("x", 1<<20), Bytes: []byte{0, 1, 0xff}},
	} {
		require.NoError(t, c.Insert(t.Context(), sent))
		got, err := c.Find(t.Context(), sent.ID)
		require.NoError(t, err)
		sent.Version = 1
		require.Equal(t, sent, got, n)
		require.Equal(t, time.UTC, got.At.Location())
	}
}

func cancelled(t *testing.T, c store.Collection[Note, *Note]) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, c.Insert(ctx, note("a", "", 0, noon)), context.Canceled)
	_, err := c.FindAll(ctx, "a")
	require.Error(t, err)
	_, err = c.Find(t.Context(), "a")
	require.ErrorIs(t, err, store.ErrNotFound)
}
