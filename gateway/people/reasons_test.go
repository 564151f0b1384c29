package people_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/people"
	"usher/gateway/store"
)

// Before layout 4 decisions held what was said. It is evidence when such a store is opened, so that it can be erased; what is of somebody who was erased, and of an erasure, is not kept.
func TestWhatAnOlderLayoutSaidInDecisionsBecomesEvidence(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		db, err := gateway.OpenStore(t.Context(), uri)
		require.NoError(t, err)
		w := world{people.New(db), t, db}
		ada, bob, gone := w.profile("prf_ada"), w.profile("prf_bob"), w.profile("prf_gone")
		_, err = w.Erase(t.Context(), people.Wish{}, gone, func(people.Person) bool { return true })
		require.NoError(t, err)
		for id, from := range map[string]string{"int_1": ada, "int_2": gone} {
			d := contact.Decision{Document: contact.Document{ID: "dec_" + id}, Kind: contact.Attached, Subject: id, From: from, To: bob, Who: "agent", Why: "voice", At: noon}
			require.NoError(t, db.Decisions.Insert(t.Context(), d))
			i := contact.Interaction{Document: contact.Document{ID: id}, ProfileID: bob, OccurredAt: noon, Moves: []contact.Move{{ID: d.ID, From: from, To: bob, Who: "agent", Why: "voice", At: noon}}}
			require.NoError(t, db.Interactions.Insert(t.Context(), i))
		}
		erased, err := db.Decisions.Find(t.Context(), contact.TreeDecisionID(1))
		require.NoError(t, err)
		erased.Why = "ticket 7"
		_, err = db.Decisions.Swap(t.Context(), erased)
		require.NoError(t, err)
		meta, err := db.Meta.Find(t.Context(), "usher")
		require.NoError(t, err)
		meta.Layout = 3
		_, err = db.Meta.Swap(t.Context(), meta)
		require.NoError(t, err)
		require.NoError(t, db.Close())

		for range 2 { // the second start finds it done
			db, err = gateway.OpenStore(t.Context(), uri)
			require.NoError(t, err)
			all, _, err := db.Decisions.List(t.Context(), store.Range{Index: "at", Limit: 10})
			require.NoError(t, err)
			require.Len(t, all, 3)
			for _, d := range all {
				require.Empty(t, d.Why)
			}
			said, _, err := db.Evidence.List(t.Context(), store.Range{Index: "at", Limit: 10})
			require.NoError(t, err)
			require.Len(t, said, 1)
			require.Equal(t, []string{ada, bob, "voice"}, []string{said[0].A, said[0].B, said[0].Why})
			for id, evidence := range map[string]string{"int_1": said[0].ID, "int_2": ""} {
				i, err := db.Interactions.Find(t.Context(), id)
				require.NoError(t, err)
				require.Equal(t, []contact.Move{{ID: "dec_" + id, From: i.Moves[0].From, To: bob, Who: "agent", At: i.Moves[0].At, EvidenceID: evidence}}, i.Moves)
				d, err := db.Decisions.Find(t.Context(), "dec_"+id)
				require.NoError(t, err)
				require.Equal(t, evidence, d.EvidenceID)
			}
			require.NoError(t, db.Close())
		}
	})
}
