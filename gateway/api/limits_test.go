package api_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/config"
	"usher/gateway"
	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
)

// startWith runs a gateway whose settings a test changes.
func startWith(t *testing.T, change func(*config.Config)) *gatewaytest.Gateway {
	t.Helper()
	cfg := gatewaytest.Settings(t, gatewaytest.SQLite(t), "US")
	change(&cfg)
	inner, err := gateway.Open(context.WithoutCancel(t.Context()), cfg, "test", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	g, stop := gatewaytest.Run(t, inner)
	t.Cleanup(func() { require.NoError(t, stop()) })
	return g
}

// Agents and senders are limited apart, by key, and told where they stand.
func TestWhoAsksTooOftenIsToldToWait(t *testing.T) {
	t.Parallel()
	g := startWith(t, func(cfg *config.Config) {
		cfg.Limits = config.Limits{APIPerSecond: 1, APIBurst: 5, IngestPerSecond: 1, IngestBurst: 3}
	})
	admin := key(t, g, keys.Admin)
	limited := exhaust(t, g, call{method: "GET", path: "/v1/profiles", key: admin}, 5)
	require.Contains(t, limited.Header.Get("RateLimit"), `"api"`)
	require.Contains(t, limited.Header.Get("RateLimit-Policy"), "q=5")
	require.Equal(t, 200, call{method: "GET", path: "/v1/profiles", key: key(t, g, keys.Admin)}.send(t, g).Status, "another key's share")
	event := `{"id":"e1","type":"message.received","data":{"channel":"sms","from":{"identifiers":[{"scheme":"tel","value":"+14155550123"}]}}}`
	require.Equal(t, 202, call{method: "POST", path: "/v1/interactions", key: admin, body: event}.send(t, g).Status, "sending has a share of its own")
	exhaust(t, g, call{method: "POST", path: "/v1/interactions", key: admin, body: event}, 2)
}

// exhaust sends until the limit, then once more; a limiter may have given a token back meanwhile.
func exhaust(t *testing.T, g *gatewaytest.Gateway, c call, burst int) gatewaytest.Answer {
	t.Helper()
	for n := range 10 * burst {
		if a := c.send(t, g); a.Status == 429 {
			require.GreaterOrEqual(t, n, burst)
			requireProblem(t, a, 429, "rate_limited")
			return a
		}
	}
	t.Fatal("no limit")
	return gatewaytest.Answer{}
}

// Strangers who post to an address they know spend what is theirs: the source's genuine webhooks have their own share, are told to come back beyond it and never that they are too many, and a caller is answered in any case.
func TestForgedPostsTakeNothingFromGenuineOnes(t *testing.T) {
	t.Parallel()
	g := startWith(t, func(cfg *config.Config) { cfg.Limits = config.Limits{IngestPerSecond: 1, IngestBurst: 5} })
	forged := 0
	for n := range 500 {
		a := g.Do(form(t, g, "forged", messageURL, message(fmt.Sprint("SM", n))))
		if a.Status == 429 {
			requireProblem(t, a, 429, "rate_limited")
			break
		}
		require.Equal(t, 403, a.Status)
		forged++
	}
	require.Less(t, forged, 500, "strangers are not limited")
	genuine := 0
	for {
		a := g.Do(form(t, g, gatewaytest.TwilioToken, messageURL, message(fmt.Sprint("SM", genuine))))
		if a.Status == 503 {
			requireProblem(t, a, 503, "unavailable")
			break
		}
		require.Equal(t, 200, a.Status, a.Body)
		genuine++
		require.Less(t, genuine, 100, "a source is not limited")
	}
	require.GreaterOrEqual(t, genuine, 5)
	for n := range 20 {
		require.Equal(t, 200, g.Twilio("voice", "CallSid", fmt.Sprint("CA", n), "From", "+14155550123", "To", "+14155550100", "CallStatus", "ringing").Status)
	}
	require.Equal(t, genuine+20, count(t, g))
}

// guess sends wrong keys until one is no longer looked at, naming an address before it each time; it is the number of those that were.
func guess(t *testing.T, g *gatewaytest.Gateway, forwarded func(n int) string) int {
	t.Helper()
	for n := range 40 {
		a := call{method: "GET", path: "/v1/profiles", key: "usk_guess", header: http.Header{"X-Forwarded-For": {forwarded(n)}}}.send(t, g)
		if a.Status == 429 {
			requireProblem(t, a, 429, "rate_limited")
			return n
		}
		require.Equal(t, 401, a.Status)
	}
	return 40
}

// Somebody who tries keys is not listened to for a while, whatever addresses he names; a key that is right is, also from his address.
func TestGuessingKeysIsSlowedDown(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	require.Less(t, guess(t, g, func(n int) string { return fmt.Sprint("198.51.100.", n) }), 40)
	require.Equal(t, 200, call{method: "GET", path: "/v1/profiles", key: key(t, g, keys.Admin)}.send(t, g).Status)
	require.Equal(t, 401, call{method: "GET", path: "/v1/profiles"}.send(t, g).Status)
}

// The name of a scheme has no case (RFC 9110, 11.1), and some clients write it small.
func TestTheSchemeOfAKeyHasNoCase(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	for _, scheme := range []string{"bearer", "BEARER", "Bearer"} {
		header := http.Header{"Authorization": {scheme + " " + key(t, g, keys.Admin)}}
		require.Equal(t, 200, call{method: "GET", path: "/v1/profiles", header: header}.send(t, g).Status, scheme)
	}
}

// Behind proxies the client is whom the outermost of ours saw. What stands left of it in the header is the client's own invention, and must neither hide it nor hit others.
func TestBehindAProxyTheClientCannotNameAnother(t *testing.T) {
	t.Parallel()
	g := startWith(t, func(cfg *config.Config) { cfg.Listen.TrustedProxies = []string{"127.0.0.0/8", "10.0.0.7"} })
	require.Less(t, guess(t, g, func(n int) string { return fmt.Sprintf("198.51.100.%d, 203.0.113.9, 10.0.0.7", n) }), 40)
	require.Zero(t, guess(t, g, func(int) string { return "203.0.113.9" }))
	require.Zero(t, guess(t, g, func(n int) string { return fmt.Sprint("203.0.113.9:", 50000+n) }), "some proxies add the port")
	for _, other := range []string{"198.51.100.1", "203.0.113.10", "203.0.113.9, 203.0.113.11"} {
		require.NotZero(t, guess(t, g, func(int) string { return other }), other)
	}
	require.Less(t, guess(t, g, func(n int) string { return fmt.Sprintf("2001:db8::%x", n+1) }), 40, "a client has a whole /64")
}
