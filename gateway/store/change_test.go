package store_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/gateway/store/schedule"
)

// A change that meets others' is made on what they left, unless they are faster each time; a refusal changes nothing.
func TestAChangeIsMadeOnWhatIsThere(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), schedule.NewMemory())
	require.NoError(t, err)
	c := db.Endpoints
	require.NoError(t, c.Insert(t.Context(), store.Endpoint{Document: contact.Document{ID: "whe_1"}}))
	describe := func(faster int) func(*store.Endpoint) error {
		return func(e *store.Endpoint) error {
			if faster--; faster >= 0 {
				other := *e
				other.URL += "o"
				if _, err := c.Swap(t.Context(), other); err != nil {
					return err
				}
			}
			e.Description += "d"
			return nil
		}
	}
	changed, err := c.Change(t.Context(), "whe_1", describe(3))
	require.NoError(t, err)
	require.Equal(t, []any{"ooo", "d", int64(5)}, []any{changed.URL, changed.Description, changed.Version})
	stored, err := c.Find(t.Context(), "whe_1")
	require.NoError(t, err)
	require.Equal(t, changed, stored)

	_, err = c.Change(t.Context(), "whe_1", describe(1000))
	require.ErrorIs(t, err, store.ErrStale)
	refused := errors.New("no")
	_, err = c.Change(t.Context(), "whe_1", func(e *store.Endpoint) error { e.Description = "x"; return refused })
	require.Equal(t, refused, err)
	_, err = c.Change(t.Context(), "whe_2", describe(0))
	require.ErrorIs(t, err, store.ErrNotFound)
	stored, err = c.Find(t.Context(), "whe_1")
	require.NoError(t, err)
	require.Equal(t, "d", stored.Description)
}
