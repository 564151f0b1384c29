package people_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/people"
	"usher/gateway/store/storetest"
)

// A placement, or its undoing, that stops at any write is listed when the agent tries again, whatever the answer is: what was moved is told, once, and what was not moved is not.
func TestAPlacementThatStopsAnywhereIsListedByItsRepeat(t *testing.T) {
	t.Parallel()
	eachMortalWorld(t, func(t *testing.T, w world, s *storetest.Stopping) {
		ada, bob := w.profile("prf_ada"), w.profile("prf_bob")
		for _, undone := range []bool{false, true} {
			for k := 0; ; k++ {
				id := w.interaction(fmt.Sprint("int_", undone, k), ada, contact.FromCustomer, k)
				want := []string{contact.Attached}
				do := func() error {
					_, _, err := w.Attach(t.Context(), people.Placement{Interaction: id, To: bob, Who: "agent", Why: "voice"})
					return err
				}
				if undone {
					_, placed, err := w.Attach(t.Context(), people.Placement{Interaction: id, To: bob, Who: "agent", Why: "voice"})
					require.NoError(t, err)
					want = append(want, contact.AttachUndone)
					do = func() error {
						_, _, err := w.Undo(t.Context(), id, placed.ID, "agent")
						return err
					}
				}
				s.StopAfter(int64(k))
				stopped := do()
				s.GoOn()
				if err := do(); err != nil { // it was done, and says so
					require.Equal(t, contact.Conflict, contact.KindOf(err))
				}
				require.Equal(t, want, kindsOf(w.decisions(id)), "stopped after %d writes", k)
				if stopped == nil {
					require.GreaterOrEqual(t, k, 2)
					break
				}
				require.ErrorIs(t, stopped, storetest.ErrStopped)
			}
		}
	})
}

// kindsOf are the kinds of decisions.
func kindsOf(decisions []contact.Decision) []string {
	kinds := make([]string, len(decisions))
	for i, d := range decisions {
		kinds[i] = d.Kind
	}
	return slices.Clip(kinds)
}
