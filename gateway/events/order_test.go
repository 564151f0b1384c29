package events_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/people"
	"usher/gateway/review"
	"usher/gateway/store"
	"usher/gateway/store/schedule"
)

// Of one decision and the next, the next is told later, also if both are told in one millisecond: readers go by the stamp, and of equal ones by ids that mean nothing.
func TestDecisionsOfOneMomentAreToldInTheirOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), schedule.NewMemory())
		require.NoError(t, err)
		r := review.New(db, people.New(db))
		for n := range 20 {
			flag := contact.Duplicate{Document: contact.Document{ID: fmt.Sprint("dup_", n)}, A: fmt.Sprint("prf_a", n), B: fmt.Sprint("prf_b", n)}
			require.NoError(t, db.Duplicates.Insert(t.Context(), flag))
			for _, id := range []string{flag.A, flag.B} {
				require.NoError(t, db.Profiles.Insert(t.Context(), contact.Profile{Document: contact.Document{ID: id}}))
			}
			require.NoError(t, r.Dismiss(t.Context(), people.Wish{Who: "anna"}, flag.ID))
			require.NoError(t, r.Reopen(t.Context(), people.Wish{Who: "anna"}, flag.ID))
		}
		require.NoError(t, events.NewFollower(db).Follow(t.Context()))
		last := map[string]string{}
		stored, _, err := db.Events.List(t.Context(), store.Range{Index: "at", Limit: store.MaxLimit})
		require.NoError(t, err)
		for _, e := range stored {
			last[e.Subject] = e.Type
		}
		for n := range 20 {
			require.Equal(t, string(events.DuplicateReopened), last[fmt.Sprint("dup_", n)])
		}
	})
}
