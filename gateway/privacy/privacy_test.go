package privacy_test

import (
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/privacy"
	"usher/gateway/store"
	"usher/gateway/store/sqlite"
)

// Whoever adds a collection has to say what an erasure does with it, and to do it.
func TestEveryCollectionIsTreated(t *testing.T) {
	t.Parallel()
	driver, err := sqlite.Open(filepath.Join(t.TempDir(), "usher.db"))
	require.NoError(t, err)
	db, err := store.Open(t.Context(), driver)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.ElementsMatch(t, db.Collections(), slices.Collect(maps.Keys(privacy.Treated)))
}

// Of a profile that was emptied no key can be computed any more: what it had by values that were taken from it before, or that somebody slow stored since, is found at the last look, and nobody else's goes.
func TestTheLastLookFindsEveryKey(t *testing.T) {
	t.Parallel()
	eachStore(t, theLastLookFindsEveryKey)
}

func theLastLookFindsEveryKey(t *testing.T, db *store.DB) {
	var rows []store.BlockKey
	for n := range 2500 {
		rows = append(rows, store.BlockKey{Document: contact.Document{ID: fmt.Sprintf("%016xprf_%d", n*7919, n%5)}})
	}
	require.NoError(t, db.BlockKeys.InsertMissing(t.Context(), rows))
	e := store.Erasure{ProfileID: "prf_1", Profiles: []string{"prf_1", "prf_3"}, State: store.ErasureSettling, ErasedAt: store.Now()}
	e.ID = "ers_1"
	require.NoError(t, db.Erasures.Insert(t.Context(), e))
	e.Version = 1
	for _, id := range e.Profiles {
		require.NoError(t, db.Profiles.Insert(t.Context(), contact.Profile{Document: contact.Document{ID: id}, ErasedAt: e.ErasedAt}))
	}
	p := privacy.New(db, nil, ingest.New(db, nil, ingest.Own{}, slog.New(slog.DiscardHandler)), time.Minute)
	left := func() (of []string) {
		for r := (store.Range{Index: "id", Limit: store.MaxLimit}); ; {
			page, next, err := db.BlockKeys.List(t.Context(), r)
			require.NoError(t, err)
			for _, row := range page {
				of = append(of, row.ID[16:])
			}
			if next == nil {
				return of
			}
			r.After = next
		}
	}
	for range 20 {
		var err error
		if e, err = p.Step(t.Context(), e); err != nil || len(left()) < 2500 {
			require.NoError(t, err)
			break
		}
	}
	of := left()
	require.Len(t, of, 1500)
	require.NotContains(t, of, "prf_1")
	require.NotContains(t, of, "prf_3")
}
