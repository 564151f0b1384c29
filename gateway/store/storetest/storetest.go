// Package storetest is the suite that every driver passes: what Usher takes a store to promise. It asks for nothing that a replica set, a sharded cluster and SQLite do not all give.
package storetest

import (
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
