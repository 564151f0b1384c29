package people_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/people"
	"usher/gateway/store"
)

// world is a store that a test fills by hand.
type world struct {
	*people.People
	t  *testing.T
	db *store.DB
}

// eachWorld runs a test on an empty store of every kind there is a server for.
func eachWorld(t *testing.T, test func(t *testing.T, w world)) {
	t.Helper()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		db, err := gateway.OpenStore(t.Context(), uri)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		test(t, world{people.New(db), t, db})
	})
}

// noon is when the worlds' contacts begin.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func (w world) profile(id string) string {
	w.t.Helper()
	p := contact.Profile{Document: contact.Document{ID: id}, Name: id, CreatedAt: noon}
	require.NoError(w.t, w.db.Profiles.Insert(w.t.Context(), p))
	return id
}

// identity gives a profile a contact point; nameKey makes it a composite one.
func (w world) identity(profile string, scheme contact.Scheme, value, nameKey string) string {
	w.t.Helper()
	i := contact.Identity{Scheme: scheme, Value: value, NameKey: nameKey, ProfileID: profile, Of: w.db.Salt.IdentityID(scheme, "", value, "")}
	i.ID = w.db.Salt.IdentityID(scheme, "", value, nameKey)
	require.NoError(w.t, w.db.Identities.Insert(w.t.Context(), i))
	return i.ID
}

// interaction records one, some minutes after noon.
func (w world) interaction(id, profile string, direction contact.Direction, minutes int) string {
	w.t.Helper()
	i := contact.Interaction{Document: contact.Document{ID: id}, ProfileID: profile, Direction: direction, OccurredAt: noon.Add(time.Duration(minutes) * time.Minute)}
	require.NoError(w.t, w.db.Interactions.Insert(w.t.Context(), i))
	return id
}

// flag marks two profiles.
func (w world) flag(one, other string) string {
	w.t.Helper()
	d := contact.Duplicate{Status: contact.DuplicateOpen, FlaggedAt: noon}
	d.A, d.B = contact.OrderedPair(one, other)
	d.ID = fmt.Sprintf("dup_%s_%s", d.A, d.B)
	require.NoError(w.t, w.db.Duplicates.Insert(w.t.Context(), d))
	return d.ID
}

// decide commits a decision about trees.
func (w world) decide(kind, a, b string) contact.Decision {
	w.t.Helper()
	d, err := w.Decide(w.t.Context(), people.Change{Kind: kind, A: a, B: b, Who: "agent-1"})
	require.NoError(w.t, err)
	return d
}

// decisions are those listed about an interaction, oldest first.
func (w world) decisions(interaction string) []contact.Decision {
	w.t.Helper()
	found, _, err := w.db.Decisions.List(w.t.Context(), store.Range{Index: "subject", Equal: []any{interaction}, Limit: 1000})
	require.NoError(w.t, err)
	return found
}

// requireError holds that an error has the kind and the code that the API promises.
func requireError(t *testing.T, err error, kind contact.Kind, code string) {
	t.Helper()
	var e *contact.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, kind, e.Kind)
	require.Equal(t, code, e.Code)
}
