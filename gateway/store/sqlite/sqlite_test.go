package sqlite

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/gateway/store/storetest"
)

func openFile(t testing.TB, path string) *Driver {
	d, err := Open(path)
	require.NoError(t, err)
	return d
}

func TestSQLiteIsAStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) store.Driver {
		d := openFile(t, filepath.Join(t.TempDir(), "usher.db"))
		t.Cleanup(func() { require.NoError(t, d.Close()) })
		return d
	})
}

// A second gateway on one file would believe that it is alone.
func TestAFileIsOpenOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "usher.db")
	d := openFile(t, path)
	_, err := Open(path)
	require.ErrorContains(t, err, "in use by another process")
	require.NoError(t, d.Close())
	require.NoError(t, openFile(t, path).Close())
}

func TestAFileKeepsWhatWasWritten(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "odd ?#% name.db")
	db, err := store.Open(t.Context(), openFile(t, path))
	require.NoError(t, err)
	p := contact.Profile{Name: "Ana", CreatedAt: time.UnixMilli(1).UTC(), UpdatedAt: time.UnixMilli(1).UTC()}
	p.ID = "prf_1"
	require.NoError(t, db.Profiles.Insert(t.Context(), p))
	require.NoError(t, db.Close())
	again, err := store.Open(t.Context(), openFile(t, path))
	require.NoError(t, err)
	require.Equal(t, db.Salt, again.Salt)
	_, err = again.Profiles.Find(t.Context(), "prf_1")
	require.NoError(t, err)
	require.NoError(t, again.Close())
}

// Every range of the product reads its index, and sorts nothing.
func TestRangesReadTheirIndex(t *testing.T) {
	t.Parallel()
	d := openFile(t, filepath.Join(t.TempDir(), "usher.db"))
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	db, err := store.Open(t.Context(), d)
	require.NoError(t, err)
	for _, s := range []*store.Schema{db.Deliveries.Schema(), db.Identities.Schema(), db.Profiles.Schema(), db.Interactions.Schema(), db.Duplicates.Schema(), db.Decisions.Schema(), db.Keys.Schema(), db.Answers.Schema(), db.Blobs.Schema()} {
		for _, index := range s.Indexes {
			for equal := range len(index.Fields) + 1 {
				r := store.Range{Index: index.Name, Limit: 10}
				for _, f := range index.Fields[:equal] {
					r.Equal = append(r.Equal, sample(s.Kind(f)))
				}
				for _, f := range index.Fields[equal:] {
					r.After = append(r.After, sample(s.Kind(f)))
				}
				r.After = append(r.After, "id")
				for _, descending := range []bool{false, true} {
					r.Descending = descending
					plan, err := d.Explain(t.Context(), s, r)
					require.NoError(t, err)
					require.Contains(t, plan, "USING INDEX "+s.Name+"_"+index.Name)
					require.NotContains(t, plan, "TEMP B-TREE")
				}
			}
		}
	}
}

func sample(k store.Kind) any {
	switch k {
	case store.Integer:
		return int64(1)
	case store.Time:
		return time.Now()
	}
	return "x"
}

// What was answered before Close is there; what comes after is refused.
func TestCloseRefusesLaterWrites(t *testing.T) {
	t.Parallel()
	d := openFile(t, filepath.Join(t.TempDir(), "usher.db"))
	require.NoError(t, d.Ping(t.Context()))
	require.NoError(t, d.Close())
	for range 50 { // the queue has room for a write that nobody will ever take
		require.ErrorIs(t, d.Ping(t.Context()), store.ErrUnavailable)
	}
}

// A file of an earlier version gets the columns of fields that are indexed since, and its documents are found by them under the zero value.
func TestAFieldThatIsIndexedLaterIsAZeroInOldFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "usher.db")
	type old struct {
		contact.Document `bson:",inline"`

		A string `json:"a"`
	}
	d := openFile(t, path)
	before, err := store.NewCollection[old](d, "not_same", store.Index{Name: "a", Fields: []string{"a"}})
	require.NoError(t, err)
	require.NoError(t, d.Prepare(t.Context(), []*store.Schema{before.Schema()}))
	require.NoError(t, before.Insert(t.Context(), old{Document: contact.Document{ID: "nsm_1"}, A: "prf_1"}))
	require.NoError(t, d.Close())

	db, err := store.Open(t.Context(), openFile(t, path))
	require.NoError(t, err)
	for _, index := range []store.Range{{Index: "a", Equal: []any{"prf_1"}, Limit: 2}, {Index: "b", Equal: []any{""}, Limit: 2}} {
		found, _, err := db.NotSame.List(t.Context(), index)
		require.NoError(t, err)
		require.Len(t, found, 1)
	}
	require.NoError(t, db.Close())
}
