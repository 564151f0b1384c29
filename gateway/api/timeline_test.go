package api_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/api"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
)

// The history of a person of several profiles is one, also page by page: each interaction once and the newest first, of one moment too; what may be the same person's is marked, and nothing else is.
func TestATimelineOfAMergedPersonIsPagedAsOne(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		profiles := []string{"prf_a", "prf_b", "prf_c", "prf_suspect", "prf_stranger"}
		for _, id := range profiles {
			d.person(id, "")
		}
		var own, suspected []string // the newest first
		for n := range 25 {
			i := contact.Interaction{ProfileID: profiles[n%5], OccurredAt: noon.Add(time.Duration(n/5*5/2) * time.Minute), Direction: contact.FromCustomer, Events: []contact.Event{{Key: "e"}}}
			i.ID = fmt.Sprintf("int_%02d", n)
			require.NoError(t, d.DB.Interactions.Insert(t.Context(), i))
			if n%5 < 3 {
				own = append(own, i.ID)
			}
			if n%5 < 4 {
				suspected = append(suspected, i.ID)
			}
		}
		slices.Reverse(own)
		slices.Reverse(suspected)
		d.merged("prf_a", "prf_b", "prf_c")
		d.flag("prf_b", "prf_suspect", .9, 0)
		for include, want := range map[string][]string{"": own, "&include=suspected": suspected} {
			for _, limit := range []int{1, 2, 3, 50} {
				var read []string
				for next := fmt.Sprintf("/v1/profiles/prf_a/timeline?limit=%d%s", limit, include); next != "" && len(read) <= len(want); {
					var page struct {
						Data  []api.Interaction
						Links struct{ Next string }
					}
					d.API("GET", next, nil).Decode(t, &page)
					require.LessOrEqual(t, len(page.Data), limit)
					for _, i := range page.Data {
						read = append(read, i.ID)
						require.Equal(t, i.ProfileID == "prf_suspect", i.Suspected, i.ID)
					}
					next = page.Links.Next
				}
				require.Equal(t, want, read, "%d a page%s", limit, include)
			}
		}
	})
}
