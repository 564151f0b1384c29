package lookup_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/lookup"
	"usher/gateway/store"
	"usher/gateway/store/mongo"
	"usher/gateway/store/mongo/mongotest"
	"usher/gateway/store/sqlite"
)

// eachStore runs a test on an empty store of every kind there is a server for.
func eachStore(t *testing.T, test func(t *testing.T, driver store.Driver)) {
	run := func(t *testing.T, driver store.Driver, err error) {
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, driver.Close()) })
		test(t, driver)
	}
	t.Run("sqlite", func(t *testing.T) {
		driver, err := sqlite.Open(filepath.Join(t.TempDir(), "usher.db"))
		run(t, driver, err)
	})
	t.Run("mongodb", func(t *testing.T) {
		driver, err := mongo.Open(t.Context(), mongotest.URI(t))
		run(t, driver, err)
	})
}

// eachDB is eachStore with the store opened.
func eachDB(t *testing.T, test func(t *testing.T, db *store.DB)) {
	eachStore(t, func(t *testing.T, driver store.Driver) {
		db, err := store.Open(t.Context(), driver)
		require.NoError(t, err)
		test(t, db)
	})
}

// person is a profile that is stored and has learned nothing yet.
func person(t *testing.T, db *store.DB, id, name string, evidence ...contact.Evidence) contact.Profile {
	p := contact.Profile{Names: []contact.Name{{Value: name, Provenance: contact.FromChannel}}, Evidence: evidence, CreatedAt: store.Now()}
	p.ID = id
	require.NoError(t, db.Profiles.Insert(t.Context(), p))
	return p
}

func number(value string) contact.Evidence {
	return contact.Evidence{Kind: string(contact.Tel), Left: value, Provenance: contact.Extracted}
}

// A number that everybody names finds nobody: the lookup stays bounded, the key is marked once, and the flags name what was ignored.
func TestAHotKeyIsMarkedIgnoredAndNamed(t *testing.T) {
	t.Parallel()
	eachDB(t, func(t *testing.T, db *store.DB) {
		l := lookup.New(db)
		most := 0
		l.Watch = func(looked lookup.Looked) { most = max(most, looked.Compared) }
		for i := range 130 {
			p := person(t, db, fmt.Sprintf("prf_%03d", i), fmt.Sprintf("Person%c%c Family%c%c", 'a'+i%26, 'a'+i/26, 'a'+i/26, 'a'+i%26), number("+4930123456"))
			require.NoError(t, l.Learn(t.Context(), lookup.News{Profile: p, At: store.Now()}))
		}
		require.LessOrEqual(t, most, 200)
		marks, err := db.HotKeys.Count(t.Context(), "kind", "phone")
		require.NoError(t, err)
		require.EqualValues(t, 1, marks)

		twin := person(t, db, "prf_twin", "Wilhelmina Okonkwo", number("+4930123456"))
		require.NoError(t, l.Learn(t.Context(), lookup.News{Profile: twin, At: store.Now()}))
		found, err := l.Look(t.Context(), person(t, db, "prf_other", "Wilhelmina Okonkwo", number("+4930123456")), 0, 3)
		require.NoError(t, err)
		require.NotEmpty(t, found.Scored)
		require.Equal(t, "prf_twin", found.Scored[0].Record.ID)
		ignored := found.Verdict(found.Scored[0]).Ignored
		require.Contains(t, ignored, contact.Ignored{Key: "phone +4930123456", Reason: "held_by_many"})
	})
}

// Looking writes nothing, whoever asks and whatever is found.
func TestLookWritesNothing(t *testing.T) {
	t.Parallel()
	eachDB(t, func(t *testing.T, db *store.DB) {
		l := lookup.New(db)
		a := person(t, db, "prf_a", "Wilhelmina Okonkwo", number("+4930123456"))
		require.NoError(t, l.Learn(t.Context(), lookup.News{Profile: a, At: store.Now()}))
		asked := contact.Profile{Names: a.Names, Evidence: a.Evidence}
		for range 2 {
			found, err := l.Look(t.Context(), asked, .5, 3)
			require.NoError(t, err)
			require.Len(t, found.Scored, 1)
			require.Equal(t, a.Names, found.Person("prf_a").Names)
		}
		flags, _, err := db.Duplicates.List(t.Context(), store.Range{Index: "a", Limit: 10})
		require.NoError(t, err)
		require.Empty(t, flags)
		keys, err := db.BlockKeys.Count(t.Context(), "id")
		require.NoError(t, err)
		own, err := l.Rows(t.Context(), a)
		require.NoError(t, err)
		require.EqualValues(t, len(own), keys)
	})
}

// A rerun of a step that was done changes nothing: not the keys, not the flag.
func TestLearningTwiceIsLearningOnce(t *testing.T) {
	t.Parallel()
	eachDB(t, func(t *testing.T, db *store.DB) {
		l := lookup.New(db)
		a, b := person(t, db, "prf_a", "Wilhelmina Okonkwo", number("+4930123456")), person(t, db, "prf_b", "Wilhelmina Okonkwo", number("+4930123456"))
		var flagged [2]contact.Duplicate
		for i := range flagged {
			for _, p := range []contact.Profile{a, b} {
				require.NoError(t, l.Learn(t.Context(), lookup.News{Profile: p, Interaction: fmt.Sprint("int_", i), At: store.Now()}))
			}
			flags, _, err := db.Duplicates.List(t.Context(), store.Range{Index: "a", Limit: 10})
			require.NoError(t, err)
			require.Len(t, flags, 1)
			flagged[i] = flags[0]
		}
		require.Equal(t, flagged[0], flagged[1])
		require.Equal(t, "Wilhelmina Okonkwo", flagged[0].Evidence[1].Left)
	})
}

// Who learns something is held against those who share what is new, and not once more against those who share the rest; a flag that is open already is scored by what is new all the same.
func TestWhoWasComparedIsNotComparedAgain(t *testing.T) {
	t.Parallel()
	eachDB(t, func(t *testing.T, db *store.DB) {
		var compared []int
		l := lookup.New(db)
		l.Watch = func(took lookup.Looked) { compared = append(compared, took.Compared) }
		learn := func(before *contact.Profile, p contact.Profile) {
			require.NoError(t, l.Learn(t.Context(), lookup.News{Before: before, Profile: p, At: store.Now()}))
		}
		town := func(p contact.Profile, at string) contact.Profile {
			after := p
			after.Evidence = append(after.Evidence, contact.Evidence{Kind: "city", Left: at, Provenance: contact.Extracted})
			learn(&p, after)
			after, err := db.Profiles.Swap(t.Context(), after)
			require.NoError(t, err)
			return after
		}
		probability := func() float64 {
			flags, _, err := db.Duplicates.List(t.Context(), store.Range{Index: "a", Limit: 10})
			require.NoError(t, err)
			require.Len(t, flags, 1)
			return flags[0].Probability
		}
		a, b := person(t, db, "prf_a", "Wilhelmina Okonkwo"), person(t, db, "prf_b", "Wilhelmina Okonkwo")
		a.Version, b.Version = 1, 1
		learn(nil, a)
		learn(nil, b)
		alike := probability()
		b = town(b, "Kiel")
		town(a, "Ulm")
		elsewhere := probability()
		require.Less(t, elsewhere, alike)
		town(b, "Ulm")
		require.Greater(t, probability(), elsewhere)
		require.Equal(t, []int{0, 1, 0, 0, 1}, compared)
	})
}
