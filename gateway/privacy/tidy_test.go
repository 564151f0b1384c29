package privacy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/privacy"
	"usher/gateway/store"
)

// eachStore runs a test on a fresh store of every kind.
func eachStore(t *testing.T, test func(t *testing.T, db *store.DB)) {
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		db, err := gateway.OpenStore(t.Context(), uri)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		test(t, db)
	})
}

const day = 24 * time.Hour

// What has had its time goes, with its files; what has not, what is not resolved, and everything where nothing is set, stays.
func TestWhatHasHadItsTimeIsDropped(t *testing.T) {
	t.Parallel()
	eachStore(t, whatHasHadItsTimeIsDropped)
}

func whatHasHadItsTimeIsDropped(t *testing.T, db *store.DB) {
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
	eachStore(t, func(t *testing.T, db *store.DB) {
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
	})
}

// Who was kept out and was decided about is forgotten when its time is over; what waits stays, and so does what a delivery that can still be read again asks for.
func TestWhoWasKeptOutIsForgotten(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, db *store.DB) {
		now := store.Now()
		for id, q := range map[string]contact.Quarantine{
			"released":         {State: contact.QuarantineReleased},
			"discarded":        {State: contact.QuarantineDiscarded},
			"turned-away":      {State: contact.QuarantineDiscarded, Code: contact.CodeErased},
			"waiting":          {State: contact.QuarantineWaiting},
			"undone":           {State: contact.QuarantineDiscarded, Pending: "dec_1"},
			"readable":         {State: contact.QuarantineDiscarded, Delivery: "dlv_readable"},
			"decided-lately":   {State: contact.QuarantineDiscarded, DecidedAt: now.Add(-20 * day)},
			"received-lately":  {State: contact.QuarantineReleased, At: now.Add(-20 * day), DecidedAt: now.Add(-20 * day)},
			"delivery-emptied": {State: contact.QuarantineReleased, Delivery: "dlv_emptied"},
		} {
			q.ID, q.Sender, q.Name = id, "+4930", "Ana Silva"
			if q.At.IsZero() {
				q.At = now.Add(-40 * day)
			}
			if q.DecidedAt.IsZero() && q.State != contact.QuarantineWaiting {
				q.DecidedAt = now.Add(-39 * day)
			}
			require.NoError(t, db.Quarantine.Insert(t.Context(), q))
		}
		require.NoError(t, db.Deliveries.Insert(t.Context(), contact.Delivery{Document: contact.Document{ID: "dlv_readable"}, Body: []byte("other contacts of it wait")}))
		require.NoError(t, db.Deliveries.Insert(t.Context(), contact.Delivery{Document: contact.Document{ID: "dlv_emptied"}, Gone: true}))
		left := func(k privacy.Kept) (ids []string) {
			require.NoError(t, privacy.New(db, nil, nil, time.Minute).Tidy(t.Context(), k))
			all, _, err := db.Quarantine.List(t.Context(), store.Range{Index: "at", Limit: 100})
			require.NoError(t, err)
			for _, q := range all {
				ids = append(ids, q.ID)
			}
			return ids
		}
		require.Len(t, left(privacy.Kept{}), 9, "nothing is set")
		require.Len(t, left(privacy.Kept{Quarantine: 50 * day}), 9, "nothing is so old")
		require.ElementsMatch(t, []string{"waiting", "undone", "readable", "decided-lately", "received-lately"}, left(privacy.Kept{Quarantine: 30 * day}))
	})
}
