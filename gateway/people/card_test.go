package people_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/review"
)

func TestACardShowsWhatBelongsToTheProfile(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w world) {
		ada := w.profile("prf_ada")
		number := w.identity(ada, contact.Tel, "+14155550123", "")
		w.identity(w.profile("prf_bob"), contact.Mailto, "bob@example.org", "")
		for minute, direction := range []contact.Direction{contact.FromUs, contact.FromCustomer, contact.FromSystem, contact.FromCustomer, contact.FromUs} {
			w.interaction(fmt.Sprintf("int_%d", minute), ada, direction, minute)
		}
		w.interaction("int_bob", "prf_bob", contact.FromCustomer, 90)
		w.flag(ada, "prf_bob")

		card, err := w.Card(t.Context(), ada)
		require.NoError(t, err)
		require.Equal(t, ada, card.Profile.ID)
		require.Len(t, card.Identities, 1)
		require.Equal(t, number, card.Identities[0].ID)
		require.Equal(t, noon.Add(time.Minute), card.FirstSeen.UTC(), "what we sent before is no contact of hers")
		require.Equal(t, noon.Add(3*time.Minute), card.LastSeen.UTC(), "what we sent after is no contact of hers")
		require.Equal(t, 1, card.Duplicates)

		_, err = w.Card(t.Context(), "prf_none")
		requireError(t, err, contact.NotFound, "not_found")
	})
}

// Somebody we wrote to who never answered was not seen; more of our own messages than one page holds do not hide the last of hers.
func TestSeenLooksBehindWhatWeSent(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w world) {
		silent, talked := w.profile("prf_silent"), w.profile("prf_talked")
		w.interaction("int_silent", silent, contact.FromUs, 0)
		for minute := range 45 {
			w.interaction(fmt.Sprintf("int_%02d", minute), talked, contact.FromUs, minute)
		}
		w.interaction("int_hers", talked, contact.FromCustomer, -5)

		card, err := w.Card(t.Context(), silent)
		require.NoError(t, err)
		require.Nil(t, card.FirstSeen)
		require.Nil(t, card.LastSeen)
		card, err = w.Card(t.Context(), talked)
		require.NoError(t, err)
		require.Equal(t, noon.Add(-5*time.Minute), card.LastSeen.UTC())
		require.Equal(t, noon.Add(-5*time.Minute), card.FirstSeen.UTC())
	})
}

func TestWhatIsMissingIsAskedForAddressFirst(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w world) {
		for _, c := range []struct {
			has     []contact.Scheme
			missing []string
			ask     string
		}{
			{nil, []string{"email", "phone"}, "email"},
			{[]contact.Scheme{contact.BSUID}, []string{"email", "phone"}, "email"},
			{[]contact.Scheme{contact.Tel}, []string{"email"}, "email"},
			{[]contact.Scheme{contact.Mailto}, []string{"phone"}, "phone"},
			{[]contact.Scheme{contact.Mailto, contact.Tel}, nil, ""},
		} {
			id := w.profile(fmt.Sprint("prf_", c.has))
			for _, scheme := range c.has {
				w.identity(id, scheme, id, "")
			}
			card, err := w.Card(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, c.missing, card.Missing)
			require.Equal(t, c.ask, card.AskNext)
		}
	})
}

// Open flags are found on either side of the pair, and are not hidden by those that are decided. How a flag stands follows from the decisions.
func TestDuplicatesAreTheOpenFlagsOfBothSides(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w world) {
		for _, id := range []string{"prf_m", "prf_a", "prf_zz", "prf_merged", "prf_snoozed"} {
			w.profile(id)
		}
		want := map[string]bool{w.flag("prf_m", "prf_a"): true, w.flag("prf_m", "prf_zz"): true}
		for i := range 110 { // more than one page, and before the open one
			other := w.profile(fmt.Sprintf("prf_n%03d", i))
			w.flag("prf_m", other)
			w.decide(contact.Distinct, "prf_m", other)
		}
		w.flag("prf_m", "prf_merged")
		w.decide(contact.Merged, "prf_merged", "prf_m")
		_, err := review.New(w.db, w.People).Snooze(t.Context(), w.flag("prf_m", "prf_snoozed"), time.Now().Add(time.Hour))
		require.NoError(t, err)
		_, err = review.New(w.db, w.People).Snooze(t.Context(), w.flag("prf_a", "prf_zz"), time.Now().Add(-time.Hour))
		require.NoError(t, err)

		for _, id := range []string{"prf_m", "prf_merged"} {
			found, err := w.Duplicates(t.Context(), id)
			require.NoError(t, err)
			got := map[string]bool{}
			for _, d := range found {
				got[d.ID] = true
			}
			require.Equal(t, want, got)
		}
		none, err := w.Duplicates(t.Context(), "prf_none")
		require.NoError(t, err)
		require.Empty(t, none)
	})
}

// A number that several people use has one holder by itself and one for each further name; the first is who had it first.
func TestHoldersOfASharedNumberBeginWithTheFirst(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w world) {
		want := []string{}
		for i := range 6 { // ids are hashes: by chance one number's base identity may be the smallest
			number := fmt.Sprintf("+1415555012%d", i)
			base := w.identity("prf_first", contact.Tel, number, "")
			for _, name := range []string{"bob", "cleo", "dora"} {
				want = append(want, w.identity("prf_"+name, contact.Tel, number, name))
			}
			found, err := w.Holders(t.Context(), contact.Tel, number)
			require.NoError(t, err)
			require.Len(t, found, 4)
			require.Equal(t, base, found[0].ID)
			rest := []string{}
			for _, h := range found[1:] {
				rest = append(rest, h.ID)
			}
			require.ElementsMatch(t, want[len(want)-3:], rest)
		}
		for _, unheld := range []contact.Scheme{contact.Mailto, contact.Tel} {
			none, err := w.Holders(t.Context(), unheld, "+14155550199")
			require.NoError(t, err)
			require.Empty(t, none)
		}
	})
}
