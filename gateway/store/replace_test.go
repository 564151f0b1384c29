package store_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/gateway/store/schedule"
)

// counting counts the steps that insert many documents, as terms are.
type counting struct {
	store.Driver
	steps atomic.Int64
}

func (c *counting) InsertMissing(ctx context.Context, s *store.Schema, docs []contact.Stored) error {
	c.steps.Add(1)
	return c.Driver.InsertMissing(ctx, s, docs)
}

// A profile that learns a name is found by it; one that learns what nobody searches for costs the store no look at its terms.
func TestTermsArePutWhenTheyAreNew(t *testing.T) {
	t.Parallel()
	c := &counting{Driver: schedule.NewMemory()}
	db, err := store.Open(t.Context(), c)
	require.NoError(t, err)
	before := named("Ana Silva")
	require.NoError(t, db.Profiles.Insert(t.Context(), before))
	before.Version = 1

	steps := c.steps.Load()
	heard := before
	heard.Languages = []string{"pt"}
	heard, err = db.Profiles.Replace(t.Context(), before, heard)
	require.NoError(t, err)
	require.EqualValues(t, 2, heard.Version)
	require.Equal(t, steps, c.steps.Load())
	_, err = db.Profiles.Replace(t.Context(), before, before)
	require.ErrorIs(t, err, store.ErrStale, "a version that was replaced is replaced no more")

	renamed := named("Ana Silva", "Ana Costa")
	renamed.Version = heard.Version
	_, err = db.Profiles.Replace(t.Context(), heard, renamed)
	require.NoError(t, err)
	rows, _, err := db.SearchTerms.List(t.Context(), store.Range{Index: "id", Lower: "costa", Upper: "costa" + store.Last, Limit: 10})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, "prf_1", rows[0].ProfileOf())
}
