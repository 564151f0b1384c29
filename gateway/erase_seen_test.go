package gateway_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/gatewaytest"
)

// What was seen of a profile when it was a part of somebody, by a flag that was merged then, is its own: it is in its export, not in that one's, and goes with it.
func TestWhatWasSeenOfAProfileInAnothersTreeIsItsOwn(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "DE")
		a := namedPerson(t, g, "Theodora Quistgaard", point("mailto", "theodora.quistgaard@one.example"), point("tel", "+4915112345678"))
		namedPerson(t, g, "Theodora Quistgard", point("mailto", "theodora.quistgard@two.example"), point("tel", "+4915112345679"))
		root := namedPerson(t, g, "Rita Zoller", point("mailto", "rita@three.example"))
		flags := duplicates(t, g)
		require.Len(t, flags, 1)
		merge := mergeAs(t, g, root, a, "one household")
		same := send[list[decision]](t, g, http.StatusCreated, "/v1/duplicates/"+flags[0].ID+"/merge", object{"into": root})
		for _, id := range []string{same.Data[0].ID, merge} {
			send[object](t, g, http.StatusOK, "/v1/merges/"+id+"/undo", nil)
		}
		own := exportOf(t, g, a)
		own.nothingOf(t, "two.example", "quistgard\"")
		require.Len(t, own.of("evidence"), 2)
		exportOf(t, g, root).nothingOf(t, "quistg")
		erase(t, g, a)
		require.Empty(t, foundOf(t, uri, []string{"quistgaard", "15112345678"}))
	})
}
