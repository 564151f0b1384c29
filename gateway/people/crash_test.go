package people_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/gateway/store/mongo"
	"usher/gateway/store/mongo/mongotest"
	"usher/gateway/store/sqlite"
)

// errStopped is a process that ends at a write.
var errStopped = errors.New("stopped")

// stopping is a store that fails from its k-th write on.
type stopping struct {
	store.Driver
	left atomic.Int64
}

// forever is how many writes are left of a process that does not end.
const forever = 1 << 30

func (s *stopping) write(do func() error) error {
	if s.left.Add(-1) < 0 {
		return errStopped
	}
	return do()
}

func (s *stopping) Insert(ctx context.Context, c *store.Schema, doc contact.Stored) error {
	return s.write(func() error { return s.Driver.Insert(ctx, c, doc) })
}

func (s *stopping) InsertMissing(ctx context.Context, c *store.Schema, docs []contact.Stored) error {
	return s.write(func() error { return s.Driver.InsertMissing(ctx, c, docs) })
}

func (s *stopping) Swap(ctx context.Context, c *store.Schema, doc contact.Stored, old int64) error {
	return s.write(func() error { return s.Driver.Swap(ctx, c, doc, old) })
}

func (s *stopping) Delete(ctx context.Context, c *store.Schema, id string, old int64) error {
	return s.write(func() error { return s.Driver.Delete(ctx, c, id, old) })
}

// eachMortalWorld runs a test on every store, in processes that can be stopped.
func eachMortalWorld(t *testing.T, test func(t *testing.T, w world, s *stopping)) {
	t.Helper()
	run := func(name string, open func(t *testing.T) (store.Driver, error)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			driver, err := open(t)
			require.NoError(t, err)
			s := &stopping{Driver: driver}
			s.left.Store(forever)
			db, err := store.Open(t.Context(), s)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			test(t, world{people.New(db), t, db}, s)
		})
	}
	run("sqlite", func(t *testing.T) (store.Driver, error) { return sqlite.Open(filepath.Join(t.TempDir(), "usher.db")) })
	run("mongodb", func(t *testing.T) (store.Driver, error) { return mongo.Open(t.Context(), mongotest.URI(t)) })
}
