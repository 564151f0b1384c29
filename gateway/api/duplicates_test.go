package api_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/api"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
)

// queue is the ids of a list of flags, in its order.
func queue(d desk, query string) []string {
	d.t.Helper()
	var l list
	a := d.API("GET", "/v1/duplicates?"+query, nil)
	require.Equal(d.t, 200, a.Status, a.Body)
	a.Decode(d.t, &l)
	ids := []string{}
	for _, f := range l.Data {
		ids = append(ids, f.ID)
	}
	return ids
}

// A flag is shown while its two people differ and nobody has told them apart: through merges and undos around it, without being touched.
func TestAFlagStandsAsTheDecisionsSay(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		for _, id := range []string{"prf_a", "prf_b", "prf_c"} {
			d.person(id, "")
		}
		ab, bc := d.flag("prf_a", "prf_b", .9, 0), d.flag("prf_b", "prf_c", .6, 1)
		stored := func() []contact.Duplicate {
			found, err := d.DB.Duplicates.FindAll(t.Context(), ab, bc)
			require.NoError(t, err)
			return []contact.Duplicate{found[ab], found[bc]}
		}
		before := stored()
		require.Equal(t, []string{bc, ab}, queue(d, ""))
		reason := object{"why": "two sisters"}
		require.Equal(t, "dismissed", ask[api.Duplicate](d, d.judge, 200, "POST", "/v1/duplicates/"+ab+"/dismiss", reason).Status)
		require.Equal(t, "dismissed", ask[api.Duplicate](d, d.judge, 200, "POST", "/v1/duplicates/"+ab+"/dismiss", reason).Status, "twice is no mistake")
		require.Equal(t, []string{bc}, queue(d, ""))
		require.Equal(t, []string{ab}, queue(d, "status=dismissed"))

		merge := ask[merged](d, d.merge, 201, "POST", "/v1/duplicates/"+bc+"/merge", object{"into": "prf_b"})
		require.Equal(t, "prf_b", merge.Into)
		require.Empty(t, queue(d, ""))
		require.Equal(t, []string{bc}, queue(d, "status=merged"))
		require.Equal(t, []string{ab}, queue(d, "status=dismissed"), "it survives a merge")
		requireProblem(t, d.As(d.merge, "POST", "/v1/duplicates/"+ab+"/merge", nil), 409, "merge_contradicts_decision")
		for action, body := range map[string]any{"dismiss": nil, "reopen": nil, "snooze": object{"until": time.Now().Add(time.Hour)}, "assign": object{"assignee": ""}} {
			requireProblem(t, d.As(d.judge, "POST", "/v1/duplicates/"+bc+"/"+action, body), 409, "already_merged")
		}

		ask[api.TreeDecision](d, d.undo, 200, "POST", "/v1/merges/"+merge.Data[0].ID+"/undo", nil)
		require.Equal(t, []string{bc}, queue(d, ""))
		require.Equal(t, "open", ask[api.Duplicate](d, d.judge, 200, "POST", "/v1/duplicates/"+ab+"/reopen", nil).Status)
		require.Equal(t, []string{bc, ab}, queue(d, ""))
		after := stored()
		require.Equal(t, before[1], after[1], "the flag was written to")
		require.Equal(t, before[0].Status, after[0].Status)
	})
}

// The queue is narrowed and ordered, page by page.
func TestTheQueueIsNarrowedAndOrdered(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		for _, id := range []string{"prf_a", "prf_b", "prf_c", "prf_d"} {
			d.person(id, "")
		}
		ab, bc, cd := d.flag("prf_a", "prf_b", .7, 3), d.flag("prf_b", "prf_c", .9, 2), d.flag("prf_c", "prf_d", .4, 1)
		require.Equal(t, []string{ab, bc, cd}, queue(d, ""))
		require.Equal(t, []string{bc, ab, cd}, queue(d, "sort=probability"))
		require.Equal(t, []string{ab, bc}, queue(d, "min_probability=0.5"))
		require.Equal(t, []string{bc, cd}, queue(d, "profile_id=prf_c"))
		require.Equal(t, []string{ab, bc, cd}, queue(d, "reason=phone_equal"))
		require.Empty(t, queue(d, "reason=same_name"))

		require.Equal(t, "anna", ask[api.Duplicate](d, d.judge, 200, "POST", "/v1/duplicates/"+bc+"/assign", object{"assignee": "anna"}).Assignee)
		requireProblem(t, d.As(d.judge, "POST", "/v1/duplicates/"+bc+"/assign", object{"assignee": secretive}), 422, "validation_failed")
		require.Equal(t, []string{bc}, queue(d, "assignee=anna"))
		requireProblem(t, d.As(d.judge, "POST", "/v1/duplicates/"+cd+"/snooze", object{"until": noon.Add(-time.Hour)}), 422, "validation_failed")
		require.Equal(t, "snoozed", ask[api.Duplicate](d, d.judge, 200, "POST", "/v1/duplicates/"+cd+"/snooze", object{"until": time.Now().Add(time.Hour)}).Status)
		require.Equal(t, []string{ab, bc}, queue(d, ""))
		require.Equal(t, []string{cd}, queue(d, "status=snoozed"))
		ask[api.Duplicate](d, d.judge, 200, "POST", "/v1/duplicates/"+cd+"/reopen", nil)

		for _, filter := range []string{"", "profile_id=prf_b&sort=probability"} {
			whole := queue(d, filter)
			var paged []string
			next := "/v1/duplicates?limit=1&" + filter
			for len(paged) < 5 && next != "" {
				var l list
				d.API("GET", next, nil).Decode(t, &l)
				for _, f := range l.Data {
					paged = append(paged, f.ID)
				}
				next = l.Links.Next
			}
			require.Equal(t, whole, paged, filter)
		}
		d.merged("prf_a", "prf_d") // the flag of c and d is one of a's now
		require.ElementsMatch(t, []string{ab, cd}, queue(d, "profile_id=prf_a"))
	})
}

// A cluster names the link it hangs on: the least probable of those without which it falls apart.
func TestAClusterNamesItsWeakestLink(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		for _, id := range []string{"prf_a", "prf_b", "prf_c", "prf_d", "prf_e", "prf_x", "prf_y"} {
			d.person(id, "")
		}
		ab := d.flag("prf_a", "prf_b", .9, 0)
		d.flag("prf_b", "prf_c", .8, 0)
		d.flag("prf_a", "prf_c", .1, 0) // a circle: not needed
		weak := d.flag("prf_c", "prf_d", .5, 0)
		d.flag("prf_d", "prf_e", .7, 0)
		d.flag("prf_x", "prf_y", .2, 0)
		c := ask[api.DuplicateCluster](d, key(t, d.Gateway, keys.ProfilesRead), 200, "GET", "/v1/duplicates/"+ab+"/cluster", nil)
		require.ElementsMatch(t, []string{"prf_a", "prf_b", "prf_c", "prf_d", "prf_e"}, c.Profiles)
		require.Len(t, c.Links, 5)
		require.Equal(t, weak, c.WeakestLink)

		done := d.merged("auto", c.Profiles...)
		require.Len(t, done, 4)
		require.Len(t, queue(d, "status=merged"), 5)
		require.Len(t, queue(d, ""), 1)
	})
}

// Standing decisions are listed with who and why, of a whole person too, and are gone when they are taken back.
func TestWhoIsNotTheSameIsListed(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		for _, id := range []string{"prf_a", "prf_b", "prf_c"} {
			d.person(id, "")
		}
		made := ask[api.NotSame](d, d.judge, 201, "POST", "/v1/not_same", object{"profiles": []string{"prf_b", "prf_a"}, "why": "namesakes"})
		d.merged("prf_c", "prf_b")
		reader := key(t, d.Gateway, keys.ProfilesRead)
		for _, query := range []string{"", "?profile_id=prf_c", "?profile_id=prf_a"} {
			listed := ask[struct{ Data []api.NotSame }](d, reader, 200, "GET", "/v1/not_same"+query, nil).Data
			require.Len(t, listed, 1, query)
			require.Equal(t, made.ID, listed[0].ID)
			require.Equal(t, "namesakes", listed[0].Why)
			require.NotEmpty(t, listed[0].Who)
		}
		require.Equal(t, "not_same_undo", ask[api.TreeDecision](d, d.judge, 200, "DELETE", "/v1/not_same/"+made.ID, nil).Kind)
		require.Empty(t, ask[struct{ Data []api.NotSame }](d, reader, 200, "GET", "/v1/not_same", nil).Data)
		requireProblem(t, d.As(d.judge, "DELETE", "/v1/not_same/"+made.ID, nil), 409, "undo_not_possible")
		requireProblem(t, d.As(d.judge, "DELETE", "/v1/not_same/"+secretive, nil), 404, "not_found")
	})
}

// A snooze ends by itself: the flag is open again, and in the queue.
func TestASnoozeEnds(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		for _, id := range []string{"prf_a", "prf_b"} {
			d.person(id, "")
		}
		ab := d.flag("prf_a", "prf_b", .7, 1)
		ask[api.Duplicate](d, d.judge, 200, "POST", "/v1/duplicates/"+ab+"/snooze", object{"until": time.Now().Add(time.Hour)})
		require.Empty(t, queue(d, ""))
		flag, err := d.DB.Duplicates.Find(t.Context(), ab)
		require.NoError(t, err)
		flag.SnoozedUntil = contact.Instant(time.Now().Add(-time.Second)) // its hour is over
		_, err = d.DB.Duplicates.Swap(t.Context(), flag)
		require.NoError(t, err)
		require.Equal(t, []string{ab}, queue(d, ""))
		require.Empty(t, queue(d, "status=snoozed"))
		var shown api.Duplicate
		d.API("GET", "/v1/duplicates/"+ab, nil).Decode(t, &shown)
		require.Equal(t, "open", shown.Status)
	})
}
