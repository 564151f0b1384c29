package learning_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/learning"
	"usher/gateway/lookup"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/matching"
	"usher/matching/evaluate"
)

// eachDB runs a test on an empty store of every kind there is a server for.
func eachDB(t *testing.T, test func(t *testing.T, db *store.DB)) {
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		db, err := gateway.OpenStore(t.Context(), uri)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		test(t, db)
	})
}

func person(t *testing.T, db *store.DB, id string) {
	p := contact.Profile{Names: []contact.Name{{Value: "Wilhelmina Okonkwo", Provenance: contact.FromChannel}}, CreatedAt: store.Now()}
	p.ID = id
	require.NoError(t, db.Profiles.Insert(t.Context(), p))
}

func flag(t *testing.T, db *store.DB, d contact.Duplicate) {
	d.ID, d.Status = db.Salt.ID(contact.DuplicatePrefix, d.A, d.B), contact.DuplicateOpen
	d.Rank = contact.RankOf(d.Probability)
	require.NoError(t, db.Duplicates.Insert(t.Context(), d))
}

// What people decided about flags is learned from, each pair once and by what stands today: not what is open, undone, or was flagged without a score.
func TestDecisionsAreWhatStandsToday(t *testing.T) {
	t.Parallel()
	eachDB(t, func(t *testing.T, db *store.DB) {
		for i := range 8 {
			person(t, db, fmt.Sprint("prf_", i))
		}
		flag(t, db, contact.Duplicate{A: "prf_0", B: "prf_1", Probability: .9})
		flag(t, db, contact.Duplicate{A: "prf_0", B: "prf_2", Probability: .8})
		flag(t, db, contact.Duplicate{A: "prf_2", B: "prf_3", Probability: .05, Sampled: true})
		flag(t, db, contact.Duplicate{A: "prf_3", B: "prf_4", Probability: .7})
		flag(t, db, contact.Duplicate{A: "prf_4", B: "prf_5", Probability: .6})
		flag(t, db, contact.Duplicate{A: "prf_6", B: "prf_7", Probability: .9, Model: matching.SameContactModel})
		people := people.New(db)
		merge := func(from, into string) string {
			done, err := people.Merge(t.Context(), wish(from, into))
			require.NoError(t, err)
			return done[0].ID
		}
		merge("prf_1", "prf_0")
		merge("prf_2", "prf_1")
		merge("prf_7", "prf_6")
		taken := merge("prf_5", "prf_4")
		_, err := people.UndoMerge(t.Context(), wish("", ""), taken)
		require.NoError(t, err)
		_, err = people.TellApart(t.Context(), wish("", ""), contact.Distinct, "prf_1", "prf_3")
		require.NoError(t, err)

		decided, err := learning.New(db, lookup.New(db)).Decisions(t.Context())
		require.NoError(t, err)
		require.ElementsMatch(t, []evaluate.Decision{
			{Left: "prf_0", Right: "prf_1", Same: true},
			{Left: "prf_0", Right: "prf_2", Same: true},
			{Left: "prf_2", Right: "prf_3", Same: false}, // by what was decided about prf_1, who is prf_2's person
		}, decided)
	})
}

func wish(from, into string) people.Wish {
	return people.Wish{From: []string{from}, Into: into, Who: "agent-1"}
}

// The youngest are read, and older ones where something was decided about them; of an erased one there is nothing to learn.
func TestProfilesAreTheYoungestAndTheDecided(t *testing.T) {
	t.Parallel()
	eachDB(t, func(t *testing.T, db *store.DB) {
		for i := range 9 {
			person(t, db, fmt.Sprint("prf_", i))
		}
		gone, err := db.Profiles.Find(t.Context(), "prf_8")
		require.NoError(t, err)
		gone.ErasedAt = store.Now()
		_, err = db.Profiles.Swap(t.Context(), gone)
		require.NoError(t, err)
		order, _, err := db.Profiles.List(t.Context(), store.Range{Index: "created", Descending: true, Limit: 4})
		require.NoError(t, err)
		want := []string{"prf_0", "prf_1"}
		for _, p := range order {
			if !p.Erased() && p.ID != "prf_0" && p.ID != "prf_1" {
				want = append(want, p.ID)
			}
		}

		told := 0
		found, err := learning.New(db, lookup.New(db)).Profiles(t.Context(), 4, []evaluate.Decision{{Left: "prf_0", Right: "prf_1"}}, func(n int) { told += n })
		require.NoError(t, err)
		require.Equal(t, 4, told)
		var ids []string
		for _, p := range found {
			ids = append(ids, p.ID)
			require.NotEmpty(t, p.Values)
		}
		require.Subset(t, ids, want)
		require.NotContains(t, ids, "prf_8")
		require.LessOrEqual(t, len(ids), 6)
	})
}
