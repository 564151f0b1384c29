package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
)

// Keys are made and revoked while the gateway runs: an SQLite store is open to nobody else then. A secret is in one answer, and in none that is kept.
func TestAKeyIsMadeShownOnceAndRevoked(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	var made struct {
		ID, Secret string
		Scopes     []string
	}
	a := g.API("POST", "/v1/keys", map[string]any{"name": "reviewer", "scopes": []string{"profiles:read"}, "agent": "anna", "source": "web"})
	require.Equal(t, 201, a.Status, a.Body)
	require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
	a.Decode(t, &made)
	require.Equal(t, []string{"profiles:read"}, made.Scopes)
	require.Equal(t, 200, g.As(made.Secret, "GET", "/v1/profiles", nil).Status)
	requireProblem(t, g.As(made.Secret, "GET", "/v1/keys", nil), 403, "forbidden_scope")

	list := g.API("GET", "/v1/keys", nil)
	require.Contains(t, list.Body, made.ID)
	require.Contains(t, list.Body, `"agent":"anna"`)
	require.NotContains(t, list.Body, made.Secret)

	revoked := g.API("DELETE", "/v1/keys/"+made.ID, nil)
	require.Equal(t, 200, revoked.Status, revoked.Body)
	require.Contains(t, revoked.Body, "revoked_at")
	requireProblem(t, g.As(made.Secret, "GET", "/v1/profiles", nil), 401, "unauthorized")
	requireProblem(t, g.API("DELETE", "/v1/keys/key_none", nil), 404, "not_found")
}

// A scope that is named twice is one.
func TestScopesOfAKeyAreUnited(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	a := g.API("POST", "/v1/keys", map[string]any{"name": "reviewer", "scopes": []string{"profiles:read", "profiles:write", "profiles:read"}})
	require.Equal(t, 201, a.Status, a.Body)
	var made struct{ Scopes []string }
	a.Decode(t, &made)
	require.Equal(t, []string{"profiles:read", "profiles:write"}, made.Scopes)
}

func TestAKeyForNothingIsRefused(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	admin := key(t, g, keys.Admin)
	for name, body := range map[string]string{
		"no name":       `{"name":"","scopes":["admin"]}`,
		"no scope":      `{"name":"x","scopes":[]}`,
		"unknown scope": `{"name":"x","scopes":["` + secretive + `"]}`,
		"unknown agent": `{"name":"x","scopes":["admin"],"agent":"` + secretive + `"}`,
		"no such place": `{"name":"x","scopes":["admin"],"source":"` + secretive + `"}`,
	} {
		a := call{method: "POST", path: "/v1/keys", key: admin, body: body}.send(t, g)
		require.Equal(t, 422, a.Status, name)
		requireProblem(t, a, 422, "validation_failed")
	}
	kept := call{method: "POST", path: "/v1/keys", key: admin, header: http.Header{"Idempotency-Key": {"k"}}, body: `{"name":"x","scopes":["admin"]}`}
	requireProblem(t, kept.send(t, g), 400, "invalid_request")
}
