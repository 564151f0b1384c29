package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
)

type list struct {
	Data []struct{ ID string }
	Meta struct {
		HasMore     bool   `json:"has_more"`
		AfterCursor string `json:"after_cursor"`
	}
	Links struct{ Next string }
}

func texts(g *gatewaytest.Gateway, from, to int) {
	for n := from; n < to; n++ {
		g.Twilio("message", "MessageSid", fmt.Sprint("SM", n), "From", fmt.Sprintf("+141555502%02d", n%40), "To", "+14155550100", "Body", "hi")
	}
	g.Settled()
}

// A reader who pages while others come in sees what was there when it began, each once, and follows the links alone.
func TestPagesAreStableWhileContactsComeIn(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		texts(g, 0, 25)
		seen := map[string]bool{}
		next := "/v1/interactions?limit=7"
		for pages := 0; next != ""; pages++ {
			require.Less(t, pages, 10)
			var l list
			g.API("GET", next, nil).Decode(t, &l)
			require.LessOrEqual(t, len(l.Data), 7)
			require.Equal(t, l.Meta.HasMore, l.Links.Next != "")
			for _, i := range l.Data {
				require.False(t, seen[i.ID], "twice")
				seen[i.ID] = true
			}
			texts(g, 100+2*pages, 102+2*pages)
			next = l.Links.Next
		}
		require.GreaterOrEqual(t, len(seen), 25)
		require.LessOrEqual(t, len(seen), 25, "newer ones stand before the first page")
	})
}

// A cursor belongs to its list, filters and all: elsewhere it would read what was not asked for.
func TestACursorOpensNoOtherList(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	texts(g, 0, 3)
	var l list
	g.API("GET", "/v1/interactions?limit=1", nil).Decode(t, &l)
	require.NotEmpty(t, l.Meta.AfterCursor)
	for _, path := range []string{"/v1/profiles?limit=1", "/v1/interactions?limit=1&channel=sms"} {
		requireProblem(t, g.API("GET", path+"&after="+l.Meta.AfterCursor, nil), 400, "invalid_request")
	}
	require.Equal(t, 200, g.API("GET", "/v1/interactions?limit=2&after="+l.Meta.AfterCursor, nil).Status, "a page may have another size")
}

// Whatever network an id is of, and whatever page or portfolio it is good for, it finds whom it names.
func TestSearchFindsIdsOfEveryNetwork(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		ids := map[string]string{"psid": "7700112233", "igsid": "1784140", "bsuid": "US.1349", "telegram": "55012", "sip": "bob@pbx.example", "visitor": "v-77", "external": "crm 4711"}
		for scheme, value := range ids {
			require.Equal(t, http.StatusNoContent, g.Standard("msg_"+scheme, map[string]any{"type": "contact.message.received.v1", "data": map[string]any{
				"channel": "web_chat", "content": []any{map[string]any{"kind": "text", "text": "hi"}},
				"from": map[string]any{"identifiers": []any{map[string]any{"scheme": scheme, "value": value, "scope": "page-1"}}},
			}}).Status)
		}
		g.Settled()
		for scheme, value := range ids {
			var found struct {
				Data []struct {
					Identities []struct{ Scheme, Value string }
				}
			}
			g.API("GET", "/v1/profiles/search?q="+url.QueryEscape(" "+value+" "), nil).Decode(t, &found)
			require.Len(t, found.Data, 1, scheme)
			require.Equal(t, scheme, found.Data[0].Identities[0].Scheme)
		}
	})
}

// Without a filter the inbox is a list of all that came in, whatever became of it, the newest first.
func TestDeliveriesAreListedByTime(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		for n := range 3 {
			texts(g, n, n+1)
			require.Equal(t, http.StatusNoContent, g.Standard(fmt.Sprint("msg_", n), map[string]any{"type": "x", "time": "yesterday"}).Status)
			g.Settled()
		}
		read := func(next string) (all []string) {
			for next != "" {
				var page struct {
					Data  []struct{ Source, Result string }
					Links struct{ Next string }
				}
				g.API("GET", next, nil).Decode(t, &page)
				for _, d := range page.Data {
					all = append(all, d.Source+" "+d.Result)
				}
				next = page.Links.Next
			}
			return all
		}
		require.Equal(t, []string{"web unparsed", "tw recorded", "web unparsed", "tw recorded", "web unparsed", "tw recorded"}, read("/v1/deliveries?limit=2"))
		require.Len(t, read("/v1/deliveries?limit=2&source=web"), 3)
		require.Len(t, read("/v1/deliveries?limit=2&state=recorded"), 3)
		require.Empty(t, read("/v1/deliveries?state=dead"))
	})
}

func TestEmptyListsAreListsAndNotNull(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	for _, path := range []string{"/v1/profiles", "/v1/interactions", "/v1/duplicates", "/v1/deliveries", "/v1/profiles/search?q=nobody"} {
		a := g.API("GET", path, nil)
		require.Equal(t, 200, a.Status)
		require.Contains(t, a.Body, `"data":[]`, path)
	}
}

// Placing an interaction goes by the version that was seen: of two agents who looked at the same, one is told to look again.
func TestOfTwoAgentsWhoSawTheSameOneIsToldToLookAgain(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	texts(g, 0, 2)
	var interactions, profiles list
	g.API("GET", "/v1/interactions", nil).Decode(t, &interactions)
	g.API("GET", "/v1/profiles", nil).Decode(t, &profiles)
	path := "/v1/interactions/" + interactions.Data[0].ID
	tag := g.API("GET", path, nil).Header.Get("ETag")
	require.NotEmpty(t, tag)
	place := func(profile string) gatewaytest.Answer {
		return call{method: "PATCH", path: path, key: key(t, g, keys.ProfilesWrite), header: http.Header{"If-Match": {tag}}, body: fmt.Sprintf(`{"profile_id":%q}`, profile)}.send(t, g)
	}
	require.Equal(t, 200, place("").Status)
	requireProblem(t, place(profiles.Data[0].ID), 412, "stale_version")
}

// A POST with an Idempotency-Key is done once, however often and at once it is sent, and answered alike each time.
func TestARepeatedPostIsDoneOnce(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		texts(g, 0, 1)
		var deliveries list
		g.API("GET", "/v1/deliveries?state=recorded", nil).Decode(t, &deliveries)
		admin := key(t, g, keys.Admin)
		replay := call{method: "POST", path: "/v1/deliveries/" + deliveries.Data[0].ID + "/replay", key: admin, header: http.Header{"Idempotency-Key": {"once"}}}
		first := replay.send(t, g)
		require.Equal(t, 202, first.Status, first.Body)
		require.Empty(t, first.Header.Get("Idempotency-Replayed"))
		again := replay.send(t, g)
		require.Equal(t, 202, again.Status)
		require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
		require.Equal(t, first.Body, again.Body)

		other := replay
		other.path = "/v1/deliveries/dlv_other/replay"
		requireProblem(t, other.send(t, g), 422, "idempotency_key_reused")
		elsewhere := other
		elsewhere.key = key(t, g, keys.Admin)
		requireProblem(t, elsewhere.send(t, g), 404, "not_found")
	})
}

func TestRepeatsAtTheSameTimeGetOneAnswer(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	texts(g, 0, 1)
	var deliveries list
	g.API("GET", "/v1/deliveries?state=recorded", nil).Decode(t, &deliveries)
	replay := call{method: "POST", path: "/v1/deliveries/" + deliveries.Data[0].ID + "/replay", key: key(t, g, keys.Admin), header: http.Header{"Idempotency-Key": {"once"}}}
	answers := make([]gatewaytest.Answer, 20)
	var all sync.WaitGroup
	for n := range answers {
		all.Go(func() { answers[n] = replay.send(t, g) })
	}
	all.Wait()
	fresh := 0
	for _, a := range answers {
		if a.Status == 409 {
			requireProblem(t, a, 409, "busy")
			continue
		}
		require.Equal(t, 202, a.Status)
		if a.Header.Get("Idempotency-Replayed") == "" {
			fresh++
		}
	}
	require.Equal(t, 1, fresh)
}

const event = `{"specversion":"1.0","id":"e1","type":"contact.message.received.v1","data":{"channel":"web_chat","from":{"display_name":"Ana Silva","identifiers":[{"scheme":"visitor","value":"v1"}]},"content":[{"kind":"text","text":"hi"}]}}`

// An own sender hands events in with a key: stored before it is answered, once for one Idempotency-Key, and with "Prefer: wait" answered when it is recorded.
func TestInteractionsAreSentWithAKey(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		send := call{method: "POST", path: "/v1/interactions", key: key(t, g, keys.IngestWrite), header: http.Header{"Prefer": {"wait"}, "Idempotency-Key": {"k1"}}, body: event}
		var delivery struct {
			ID, State, Result string
			Interactions      []string
		}
		a := send.send(t, g)
		require.Equal(t, 202, a.Status, a.Body)
		a.Decode(t, &delivery)
		require.Equal(t, "recorded", delivery.Result)
		require.Len(t, delivery.Interactions, 1)
		first := delivery.ID
		send.send(t, g).Decode(t, &delivery)
		require.Equal(t, first, delivery.ID)

		require.Equal(t, "true", send.send(t, g).Header.Get("Idempotency-Replayed"))
		changed := send
		changed.body = strings.Replace(event, "hi", "another", 1)
		requireProblem(t, changed.send(t, g), 422, "idempotency_key_reused")
		changed.header = http.Header{"Idempotency-Key": {"k\xff"}}
		requireProblem(t, changed.send(t, g), 422, "validation_failed")

		send.header = http.Header{"Prefer": {"wait"}}
		send.body = "[" + event + "," + `{"specversion":"1.0","id":"e2","type":"contact.message.received.v1","data":{"channel":"web_chat","from":{"identifiers":[{"scheme":"visitor","value":"v1"}]},"content":[]}}]`
		send.send(t, g).Decode(t, &delivery)
		require.Len(t, delivery.Interactions, 2)
		var l list
		g.API("GET", "/v1/interactions", nil).Decode(t, &l)
		require.Len(t, l.Data, 2, "the same event in another request is the same interaction")
		g.API("GET", "/v1/profiles", nil).Decode(t, &l)
		require.Len(t, l.Data, 1)

		send.body = strings.Replace(event, `"id":"e1",`, "", 1)
		for range 2 { // nothing names it: who writes the same twice has written twice
			require.Equal(t, 202, send.send(t, g).Status)
		}
		g.API("GET", "/v1/interactions", nil).Decode(t, &l)
		require.Len(t, l.Data, 4)

		for _, body := range []string{`{"type":""}`, `{}`, `[1]`, `{"type":"contact.message.received.v1","time":"` + secretive + `"}`, `{"specversion":"2","type":"x"}`, `{"type":"x"}`, `{"type":"contact.message.received.v1","data":null}`} {
			send.body = body
			requireProblem(t, send.send(t, g), 422, "validation_failed")
		}
		send.body = `{"type": ` + secretive
		requireProblem(t, send.send(t, g), 422, "validation_failed")
	})
}
