package api_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/api"
	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
)

type eventPage struct {
	Data []events.Event
	Meta api.ListMeta
}

// Whoever follows the feed hears of every interaction, profile, contact point and flag once, and of every decision; repeats and replays add nothing.
func TestTheFeedTellsWhatBecameOfEveryContact(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		for range 2 { // a redelivery is no news
			d.Twilio("message", "MessageSid", "SM1", "From", "+14155550123", "To", "+14155550100", "Body", "hi", "ProfileName", "Ada Augusta Byron")
			d.Settled()
		}
		for purpose, state := range map[string]string{"voice": "ringing", "status": "completed"} { // in either order
			d.Twilio(purpose, "CallSid", "CA1", "From", "+14155550123", "To", "+14155550100", "CallStatus", state)
			d.Settled()
		}
		d.Standard("m1", object{"type": "message.received", "id": "m1", "data": object{
			"channel": "web_chat", "direction": "inbound", "interaction_id": "m1",
			"from": object{"display_name": "Ada Augusta Byron", "identifiers": []object{{"scheme": "mailto", "value": "ada@byron.example"}, {"scheme": "tel", "value": "+14155550123", "provenance": "claimed"}}},
		}})
		d.Settled()
		ada, byron := d.holder(contact.Tel, "+14155550123"), d.holder(contact.Mailto, "ada@byron.example")
		a, b := contact.OrderedPair(ada, byron)
		flag := d.DB.Salt.ID(contact.DuplicatePrefix, a, b)
		merge := d.merged(ada, byron)[0]
		ask[object](d, d.undo, 200, "POST", "/v1/merges/"+merge+"/undo", nil)
		ask[object](d, d.judge, 200, "POST", "/v1/duplicates/"+flag+"/dismiss", nil)

		want := map[string]int{
			"interaction.recorded": 3, "interaction.updated": 1, "profile.created": 2, "identity.added": 2, "duplicate.flagged " + flag: 1,
			"profile.merged " + byron: 1, "duplicate.merged " + flag: 1, "profile.unmerged " + byron: 1, "duplicate.reopened " + flag: 1, "duplicate.dismissed " + flag: 1,
			"not_same.added": 1,
		}
		got, ids, after := map[string]int{}, map[string]bool{}, ""
		reader := key(t, d.Gateway, keys.ProfilesRead)
		require.Eventually(t, func() bool {
			page := ask[eventPage](d, reader, 200, "GET", "/v1/events?limit=2&after="+after, nil)
			after = page.Meta.AfterCursor
			for _, e := range page.Data {
				require.False(t, ids[e.ID], "told twice: %s", e.Type)
				ids[e.ID] = true
				if name := e.Type + " " + e.Subject; want[name] > 0 {
					got[name]++
				} else {
					got[e.Type]++
				}
			}
			return len(page.Data) == 0 && got["not_same.added"] == 1
		}, 30*time.Second, 20*time.Millisecond)
		require.Equal(t, want, got)
	})
}

// holder is who holds a contact point.
func (d desk) holder(scheme contact.Scheme, value string) string {
	d.t.Helper()
	i, err := d.DB.Identities.Find(d.t.Context(), d.DB.Salt.IdentityID(scheme, "", value, ""))
	require.NoError(d.t, err)
	return i.ProfileID
}

type auditPage struct {
	Data []api.AuditEntry
	Meta api.ListMeta
}

// The audit says who decided what, when and why, the newest first; only those who administer read it.
func TestTheAuditIsEveryDecision(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		d.person("prf_a", "Ada Byron")
		d.person("prf_b", "Ada Lovelace")
		d.person("prf_c", "Charles Babbage")
		flag := d.flag("prf_a", "prf_b", .9, 0)
		ask[object](d, d.judge, 200, "POST", "/v1/duplicates/"+flag+"/dismiss", object{"why": "sisters"})
		ask[object](d, d.judge, 200, "POST", "/v1/duplicates/"+flag+"/reopen", object{"why": "no, one"})
		merge := d.merged("prf_b", "prf_a")[0]
		admin := key(t, d.Gateway, keys.Admin)

		all := ask[auditPage](d, admin, 200, "GET", "/v1/audit", nil).Data
		require.Len(t, all, 3)
		require.Equal(t, []string{contact.Merged, contact.DistinctUndone, contact.Distinct}, []string{all[0].Kind, all[1].Kind, all[2].Kind})
		require.Equal(t, merge, all[0].ID)
		require.Equal(t, []string{"prf_a", "prf_b"}, all[0].Profiles)
		require.Equal(t, "sisters", all[2].Why)
		require.Equal(t, "phone_equal", all[2].Seen[0].Kind)
		require.NotEqual(t, all[0].Who, all[2].Who, "two keys decided")

		for query, n := range map[string]int{
			"kind=merge": 1, "kind=no_such": 0, "who=" + all[2].Who: 2, "profile_id=prf_a": 3, "profile_id=prf_c": 0,
			"until=2026-01-01T00:00:00Z": 0, "since=2026-01-01T00:00:00Z": 3,
		} {
			require.Len(t, ask[auditPage](d, admin, 200, "GET", "/v1/audit?"+query, nil).Data, n, query)
		}
		first := ask[auditPage](d, admin, 200, "GET", "/v1/audit?limit=2", nil)
		rest := ask[auditPage](d, admin, 200, "GET", "/v1/audit?limit=2&after="+first.Meta.AfterCursor, nil)
		require.Equal(t, all, append(first.Data, rest.Data...))
		require.Equal(t, 403, d.As(d.judge, "GET", "/v1/audit", nil).Status)

		require.NoError(t, d.DB.Evidence.Delete(t.Context(), must(d.DB.Evidence.Find(t.Context(), evidenceOf(t, d, all[2].ID))))) // as an erasure does
		erased := ask[auditPage](d, admin, 200, "GET", "/v1/audit?kind=not_same", nil).Data[0]
		require.Empty(t, erased.Why)
		require.Empty(t, erased.Seen)
		require.Equal(t, all[2].At, erased.At)
	})
}

func evidenceOf(t *testing.T, d desk, decision string) string {
	t.Helper()
	found, err := d.DB.Decisions.Find(t.Context(), decision)
	require.NoError(t, err)
	return found.EvidenceID
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// The queue's figures count each flag as it stands, and say how far the decisions agree with what the model stated.
func TestFiguresSayHowTheQueueStands(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		reader := key(t, d.Gateway, keys.ProfilesRead)
		empty := ask[api.QueueFigures](d, reader, 200, "GET", "/v1/duplicates/figures", nil)
		require.Nil(t, empty.Agreement)
		require.Len(t, empty.Bands, 10)

		pairs := map[string]float64{"merged": .95, "dismissed": .92, "small": .15, "open": .97, "snoozed": .4}
		flags := map[string]string{}
		for name, p := range pairs {
			d.person("prf_"+name+"1", "Ada")
			d.person("prf_"+name+"2", "Ada")
			flags[name] = d.flag("prf_"+name+"1", "prf_"+name+"2", p, 0)
		}
		d.merged("prf_merged1", "prf_merged2")
		for _, name := range []string{"dismissed", "small"} {
			ask[object](d, d.judge, 200, "POST", "/v1/duplicates/"+flags[name]+"/dismiss", nil)
		}
		ask[object](d, d.judge, 200, "POST", "/v1/duplicates/"+flags["snoozed"]+"/snooze", object{"until": time.Now().Add(time.Hour)})
		ask[object](d, d.judge, 200, "POST", "/v1/duplicates/"+flags["open"]+"/assign", object{"assignee": "anna"})

		f := ask[api.QueueFigures](d, reader, 200, "GET", "/v1/duplicates/figures", nil)
		require.Equal(t, []int{1, 1, 1, 1, 2}, []int{f.Open, f.Assigned, f.Snoozed, f.Merged, f.Dismissed})
		require.InDelta(t, 2.0/3, *f.Agreement, 1e-9, "the merge and the small one are as the model said")
		top := f.Bands[9]
		require.Equal(t, []int{1, 1, 1}, []int{top.Undecided, top.Merged, top.Dismissed})
		require.InDelta(t, (.95+.92)/2, *top.Stated, 1e-9)
		require.InDelta(t, .5, *top.Found, 1e-9)
		require.False(t, f.Partial)
	})
}
