package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/api"
	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
)

// sent is a request whose body is a file.
func sent(t *testing.T, g *gatewaytest.Gateway, key, method, path, media, body string) gatewaytest.Answer {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, g.Address()+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", media)
	return g.Do(r)
}

// ended waits until a job is finished.
func ended(t *testing.T, g *gatewaytest.Gateway, id string) (job api.Job) {
	t.Helper()
	require.Eventually(t, func() bool {
		answer := g.API("GET", "/v1/jobs/"+id, nil)
		require.Equal(t, 200, answer.Status, answer.Body)
		answer.Decode(t, &job)
		return job.EndedAt != nil
	}, 30*time.Second, 10*time.Millisecond)
	return job
}

func keyFor(t *testing.T, g *gatewaytest.Gateway, scopes ...keys.Scope) string {
	t.Helper()
	secret, _, err := keys.Create(t.Context(), g.DB, keys.Grant{Name: "test", Scopes: scopes})
	require.NoError(t, err)
	return secret
}

const peopleFile = "Name,Email,Phone\nAna Silva,ana@mail.example,\nBruno Kurz,,+49 30 1234567\nAna Silva,ana@mail.example,\n\"broken,x@mail.example,\n"

func TestAFileIsImportedWithOneRequest(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "DE")
	key := keyFor(t, g, keys.ProfilesWrite)
	for _, dry := range []bool{true, false} {
		answer := sent(t, g, key, "POST", fmt.Sprintf("/v1/imports?dry_run=%t", dry), "text/csv", peopleFile)
		require.Equal(t, 202, answer.Status, answer.Body)
		var job api.Job
		answer.Decode(t, &job)
		job = ended(t, g, job.ID)
		require.Equal(t, "done", job.State)
		require.Equal(t, dry, job.DryRun)
		require.Equal(t, api.JobCounts{Created: 2, Matched: 1, Rejected: 1}, job.Counts)
		require.EqualValues(t, 4, job.Rows)
		require.Contains(t, job.Columns, api.Column{Name: "Email", Meaning: "email"})
		var rows struct{ Data []api.JobRow }
		g.API("GET", "/v1/jobs/"+job.ID+"/rows?outcome=rejected", nil).Decode(t, &rows)
		require.Len(t, rows.Data, 1)
		require.Equal(t, "bad_quotes", rows.Data[0].Code)
		rejects := g.API("GET", "/v1/jobs/"+job.ID+"/rejects", nil)
		require.Equal(t, 200, rejects.Status)
		require.Contains(t, rejects.Body, "4,bad_quotes,")
		require.Contains(t, rejects.Body, "x@mail.example")
	}
	found := g.API("GET", "/v1/profiles/search?q=ana@mail.example", nil)
	require.Equal(t, 1, strings.Count(found.Body, `"display_name":"Ana Silva"`), found.Body)
	require.Equal(t, 202, sent(t, g, key, "POST", "/v1/imports", "application/octet-stream", "BEGIN:VCARD\nFN:Carla\nEND:VCARD\n").Status)
	require.Equal(t, 415, sent(t, g, key, "POST", "/v1/imports", "text/html", peopleFile).Status)
}

func TestALargeFileComesInParts(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "DE")
	answer := g.API("POST", "/v1/imports", map[string]any{"mapping": map[string]string{"Wer": "name", "Wo": "email"}, "format": "csv"})
	require.Equal(t, 202, answer.Status, answer.Body)
	var job api.Job
	answer.Decode(t, &job)
	require.Equal(t, "uploading", job.State)
	admin := keyFor(t, g, keys.Admin)
	require.Equal(t, 422, g.API("POST", "/v1/imports/"+job.ID+"/start", nil).Status, "it has no file")
	text := "Wer;Wo\nAna Silva;ana@mail.example\nBruno Kurz;bruno@mail.example\n"
	for n, part := range map[int]string{2: text[20:], 1: text[:20]} {
		answer := sent(t, g, admin, "PUT", fmt.Sprintf("/v1/imports/%s/parts/%d", job.ID, n), "application/octet-stream", part)
		require.Equal(t, 200, answer.Status, answer.Body)
	}
	require.Equal(t, 202, g.API("POST", "/v1/imports/"+job.ID+"/start", nil).Status)
	require.Equal(t, api.JobCounts{Created: 2}, ended(t, g, job.ID).Counts)
	requireProblem(t, sent(t, g, admin, "PUT", "/v1/imports/"+job.ID+"/parts/1", "application/octet-stream", "x"), 409, "already_started")
	require.Equal(t, 202, g.API("POST", "/v1/imports/"+job.ID+"/start", nil).Status, "it is answered as it stands")
	require.Equal(t, 200, g.API("POST", "/v1/jobs/"+job.ID+"/cancel", nil).Status)
	require.Equal(t, "done", ended(t, g, job.ID).State)
	require.Contains(t, g.API("GET", "/v1/jobs", nil).Body, job.ID)
	for _, wrong := range []any{map[string]any{"format": "xls"}, map[string]any{"mapping": map[string]string{"a": "secret"}}, map[string]any{"secret": 1}, map[string]any{"encoding": "klingon"}} {
		answer := g.API("POST", "/v1/imports", wrong)
		require.Equal(t, 422, answer.Status, answer.Body)
		require.NotContains(t, answer.Body, "secret")
	}
	require.Equal(t, 404, g.API("GET", "/v1/jobs/job_none", nil).Status)
}

func TestExportsNeedTheirScopes(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "DE")
	answer := sent(t, g, keyFor(t, g, keys.ProfilesWrite), "POST", "/v1/imports", "text/csv", peopleFile)
	var job api.Job
	answer.Decode(t, &job)
	ended(t, g, job.ID)
	var rows struct{ Data []api.JobRow }
	g.API("GET", "/v1/jobs/"+job.ID+"/rows", nil).Decode(t, &rows)
	ana := rows.Data[0].ProfileID
	all := g.As(keyFor(t, g, keys.Admin), "GET", "/v1/export", nil)
	require.Equal(t, 200, all.Status)
	require.Contains(t, all.Body, `"type":"end"`)
	require.Contains(t, all.Body, "Bruno Kurz")
	one := g.As(keyFor(t, g, keys.PrivacyErase), "POST", "/v1/profiles/"+ana+"/export", nil)
	require.Equal(t, 200, one.Status)
	require.Contains(t, one.Body, "Ana Silva")
	require.NotContains(t, one.Body, "Bruno Kurz")
	require.Contains(t, g.API("GET", "/v1/export?format=csv", nil).Body, "Ana Silva,ana@mail.example")
	require.Contains(t, g.API("GET", "/v1/export?format=vcard", nil).Body, "FN:Ana Silva")
	require.Equal(t, 403, g.As(keyFor(t, g, keys.ProfilesRead), "GET", "/v1/export", nil).Status)
	require.Equal(t, 403, g.As(keyFor(t, g, keys.ProfilesRead), "POST", "/v1/profiles/"+ana+"/export", nil).Status)
	require.Equal(t, 403, g.As(keyFor(t, g, keys.ProfilesRead), "POST", "/v1/imports", map[string]any{}).Status)
	require.Equal(t, 404, g.API("POST", "/v1/profiles/prf_none/export", nil).Status)
}
