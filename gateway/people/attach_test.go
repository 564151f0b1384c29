package people_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/people"
	"usher/gateway/store"
)

// A withheld call is nobody's. An agent who knows who it was places it; what is heard of the call later does not take it away again, and undoing it does.
func TestAWithheldCallIsPlacedByHandAndTakenBack(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		w := world{people.New(g.DB), t, g.DB}
		ada, call := knownAndWithheld(t, g)
		require.Empty(t, call.ProfileID)
		before, err := w.Card(t.Context(), ada)
		require.NoError(t, err)

		placed, decision, err := w.Attach(t.Context(), people.Placement{Interaction: call.ID, To: ada, Who: "agent-7", Why: "voice", IfVersion: call.Version})
		require.NoError(t, err)
		require.Equal(t, ada, placed.ProfileID)
		require.Greater(t, placed.Version, call.Version)
		require.Equal(t, []contact.Move{{ID: decision.ID, To: ada, Who: "agent-7", At: decision.At, EvidenceID: decision.EvidenceID}}, placed.Moves)
		said, err := g.DB.Evidence.Find(t.Context(), decision.EvidenceID)
		require.NoError(t, err)
		require.Equal(t, []string{"", ada, "voice"}, []string{said.A, said.B, said.Why})
		require.Empty(t, decision.Why, "what was said can be erased, and the decision stays as it is")

		require.Equal(t, http.StatusNoContent, g.Twilio("status", "CallSid", "CA1", "CallStatus", "completed", "CallDuration", "12", "SequenceNumber", "1", "From", "+266696687", "To", "+14155550100", "Direction", "inbound").Status)
		g.Settled()
		later, err := w.Interaction(t.Context(), call.ID)
		require.NoError(t, err)
		require.Len(t, later.Events, 2)
		require.Equal(t, ada, later.ProfileID, "a later event took it away")
		card, err := w.Card(t.Context(), ada)
		require.NoError(t, err)
		require.Equal(t, before.Identities, card.Identities, "the stand-in of a withheld number became a contact point")
		require.True(t, card.LastSeen.Equal(later.OccurredAt))

		back, undone, err := w.Undo(t.Context(), call.ID, decision.ID, "agent-8")
		require.NoError(t, err)
		require.Empty(t, back.ProfileID)
		require.Equal(t, undone.ID, back.Moves[0].Undone)
		require.Equal(t, []contact.Decision{decision, undone}, stripped(w.decisions(call.ID)))
		require.Equal(t, "attach", decision.Kind)
		require.Equal(t, []string{"attach_undo", decision.ID, ada, "", "agent-8"}, []string{undone.Kind, undone.Of, undone.From, undone.To, undone.Who})
		card, err = w.Card(t.Context(), ada)
		require.NoError(t, err)
		require.Equal(t, before.LastSeen, card.LastSeen)
	})
}

// knownAndWithheld has somebody write and somebody call who shows no number.
func knownAndWithheld(t *testing.T, g *gatewaytest.Gateway) (profile string, call contact.Interaction) {
	t.Helper()
	g.Twilio("message", "MessageSid", "SM1", "From", "+14155550123", "To", "+14155550100", "Body", "hello")
	g.Settled()
	g.Twilio("voice", "CallSid", "CA1", "CallStatus", "ringing", "From", "+266696687", "To", "+14155550100", "Direction", "inbound")
	g.Settled()
	known, _, err := g.DB.Profiles.List(t.Context(), store.Range{Index: "created", Limit: 10})
	require.NoError(t, err)
	require.Len(t, known, 1)
	calls, _, err := g.DB.Interactions.List(t.Context(), store.Range{Index: "profile", Equal: []any{""}, Limit: 10})
	require.NoError(t, err)
	require.Len(t, calls, 1)
	return known[0].ID, calls[0]
}

// stripped are decisions as they were made: the version is the store's.
func stripped(decisions []contact.Decision) []contact.Decision {
	for i := range decisions {
		decisions[i].Version, decisions[i].At = 0, decisions[i].At.UTC()
	}
	return decisions
}

// An interaction moves alone: the others of its contact point, and the contact point itself, stay.
func TestPlacingMovesTheInteractionAlone(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w world) {
		ada, bob := w.profile("prf_ada"), w.profile("prf_bob")
		number := w.identity(ada, contact.Tel, "+14155550123", "")
		moved, stays := w.interaction("int_1", ada, contact.FromCustomer, 1), w.interaction("int_2", ada, contact.FromCustomer, 2)
		_, _, err := w.Attach(t.Context(), people.Placement{Interaction: moved, To: bob, Who: "agent"})
		require.NoError(t, err)
		other, err := w.Interaction(t.Context(), stays)
		require.NoError(t, err)
		require.Equal(t, ada, other.ProfileID)
		identity, err := w.db.Identities.Find(t.Context(), number)
		require.NoError(t, err)
		require.Equal(t, ada, identity.ProfileID)

		nobodys, _, err := w.Attach(t.Context(), people.Placement{Interaction: moved, To: "", Who: "agent"})
		require.NoError(t, err, "it can also be made nobody's")
		require.Empty(t, nobodys.ProfileID)
	})
}

// What is refused changes nothing and lists no decision.
func TestWhatCannotBePlacedStaysWhereItIs(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w world) {
		ada, id := w.profile("prf_ada"), "int_1"
		w.profile("prf_bob")
		w.interaction(id, ada, contact.FromCustomer, 1)
		before, err := w.Interaction(t.Context(), id)
		require.NoError(t, err)
		for name, c := range map[string]struct {
			wish people.Placement
			kind contact.Kind
			code string
		}{
			"unknown interaction": {people.Placement{Interaction: "int_none", To: ada}, contact.NotFound, "not_found"},
			"unknown profile":     {people.Placement{Interaction: id, To: "prf_none"}, contact.NotFound, "not_found"},
			"newer version":       {people.Placement{Interaction: id, To: "prf_bob", IfVersion: before.Version + 1}, contact.Stale, "stale_version"},
			"there already":       {people.Placement{Interaction: id, To: ada}, contact.Conflict, "already_attached"},
		} {
			_, _, err := w.Attach(t.Context(), c.wish)
			requireError(t, err, c.kind, c.code)
			after, err := w.Interaction(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, before, after, name)
		}
		_, _, err = w.Undo(t.Context(), id, "dec_none", "agent")
		requireError(t, err, contact.Conflict, "undo_not_possible")
		_, _, err = w.Undo(t.Context(), "int_none", "dec_none", "agent")
		requireError(t, err, contact.NotFound, "not_found")
		require.Empty(t, w.decisions(id))
	})
}

// Two agents look at the same version: the second is told, and has not moved what the first placed.
func TestAPlacementOfAnOldVersionIsStale(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w world) {
		id := w.interaction("int_1", "", contact.FromCustomer, 1)
		ada, bob := w.profile("prf_ada"), w.profile("prf_bob")
		_, first, err := w.Attach(t.Context(), people.Placement{Interaction: id, To: ada, IfVersion: 1})
		require.NoError(t, err)
		_, _, err = w.Attach(t.Context(), people.Placement{Interaction: id, To: bob, IfVersion: 1})
		requireError(t, err, contact.Stale, "stale_version")
		after, err := w.Interaction(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, ada, after.ProfileID)
		require.Equal(t, []contact.Decision{first}, stripped(w.decisions(id)))
	})
}
