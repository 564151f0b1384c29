package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/api"
	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
)

// secretive stands in what is sent; it must not be in any answer.
const secretive = "Zeugnisverweigerung"

// call is a request as a client of some kind sends it.
type call struct {
	method, path string
	header       http.Header
	body         string
	key          string
}

func (c call) send(t *testing.T, g *gatewaytest.Gateway) gatewaytest.Answer {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), c.method, g.Address()+c.path, strings.NewReader(c.body))
	require.NoError(t, err)
	if c.header != nil {
		r.Header = c.header.Clone()
	}
	if c.body != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	return g.Do(r)
}

// listedCodes are the codes that the committed document lists.
var listedCodes = sync.OnceValue(func() []string {
	var document struct {
		Components struct {
			Schemas struct {
				Problem struct {
					Properties struct{ Code struct{ Enum []string } }
				}
			}
		}
	}
	text, err := os.ReadFile("openapi.json")
	if err == nil {
		err = json.Unmarshal(text, &document)
	}
	if err != nil {
		panic(err)
	}
	return document.Components.Schemas.Problem.Properties.Code.Enum
})

// requireProblem checks the form that every error has, whoever it comes from.
func requireProblem(t *testing.T, a gatewaytest.Answer, status int, code string) {
	t.Helper()
	require.Equal(t, status, a.Status, a.Body)
	require.Equal(t, "application/problem+json", a.Header.Get("Content-Type"))
	require.NotContains(t, a.Body, secretive)
	var p api.Problem
	a.Decode(t, &p)
	require.Equal(t, code, p.Code)
	require.Equal(t, status, p.Status)
	require.Equal(t, http.StatusText(status), p.Title)
	require.Contains(t, listedCodes(), p.Code)
	require.Equal(t, "urn:usher:problem:"+p.Code, p.Type)
	require.NotEmpty(t, p.RequestID)
	require.Equal(t, a.Header.Get("X-Request-Id"), p.RequestID)
	require.Equal(t, status == 429 || status == 503 || code == "busy", p.Retryable)
	if status == 405 {
		require.NotEmpty(t, a.Header.Get("Allow"))
	}
	if p.Retryable {
		require.NotEmpty(t, a.Header.Get("Retry-After"))
	}
}

func key(t *testing.T, g *gatewaytest.Gateway, scopes ...keys.Scope) string {
	t.Helper()
	secret, _, err := keys.Create(t.Context(), g.DB, keys.Grant{Name: "test", Scopes: scopes})
	require.NoError(t, err)
	return secret
}

// Whatever is wrong with a request, the answer is one form, names a code, and repeats nothing of what was sent.
func TestEveryErrorIsAProblemThatEchoesNothing(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	admin, reader := key(t, g, keys.Admin), key(t, g, keys.ProfilesRead)
	gone, made, err := keys.Create(t.Context(), g.DB, keys.Grant{Name: "gone", Scopes: []keys.Scope{keys.Admin}})
	require.NoError(t, err)
	require.NoError(t, keys.Revoke(t.Context(), g.DB, made.ID))
	g.Twilio("message", "MessageSid", "SM1", "From", "+14155550123", "To", "+14155550100", "Body", "hi")
	g.Settled()
	var list struct{ Data []struct{ ID string } }
	g.API("GET", "/v1/interactions", nil).Decode(t, &list)
	interaction := "/v1/interactions/" + list.Data[0].ID
	plain := http.Header{"Content-Type": {"application/json"}}

	for name, c := range map[string]struct {
		call
		status int
		code   string
	}{
		"no key":                      {call{"GET", "/v1/profiles", nil, "", ""}, 401, "unauthorized"},
		"an unknown key":              {call{"GET", "/v1/profiles", nil, "", "usk_" + secretive}, 401, "unauthorized"},
		"a revoked key":               {call{"GET", "/v1/profiles", nil, "", gone}, 401, "unauthorized"},
		"another scheme":              {call{"GET", "/v1/profiles", http.Header{"Authorization": {"Basic " + secretive}}, "", ""}, 401, "unauthorized"},
		"a key without the scope":     {call{"GET", "/v1/deliveries", nil, "", reader}, 403, "forbidden_scope"},
		"an unknown route":            {call{"GET", "/v2/" + secretive, nil, "", admin}, 404, "not_found"},
		"an unknown route of the API": {call{"GET", "/v1/" + secretive, nil, "", admin}, 404, "not_found"},
		"an unknown profile":          {call{"GET", "/v1/profiles/" + secretive, nil, "", admin}, 404, "not_found"},
		"an unknown interaction":      {call{"GET", "/v1/interactions/" + secretive, nil, "", admin}, 404, "not_found"},
		"an unknown duplicate":        {call{"GET", "/v1/duplicates/" + secretive, nil, "", admin}, 404, "not_found"},
		"an unknown delivery":         {call{"GET", "/v1/deliveries/" + secretive, nil, "", admin}, 404, "not_found"},
		"an unknown source":           {call{"GET", "/v1/sources/" + secretive, nil, "", admin}, 404, "not_found"},
		"an unknown hook":             {call{"POST", "/hooks/" + secretive, nil, "{}", ""}, 404, "not_found"},
		"an unknown purpose":          {call{"POST", "/hooks/tw/" + secretive, nil, "{}", ""}, 404, "not_found"},
		"a path in capitals":          {call{"GET", "/V1/profiles", nil, "", admin}, 404, "not_found"},
		"a path with a slash behind":  {call{"GET", "/v1/profiles/", nil, "", admin}, 404, "not_found"},
		"a hook with a slash behind":  {call{"POST", "/hooks/web/", nil, "{}", ""}, 404, "not_found"},
		"a method that is not there":  {call{"DELETE", "/livez", nil, "", ""}, 405, "invalid_request"},
		"another, of the API":         {call{"DELETE", "/v1/sources", nil, "", admin}, 405, "invalid_request"},
		"a hook that takes no GET":    {call{"GET", "/hooks/web", nil, "", ""}, 405, "invalid_request"},
		"a method that no one knows":  {call{"BREW", "/livez", nil, "", ""}, 405, "invalid_request"},
		"another, with a key":         {call{"BREW", "/v1/profiles", nil, "", admin}, 405, "invalid_request"},
		"an encoded body":             {call{"PATCH", interaction, http.Header{"Content-Encoding": {"gzip"}, "Content-Type": {"application/json"}}, secretive, admin}, 415, "unsupported_media_type"},
		"an encoded webhook":          {call{"POST", "/hooks/web", http.Header{"Content-Encoding": {"br"}}, secretive, ""}, 415, "unsupported_media_type"},
		"a body of another type":      {call{"PATCH", interaction, http.Header{"Content-Type": {"application/xml"}}, "<a>" + secretive + "</a>", admin}, 415, "unsupported_media_type"},
		"a form of events":            {call{"POST", "/v1/interactions", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, "type=" + secretive, admin}, 415, "unsupported_media_type"},
		"a type that is none":         {call{"POST", "/v1/interactions", http.Header{"Content-Type": {secretive + ";;"}}, "{}", admin}, 415, "unsupported_media_type"},
		"broken JSON":                 {call{"PATCH", interaction, plain, `{"profile_id": ` + secretive, admin}, 400, "invalid_request"},
		"an unknown field":            {call{"PATCH", interaction, plain, `{"profile_id": "", "` + secretive + `": 1}`, admin}, 422, "validation_failed"},
		"a value of another type":     {call{"PATCH", interaction, plain, `{"profile_id": ["` + secretive + `"]}`, admin}, 422, "validation_failed"},
		"a long value":                {call{"PATCH", interaction, plain, `{"profile_id": "` + strings.Repeat(secretive, 20) + `"}`, admin}, 422, "validation_failed"},
		"an unknown query":            {call{"GET", "/v1/profiles?" + secretive + "=1", nil, "", admin}, 422, "validation_failed"},
		"a limit of zero":             {call{"GET", "/v1/profiles?limit=0", nil, "", admin}, 422, "validation_failed"},
		"a limit that is too large":   {call{"GET", "/v1/profiles?limit=201", nil, "", admin}, 422, "validation_failed"},
		"a limit that is no number":   {call{"GET", "/v1/profiles?limit=" + secretive, nil, "", admin}, 422, "validation_failed"},
		"an empty limit":              {call{"GET", "/v1/profiles?limit=", nil, "", admin}, 422, "validation_failed"},
		"an empty time":               {call{"GET", "/v1/interactions?until=", nil, "", admin}, 422, "validation_failed"},
		"a null for a text":           {call{"POST", "/v1/resolve", plain, `{"postcode": null}`, admin}, 422, "validation_failed"},
		"a null for a list":           {call{"POST", "/v1/not_same", plain, `{"profiles": null}`, admin}, 422, "validation_failed"},
		"a null within a list":        {call{"POST", "/v1/not_same", plain, `{"profiles": ["prf_1", null]}`, admin}, 422, "validation_failed"},
		"a null for an encoding":      {call{"POST", "/v1/imports", plain, `{"format": "csv", "encoding": null}`, admin}, 422, "validation_failed"},
		"a null for events":           {call{"POST", "/v1/interactions", plain, `{"events": null}`, admin}, 422, "validation_failed"},
		"an address that is too long": {call{"GET", "/v1/profiles?after=" + strings.Repeat("a", 8000), nil, "", admin}, 431, "invalid_request"},
		"a cursor made up":            {call{"GET", "/v1/profiles?after=" + secretive, nil, "", admin}, 400, "invalid_request"},
		"a state that is none":        {call{"GET", "/v1/deliveries?state=" + secretive, nil, "", admin}, 422, "validation_failed"},
		"a version that is past":      {call{"PATCH", interaction, http.Header{"If-Match": {`"99"`}}, `{"profile_id": ""}`, admin}, 412, "stale_version"},
		"a version that is none":      {call{"PATCH", interaction, http.Header{"If-Match": {secretive}}, `{"profile_id": ""}`, admin}, 412, "stale_version"},
		"an unknown target":           {call{"PATCH", interaction, plain, `{"profile_id": "prf_` + secretive + `"}`, admin}, 404, "not_found"},
		"nothing to undo":             {call{"POST", interaction + "/undo", plain, `{"decision_id": "dec_` + secretive + `"}`, admin}, 409, "undo_not_possible"},
	} {
		t.Run(name, func(t *testing.T) {
			requireProblem(t, c.send(t, g), c.status, c.code)
		})
	}
}

// operations are what the served document declares.
func operations(t *testing.T, g *gatewaytest.Gateway) map[string]map[string]operation {
	t.Helper()
	var document struct {
		Paths map[string]map[string]operation
	}
	call{method: "GET", path: "/openapi.json"}.send(t, g).Decode(t, &document)
	require.Greater(t, len(document.Paths), 10)
	return document.Paths
}

type operation struct {
	Security  []map[string][]string
	Responses map[string]struct{ Content map[string]any }
}

// A key opens what its scopes say and nothing else, operation by operation, as the document declares it.
func TestEveryOperationWantsItsScope(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	byScope := map[string]string{}
	for _, scope := range keys.Scopes {
		byScope[string(scope)] = key(t, g, scope)
	}
	for path, methods := range operations(t, g) {
		for method, op := range methods {
			require.NotEmpty(t, op.Security, "%s %s", method, path)
			wanted := []string{string(keys.Admin)} // any of these will do
			for _, requirement := range op.Security {
				wanted = append(wanted, requirement["key"]...)
			}
			concrete := strings.NewReplacer("{id}", "none", "{name}", "none", "/stream", "/stream?after=none").Replace(path) // a stream that is answered does not end
			for scope, secret := range byScope {
				a := call{method: strings.ToUpper(method), path: concrete, key: secret}.send(t, g)
				if slices.Contains(wanted, scope) {
					require.NotEqual(t, 403, a.Status, "%s %s with %s", method, path, scope)
					continue
				}
				requireProblem(t, a, 403, "forbidden_scope")
			}
			for _, status := range []string{"401", "403", "422", "429", "500", "503"} {
				require.Contains(t, op.Responses[status].Content, "application/problem+json", "%s %s %s", method, path, status)
			}
		}
	}
}

func TestRequestIDsAreKeptOrMadeAndNeverCounted(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	seen := map[string]bool{}
	for range 50 {
		id := call{method: "GET", path: "/livez"}.send(t, g).Header.Get("X-Request-Id")
		require.Len(t, id, 32)
		require.False(t, seen[id])
		seen[id] = true
	}
	kept := call{method: "GET", path: "/livez", header: http.Header{"X-Request-Id": {"trace-0123456789"}}}.send(t, g)
	require.Equal(t, "trace-0123456789", kept.Header.Get("X-Request-Id"))
	odd := call{method: "GET", path: "/livez", header: http.Header{"X-Request-Id": {"<script>alert(1)</script>"}}}.send(t, g)
	require.NotContains(t, odd.Header.Get("X-Request-Id"), "script")
	require.Equal(t, "nosniff", odd.Header.Get("X-Content-Type-Options"))
}

func TestMetricsAndHealthNeedNoKey(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	g.Twilio("message", "MessageSid", "SM1", "From", "+14155550123", "To", "+14155550100", "Body", secretive)
	g.Settled()
	for _, path := range []string{"/livez", "/readyz"} {
		require.Equal(t, 200, call{method: "GET", path: path}.send(t, g).Status)
	}
	metrics := call{method: "GET", path: "/metrics"}.send(t, g).Body
	require.Regexp(t, `usher_deliveries_accepted_total\{[^}]*source="tw"[^}]*\} 1`, metrics)
	require.NotContains(t, metrics, "4155550123")
	require.NotContains(t, metrics, secretive)
}

// A body that announces itself as too large is refused before it is sent.
func TestATooLargeBodyIsRefusedUnread(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	for _, path := range []string{"/hooks/web", "/hooks/tw/message", "/v1/interactions"} {
		head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: usher\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", path, key(t, g, keys.Admin), 1<<20+1)
		refused := sendRaw(t, g, head)
		requireProblem(t, refused, 413, "payload_too_large")
		require.Contains(t, refused.Body, "at most 1048576 bytes", "how much may be sent")
	}
	require.Zero(t, count(t, g))
}

// Whoever sends all of what is not taken, and looks for the answer only then, finds it: the connection is not reset by what nobody reads.
func TestARefusalArrivesAtWhoGoesOnSending(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	const much = 16 << 20 // more than lies between two sockets
	for name, tt := range map[string]struct {
		sent   string
		status int
		code   string
	}{
		"a body":                {fmt.Sprintf("POST /hooks/web HTTP/1.1\r\nHost: usher\r\nContent-Length: %d\r\n\r\n", much) + strings.Repeat("x", much), 413, "payload_too_large"},
		"a body without length": {fmt.Sprintf("POST /hooks/web HTTP/1.1\r\nHost: usher\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n", much) + strings.Repeat("x", much) + "\r\n0\r\n\r\n", 413, "payload_too_large"},
		"an address":            {"GET /v1/profiles/search?q=" + strings.Repeat("x", much) + " HTTP/1.1\r\nHost: usher\r\n\r\n", 431, "invalid_request"},
		"no HTTP":               {strings.Repeat("x", much), 431, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireProblem(t, sendRaw(t, g, tt.sent), tt.status, tt.code)
		})
	}
}

// sendRaw sends bytes on a connection of their own, all of them, and reads an answer.
func sendRaw(t *testing.T, g *gatewaytest.Gateway, sent string) gatewaytest.Answer {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(g.Address(), "http://"))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, sent)
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return gatewaytest.Answer{Status: response.StatusCode, Header: response.Header, Body: string(body)}
}
