package events_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/gatewaytest"
	"usher/gateway/people"
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

func stored(t *testing.T, db *store.DB) []store.Event {
	t.Helper()
	all, _, err := db.Events.List(t.Context(), store.Range{Index: "at", Limit: 1000})
	require.NoError(t, err)
	return all
}

// Whoever stored an event and stopped may have taken so long that readers were past its time. The same work, done again, shows it to them; a repeat at once, what another did, and an old replay do not.
func TestAnEventThatMayHaveBeenMissedIsShownAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		by    string
		age   time.Duration
		again bool
	}{
		"stored late":          {"dlv_1.0", 5 * time.Second, true},
		"repeated at once":     {"dlv_1.0", 0, false},
		"somebody else's":      {"dlv_2.0", 5 * time.Second, false},
		"replayed much later":  {"dlv_1.0", 2 * time.Hour, false},
		"repeated by a crash":  {"dlv_1.0", 20 * time.Minute, true},
		"others' a while back": {"dlv_2.0", 20 * time.Minute, false},
	} {
		for _, more := range []int{0, 1} { // alone, and among others
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				db := open(t)
				e := events.New(db, events.InteractionRecorded, "int_1", nil, "int_1")
				first := e
				first.By, first.At = c.by, store.Now().Add(-c.age)
				require.NoError(t, db.Events.Insert(t.Context(), first))
				e.By = "dlv_1.0"
				all := []store.Event{e, events.New(db, events.ProfileCreated, "prf_1", nil, "prf_1")}
				require.NoError(t, events.Record(t.Context(), db, all[:1+more]...))
				require.Len(t, stored(t, db), 1+more)
				now, err := db.Events.Find(t.Context(), e.ID)
				require.NoError(t, err)
				require.Equal(t, c.again, now.At.After(first.At), "stamped again")
				require.Equal(t, c.by, now.By)
			})
		}
	}
}

// What was decided while nobody followed is told, in the order it was decided and once, however many follow and however often they start again.
func TestFollowersTellEachDecisionOnce(t *testing.T) {
	t.Parallel()
	db := open(t)
	for _, id := range []string{"prf_a", "prf_b", "prf_c"} {
		require.NoError(t, db.Profiles.Insert(t.Context(), contact.Profile{Document: contact.Document{ID: id}, CreatedAt: store.Now()}))
	}
	flag := contact.Duplicate{A: "prf_a", B: "prf_b", Status: contact.DuplicateOpen, FlaggedAt: store.Now()}
	flag.ID = db.Salt.ID(contact.DuplicatePrefix, "prf_a", "prf_b")
	require.NoError(t, db.Duplicates.Insert(t.Context(), flag))
	p := people.New(db)
	decide := func(c people.Change) contact.Decision {
		d, err := p.Decide(t.Context(), c)
		require.NoError(t, err)
		return d
	}
	one, other := events.NewFollower(db), events.NewFollower(db)

	decide(people.Change{Kind: contact.Merged, A: "prf_a", B: "prf_c"}) // whose flag with b is then c's
	apart := decide(people.Change{Kind: contact.Distinct, A: "prf_b", B: "prf_c"})
	require.NoError(t, one.Follow(t.Context()))
	decide(people.Change{Kind: contact.DistinctUndone, A: apart.A, B: apart.B})
	merge := decide(people.Change{Kind: contact.Merged, A: "prf_b", B: "prf_c"})
	require.NoError(t, other.Follow(t.Context()))
	require.NoError(t, one.Follow(t.Context()))
	decide(people.Change{Kind: contact.MergeUndone, A: "prf_b", B: "prf_c", Of: merge.ID})
	require.NoError(t, one.Follow(t.Context()))
	require.NoError(t, other.Follow(t.Context()))
	require.NoError(t, events.NewFollower(db).Follow(t.Context()))

	var told []string
	for _, e := range stored(t, db) {
		told = append(told, e.Type+" "+e.Subject)
	}
	require.ElementsMatch(t, []string{
		"profile.merged prf_a", "profile.merged prf_b", "profile.unmerged prf_b",
		"not_same.added " + db.Salt.NotSameID("prf_b", "prf_c"), "not_same.removed " + db.Salt.NotSameID("prf_b", "prf_c"),
		"duplicate.dismissed " + flag.ID, "duplicate.reopened " + flag.ID, "duplicate.merged " + flag.ID, "duplicate.reopened " + flag.ID,
	}, told)
}

// A decision may be listed long after it was made, when whoever made it had stopped in between, and others were told meanwhile. It is told then, once, where no reader of the feed has been.
func TestADecisionThatWasListedLateIsTold(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		db, err := gateway.OpenStore(t.Context(), uri)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		decided := func(id string, age time.Duration) {
			d := contact.Decision{Document: contact.Document{ID: id}, Kind: contact.Edited, Subject: "prf_" + id, Who: "agent", At: store.Now().Add(-age)}
			require.NoError(t, db.Conclude(t.Context(), &contact.Pending{Decision: d}))
		}
		f := events.NewFollower(db)
		told := func() (of []string) {
			require.NoError(t, f.Follow(t.Context()))
			require.NoError(t, f.Follow(t.Context()))
			require.NoError(t, events.NewFollower(db).Follow(t.Context()))
			for _, e := range stored(t, db) {
				of = append(of, e.Subject)
			}
			return of
		}
		decided("one", 0)
		require.Equal(t, []string{"prf_one"}, told())
		last := stored(t, db)[0].At
		decided("late", time.Hour)
		require.ElementsMatch(t, []string{"prf_one", "prf_late"}, told())
		for _, e := range stored(t, db) {
			require.False(t, e.At.Before(last), "readers may have passed it")
		}
		decided("two", 0)
		decided("later", 24*time.Hour)
		require.ElementsMatch(t, []string{"prf_one", "prf_late", "prf_two", "prf_later"}, told())
	})
}
