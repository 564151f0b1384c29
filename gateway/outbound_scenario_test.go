package gateway_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"usher/gateway/events"
	"usher/gateway/gatewaytest"
)

// listener is a program of somebody's that events are sent to. It proves each before it takes it.
type listener struct {
	*gatewaytest.Gateway
	t      *testing.T
	id     string
	secret *standardwebhooks.Webhook

	mutex  sync.Mutex
	events map[string]events.Event
	away   bool
}

// listen begins to listen to what happens from now on.
func listen(t *testing.T, g *gatewaytest.Gateway, types ...string) *listener {
	t.Helper()
	l := &listener{Gateway: g, t: t, events: map[string]events.Event{}}
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	made := send[struct{ ID, Secret string }](t, g, http.StatusCreated, "/v1/webhook_endpoints", object{"url": server.URL + "/usher", "types": append([]string{}, types...)})
	secret, err := standardwebhooks.NewWebhook(made.Secret)
	require.NoError(t, err)
	l.id, l.secret = made.ID, secret
	return l
}

// ServeHTTP takes an event.
func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	body, err := io.ReadAll(r.Body)
	var e events.Event
	if assert.NoError(l.t, err) && assert.NoError(l.t, l.secret.Verify(body, r.Header)) && assert.NoError(l.t, json.Unmarshal(body, &e)) {
		assert.Equal(l.t, r.Header.Get("webhook-id"), e.ID)
	}
	if l.away {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	l.events[e.ID] = e
}

func (l *listener) heard() map[string]events.Event {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return maps.Clone(l.events)
}

func (l *listener) goesAway(away bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.away = away
}

// told are the events of the feed.
func (l *listener) told() map[string]events.Event {
	l.t.Helper()
	told := map[string]events.Event{}
	for _, e := range all[events.Event](l.t, l.Gateway, "/v1/events?") {
		told[e.ID] = e
	}
	return told
}

// heardAll reports whether what was heard is what the feed tells, word for word.
func (l *listener) heardAll() bool {
	told := l.told()
	return len(told) > 0 && maps.EqualFunc(told, l.heard(), func(a, b events.Event) bool { return assert.ObjectsAreEqual(a, b) })
}

// Somebody's program hears of a customer who texts, also of what happened while it, or the gateway, was away.
func TestWhatHappensIsSentToAnEndpoint(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g, stop := gatewaytest.StartStoppable(t, uri, "US")
		l := listen(t, g)
		merged := listen(t, g, "profile.merged")
		sms(g, "SM1", "+14155550123", "hello")
		require.True(t, eventually(l.heardAll))

		l.goesAway(true)
		sms(g, "SM2", "+14155550124", "me too")
		waits := func() bool {
			var e struct{ Delivery struct{ Waiting int } }
			l.API(http.MethodGet, "/v1/webhook_endpoints/"+l.id, nil).Decode(t, &e)
			return e.Delivery.Waiting > 0
		}
		require.True(t, eventually(waits))
		require.NoError(t, stop())

		l.goesAway(false)
		again := gatewaytest.Start(t, uri, "US")
		l.Gateway, merged.Gateway = again, again
		sms(again, "SM3", "+14155550125", "and me")
		require.Equal(t, http.StatusOK, again.API(http.MethodPatch, "/v1/webhook_endpoints/"+l.id, object{"status": "enabled"}).Status) // it is tried at once
		if !eventually(l.heardAll) {
			require.Equal(t, l.told(), l.heard())
		}
		require.Empty(t, merged.heard())
		for _, e := range l.heard() {
			text, err := json.Marshal(e)
			require.NoError(t, err)
			require.NotContains(t, string(text), "4155550")
			require.NotContains(t, string(text), "hello")
		}
	})
}
