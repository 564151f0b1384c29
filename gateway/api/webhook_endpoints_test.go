package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/api"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
	"usher/gateway/store"
)

// An endpoint is made, shown without its secret, changed, and deleted.
func TestAnEndpointIsMadeShownChangedAndDeleted(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		admin := key(t, d.Gateway, keys.Admin)
		const path = "/v1/webhook_endpoints"
		require.JSONEq(t, `{"data":[]}`, d.As(admin, "GET", path, nil).Body)
		a := d.As(admin, "POST", path, object{"url": "https://crm.acme.example/usher", "description": "CRM", "types": []string{"profile.merged"}})
		require.Equal(t, 201, a.Status, a.Body)
		require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
		var made api.NewWebhookEndpoint
		a.Decode(t, &made)
		require.Regexp(t, `^whsec_[A-Za-z0-9+/]{43}=$`, made.Secret)
		require.Equal(t, "enabled", made.Status)

		shown := d.As(admin, "GET", path+"/"+made.ID, nil)
		require.NotContains(t, shown.Body, made.Secret)
		require.Equal(t, made.WebhookEndpoint, ask[api.WebhookEndpoint](d, admin, 200, "GET", path+"/"+made.ID, nil))
		require.NotContains(t, d.As(admin, "GET", path, nil).Body, made.Secret)

		match := func(tag string, status int, body string) api.WebhookEndpoint {
			answer := call{method: "PATCH", path: path + "/" + made.ID, key: admin, header: http.Header{"If-Match": {tag}}, body: body}.send(t, d.Gateway)
			require.Equal(t, status, answer.Status, answer.Body)
			var e api.WebhookEndpoint
			if status == 200 {
				answer.Decode(t, &e)
			}
			return e
		}
		e := match(shown.Header.Get("ETag"), 200, `{"types":[],"description":"","status":"disabled"}`)
		require.Equal(t, []any{[]string{}, "", "disabled", "by_hand"}, []any{e.Types, e.Description, e.Status, e.DisabledReason})
		match(shown.Header.Get("ETag"), 412, `{"status":"enabled"}`)
		e = match("*", 200, `{"status":"enabled","url":"https://crm.acme.example/other"}`)
		require.Equal(t, []any{"enabled", "", "https://crm.acme.example/other"}, []any{e.Status, e.DisabledReason, e.URL})

		rotated := ask[api.NewWebhookEndpoint](d, admin, 200, "POST", path+"/"+made.ID+"/rotate_secret", object{"overlap_hours": 1})
		require.NotEqual(t, made.Secret, rotated.Secret)
		for hours, body := range map[time.Duration]object{24: {}, 0: {"overlap_hours": 0}} {
			before := time.Now()
			ask[object](d, admin, 200, "POST", path+"/"+made.ID+"/rotate_secret", body)
			kept, err := d.DB.Endpoints.Find(t.Context(), made.ID)
			require.NoError(t, err)
			require.True(t, kept.Secrets[0].Until.IsZero())
			require.WithinDuration(t, before.Add(hours*time.Hour), kept.Secrets[1].Until, 10*time.Second)
		}

		require.Equal(t, 204, d.As(admin, "DELETE", path+"/"+made.ID, nil).Status)
		for _, gone := range []struct{ method, path string }{{"GET", ""}, {"PATCH", ""}, {"DELETE", ""}, {"POST", "/rotate_secret"}, {"GET", "/undelivered"}} {
			requireProblem(t, d.As(admin, gone.method, path+"/"+made.ID+gone.path, bodyOf(gone.method)), 404, "not_found")
		}
	})
}

// bodyOf is an empty body where a method has one.
func bodyOf(method string) any {
	if method == "GET" || method == "DELETE" {
		return nil
	}
	return object{}
}

// Only those who administer see where events go, and what is no endpoint is refused.
func TestEndpointsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t, gatewaytest.SQLite(t))
	admin := key(t, d.Gateway, keys.Admin)
	const path = "/v1/webhook_endpoints"
	for name, body := range map[string]object{
		"no address":     {"url": ""},
		"not https":      {"url": "ftp://" + secretive},
		"private":        {"url": "https://10.1.2.3/"},
		"with a user":    {"url": "https://" + secretive + "@acme.example/"},
		"unknown type":   {"url": "https://acme.example/", "types": []string{secretive}},
		"unknown member": {"url": "https://acme.example/", secretive: 1},
	} {
		a := d.As(admin, "POST", path, body)
		require.Equal(t, 422, a.Status, name)
		requireProblem(t, a, 422, "validation_failed")
	}
	made := ask[api.NewWebhookEndpoint](d, admin, 201, "POST", path, object{"url": "https://acme.example/"})
	requireProblem(t, d.As(admin, "PATCH", path+"/"+made.ID, object{"url": "https://10.1.2.3/"}), 422, "validation_failed")
	for _, body := range []object{{}, {"event_id": "evt_1", "since": time.Now()}, {"since": time.Now().Add(time.Hour)}} {
		requireProblem(t, d.As(admin, "POST", path+"/"+made.ID+"/replay", body), 422, "validation_failed")
	}
	requireProblem(t, d.As(admin, "POST", path+"/"+made.ID+"/replay", object{"event_id": "evt_none"}), 404, "not_found")
	for _, sub := range []string{"", "/" + made.ID + "/rotate_secret"} {
		kept := call{method: "POST", path: path + sub, key: admin, header: http.Header{"Idempotency-Key": {"k" + sub}}, body: `{"url":"https://acme.example/"}`}
		if sub != "" {
			kept.body = `{}`
		}
		requireProblem(t, kept.send(t, d.Gateway), 400, "invalid_request")
	}
	for _, scope := range keys.Scopes {
		if scope != keys.Admin {
			requireProblem(t, d.As(key(t, d.Gateway, scope), "GET", path, nil), 403, "forbidden_scope")
		}
	}
	for range 49 {
		ask[object](d, admin, 201, "POST", path, object{"url": "https://acme.example/"})
	}
	requireProblem(t, d.As(admin, "POST", path, object{"url": "https://acme.example/"}), 409, "too_many_endpoints")
}

// What an endpoint did not take is listed with how often it was tried and when it comes again, and can be asked for.
func TestWhatWasNotTakenIsListedAndSentAgain(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		admin := key(t, d.Gateway, keys.Admin)
		made := ask[api.NewWebhookEndpoint](d, admin, 201, "POST", "/v1/webhook_endpoints", object{"url": "https://acme.example/"})
		path := "/v1/webhook_endpoints/" + made.ID
		ask[object](d, admin, 200, "PATCH", path, object{"status": "disabled"}) // so that nobody sends meanwhile
		for i, state := range []string{store.UndeliveredWaiting, store.UndeliveredFailed, store.UndeliveredFailed} {
			id := string(rune('a' + i))
			at := noon.Add(time.Duration(i) * time.Minute)
			require.NoError(t, d.DB.Events.Insert(t.Context(), store.Event{Document: contact.Document{ID: "evt_" + id}, Type: "profile.created", Subject: "prf_" + id, At: at}))
			u := store.Undelivered{Document: contact.Document{ID: d.DB.Salt.ID(contact.UndeliveredPrefix, made.ID, "evt_"+id)}, EndpointID: made.ID, State: state, EventID: "evt_" + id, Type: "profile.created", Subject: "prf_" + id, At: at, Due: at, Attempts: 3, Status: 500, Reason: "status"}
			require.NoError(t, d.DB.Undelivered.Insert(t.Context(), u))
		}
		type listed struct{ Data []api.UndeliveredEvent }
		waiting := ask[listed](d, admin, 200, "GET", path+"/undelivered", nil).Data
		require.Equal(t, []api.UndeliveredEvent{{EventID: "evt_a", Type: "profile.created", Subject: "prf_a", Time: noon, State: "waiting", Attempts: 3, Status: 500, Reason: "status", DueAt: &noon}}, waiting)
		failed := ask[listed](d, admin, 200, "GET", path+"/undelivered?state=failed", nil).Data
		require.Len(t, failed, 2)
		require.Nil(t, failed[0].DueAt)

		e := ask[api.WebhookEndpoint](d, admin, 202, "POST", path+"/replay", object{"event_id": "evt_b"})
		require.Equal(t, []int64{2, 1}, []int64{e.Delivery.Waiting, e.Delivery.Failed})
		e = ask[api.WebhookEndpoint](d, admin, 202, "POST", path+"/replay", object{"since": noon})
		require.Equal(t, []int64{3, 0}, []int64{e.Delivery.Waiting, e.Delivery.Failed})
		require.Equal(t, noon, e.Delivery.SentUntil)
	})
}
