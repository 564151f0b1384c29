package lookup_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/lookup"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/gateway/store/storetest"
)

// taught is a profile that is stored and was held against the others.
func taught(t *testing.T, db *store.DB, p contact.Profile) {
	t.Helper()
	require.NoError(t, lookup.New(db).Learn(t.Context(), lookup.News{Profile: p, At: store.Now()}))
}

// open are the flags, by their pair.
func open(t *testing.T, db *store.DB) map[string]contact.Duplicate {
	t.Helper()
	found, _, err := db.Duplicates.List(t.Context(), store.Range{Index: "a", Limit: 200})
	require.NoError(t, err)
	flags := map[string]contact.Duplicate{}
	for _, d := range found {
		require.Equal(t, contact.RankOf(d.Probability), d.Rank, "the queue is ordered by what the flag says")
		flags[d.A+" "+d.B] = d
	}
	return flags
}

func waiting(t *testing.T, db *store.DB) int64 {
	t.Helper()
	n, err := db.HotKeys.Count(t.Context(), "relook", "pending")
	require.NoError(t, err)
	return n
}

// What was flagged by a number says less once everybody names that number: the flags of all who had it are scored again, those that were decided too, however often that is stopped.
func TestFlagsAreScoredAgainWhenTheirKeyTurnsHot(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver) {
		db, err := store.Open(t.Context(), driver)
		require.NoError(t, err)
		for i, name := range []string{"Wilhelmina Okonkwo", "Bartholomew Ng", "Xaver Quist"} {
			for _, side := range []string{"a", "b"} {
				taught(t, db, person(t, db, fmt.Sprintf("prf_%d%s", i, side), name, number("+4917612345678")))
			}
		}
		before := open(t, db)
		_, err = people.New(db).TellApart(t.Context(), people.Wish{Who: "anna"}, contact.Distinct, "prf_2a", "prf_2b")
		require.NoError(t, err)
		for i := range 125 {
			taught(t, db, person(t, db, fmt.Sprintf("prf_x%03d", i), fmt.Sprintf("Person%c%c Family%c%c", 'a'+i%26, 'a'+i/26, 'a'+i/26, 'a'+i%26), number("+4917612345678")))
		}
		require.EqualValues(t, 1, waiting(t, db), "the number: its last digits are hot too, and only find")

		s := storetest.NewStopping(driver)
		halfway, err := store.Open(t.Context(), s)
		require.NoError(t, err)
		for writes := range int64(4) { // before it tells of a flag, between that and the flag, and at the next
			s.StopAfter(writes)
			require.ErrorIs(t, lookup.New(halfway).Relook(t.Context()), storetest.ErrStopped)
			require.Positive(t, waiting(t, db))
		}
		s.GoOn()
		require.NoError(t, lookup.New(halfway).Relook(t.Context()))
		require.Zero(t, waiting(t, db))

		after := open(t, db)
		for _, pair := range []string{"prf_0a prf_0b", "prf_1a prf_1b", "prf_2a prf_2b"} {
			require.Less(t, after[pair].Probability, before[pair].Probability, pair)
			require.Contains(t, after[pair].Ignored, contact.Ignored{Key: "phone +4917612345678", Reason: "held_by_many"})
			phone := after[pair].Evidence[slices.IndexFunc(after[pair].Evidence, func(e contact.Evidence) bool { return e.Left == "+4917612345678" })]
			require.Zero(t, phone.WeightBits, "a number that everybody names speaks for nobody")
		}

		require.NoError(t, lookup.New(db).Relook(t.Context()))
		require.Equal(t, after, open(t, db))
	})
}

// A number turns out to be a family's when a second name comes by it: the flag that took it for one person's is scored again.
func TestFlagsAreScoredAgainWhenAContactPointGetsAnotherUser(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver) {
		db, err := store.Open(t.Context(), driver)
		require.NoError(t, err)
		user := func(id, name, nameKey string) {
			base := db.Salt.IdentityID(contact.Tel, "", "+4917612345678", "")
			i := contact.Identity{Scheme: contact.Tel, Value: "+4917612345678", ProfileID: id, Provenance: contact.FromChannel, NameKey: nameKey, Of: base, Shared: nameKey == ""}
			i.ID = db.Salt.IdentityID(contact.Tel, "", i.Value, nameKey)
			require.NoError(t, db.Identities.Insert(t.Context(), i))
			p := contact.Profile{Names: []contact.Name{{Value: name, Provenance: contact.FromChannel}}, CreatedAt: store.Now(), Points: []contact.Point{{ID: i.ID, Scheme: i.Scheme, Value: i.Value}}}
			p.ID = id
			require.NoError(t, db.Profiles.Insert(t.Context(), p))
			taught(t, db, p)
		}
		user("prf_a", "Wilhelmina Okonkwo", "")
		taught(t, db, person(t, db, "prf_b", "W. Okonkwo", number("+4917612345678")))
		before := open(t, db)["prf_a prf_b"]
		require.NotEmpty(t, before.ID)
		require.Zero(t, waiting(t, db))

		user("prf_c", "Bartholomew Ng", "bartholomew ng")
		require.EqualValues(t, 1, waiting(t, db))
		require.NoError(t, lookup.New(db).Relook(t.Context()))
		require.Zero(t, waiting(t, db))
		require.Less(t, open(t, db)["prf_a prf_b"].Probability, before.Probability)
	})
}
