package people_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/gateway/store/storetest"
)

// noted are the notes of decisions that are to be listed.
func (w world) noted() []store.Unlisted {
	w.t.Helper()
	notes, _, err := w.db.Unlisted.List(w.t.Context(), store.Range{Index: "at", Limit: 100})
	require.NoError(w.t, err)
	return notes
}

// Whoever edits, marks or places may stop at any write, and nobody need come again: what was changed is listed by the sweep, once, and what was not is not.
func TestWhatWasDecidedBeforeAStopIsSwept(t *testing.T) {
	t.Parallel()
	yes := true
	for name, act := range map[string]struct {
		do      func(w world, id string) error
		done    func(w world, id string) bool
		subject string
	}{
		"edit": {
			do: func(w world, id string) error {
				return w.Change(w.t.Context(), people.Edit{Profile: "prf_" + id, Who: "agent", Why: "she said so"}, people.Patch{Tags: &[]string{"vip"}})
			},
			done:    func(w world, id string) bool { return len(w.find("prf_"+id).Tags) > 0 },
			subject: "prf_",
		},
		"note": {
			do: func(w world, id string) error {
				_, err := w.AddNote(w.t.Context(), people.Edit{Profile: "prf_" + id, Who: "agent"}, "called")
				return err
			},
			done:    func(w world, id string) bool { return len(w.find("prf_"+id).Notes) > 0 },
			subject: "prf_",
		},
		"mark": {
			do: func(w world, id string) error {
				_, err := w.Mark(w.t.Context(), people.Edit{Profile: "prf_" + id, Who: "agent"}, w.pointOf(id), people.Mark{Verified: &yes})
				return err
			},
			done: func(w world, id string) bool {
				i, err := w.db.Identities.Find(w.t.Context(), w.pointOf(id))
				require.NoError(w.t, err)
				return !i.VerifiedAt.IsZero()
			},
			subject: "prf_",
		},
		"placement": {
			do: func(w world, id string) error {
				_, _, err := w.Attach(w.t.Context(), people.Placement{Interaction: "int_" + id, To: "", Who: "agent", Why: "not hers"})
				return err
			},
			done: func(w world, id string) bool {
				i, err := w.Interaction(w.t.Context(), "int_"+id)
				require.NoError(w.t, err)
				return i.ProfileID == ""
			},
			subject: "int_",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachMortalWorld(t, func(t *testing.T, w world, s *storetest.Stopping) {
				outcomes := map[bool]int{}
				for k := 0; ; k++ {
					id := fmt.Sprint(k)
					w.identity(w.profile("prf_"+id), contact.External, id, "")
					w.interaction("int_"+id, "prf_"+id, contact.FromCustomer, k)
					before := len(w.noted())
					s.StopAfter(int64(k))
					err := act.do(w, id)
					s.GoOn()
					require.NoError(t, w.Sweep(t.Context()))
					want, left := 0, before+1
					if act.done(w, id) {
						want, left = 1, before
					} else if k == 0 || len(w.noted()) == before { // not even noted
						left = before
					}
					require.Len(t, w.decisions(act.subject+id), want, "stopped after %d writes", k)
					require.Len(t, w.noted(), left, "stopped after %d writes", k)
					if err == nil {
						require.GreaterOrEqual(t, k, 3)
						require.Greater(t, outcomes[true], 0, "none stopped after the change")
						require.Greater(t, outcomes[false], 1)
						return
					}
					require.ErrorIs(t, err, storetest.ErrStopped)
					outcomes[want > 0]++
				}
			})
		})
	}
}

// A note of what was never done goes when nobody can be at it any more, and not before: its maker may be about to do it.
func TestANoteOfWhatNeverHappenedIsDroppedLate(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w world) {
		w.profile("prf_ada")
		for id, age := range map[string]time.Duration{"dec_old": time.Hour, "dec_young": time.Second, "dec_made": time.Hour} {
			require.NoError(t, w.db.Unlisted.Insert(t.Context(), store.Unlisted{Document: contact.Document{ID: id}, In: "profiles", Of: "prf_ada", Evidence: "evd_" + id, At: store.Now().Add(-age)}))
			require.NoError(t, w.db.Evidence.Insert(t.Context(), contact.Basis{Document: contact.Document{ID: "evd_" + id}, A: "prf_ada", Why: "she said so"}))
		}
		require.NoError(t, w.db.Decisions.Insert(t.Context(), contact.Decision{Document: contact.Document{ID: "dec_made"}, EvidenceID: "evd_dec_made"}))
		require.NoError(t, w.Sweep(t.Context()))
		notes := w.noted()
		require.Len(t, notes, 1)
		require.Equal(t, "dec_young", notes[0].ID)
		said, err := w.db.Evidence.FindAll(t.Context(), "evd_dec_old", "evd_dec_young", "evd_dec_made")
		require.NoError(t, err)
		require.ElementsMatch(t, []string{"evd_dec_young", "evd_dec_made"}, slices.Collect(maps.Keys(said)), "what was said goes with what was never done, and only with that")
	})
}

// What contacts write must not pay for what agents decide: nothing is left of a decision that was listed, beside itself.
func TestNoNoteIsLeftOfWhatWasListed(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w world) {
		w.profile("prf_ada")
		require.NoError(t, w.Change(t.Context(), people.Edit{Profile: "prf_ada", Who: "agent", Why: "she said so"}, people.Patch{Tags: &[]string{"vip"}}))
		require.Empty(t, w.noted())
		carried := w.find("prf_ada").Pending
		require.Nil(t, carried.Basis, "what was said is apart, where it can be erased")
		said, err := w.db.Evidence.Find(t.Context(), carried.Decision.EvidenceID)
		require.NoError(t, err)
		require.Equal(t, "she said so", said.Why)
	})
}

func (w world) find(profile string) contact.Profile {
	w.t.Helper()
	p, err := w.db.Profiles.Find(w.t.Context(), profile)
	require.NoError(w.t, err)
	return p
}

// pointOf is the contact point that a test of this name gave a profile.
func (w world) pointOf(id string) string { return w.db.Salt.IdentityID(contact.External, "", id, "") }
