package privacy_test

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

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
