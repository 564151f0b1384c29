package people_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/gateway/store/sqlite"
)

// reader counts the steps that read.
type reader struct {
	store.Driver
	steps atomic.Int64
}

func (r *reader) Read(ctx context.Context, s *store.Schema, ids []string, found func(store.Decode) error) error {
	r.steps.Add(1)
	return r.Driver.Read(ctx, s, ids, found)
}

func (r *reader) Range(ctx context.Context, s *store.Schema, of store.Range, found func(store.Decode) error) error {
	r.steps.Add(1)
	return r.Driver.Range(ctx, s, of, found)
}

func (r *reader) Ranges(ctx context.Context, s *store.Schema, all []store.Range, found func(store.Decode) error) error {
	r.steps.Add(1)
	return r.Driver.Ranges(ctx, s, all, found)
}

// What is missing of a page of people is read in as many steps as of two, and is what each card says: also of those who were merged, over all their profiles.
func TestWhatIsMissingIsReadForManyAtOnce(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w world) {
		var ids []string
		for n := range 60 {
			id := w.profile(fmt.Sprintf("prf_%02d", n))
			ids = append(ids, id)
			if n%2 == 0 {
				w.identity(id, contact.Mailto, fmt.Sprintf("n%d@web.example", n), "")
			}
			if n%3 == 0 {
				w.identity(id, contact.Tel, fmt.Sprintf("+1415555%04d", n), "")
			}
		}
		for _, pair := range [][2]int{{1, 3}, {3, 5}, {7, 8}, {10, 11}} { // a chain, and pairs whose parts complete each other
			_, err := w.Decide(t.Context(), people.Change{Kind: contact.Merged, A: ids[pair[0]], B: ids[pair[1]]})
			require.NoError(t, err)
		}
		missing, err := w.MissingOf(t.Context(), append(ids, "", ids[0], "prf_none"))
		require.NoError(t, err)
		for _, id := range ids {
			card, err := w.Card(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, card.Missing, missing[id], id)
		}
		require.Equal(t, []string{"email", "phone"}, missing["prf_none"])
		require.Len(t, missing, len(ids)+1)
	})
}

// A page of two hundred people costs no more steps than one person.
func TestWhatIsMissingIsReadInFewSteps(t *testing.T) {
	t.Parallel()
	driver, err := sqlite.Open(filepath.Join(t.TempDir(), "usher.db"))
	require.NoError(t, err)
	r := &reader{Driver: driver}
	db, err := store.Open(t.Context(), r)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	w := world{people.New(db), t, db}
	var ids []string
	for n := range 200 {
		ids = append(ids, w.profile(fmt.Sprintf("prf_%03d", n)))
	}
	before := r.steps.Load()
	_, err = w.MissingOf(t.Context(), ids)
	require.NoError(t, err)
	require.LessOrEqual(t, r.steps.Load()-before, int64(8))
}
