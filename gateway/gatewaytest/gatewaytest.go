// Package gatewaytest runs whole gateways for tests: a real store, a real HTTP server on loopback, real workers, and clients that post as providers do and read as agents do.
package gatewaytest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"usher/adapters/standard"
	"usher/adapters/twilio"
	"usher/config"
	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/store/mongo/mongotest"
)

// The sources of every gateway of this package, and what signs for them.
const (
	Account        = "AC00000000000000000000000000000000"
	TwilioToken    = "twilio-auth-token"
	StandardSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
)

const settings = `
workspace: {region: %s, own: {numbers: ["+14155550100"], domains: [acme.example]}, agents: [{id: anna, emails: [anna@agents.example]}]}
listen: {address: "127.0.0.1:0", public_url: "https://usher.example"}
limits: {ingest_per_second: 0, api_per_second: 0}
outbound: {networks: [127.0.0.0/8]}
store: {uri: %q}
matching: {sample_below: 0} # what is drawn is drawn by ids, and these are others in each run
sources:
  - {name: tw, adapter: twilio, secrets: [%s], twilio: {account: %s}}
  - {name: web, adapter: standard, secrets: [%s], standard: {allow_pass: true}}
`

// Gateway is one running gateway and its clients.
type Gateway struct {
	*gateway.Gateway
	t       testing.TB
	address string
	key     string
}

// SQLite is the URI of a fresh file.
func SQLite(t testing.TB) string { return "sqlite://" + filepath.Join(t.TempDir(), "usher.db") }

// Start runs a gateway on a store until the test ends. Region reads national numbers; more are further sources.
func Start(t testing.TB, uri, region string, more ...string) *Gateway {
	t.Helper()
	g, stop := StartStoppable(t, uri, region, more...)
	t.Cleanup(func() { require.NoError(t, stop()) })
	return g
}

// StartStoppable is Start for a gateway that the test stops itself.
func StartStoppable(t testing.TB, uri, region string, more ...string) (g *Gateway, stop func() error) {
	t.Helper()
	inner, err := gateway.Open(t.Context(), Settings(t, uri, region, more...), "test", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return Run(t, inner)
}

// Settings are those of a test's gateway; more are further sources, a line of YAML each.
func Settings(t testing.TB, uri, region string, more ...string) config.Config {
	t.Helper()
	text := fmt.Sprintf(settings, region, uri, TwilioToken, Account, StandardSecret)
	for _, source := range more {
		text += "  - " + source + "\n"
	}
	cfg, err := config.Parse("test", []byte(text), nil)
	require.NoError(t, err)
	return cfg
}

// Run runs a gateway until stop, which closes it too.
func Run(t testing.TB, inner *gateway.Gateway) (g *Gateway, stop func() error) {
	t.Helper()
	address, err := inner.API.Listen(t.Context())
	require.NoError(t, err)
	secret, _, err := keys.Create(t.Context(), inner.DB, keys.Grant{Name: "test", Scopes: []keys.Scope{keys.Admin}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- inner.Run(ctx) }()
	return &Gateway{Gateway: inner, t: t, address: "http://" + address, key: secret}, func() error {
		client.CloseIdleConnections()
		cancel()
		return errors.Join(<-ran, inner.Close())
	}
}

// Address is where the gateway listens.
func (g *Gateway) Address() string { return g.address }

// Answer is what a request was answered.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Decode reads a JSON body.
func (a Answer) Decode(t testing.TB, into any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(a.Body), into), a.Body)
}

var client = &http.Client{Timeout: 30 * time.Second}

// Do sends a request as it is.
func (g *Gateway) Do(r *http.Request) Answer {
	g.t.Helper()
	response, err := client.Do(r)
	require.NoError(g.t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(g.t, err)
	return Answer{Status: response.StatusCode, Header: response.Header, Body: string(body)}
}

// Twilio posts a form to a purpose of the source "tw", signed as Twilio signs it.
func (g *Gateway) Twilio(purpose string, fields ...string) Answer {
	g.t.Helper()
	return g.Do(TwilioRequest(g.t, g.address, purpose, fields...))
}

// TwilioRequest is a signed form on its way to a gateway.
func TwilioRequest(t testing.TB, address, purpose string, fields ...string) *http.Request {
	form := url.Values{"AccountSid": {Account}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address+"/hooks/tw/"+purpose, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", twilio.Sign([]byte(TwilioToken), "https://usher.example/hooks/tw/"+purpose, form))
	return r
}

// Standard posts events to the source "web", signed by Standard Webhooks under an id.
func (g *Gateway) Standard(id string, events ...any) Answer {
	g.t.Helper()
	return g.Do(StandardRequest(g.t, g.address, id, events...))
}

// StandardRequest is signed events on their way to a gateway.
func StandardRequest(t testing.TB, address, id string, events ...any) *http.Request {
	body, err := json.Marshal(events)
	require.NoError(t, err)
	headers, err := standard.Sign(StandardSecret, id, time.Now(), body)
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address+"/hooks/web", bytes.NewReader(body))
	require.NoError(t, err)
	r.Header = headers
	r.Header.Set("Content-Type", "application/json")
	return r
}

// API sends a request with the admin key; a body is sent as JSON.
func (g *Gateway) API(method, path string, body any) Answer {
	g.t.Helper()
	return g.As(g.key, method, path, body)
}

// As sends a request with a key.
func (g *Gateway) As(key, method, path string, body any) Answer {
	g.t.Helper()
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		require.NoError(g.t, err)
		sent = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(context.Background(), method, g.address+path, sent)
	require.NoError(g.t, err)
	r.Header.Set("Authorization", "Bearer "+key)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return g.Do(r)
}

// With is API with more headers.
func (g *Gateway) With(header http.Header, method, path string, body any) Answer {
	g.t.Helper()
	text, err := json.Marshal(body)
	require.NoError(g.t, err)
	r, err := http.NewRequestWithContext(context.Background(), method, g.address+path, bytes.NewReader(text))
	require.NoError(g.t, err)
	r.Header = header.Clone()
	r.Header.Set("Authorization", "Bearer "+g.key)
	r.Header.Set("Content-Type", "application/json")
	return g.Do(r)
}

// Settled waits until everything accepted is worked on.
func (g *Gateway) Settled() {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(g.t, g.Inbox.Drained(ctx))
}

// Fetched waits until a polled source has fetched so many mails, and all of it is worked on.
func (g *Gateway) Fetched(source string, n int64) {
	g.t.Helper()
	fetched := func() bool {
		var stored int64
		for _, u := range g.Units(source) {
			stored += u.Stored
		}
		return stored >= n
	}
	if !assert.Eventually(g.t, fetched, 30*time.Second, 20*time.Millisecond) {
		require.FailNow(g.t, "not fetched", "%+v", g.Units(source))
	}
	g.Settled()
}

// Units are the parts of a polled source as they stand.
func (g *Gateway) Units(source string) []contact.Unit {
	g.t.Helper()
	found, err := g.DB.Polled.FindAll(context.Background(), g.DB.PolledID(source))
	require.NoError(g.t, err)
	return found[g.DB.PolledID(source)].Units
}

// EachStore runs a test on a fresh store of every kind: SQLite always, MongoDB where there is a server.
func EachStore(t *testing.T, test func(t *testing.T, uri string)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t))
	})
	t.Run("mongodb", func(t *testing.T) {
		t.Parallel()
		test(t, mongotest.URI(t))
	})
}
