package people_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/people"
	"usher/gateway/store"
	"usher/gateway/store/mongo"
	"usher/gateway/store/mongo/mongotest"
	"usher/gateway/store/sqlite"
	"usher/gateway/store/storetest"
)

// eachMortalWorld runs a test on every store, in processes that can be stopped.
func eachMortalWorld(t *testing.T, test func(t *testing.T, w world, s *storetest.Stopping)) {
	t.Helper()
	run := func(name string, open func(t *testing.T) (store.Driver, error)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			driver, err := open(t)
			require.NoError(t, err)
			s := storetest.NewStopping(driver)
			db, err := store.Open(t.Context(), s)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			test(t, world{people.New(db), t, db}, s)
		})
	}
	run("sqlite", func(t *testing.T) (store.Driver, error) { return sqlite.Open(filepath.Join(t.TempDir(), "usher.db")) })
	run("mongodb", func(t *testing.T) (store.Driver, error) { return mongo.Open(t.Context(), mongotest.URI(t)) })
}
