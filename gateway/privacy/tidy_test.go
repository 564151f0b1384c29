package privacy_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/privacy"
	"usher/gateway/store"
	"usher/gateway/store/sqlite"
)

func open(t *testing.T) *store.DB {
	t.Helper()
	driver, err := sqlite.Open(filepath.Join(t.TempDir(), "usher.db"))
	require.NoError(t, err)
	db, err := store.Open(t.Context(), driver)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

const day = 24 * time.Hour

// What has had its time goes, with its files; what has not, what is not resolved, and everything where nothing is set, stays.
func TestWhatHasHadItsTimeIsDropped(t *testing.T) {
	t.Parallel()
	db := open(t)
	for id, age := range map[string]time.Duration{"int_old": 40 * day, "int_young": 20 * day, "int_unresolved": 40 * day} {
		outcome := contact.Recorded
		if id == "int_unresolved" {
			outcome = contact.Dead
		}
		at := store.Now().Add(-age)
		require.NoError(t, db.Deliveries.Insert(t.Context(), contact.Delivery{Document: contact.Document{ID: "dlv_" + id}, Outcome: outcome, ReceivedAt: at}))
		_, err := db.WriteBlob(t.Context(), "fil_"+id, strings.NewReader("a file"))
		require.NoError(t, err)
		i := contact.Interaction{Document: contact.Document{ID: id}, OccurredAt: at, Events: []contact.Event{{Key: "k", Delivery: "dlv_" + id}}}
		i.Events[0].Inbound.Data.Content = []contact.Part{{Media: &contact.Media{StoredRef: "fil_" + id, State: contact.InStore}}}
		require.NoError(t, db.Interactions.Insert(t.Context(), i))
		require.NoError(t, db.Events.Insert(t.Context(), store.Event{Document: contact.Document{ID: "evt_" + id}, At: at}))
		require.NoError(t, db.Evidence.Insert(t.Context(), contact.Basis{Document: contact.Document{ID: "evd_" + id}, At: at}))
	}
	left := func() (interactions, files, events, evidence int) {
		all, _, err := db.Interactions.List(t.Context(), store.Range{Index: "occurred", Limit: 10})
		require.NoError(t, err)
		chunks, _, err := db.Blobs.List(t.Context(), store.Range{Index: "owner", Limit: 10})
		require.NoError(t, err)
		told, _, err := db.Events.List(t.Context(), store.Range{Index: "at", Limit: 10})
		require.NoError(t, err)
		seen, _, err := db.Evidence.List(t.Context(), store.Range{Index: "at", Limit: 10})
		require.NoError(t, err)
		return len(all), len(chunks), len(told), len(seen)
	}
	p := privacy.New(db, nil, nil, time.Minute)
	check := func(k privacy.Kept, want [4]int) {
		t.Helper()
		require.NoError(t, p.Tidy(t.Context(), k))
		a, b, c, d := left()
		require.Equal(t, want, [4]int{a, b, c, d})
	}
	check(privacy.Kept{}, [4]int{3, 3, 3, 3})
	check(privacy.Kept{Interactions: 50 * day, Events: 50 * day, Evidence: 50 * day}, [4]int{3, 3, 3, 3})
	check(privacy.Kept{Interactions: 30 * day}, [4]int{2, 2, 3, 3})
	check(privacy.Kept{Events: 30 * day}, [4]int{2, 2, 1, 3})
	check(privacy.Kept{Evidence: 10 * day}, [4]int{2, 2, 1, 0})
}

// Whoever placed an interaction may have stopped before that was listed. It goes when it has had its time, with what was said; who placed it stays.
func TestAPlacementIsListedBeforeItsInteractionIsDropped(t *testing.T) {
	t.Parallel()
	db := open(t)
	placed := contact.Decision{Document: contact.Document{ID: "dec_1"}, EvidenceID: "evd_1", Kind: contact.Attached, Subject: "int_1", To: "prf_1", Who: "agent", At: store.Now()}
	require.NoError(t, db.Deliveries.Insert(t.Context(), contact.Delivery{Document: contact.Document{ID: "dlv_1"}, Outcome: contact.Recorded}))
	for _, id := range []string{"evd_1", "evd_others"} {
		require.NoError(t, db.Evidence.Insert(t.Context(), contact.Basis{Document: contact.Document{ID: id}, A: "prf_1", At: store.Now()}))
	}
	i := contact.Interaction{Document: contact.Document{ID: "int_1"}, OccurredAt: store.Now().Add(-40 * day), Moves: []contact.Move{{ID: placed.ID, To: "prf_1", EvidenceID: "evd_1"}}, Pending: &contact.Pending{Decision: placed}, Events: []contact.Event{{Key: "k", Delivery: "dlv_1"}}}
	require.NoError(t, db.Interactions.Insert(t.Context(), i))
	require.NoError(t, privacy.New(db, nil, nil, time.Minute).Tidy(t.Context(), privacy.Kept{Interactions: 30 * day}))
	_, err := db.Interactions.Find(t.Context(), i.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
	listed, err := db.Decisions.Find(t.Context(), placed.ID)
	require.NoError(t, err)
	require.Equal(t, placed.Who, listed.Who)
	said, err := db.Evidence.FindAll(t.Context(), "evd_1", "evd_others")
	require.NoError(t, err)
	require.Len(t, said, 1, "why it was placed goes with it, and nothing else does")
	require.Contains(t, said, "evd_others")
}
