package sqlite

import (
	"bytes"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// What was deleted or replaced is in no byte of the file and its log, however often pages were split, merged and balanced while it was there: copies that the balancing of a tree leaves behind would be found.
func TestWhatWasDeletedIsNotInTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "usher.db")
	driver, err := Open(path)
	require.NoError(t, err)
	db, err := store.Open(t.Context(), driver)
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(1, 2))
	ids := map[string]bool{} // to whether it is to go
	put := func(n int) {
		gone := n%3 == 0
		mark := fmt.Sprintf("keep%06d", n)
		if gone {
			mark = fmt.Sprintf("gonemark%06d", n)
		}
		i := contact.Identity{Scheme: contact.Tel, Value: mark, Raw: []string{strings.Repeat(mark+" ", rng.IntN(60))}, ProfileID: "prf_" + mark, FirstSeen: store.Now()}
		i.ID = fmt.Sprintf("idn_%016x", rng.Uint64())
		i.Of = i.ID
		require.NoError(t, db.Identities.Insert(t.Context(), i))
		ids[i.ID] = gone
	}
	for n := range 3000 {
		put(n)
	}
	for id := range ids { // documents grow, shrink and go at random
		i, err := db.Identities.Find(t.Context(), id)
		require.NoError(t, err)
		switch rng.IntN(4) {
		case 0:
			i.Raw = append(i.Raw, strings.Repeat(i.Value+" ", rng.IntN(400)))
			_, err = db.Identities.Swap(t.Context(), i)
		case 1:
			i.Raw = nil
			_, err = db.Identities.Swap(t.Context(), i)
		case 2:
			err = db.Identities.Delete(t.Context(), i)
			delete(ids, id)
		}
		require.NoError(t, err)
	}
	for n := 3000; n < 4000; n++ {
		put(n)
	}
	for id, gone := range ids {
		if !gone {
			continue
		}
		i, err := db.Identities.Find(t.Context(), id)
		require.NoError(t, err)
		if rng.IntN(2) == 0 {
			require.NoError(t, db.Identities.Delete(t.Context(), i))
			continue
		}
		_, err = db.Identities.Swap(t.Context(), i.Tombstone(store.Now()))
		require.NoError(t, err)
	}
	require.NoError(t, db.Scrub(t.Context()))
	for _, name := range []string{path, path + "-wal"} {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Zero(t, bytes.Count(content, []byte("gonemark")), "in %d bytes of %s", len(content), name)
	}
	require.NoError(t, db.Close())
	whole, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	var verdict string
	require.NoError(t, whole.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict))
	require.Equal(t, "ok", verdict)
	require.NoError(t, whole.Close())
}

// A page of any bytes is either left as it is or loses nothing that its header says is stored.
func FuzzCleanPage(f *testing.F) {
	f.Add([]byte{13, 0, 0, 0, 1, 0, 14, 0, 0, 14, 1, 1, 7, 7, 9, 9}, false)
	f.Fuzz(func(t *testing.T, page []byte, first bool) {
		before := bytes.Clone(page)
		cleaned := cleanPage(page, first)
		require.Equal(t, before, page)
		require.Len(t, cleaned, len(page))
		for i, b := range cleaned {
			require.True(t, b == page[i] || b == 0)
		}
		require.Equal(t, cleaned, cleanPage(cleaned, first), "cleaning twice changes nothing")
	})
}
