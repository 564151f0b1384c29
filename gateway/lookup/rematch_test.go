package lookup_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/lookup"
	"usher/gateway/store"
	"usher/matching/weights"
)

// A job that is stopped goes on where it was, and in the end every pair is flagged once; the contact points that older profiles hold are found.
func TestRematchGoesOnWhereItWasStopped(t *testing.T) {
	t.Parallel()
	eachDB(t, func(t *testing.T, db *store.DB) {
		for i := range 250 {
			name := fmt.Sprintf("Person%c%c Family%c%c", 'a'+i%25, 'a'+i/25, 'a'+i/25, 'a'+i%25)
			person(t, db, fmt.Sprintf("prf_%03d", i), name)
		}
		person(t, db, "prf_a", "Wilhelmina Okonkwo", number("+4930123456"))
		held := contact.Identity{Scheme: contact.Tel, Value: "+4930123456", ProfileID: "prf_b", Provenance: contact.FromChannel}
		held.ID = db.Salt.IdentityID(contact.Tel, "", held.Value, "")
		held.Of = held.ID
		require.NoError(t, db.Identities.Insert(t.Context(), held))
		person(t, db, "prf_b", "Wilhelmina Okonkwo")

		ctx, cancel := context.WithCancel(t.Context())
		first := 0
		err := lookup.New(db).Rematch(ctx, func(n int) {
			if first += n; first >= 100 {
				cancel()
			}
		})
		require.True(t, errors.Is(err, context.Canceled), "%v", err)
		second := 0
		require.NoError(t, lookup.New(db).Rematch(t.Context(), func(n int) { second += n }))
		require.GreaterOrEqual(t, first+second, 252)

		flags, _, err := db.Duplicates.List(t.Context(), store.Range{Index: "a", Equal: []any{"prf_a"}, Limit: 10})
		require.NoError(t, err)
		require.Len(t, flags, 1)
		require.Greater(t, flags[0].Probability, .9)
		b, err := db.Profiles.Find(t.Context(), "prf_b")
		require.NoError(t, err)
		require.Len(t, b.Points, 1)
		require.NoError(t, lookup.New(db).Rematch(t.Context(), func(int) {}))
		same, _, err := db.Duplicates.List(t.Context(), store.Range{Index: "a", Equal: []any{"prf_a"}, Limit: 10})
		require.NoError(t, err)
		require.Equal(t, flags, same)
	})
}

// Another model of the same name begins from the start, and the one that was stopped still goes on where it was.
func TestRematchKeepsThePlaceOfEachModel(t *testing.T) {
	t.Parallel()
	eachDB(t, func(t *testing.T, db *store.DB) {
		var all []contact.Profile
		for i := range 250 {
			p := contact.Profile{CreatedAt: store.Now().Add(time.Duration(i) * time.Millisecond)}
			p.ID = fmt.Sprintf("prf_%03d", i)
			all = append(all, p)
		}
		require.NoError(t, db.Profiles.InsertMissing(t.Context(), all))
		rematch := func(m weights.Model, until int) (done int, err error) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			l := lookup.New(db)
			l.Model = &m
			err = l.Rematch(ctx, func(n int) {
				if done += n; done == until {
					cancel()
				}
			})
			return done, err
		}
		stopped, other := *weights.Shipped(), *weights.Shipped()
		other.Prior--
		_, err := rematch(stopped, 200)
		require.ErrorIs(t, err, context.Canceled)
		done, err := rematch(other, -1)
		require.NoError(t, err)
		require.Equal(t, 250, done)
		done, err = rematch(stopped, -1)
		require.NoError(t, err)
		require.Equal(t, 151, done, "those behind the first hundred, and the last of these")
	})
}
