package outbound

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// A receiver proves an event by any secret that is still good, by the library that Standard Webhooks gives it.
func TestEveryGoodSecretSigns(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		first, e, err := w.Create(t.Context(), store.Endpoint{URL: w.receiver.URL})
		require.NoError(t, err)
		require.NoError(t, w.ReplaySince(t.Context(), e.ID, time.Unix(0, 0)))
		second, _, err := w.Rotate(t.Context(), e.ID, time.Hour)
		require.NoError(t, err)
		all := w.happens("prf_a")
		w.goOn(e.ID)
		require.Equal(t, []bool{true, true}, w.receiver.proved(t, all[0], first, second))

		third, _, err := w.Rotate(t.Context(), e.ID, 0)
		require.NoError(t, err)
		all = w.happens("prf_a")
		w.goOn(e.ID)
		require.Equal(t, []bool{false, false, true}, w.receiver.proved(t, all[0], first, second, third))

		for range 10 {
			_, e, err = w.Rotate(t.Context(), e.ID, time.Hour)
			require.NoError(t, err)
		}
		require.Len(t, e.Secrets, maxSecrets)
	})
}

// proved says by which secrets an event that was taken is proved.
func (r *receiver) proved(t *testing.T, id string, secrets ...string) (by []bool) {
	t.Helper()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for i, h := range r.asked {
		if h.Get("webhook-id") != id {
			continue
		}
		require.Equal(t, "application/cloudevents+json; charset=utf-8", h.Get("Content-Type"))
		require.Equal(t, "usher/test", h.Get("User-Agent"))
		for _, secret := range secrets {
			hook, err := standardwebhooks.NewWebhook(secret)
			require.NoError(t, err)
			by = append(by, hook.Verify(r.bodies[i], h) == nil)
		}
	}
	return by
}

// What is inside our own walls cannot be reached by an endpoint, under whatever name, nor by a redirect; http only reaches what the configuration names.
func TestNothingIsSentThroughTheWalls(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		inner := w.receiver
		redirecting := httptest.NewServer(http.RedirectHandler(inner.URL, http.StatusTemporaryRedirect))
		t.Cleanup(redirecting.Close)
		_, port, _ := strings.Cut(strings.TrimPrefix(inner.URL, "http://"), ":")
		secure := httptest.NewTLSServer(inner)
		t.Cleanup(secure.Close)
		away := httptest.NewServer(inner)
		away.Close()
		elsewhere := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
		for name, c := range map[string]struct {
			networks []netip.Prefix
			url      string
			reason   string
			status   int
		}{
			"a name of a private address": {nil, "https://localhost:" + port, forbidden, 0},
			"http to what is not named":   {elsewhere, "http://localhost:" + port, forbidden, 0},
			"a redirect":                  {loopback, redirecting.URL, answered, 307},
			"a certificate of nobody":     {loopback, secure.URL, unreachable, 0},
			"nobody there":                {loopback, away.URL, unreachable, 0},
		} {
			o := New(w.db, Options{Networks: c.networks}, w.log, nil)
			secret, err := newSecret()
			require.NoError(t, err, name)
			e := store.Endpoint{URL: c.url, Secrets: []store.SigningSecret{{Secret: secret}}}
			a, err := o.post(t.Context(), e, store.Event{Document: contact.Document{ID: "evt_1"}})
			require.NoError(t, err, name)
			require.Equal(t, attempt{made: true, status: c.status, reason: c.reason}, a, name)
		}
		_, asked := inner.has()
		require.Zero(t, asked)
	})
}

// An endpoint whose network may be reached no more can be switched off and described, and not be sent elsewhere inside.
func TestAnEndpointThatMayBeReachedNoMoreIsSwitchedOff(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.endpoint()
		o := New(w.db, Options{Owner: "after"}, w.log, nil)
		_, err := o.Change(t.Context(), id, 0, func(e *store.Endpoint) error { e.Disabled, e.Description = ByHand, "old"; return nil })
		require.NoError(t, err)
		_, err = o.Change(t.Context(), id, 0, func(e *store.Endpoint) error { e.URL += "/other"; return nil })
		require.Equal(t, contact.Invalid, contact.KindOf(err))
	})
}

// Addresses that could not be sent to are refused when they are entered, if they show it.
func TestAddressesThatShowTheyAreWrongAreRefused(t *testing.T) {
	t.Parallel()
	for url, good := range map[string][2]bool{ // without networks, and with loopback
		"https://crm.acme.example/usher?tenant=1": {true, true},
		"https://1.1.1.1/":                        {true, true},
		"https://[2606:4700::1111]/":              {true, true},
		"http://crm.acme.example/":                {false, true}, // where its name leads to is seen when it is sent to
		"https://127.0.0.1/":                      {false, true},
		"http://127.0.0.1:9000/":                  {false, true},
		"http://1.1.1.1/":                         {false, false},
		"https://10.1.2.3/":                       {false, false},
		"https://169.254.169.254/latest/meta":     {false, false},
		"https://100.64.0.1/":                     {false, false},
		"https://[::1]/":                          {false, false},
		"https://[::ffff:10.0.0.1]/":              {false, false},
		"https://[fd00::1]/":                      {false, false},
		"https://0.0.0.0/":                        {false, false},
		"https://user:pass@acme.example/":         {false, false},
		"https://acme.example/#part":              {false, false},
		"ftp://acme.example/":                     {false, false},
		"acme.example":                            {false, false},
		"https://":                                {false, false},
		"https://acme.example:port/":              {false, false},
		"https://acme.example:99999/":             {false, false},
		"https://acme.example:0/":                 {false, false},
		"https://acme.example:8443/":              {true, true},
		"https://acme.example/\x7f":               {false, false},
	} {
		for i, networks := range [][]netip.Prefix{nil, loopback} {
			err := newWalls(networks).check(url)
			require.Equal(t, good[i], err == nil, "%s %d: %v", url, i, err)
			if err != nil {
				require.Equal(t, contact.Invalid, contact.KindOf(err))
				require.NotContains(t, err.Error(), "acme", "nothing is echoed")
			}
		}
	}
}

// FuzzAddress holds that what is accepted without networks is https and no address of our own walls.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"https://a.example", "https://127.0.0.1", "https://[::1]:443/x", "https://%31%32%37.0.0.1/", "https://127.1/"} {
		f.Add(seed)
	}
	w := newWalls(nil)
	f.Fuzz(func(t *testing.T, url string) {
		if w.check(url) != nil {
			return
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, nil)
		require.NoError(t, err, "what is accepted can be sent to")
		require.Equal(t, "https", request.URL.Scheme)
		if at, err := netip.ParseAddr(request.URL.Hostname()); err == nil {
			require.True(t, at.IsGlobalUnicast() && !at.IsPrivate() && !at.IsLoopback())
		}
	})
}

// An endpoint says in seconds or by a date how long it wants to be left alone; nonsense says nothing, and nobody can ask for more than an hour.
func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, "-5": 0, "99999999999999999999": 0, "9000000000000000000": time.Hour, "86400": time.Hour, "soon": 0,
		"Mon, 30 Nov 2026 12:10:00 GMT": 10 * time.Minute, "Mon, 30 Nov 2026 11:00:00 GMT": 0, "Mon, 30 Nov 2099 11:00:00 GMT": time.Hour,
	} {
		require.Equal(t, want, retryAfter(http.Header{"Retry-After": {text}}, now), text)
	}
}

// The pause between attempts grows to a quarter of an hour, give or take, and never falls short of what the endpoint asked for.
func TestPausesGrowAndEnd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, asked := rapid.IntRange(1, 1000).Draw(t, "attempts"), time.Duration(rapid.IntRange(0, 3600).Draw(t, "asked"))*time.Second
		p := pause(n, asked)
		require.GreaterOrEqual(t, p, asked)
		require.LessOrEqual(t, p, max(asked, 15*time.Minute*5/4))
		require.GreaterOrEqual(t, p, 5*time.Second*3/4)
		if n > 5 {
			require.GreaterOrEqual(t, p, 11*time.Minute)
		}
	})
}
