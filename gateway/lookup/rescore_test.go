package lookup_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/lookup"
	"usher/gateway/people"
	"usher/gateway/review"
	"usher/gateway/store"
)

// Of somebody with more flags than are scored again, the one whose other side shares what was learned is among them.
func TestWhoSharesWhatWasLearnedIsScoredAgainAmongManyFlags(t *testing.T) {
	t.Parallel()
	eachDB(t, func(t *testing.T, db *store.DB) {
		l := lookup.New(db)
		before := person(t, db, "prf_zz", "Wilhelmina Okonkwo")
		flag := func(other string) string { return db.Salt.ID(contact.DuplicatePrefix, other, before.ID) }
		var others []string
		for i := range 40 {
			others = append(others, fmt.Sprintf("prf_%02d", i))
		}
		slices.SortFunc(others, func(a, b string) int { return strings.Compare(flag(a), flag(b)) }) // as they are read
		for i, id := range others {
			evidence := []contact.Evidence{number("+4917612345678")}
			p := person(t, db, id, fmt.Sprintf("Person%c Family%c", 'a'+i%26, 'a'+i/26), evidence[:i/(len(others)-1)]...)
			d := contact.Duplicate{A: id, B: before.ID, Status: contact.DuplicateOpen, Model: l.Model.Version}
			d.ID = flag(id)
			require.NoError(t, db.Duplicates.Insert(t.Context(), d))
			taught(t, db, p)
		}
		last := flag(others[len(others)-1])
		after := before
		after.Names, after.Evidence = nil, []contact.Evidence{number("+4917612345678")}
		require.NoError(t, l.Learn(t.Context(), lookup.News{Before: &before, Profile: after, At: store.Now()}))
		found, err := db.Duplicates.Find(t.Context(), last)
		require.NoError(t, err)
		require.NotEmpty(t, contact.Strong(found.Evidence))
	})
}

// meddling is a store in which somebody is faster: before the first swap of a flag, it is given to an agent.
type meddling struct {
	store.Driver
	assign func()
}

func (m *meddling) Swap(ctx context.Context, c *store.Schema, doc contact.Stored, old int64) error {
	if assign := m.assign; c.Name == "duplicates" && assign != nil {
		m.assign = nil
		assign()
	}
	return m.Driver.Swap(ctx, c, doc, old)
}

// A flag that is given to somebody in the moment in which it gains evidence keeps both.
func TestAFlagThatIsAssignedMeanwhileGainsItsEvidence(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver) {
		db, err := store.Open(t.Context(), driver)
		require.NoError(t, err)
		taught(t, db, person(t, db, "prf_a", "Wilhelmina Okonkwo", number("+4917612345678")))
		before := person(t, db, "prf_b", "Wilhelmina Okonkwo")
		taught(t, db, before)
		id := db.Salt.ID(contact.DuplicatePrefix, "prf_a", "prf_b")
		busy, err := store.Open(t.Context(), &meddling{driver, func() {
			_, err := review.New(db, people.New(db)).Assign(t.Context(), id, "anna")
			require.NoError(t, err)
		}})
		require.NoError(t, err)
		after := before
		after.Evidence = []contact.Evidence{number("+4917612345678")}
		require.NoError(t, lookup.New(busy).Learn(t.Context(), lookup.News{Before: &before, Profile: after, At: store.Now()}))
		d, err := db.Duplicates.Find(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, "anna", d.Assignee)
		require.NotEmpty(t, contact.Strong(d.Evidence))
		require.Equal(t, d.UpdatedAt, d.GainedAt)
	})
}
