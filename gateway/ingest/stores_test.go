package ingest_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/store"
	"usher/gateway/store/mongo"
	"usher/gateway/store/mongo/mongotest"
	"usher/gateway/store/schedule"
	"usher/gateway/store/sqlite"
)

// eachStore runs a test on a fresh database of every kind there is a server for. Scale divides how much is tried where each call waits for a disk or crosses a network.
func eachStore(t *testing.T, test func(t *testing.T, driver store.Driver, scale int)) {
	t.Run("sqlite", func(t *testing.T) {
		driver, err := sqlite.Open(filepath.Join(t.TempDir(), "usher.db"))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, driver.Close()) })
		test(t, driver, 8*schedule.Part(8))
	})
	t.Run("mongodb", func(t *testing.T) {
		driver, err := mongo.Open(t.Context(), mongotest.URI(t))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, driver.Close()) })
		test(t, driver, 60*schedule.Part(2))
	})
}

// tries runs schedules within limits, and says how many it ran.
type tries func(t testing.TB, l schedule.Limits, run func(n int, choose func(options int) int) error) int

// eachSearch runs a test on a store in memory, where schedules are tried in order, and on the real ones, where some are picked by chance.
func eachSearch(t *testing.T, test func(t *testing.T, driver store.Driver, try tries, scale int)) {
	t.Run("memory", func(t *testing.T) { test(t, schedule.NewMemory(), schedule.Explore, schedule.Part(16)) })
	eachStore(t, func(t *testing.T, driver store.Driver, scale int) { test(t, driver, schedule.Sample, scale) })
}
