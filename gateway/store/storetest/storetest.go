// Package storetest is the suite that every driver passes: what Usher takes a store to promise. It asks for nothing that a replica set, a sharded cluster and SQLite do not all give.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Note is the suite's own document: a text, a number and a time, indexed together and alone.
type Note struct {
	contact.Document `bson:",inline"`

	Owner string    `json:"owner"`
	Rank  int64     `json:"rank"`
	At    time.Time `json:"at"`
	Text  string    `json:"text,omitempty"`
	Bytes []byte    `json:"bytes,omitempty"`
}

// notes binds the suite's collection to a driver.
func notes(t testing.TB, d store.Driver) store.Collection[Note, *Note] {
	c, err := store.NewCollection[Note](d, "notes",
		store.Index{Name: "owner", Fields: []string{"owner", "at"}},
		store.Index{Name: "rank", Fields: []string{"rank"}},
		store.Index{Name: "all", Fields: []string{"owner", "rank", "at"}})
	require.NoError(t, err)
	require.NoError(t, d.Prepare(t.Context(), []*store.Schema{c.Schema()}))
	return c
}

func note(id, owner string, rank int64, at time.Time) Note {
	return Note{Document: contact.Document{ID: id}, Owner: owner, Rank: rank, At: at.UTC()}
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// Run runs the suite; open gives a driver on a fresh database, closed by the suite's caller.
func Run(t *testing.T, open func(t testing.TB) store.Driver) {
	for name, test := range map[string]func(*testing.T, store.Collection[Note, *Note]){
		"one of many inserts of an id wins":                      oneWinner,
		"no increment is lost under compare-and-set":             noLostUpdate,
		"what is missing is inserted and the rest left alone":    missing,
		"answers tell exists, stale and absent apart":            answers,
		"own writes are read at once":                            ownWrites,
		"documents come back as they were":                       roundTrip,
		"ranges follow the index, then the id":                   ordered,
		"bounds and equal fields narrow a range":                 bounded,
		"texts are ordered by their bytes":                       bytewise,
		"pages neither repeat nor skip under inserts":            pages,
		"a range that no index serves is refused":                refused,
		"several ranges are read in one step":                    several,
		"a document moves in the indexes that its fields are in": moves,
		"counts count the equal ones":                            counts,
		"an ended context ends a call":                           cancelled,
		"writers, readers and pagers do not disturb each other":  crowd,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, notes(t, open(t)))
		})
	}
	t.Run("documents that are their ids lie in the order of these", func(t *testing.T) {
		t.Parallel()
		clustered(t, open(t))
	})
	t.Run("preparing twice, and by several at once, changes nothing", func(t *testing.T) {
		t.Parallel()
		prepared(t, open(t))
	})
	t.Run("an index of another shape under the same name is refused", func(t *testing.T) {
		t.Parallel()
		reshaped(t, open(t))
	})
	t.Run("200 first contacts of one identity", func(t *testing.T) {
		t.Parallel()
		firstContacts(t, open(t))
	})
	t.Run("blobs come back as they went in", func(t *testing.T) {
		t.Parallel()
		blobs(t, open(t))
	})
	t.Run("every document of the product comes back as it was", func(t *testing.T) {
		t.Parallel()
		everyDocument(t, open(t))
	})
}

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

func cancelled(t *testing.T, c store.Collection[Note, *Note]) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, c.Insert(ctx, note("a", "", 0, noon)), context.Canceled)
	_, err := c.FindAll(ctx, "a")
	require.Error(t, err)
	_, err = c.Find(t.Context(), "a")
	require.ErrorIs(t, err, store.ErrNotFound)
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
