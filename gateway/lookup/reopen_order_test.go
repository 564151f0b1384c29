package lookup_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/lookup"
	"usher/gateway/people"
	"usher/gateway/review"
	"usher/gateway/store"
)

// A decision is told by who follows decisions, some time after it, and new evidence by who finds it, at once. Whoever keeps a copy by the feed goes by the last they hear of a flag, however the two fall.
func TestADismissalIsToldBeforeWhatOverturnsIt(t *testing.T) {
	t.Parallel()
	const (
		dismissed, reopened = string(events.DuplicateDismissed), string(events.DuplicateReopened)
	)
	for name, c := range map[string]struct {
		steps []string
		told  []string
	}{
		"followed before the evidence comes":       {[]string{"dismiss", "follow", "learn", "follow"}, []string{dismissed, reopened}},
		"followed after the evidence came":         {[]string{"dismiss", "learn", "follow"}, []string{dismissed, reopened}},
		"decided while the evidence is written":    {[]string{"learn while dismissed", "follow"}, []string{dismissed, reopened}},
		"decided with the evidence":                {[]string{"learn", "dismiss", "follow"}, []string{dismissed}},
		"decided again before anything was told":   {[]string{"dismiss", "learn", "dismiss", "follow"}, []string{dismissed, reopened, reopened, dismissed}},
		"taken back by hand before it was told":    {[]string{"dismiss", "reopen", "follow"}, []string{dismissed, reopened}},
		"taken back and decided again, then told":  {[]string{"dismiss", "reopen", "dismiss", "follow"}, []string{dismissed, reopened, dismissed}},
		"decided and taken back with the evidence": {[]string{"learn", "dismiss", "reopen", "follow"}, []string{dismissed, reopened}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachStore(t, func(t *testing.T, driver store.Driver) {
				p := newTwins(t, driver)
				for _, step := range c.steps {
					p.step(step)
				}
				require.Equal(t, c.told, p.told(dismissed, reopened))
			})
		})
	}
}

// twins are two people of one name who are flagged, and the second of whom will name the first one's number.
type twins struct {
	t      *testing.T
	driver store.Driver
	db     *store.DB
	before contact.Profile
	flag   string
}

func newTwins(t *testing.T, driver store.Driver) twins {
	db, err := store.Open(t.Context(), driver)
	require.NoError(t, err)
	taught(t, db, person(t, db, "prf_a", "Wilhelmina Okonkwo", number("+4917612345678")))
	before := person(t, db, "prf_b", "Wilhelmina Okonkwo")
	taught(t, db, before)
	return twins{t, driver, db, before, db.Salt.ID(contact.DuplicatePrefix, "prf_a", "prf_b")}
}

func (p twins) step(what string) {
	p.t.Helper()
	switch what {
	case "dismiss":
		require.NoError(p.t, review.New(p.db, people.New(p.db)).Dismiss(p.t.Context(), people.Wish{Who: "anna"}, p.flag))
	case "reopen":
		require.NoError(p.t, review.New(p.db, people.New(p.db)).Reopen(p.t.Context(), people.Wish{Who: "anna"}, p.flag))
	case "follow":
		require.NoError(p.t, events.NewFollower(p.db).Follow(p.t.Context()))
	case "learn":
		p.learn(p.db)
	case "learn while dismissed":
		busy, err := store.Open(p.t.Context(), &meddling{p.driver, func() { p.step("dismiss") }})
		require.NoError(p.t, err)
		p.learn(busy)
	}
}

func (p twins) learn(db *store.DB) {
	p.t.Helper()
	after := p.before
	after.Evidence = []contact.Evidence{number("+4917612345678")}
	require.NoError(p.t, lookup.New(db).Learn(p.t.Context(), lookup.News{Before: &p.before, Profile: after, Interaction: "int_1", At: store.Now()}))
}

// told are the events of the flag of some types, in the order of the feed.
func (p twins) told(types ...string) (all []string) {
	p.t.Helper()
	stored, _, err := p.db.Events.List(p.t.Context(), store.Range{Index: "at", Limit: store.MaxLimit})
	require.NoError(p.t, err)
	for _, e := range stored {
		if e.Subject == p.flag && (e.Type == types[0] || e.Type == types[1]) {
			all = append(all, e.Type)
		}
	}
	return all
}
