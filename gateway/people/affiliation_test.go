package people_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/people"
)

// Who speaks for many profiles is who speaks for each, however they were merged; one that is gone speaks for itself.
func TestRootsAreThoseOfEachPerson(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w world) {
		var ids []string
		for n := range 9 {
			ids = append(ids, w.profile(fmt.Sprint("prf_", n)))
		}
		for _, pair := range [][2]int{{0, 1}, {1, 2}, {3, 2}, {4, 5}, {6, 5}} { // a chain, a second child, a pair of losers
			_, err := w.Decide(t.Context(), people.Change{Kind: contact.Merged, A: ids[pair[0]], B: ids[pair[1]]})
			require.NoError(t, err)
		}
		roots, err := w.Roots(t.Context(), append(ids, "prf_gone"))
		require.NoError(t, err)
		require.Len(t, roots, len(ids)+1)
		for _, id := range ids {
			person, err := w.Person(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, person.Root().ID, roots[id], id)
		}
		require.Equal(t, "prf_gone", roots["prf_gone"])
	})
}
