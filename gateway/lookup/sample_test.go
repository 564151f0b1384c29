package lookup_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/lookup"
	"usher/gateway/store"
)

// flagsOf teaches a store two people who are alike, under a rule of what is reviewed, and reads what was flagged.
func flagsOf(t *testing.T, db *store.DB, review lookup.Review) []contact.Duplicate {
	t.Helper()
	l := lookup.New(db)
	l.Review = review
	for _, id := range []string{"prf_a", "prf_b"} {
		require.NoError(t, l.Learn(t.Context(), lookup.News{Profile: person(t, db, id, "Wilhelmina Okonkwo"), Interaction: "int_1", At: store.Now()}))
	}
	flags, _, err := db.Duplicates.List(t.Context(), store.Range{Index: "a", Limit: 10})
	require.NoError(t, err)
	return flags
}

// What is flagged follows from what it costs; what is drawn from below says so, so that whoever learns from decisions can weigh it. Queues are ordered by a rank that every flag has.
func TestReviewFollowsTheThresholdAndDrawsBelow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		review  lookup.Review
		flagged int
		sampled bool
	}{
		"likely enough":        {lookup.DefaultReview, 1, false},
		"below, none is drawn": {lookup.Review{Least: .3}, 0, false},
		"below, all are drawn": {lookup.Review{Least: .3, Sample: 1}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachStore(t, func(t *testing.T, driver store.Driver) {
				db, err := store.Open(t.Context(), driver)
				require.NoError(t, err)
				flags := flagsOf(t, db, c.review)
				require.Len(t, flags, c.flagged)
				for _, f := range flags {
					require.Equal(t, c.sampled, f.Sampled)
					require.Positive(t, f.Rank)
					require.Equal(t, contact.RankOf(f.Probability), f.Rank)
				}
			})
		})
	}
}

// A pair that was drawn and then became likely is in the queue by itself, and counts once.
func TestADrawnPairThatBecomesLikelyIsNotSampled(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver) {
		db, err := store.Open(t.Context(), driver)
		require.NoError(t, err)
		l := lookup.New(db)
		require.True(t, flagsOf(t, db, lookup.Review{Least: .3, Sample: 1})[0].Sampled)
		before, err := db.Profiles.Find(t.Context(), "prf_b")
		require.NoError(t, err)
		after := before
		after.Evidence = append(after.Evidence, contact.Evidence{Kind: "city", Left: "Kiel", Provenance: contact.Extracted})
		a, err := db.Profiles.Find(t.Context(), "prf_a")
		require.NoError(t, err)
		a.Evidence = after.Evidence
		_, err = db.Profiles.Swap(t.Context(), a)
		require.NoError(t, err)
		require.NoError(t, l.Learn(t.Context(), lookup.News{Before: &before, Profile: after, At: store.Now()}))
		flags, _, err := db.Duplicates.List(t.Context(), store.Range{Index: "a", Limit: 10})
		require.NoError(t, err)
		require.Len(t, flags, 1)
		require.False(t, flags[0].Sampled)
	})
}
