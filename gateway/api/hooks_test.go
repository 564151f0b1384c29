package api_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/adapters/standard"
	"usher/adapters/twilio"
	"usher/gateway"
	"usher/gateway/api"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/store"
	"usher/gateway/store/sqlite"
)

// count is how many deliveries are stored, whatever became of them.
func count(t *testing.T, g *gatewaytest.Gateway) int {
	t.Helper()
	n := 0
	for _, outcome := range contact.Outcomes {
		found, err := g.DB.Deliveries.Count(t.Context(), "outcome", string(outcome))
		require.NoError(t, err)
		n += int(found)
	}
	return n
}

// form is a Twilio request, signed with a token for an address.
func form(t *testing.T, g *gatewaytest.Gateway, token, signedFor string, fields url.Values) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, g.Address()+"/hooks/tw/message", strings.NewReader(fields.Encode()))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token != "" {
		r.Header.Set("X-Twilio-Signature", twilio.Sign([]byte(token), signedFor, fields))
	}
	return r
}

const messageURL = "https://usher.example/hooks/tw/message"

func message(sid string) url.Values {
	return url.Values{"AccountSid": {gatewaytest.Account}, "MessageSid": {sid}, "From": {"+14155550123"}, "To": {"+14155550100"}, "Body": {secretive}}
}

// What is not proved genuine leaves no trace but its refusal, which names the reason and the address that was verified against.
func TestARefusedWebhookStoresNothing(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	body := `{"type":"contact.message.received.v1","data":{"channel":"web_chat"}}`
	events := func(secret string, at time.Time) *http.Request {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, g.Address()+"/hooks/web", strings.NewReader(body))
		require.NoError(t, err)
		r.Header, err = standard.Sign(secret, "msg_1", at, []byte(body))
		require.NoError(t, err)
		return r
	}
	other := message("SM1")
	other.Set("AccountSid", "AC11111111111111111111111111111111")
	unsigned := events(gatewaytest.StandardSecret, time.Now())
	unsigned.Header = http.Header{}
	for name, c := range map[string]struct {
		request *http.Request
		status  int
		reason  string
	}{
		"twilio without a signature":   {form(t, g, "", "", message("SM1")), 401, "missing_signature"},
		"twilio with another token":    {form(t, g, "other", messageURL, message("SM1")), 403, "bad_signature"},
		"twilio for another address":   {form(t, g, gatewaytest.TwilioToken, g.Address()+"/hooks/tw/message", message("SM1")), 403, "bad_signature"},
		"twilio of another account":    {form(t, g, gatewaytest.TwilioToken, messageURL, other), 403, "wrong_account"},
		"standard without a signature": {unsigned, 401, "missing_signature"},
		"standard with another secret": {events("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", time.Now()), 401, "bad_signature"},
		"standard of an hour ago":      {events(gatewaytest.StandardSecret, time.Now().Add(-time.Hour)), 401, "stale_timestamp"},
	} {
		a := g.Do(c.request)
		requireProblem(t, a, c.status, map[int]string{401: "unauthorized", 403: "unauthorized"}[c.status])
		var p api.Problem
		a.Decode(t, &p)
		require.Equal(t, c.reason, p.Errors[0].Code, name)
		require.Zero(t, count(t, g), name)
	}
	var source struct {
		Refused    int
		Health     string
		Rejections []struct{ Reason, URL string }
	}
	g.API("GET", "/v1/sources/tw", nil).Decode(t, &source)
	require.Equal(t, 4, source.Refused)
	require.Equal(t, "red", source.Health, "every request so far was refused")
	for _, r := range source.Rejections {
		require.Equal(t, messageURL, r.URL)
		require.NotEmpty(t, r.Reason)
	}
}

func TestTheLastTwentyRefusalsOfAReasonAreKeptWithoutValues(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	for range 25 {
		r := form(t, g, "other", messageURL, message("SM1"))
		r.URL.RawQuery = "customer=" + secretive
		require.Equal(t, 403, g.Do(r).Status)
	}
	answer := g.API("GET", "/v1/sources/tw", nil)
	require.Equal(t, 20, strings.Count(answer.Body, `"bad_signature"`))
	require.Contains(t, answer.Body, messageURL+"?customer")
	require.NotContains(t, answer.Body, secretive)
}

// What the sender or a stranger's proxy claims of the address it called is no ground to verify on.
func TestForwardedHeadersDoNotChangeWhatIsVerified(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	forged := form(t, g, gatewaytest.TwilioToken, "https://evil.example/hooks/tw/message", message("SM1"))
	genuine := form(t, g, gatewaytest.TwilioToken, messageURL, message("SM1"))
	for _, r := range []*http.Request{forged, genuine} {
		r.Host = "evil.example"
		r.Header.Set("X-Forwarded-Host", "evil.example")
		r.Header.Set("X-Forwarded-Proto", "http")
		r.Header.Set("Forwarded", "host=evil.example")
	}
	require.Equal(t, 403, g.Do(forged).Status)
	require.Less(t, g.Do(genuine).Status, 300)
}

// A genuine body that cannot be read is acknowledged, kept whole, and can be read again one day.
func TestAGenuineBodyThatCannotBeReadIsKept(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	require.Equal(t, http.StatusNoContent, g.Standard("msg_1", map[string]any{"type": "contact.message.received.v1", "time": "yesterday"}).Status)
	g.Settled()
	var list struct {
		Data []struct{ ID, State, Result, Error string }
	}
	g.API("GET", "/v1/deliveries?state=unparsed", nil).Decode(t, &list)
	require.Len(t, list.Data, 1)
	require.Equal(t, "unparsed", list.Data[0].Result)
	require.Contains(t, list.Data[0].Error, "a time is not RFC 3339", "where it is wrong")
	require.NotContains(t, list.Data[0].Error, "yesterday", "and not what stands there")
	var kept struct{ Body []byte }
	g.API("GET", "/v1/deliveries/"+list.Data[0].ID+"?body=true", nil).Decode(t, &kept)
	require.Contains(t, string(kept.Body), "yesterday")
	require.Equal(t, 202, g.API("POST", "/v1/deliveries/"+list.Data[0].ID+"/replay", nil).Status)
	g.Settled()
	var source struct {
		Completeness struct{ Seen, Unparsed int }
		Health       string
	}
	g.API("GET", "/v1/sources/web", nil).Decode(t, &source)
	require.Equal(t, 1, source.Completeness.Seen)
	require.Equal(t, 1, source.Completeness.Unparsed)
	require.Equal(t, "yellow", source.Health)
}

func TestARepeatIsAnsweredAlikeAndDoublesNothing(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	ring := func() gatewaytest.Answer {
		return g.Twilio("voice", "CallSid", "CA1", "From", "+14155550123", "To", "+14155550100", "CallStatus", "ringing")
	}
	first, again := ring(), ring()
	require.Equal(t, 200, first.Status)
	require.Equal(t, first.Body, again.Body)
	require.Contains(t, first.Body, "<Response>")
	g.Settled()
	require.Equal(t, 1, count(t, g))
	n, err := g.DB.Interactions.Count(t.Context(), "occurred")
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
}

// broken is a store whose disk is full: it can be read, and has room for the row that Ping writes, but for nothing else.
type broken struct {
	store.Driver
	full atomic.Bool
}

func (b *broken) Insert(ctx context.Context, s *store.Schema, doc contact.Stored) error {
	if b.full.Load() {
		return store.ErrUnavailable
	}
	return b.Driver.Insert(ctx, s, doc)
}

// While nothing can be stored, a message is sent back to the provider, which delivers it again; a caller is answered all the same, and that the call is lost is counted.
func TestWhileTheStoreIsDownMessagesComeBackAndCallsAreAnswered(t *testing.T) {
	t.Parallel()
	uri := gatewaytest.SQLite(t)
	driver, err := sqlite.Open(strings.TrimPrefix(uri, "sqlite://"))
	require.NoError(t, err)
	var log bytes.Buffer // read when the gateway has ended
	b := &broken{Driver: driver}
	db, err := store.Open(t.Context(), b)
	require.NoError(t, err)
	inner, err := gateway.New(db, gatewaytest.Settings(t, uri, "US"), "test", slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	g, stop := gatewaytest.Run(t, inner)
	text := func() gatewaytest.Answer {
		return g.Twilio("message", "MessageSid", "SM1", "From", "+14155550123", "To", "+14155550100", "Body", secretive)
	}

	b.full.Store(true)
	for range 20 {
		requireProblem(t, text(), 503, "unavailable")
	}
	requireProblem(t, call{method: "GET", path: "/readyz"}.send(t, g), 503, "unavailable")
	require.Equal(t, 200, call{method: "GET", path: "/livez"}.send(t, g).Status)
	ring := g.Twilio("voice", "CallSid", "CA1", "From", "+14155550123", "To", "+14155550100", "CallStatus", "ringing")
	require.Equal(t, 200, ring.Status)
	require.Contains(t, ring.Body, "<Say")
	var source struct {
		Lost         int
		Health       string
		HealthReason string `json:"health_reason"`
	}
	g.API("GET", "/v1/sources/tw", nil).Decode(t, &source)
	require.Equal(t, 1, source.Lost)
	require.Equal(t, "red", source.Health)
	require.Regexp(t, `usher_calls_lost_total\{[^}]*source="tw"[^}]*\} 1`, call{method: "GET", path: "/metrics"}.send(t, g).Body)

	b.full.Store(false)
	require.Less(t, text().Status, 300)
	g.Settled()
	require.Equal(t, 1, count(t, g))
	require.NoError(t, stop())
	require.Equal(t, 2, strings.Count(log.String(), "level=ERROR"), "one line for the messages, one for the call: "+log.String())
}
