package sqlite

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
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
	require.ErrorIs(t, err, store.ErrInUse)
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

// A start that finds every table and index in place writes nothing, and so does not wait for the disk.
func TestAStartThatFindsAllInPlaceWritesNothing(t *testing.T) {
	t.Parallel()
	d := openFile(t, filepath.Join(t.TempDir(), "usher.db"))
	db, err := store.Open(t.Context(), d)
	require.NoError(t, err)
	require.NoError(t, d.writer.close())
	require.NoError(t, d.Prepare(t.Context(), []*store.Schema{db.Identities.Schema(), db.Interactions.Schema(), db.BlockKeys.Schema(), db.Decisions.Schema()}))
	require.NoError(t, d.Close())
}

// Every range of the product reads its index, and sorts nothing.
func TestRangesReadTheirIndex(t *testing.T) {
	t.Parallel()
	d := openFile(t, filepath.Join(t.TempDir(), "usher.db"))
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	db, err := store.Open(t.Context(), d)
	require.NoError(t, err)
	for _, s := range []*store.Schema{db.Deliveries.Schema(), db.Identities.Schema(), db.Profiles.Schema(), db.Interactions.Schema(), db.Duplicates.Schema(), db.BlockKeys.Schema(), db.Decisions.Schema(), db.Keys.Schema(), db.Answers.Schema(), db.Blobs.Schema()} {
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
				served := "USING INDEX " + s.Name + "_" + index.Name
				if len(index.Fields) == 0 {
					served, r.Lower = "USING PRIMARY KEY", "a"
				}
				for _, descending := range []bool{false, true} {
					r.Descending = descending
					plan, err := d.Explain(t.Context(), s, r)
					require.NoError(t, err)
					require.Contains(t, plan, served)
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

// Documents that lack a field which is indexed since are found under its zero value.
func TestAFieldThatOldDocumentsLackIsAZero(t *testing.T) {
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

// Customers' messages are in the file, the log and the index beside it: they are nobody else's to read, also where an earlier version made them so.
func TestTheFilesAreTheirOwnersAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "usher.db")
	private := func() {
		for _, name := range []string{path, path + "-wal", path + "-shm", path + ".lock"} {
			found, err := os.Stat(name)
			require.NoError(t, err)
			require.Equal(t, fs.FileMode(0o600), found.Mode().Perm(), name)
		}
	}
	d := openFile(t, path)
	require.NoError(t, d.Ping(t.Context()))
	private()
	require.NoError(t, d.Close())
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		require.NoError(t, os.WriteFile(name, nil, 0o600)) // as they lie there after a kill
		require.NoError(t, os.Chmod(name, 0o644))
	}
	d = openFile(t, path)
	require.NoError(t, d.Ping(t.Context()))
	private()
	require.NoError(t, d.Close())
}

// A full disk is named as such, and no more: SQLite has rolled back by itself. When there is room again, writing goes on.
func TestAFullDiskIsSaidPlainly(t *testing.T) {
	t.Parallel()
	d := openFile(t, filepath.Join(t.TempDir(), "usher.db"))
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	db, err := store.Open(t.Context(), d)
	require.NoError(t, err)
	pages := func(n int) {
		_, err := d.writer.conn.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", n))
		require.NoError(t, err)
	}
	chunk := store.Chunk{Owner: "a", Data: make([]byte, 1<<20)}
	chunk.ID = "a:0"
	pages(1) // SQLite takes it as: no more than there are
	err = db.Blobs.Insert(t.Context(), chunk)
	require.ErrorIs(t, err, store.ErrUnavailable)
	require.ErrorContains(t, err, "full")
	require.NotContains(t, err.Error(), "rollback")
	pages(1 << 20)
	require.NoError(t, db.Blobs.Insert(t.Context(), chunk))
}

// A newer version that indexes one more field opens an older file, fills the field in, and goes on where a start was stopped on the way.
func TestAFieldThatIsIndexedLaterIsFilledIn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "usher.db")
	d := openFile(t, path)
	before, err := store.NewCollection[contact.Identity](d, "identities", store.Index{Name: "of", Fields: []string{"of"}}, store.Index{Name: "profile", Fields: []string{"profile_id"}})
	require.NoError(t, err)
	require.NoError(t, d.Prepare(t.Context(), []*store.Schema{before.Schema()}))
	const rows = 2*fillPage + 7
	var inserts sync.WaitGroup
	for n := range rows {
		inserts.Go(func() {
			i := contact.Identity{Value: "same", Of: fmt.Sprint(n), FirstSeen: store.Now()}
			i.ID = fmt.Sprint("idn_", n)
			if err := before.Insert(t.Context(), i); err != nil {
				t.Error(err)
			}
		})
	}
	inserts.Wait()
	require.NoError(t, d.Close())

	for _, spoil := range []string{"SELECT 1", "UPDATE identities SET value = NULL WHERE id > 'idn_5'"} {
		d = openFile(t, path)
		require.NoError(t, d.writer.do(t.Context(), write{query: spoil}, nil))
		db, err := store.Open(t.Context(), d)
		require.NoError(t, err)
		n, err := db.Identities.Count(t.Context(), "value", "same")
		require.NoError(t, err)
		require.EqualValues(t, rows, n)
		require.NoError(t, db.Close())
	}
}

// A file of the first layout kept the keys of matching in the order they came, with an index beside them, and no search terms. A newer version lays the keys in the order of their ids, and no key is lost; and who was there before is found.
func TestAFileOfTheFirstLayoutIsBroughtToThisOne(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "usher.db")
	type old struct {
		contact.Document `bson:",inline"`

		Key       int64  `json:"key"`
		ProfileID string `json:"profile_id"`
	}
	d := openFile(t, path)
	before, err := store.NewCollection[old](d, "block_keys", store.Index{Name: "key", Fields: []string{"key"}})
	require.NoError(t, err)
	metas, err := store.NewCollection[store.Meta](d, "meta")
	require.NoError(t, err)
	require.NoError(t, d.Prepare(t.Context(), []*store.Schema{before.Schema(), metas.Schema()}))
	require.NoError(t, metas.Insert(t.Context(), store.Meta{Document: contact.Document{ID: "usher"}, Salt: []byte("salt"), Layout: 1}))
	const rows = 500
	docs := make([]old, rows)
	for n := range docs {
		key := n * 7919 % rows / 4
		docs[n] = old{Document: contact.Document{ID: fmt.Sprintf("%016xprf_%d", key, n)}, Key: int64(key), ProfileID: fmt.Sprint("prf_", n)}
	}
	require.NoError(t, before.InsertMissing(t.Context(), docs))
	profiles, err := store.NewCollection[contact.Profile](d, "profiles", store.Index{Name: "created", Fields: []string{"created_at"}})
	require.NoError(t, err)
	require.NoError(t, d.Prepare(t.Context(), []*store.Schema{profiles.Schema()}))
	for n := range 3 {
		require.NoError(t, profiles.Insert(t.Context(), contact.Profile{Document: contact.Document{ID: fmt.Sprint("prf_", n)}, Name: "Ana Silva", CreatedAt: store.Now()}))
	}
	require.NoError(t, d.Close())

	for range 2 { // the second start finds it done
		db, err := store.Open(t.Context(), openFile(t, path))
		require.NoError(t, err)
		require.EqualValues(t, "salt", db.Salt)
		n, err := db.BlockKeys.Count(t.Context(), "id")
		require.NoError(t, err)
		require.EqualValues(t, rows, n)
		four, _, err := db.BlockKeys.List(t.Context(), store.Range{Index: "id", Lower: fmt.Sprintf("%016x", 3), Upper: fmt.Sprintf("%016x", 4), Limit: 10})
		require.NoError(t, err)
		require.Len(t, four, 4)
		silvas, _, err := db.SearchTerms.List(t.Context(), store.Range{Index: "id", Lower: "silva ana/", Upper: "silva ana0", Limit: 10})
		require.NoError(t, err)
		require.Len(t, silvas, 3)
		meta, err := db.Meta.Find(t.Context(), "usher")
		require.NoError(t, err)
		require.Equal(t, store.Layout, meta.Layout)
		require.NoError(t, db.Close())
	}
}

// A database of a version to come is refused, and stays as it is.
func TestALaterLayoutIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "usher.db")
	db, err := store.Open(t.Context(), openFile(t, path))
	require.NoError(t, err)
	meta, err := db.Meta.Find(t.Context(), "usher")
	require.NoError(t, err)
	meta.Layout = store.Layout + 1
	_, err = db.Meta.Swap(t.Context(), meta)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	d := openFile(t, path)
	_, err = store.Open(t.Context(), d)
	require.ErrorContains(t, err, "newer")
	require.NoError(t, d.Close())
}
