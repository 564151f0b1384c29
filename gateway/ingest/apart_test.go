package ingest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/people"
	"usher/gateway/review"
	"usher/gateway/store"
	"usher/gateway/store/storetest"
)

// Whoever tells of contact points of two people who were told apart, and stops at any write, and tells it again, has told it once: the flag knows of it and is open again, followers heard that, and the contact point is both people's.
func TestWhatOpensADismissedFlagSurvivesAStopAtAnyWrite(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		s := storetest.NewStopping(driver)
		for k := range 60 {
			s.GoOn()
			o := newOffice(t, s)
			id, known, further := crm(fmt.Sprint(k)), mail(fmt.Sprint("known", k, "@mail.example")), mail(fmt.Sprint("further", k, "@mail.example"))
			one := o.enter(row(fmt.Sprint("one.", k), "", id))
			two := o.enter(row(fmt.Sprint("two.", k), "", known, further))
			flag := o.enter(row(fmt.Sprint("both.", k), "", id, known)).Duplicates[0]
			p := people.New(o.db)
			require.NoError(t, review.New(o.db, p).Dismiss(t.Context(), people.Wish{Who: "anna"}, flag))

			news := row(fmt.Sprint("news.", k), "Ana Silva", id, further)
			news.At = time.Now().Add(time.Second)
			s.StopAfter(int64(k))
			_, stopped := o.Enter(t.Context(), news)
			s.GoOn()
			entered, err := o.Enter(t.Context(), news)
			require.NoError(t, err)
			require.Equal(t, one.ProfileID, entered.ProfileID)
			d, err := review.New(o.db, p).Flag(t.Context(), flag)
			require.NoError(t, err)
			require.Len(t, contact.Carried(d.Evidence), 2, "stopped after %d writes", k)
			require.NoError(t, p.Trees(t.Context(), func(trees *people.Trees) error {
				fresh, err := trees.Fresh(t.Context(), d)
				require.Len(t, contact.Carried(fresh), 1)
				return err
			}))
			heard, _, err := o.db.Events.List(t.Context(), store.Range{Index: "at", Limit: store.MaxLimit})
			require.NoError(t, err)
			n := 0
			for _, e := range heard {
				if e.Subject == flag && e.Type == string(events.DuplicateReopened) {
					n++
				}
			}
			require.Equal(t, 1, n)
			base := o.db.Salt.IdentityID(contact.Mailto, "", further.Value, "")
			holders, _, err := o.db.Identities.List(t.Context(), store.Range{Index: "of", Equal: []any{base}, Limit: 10})
			require.NoError(t, err)
			require.ElementsMatch(t, []string{one.ProfileID, two.ProfileID}, []string{holders[0].ProfileID, holders[len(holders)-1].ProfileID})
			if stopped == nil {
				require.Greater(t, k, 5)
				return
			}
			require.ErrorIs(t, stopped, storetest.ErrStopped)
		}
		require.Fail(t, "it never ran through")
	})
}
