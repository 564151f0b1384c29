package people_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/people"
	"usher/gateway/store"
)

func open(t *testing.T, uri string) (*store.DB, *people.People) {
	t.Helper()
	db, err := gateway.OpenStore(t.Context(), uri)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db, people.New(db)
}

// seed stores two profiles and an interaction that is nobody's.
func seed(t *testing.T, db *store.DB) (a, b, interaction string) {
	t.Helper()
	for _, id := range []string{"prf_a", "prf_b"} {
		require.NoError(t, db.Profiles.Insert(t.Context(), contact.Profile{Document: contact.Document{ID: id}, Name: id, CreatedAt: store.Now()}))
	}
	i := contact.Interaction{Document: contact.Document{ID: "int_1"}, Channel: contact.Voice, Direction: contact.FromCustomer, OccurredAt: store.Now()}
	require.NoError(t, db.Interactions.Insert(t.Context(), i))
	return "prf_a", "prf_b", i.ID
}

func code(err error) string {
	var known *contact.Error
	if errors.As(err, &known) {
		return known.Code
	}
	return ""
}

// Placements are taken back in the opposite order, and what was decided stays on record.
func TestPlacementsAreUndoneLastFirst(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		db, p := open(t, uri)
		a, b, id := seed(t, db)
		i, first, err := p.Attach(t.Context(), people.Placement{Interaction: id, To: a, Who: "agent-1", Why: "it is her voice"})
		require.NoError(t, err)
		require.Equal(t, a, i.ProfileID)
		_, _, err = p.Attach(t.Context(), people.Placement{Interaction: id, To: a, Who: "agent-1"})
		require.Equal(t, "already_attached", code(err))
		i, second, err := p.Attach(t.Context(), people.Placement{Interaction: id, To: b, Who: "agent-2"})
		require.NoError(t, err)
		require.Equal(t, b, i.ProfileID)

		_, _, err = p.Undo(t.Context(), id, first.ID, "agent-1")
		require.Equal(t, "undo_not_possible", code(err))
		i, _, err = p.Undo(t.Context(), id, second.ID, "agent-1")
		require.NoError(t, err)
		require.Equal(t, a, i.ProfileID)
		_, _, err = p.Undo(t.Context(), id, second.ID, "agent-1")
		require.Equal(t, "undo_not_possible", code(err))
		i, undone, err := p.Undo(t.Context(), id, first.ID, "agent-1")
		require.NoError(t, err)
		require.Empty(t, i.ProfileID)
		require.Len(t, i.Moves, 2)
		require.Equal(t, undone.ID, i.Moves[0].Undone)

		decisions, _, err := db.Decisions.List(t.Context(), store.Range{Index: "subject", Equal: []any{id}, Limit: 10})
		require.NoError(t, err)
		require.Len(t, decisions, 4)
		for _, d := range decisions {
			require.NotEmpty(t, d.Who)
		}
	})
}

func TestPlacementsNameWhatIsWrong(t *testing.T) {
	t.Parallel()
	db, p := open(t, gatewaytest.SQLite(t))
	a, _, id := seed(t, db)
	_, _, err := p.Attach(t.Context(), people.Placement{Interaction: "int_none", To: a})
	require.Equal(t, contact.NotFound, contact.KindOf(err))
	_, _, err = p.Attach(t.Context(), people.Placement{Interaction: id, To: "prf_none"})
	require.Equal(t, contact.NotFound, contact.KindOf(err))
	_, _, err = p.Attach(t.Context(), people.Placement{Interaction: id, To: a, IfVersion: 99})
	require.Equal(t, contact.Stale, contact.KindOf(err))
	_, err = p.Card(t.Context(), "prf_none")
	require.Equal(t, contact.NotFound, contact.KindOf(err))
	for n := range contact.MaxMoves {
		to := []string{"prf_a", "prf_b"}[n%2]
		_, _, err := p.Attach(t.Context(), people.Placement{Interaction: id, To: to})
		require.NoError(t, err)
	}
	_, _, err = p.Attach(t.Context(), people.Placement{Interaction: id, To: "prf_a"})
	require.Equal(t, "too_many_moves", code(err))
}

// Agents who place one interaction at the same time: each placement counts or is refused, and what stands is the last of those that count.
func TestAgentsAtTheSameInteractionDoNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		db, p := open(t, uri)
		_, _, id := seed(t, db)
		var all sync.WaitGroup
		done := make(chan bool, 16)
		for n := range 16 {
			all.Go(func() {
				_, _, err := p.Attach(t.Context(), people.Placement{Interaction: id, To: []string{"prf_a", "prf_b"}[n%2], Who: fmt.Sprint("agent-", n)})
				if err != nil && code(err) != "already_attached" && code(err) != "busy" {
					t.Error(err)
				}
				done <- err == nil
			})
		}
		all.Wait()
		close(done)
		counted := 0
		for ok := range done {
			if ok {
				counted++
			}
		}
		i, err := p.Interaction(t.Context(), id)
		require.NoError(t, err)
		require.Len(t, i.Moves, counted)
		require.Equal(t, i.Moves[counted-1].To, i.ProfileID)
		for n := 1; n < counted; n++ {
			require.Equal(t, i.Moves[n-1].To, i.Moves[n].From)
		}
	})
}

// A card says when the person was in touch, not when we were; what is missing is what to ask for.
func TestACardSaysWhoAndWhatToAskFor(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		g.Twilio("message", "MessageSid", "SM1", "From", "+14155550123", "To", "+14155550100", "Body", "hi")
		g.Settled()
		before := profileOf(t, g)
		g.Twilio("message-status", "MessageSid", "SM2", "From", "+14155550100", "To", "+14155550123", "MessageStatus", "delivered")
		g.Settled()
		p := people.New(g.DB)
		card, err := p.Card(t.Context(), before.Profile.ID)
		require.NoError(t, err)
		require.Equal(t, before.LastSeen, card.LastSeen, "our own message")
		require.WithinDuration(t, time.Now(), *card.FirstSeen, time.Minute)
		require.Equal(t, []string{"email"}, card.Missing)
		require.Equal(t, "email", card.AskNext)
		holders, err := p.Holders(t.Context(), contact.Tel, "+14155550123")
		require.NoError(t, err)
		require.Len(t, holders, 1)
		require.Equal(t, card.Profile.ID, holders[0].ProfileID)
		none, err := p.Holders(t.Context(), contact.Tel, "+14155550999")
		require.NoError(t, err)
		require.Empty(t, none)
	})
}

func profileOf(t *testing.T, g *gatewaytest.Gateway) people.Card {
	t.Helper()
	profiles, _, err := g.DB.Profiles.List(t.Context(), store.Range{Index: "created", Limit: 10})
	require.NoError(t, err)
	require.Len(t, profiles, 1)
	card, err := people.New(g.DB).Card(t.Context(), profiles[0].ID)
	require.NoError(t, err)
	return card
}
