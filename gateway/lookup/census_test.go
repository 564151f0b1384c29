package lookup_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/lookup"
	"usher/gateway/store"
)

// A gateway that starts anew takes a name for as common as it is among all, once it has counted, and not only among the thousand profiles that came last.
func TestCountKnowsNamesThatDidNotComeLately(t *testing.T) {
	t.Parallel()
	eachDB(t, func(t *testing.T, db *store.DB) {
		var group errgroup.Group // what is written at once shares a commit
		group.SetLimit(64)
		for i := range store.MaxLimit + 200 {
			name, at := "Wilhelmina Okonkwo", store.Now().Add(-time.Hour)
			if i < store.MaxLimit {
				name, at = fmt.Sprintf("Person%d Family%d", i, i), store.Now()
			}
			group.Go(func() error {
				p := contact.Profile{Document: contact.Document{ID: fmt.Sprintf("prf_%04d", i)}, Names: []contact.Name{{Value: name, Provenance: contact.FromChannel}}, CreatedAt: at}
				return db.Profiles.Insert(t.Context(), p)
			})
		}
		require.NoError(t, group.Wait())
		l := lookup.New(db)
		known := person(t, db, "prf_known", "Wilhelmina Okonkwo", number("+4930123456"))
		require.NoError(t, l.Learn(t.Context(), lookup.News{Profile: known, At: store.Now()}))
		score := func() float64 {
			found, err := l.Look(t.Context(), contact.Profile{Names: known.Names, Evidence: known.Evidence}, 0, 1)
			require.NoError(t, err)
			require.Len(t, found.Scored, 1)
			return found.Scored[0].Score
		}
		before := score()
		require.NoError(t, l.Count(t.Context()))
		require.Less(t, score(), before-1, "the name tells less than it seemed")
	})
}

// Who was erased is not counted: the names that a lookup begins with are of those who are there, however many went.
func TestALookupBeginsWithWhoIsThere(t *testing.T) {
	t.Parallel()
	eachDB(t, func(t *testing.T, db *store.DB) {
		insert := func(n int, of contact.Profile) {
			var all []contact.Profile
			for i := range n {
				of.ID = fmt.Sprintf("prf_%d_%03d", of.CreatedAt.UnixMilli(), i)
				all = append(all, of)
			}
			require.NoError(t, db.Profiles.InsertMissing(t.Context(), all))
		}
		known := person(t, db, "prf_known", "Wilhelmina Okonkwo", number("+4930123456"))
		require.NoError(t, lookup.New(db).Learn(t.Context(), lookup.News{Profile: known, At: store.Now()}))
		score := func() float64 {
			found, err := lookup.New(db).Look(t.Context(), contact.Profile{Names: known.Names, Evidence: known.Evidence}, 0, 1)
			require.NoError(t, err)
			require.Len(t, found.Scored, 1)
			return found.Scored[0].Score
		}
		alone := score()
		insert(200, contact.Profile{Names: known.Names, CreatedAt: known.CreatedAt})
		common := score()
		require.NotEqual(t, alone, common)
		for i := range store.MaxLimit / 250 {
			insert(250, contact.Profile{CreatedAt: known.CreatedAt.Add(time.Duration(i+1) * time.Hour), ErasedAt: known.CreatedAt.Add(time.Hour)})
		}
		require.InDelta(t, common, score(), 1e-9)
	})
}

// How much a key tells hangs on how many there are: of those who were erased nobody is counted, neither the profile that spoke for a person nor those below it, as soon as it is decided.
func TestErasedPeopleAreNotCounted(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "DE")
		counted := func() int {
			n, err := lookup.New(g.DB).Profiles(t.Context())
			require.NoError(t, err)
			return n
		}
		var people []string
		for i := range 5 {
			var entered struct{ ID string }
			a := g.API(http.MethodPost, "/v1/profiles", map[string]any{"display_name": fmt.Sprintf("Person%d Family%d", i, i)})
			require.Equal(t, http.StatusCreated, a.Status, a.Body)
			a.Decode(t, &entered)
			people = append(people, entered.ID)
		}
		require.Equal(t, 5, counted())
		a := g.API(http.MethodPost, "/v1/merges", map[string]any{"from": people[:2], "into": people[2]})
		require.Equal(t, http.StatusCreated, a.Status, a.Body)
		require.Equal(t, 5, counted())

		seen := g.API(http.MethodGet, "/v1/profiles/"+people[2], nil).Header.Get("ETag")
		a = g.With(http.Header{"If-Match": {seen}}, http.MethodPost, "/v1/profiles/"+people[2]+"/erase", map[string]any{})
		require.Equal(t, http.StatusAccepted, a.Status, a.Body)
		require.LessOrEqual(t, counted(), 4)
		require.Eventually(t, func() bool { return counted() == 2 }, time.Minute, 20*time.Millisecond)
	})
}
