package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/api"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
	"usher/gateway/store"
)

// A block names one thing, in any spelling; twice is once. Who may read profiles sees it, who may write them decides, and neither sees the quarantine.
func TestABlockNamesOneThing(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		writes, reads := key(t, d.Gateway, keys.ProfilesWrite), key(t, d.Gateway, keys.ProfilesRead)
		for name, body := range map[string]object{
			"nothing":         {},
			"two things":      {"profile_id": "prf_x", "domain": "spam.example"},
			"no number":       {"contact_point": object{"scheme": "tel", "value": "secretive"}},
			"no domain":       {"domain": "secretive"},
			"an end long ago": {"domain": "spam.example", "until": noon},
		} {
			a := d.As(writes, "POST", "/v1/blocks", body)
			requireProblem(t, a, 422, "validation_failed")
			require.NotContains(t, a.Body, "secretive", name)
		}
		requireProblem(t, d.As(writes, "POST", "/v1/blocks", object{"profile_id": "prf_none"}), 404, "not_found")
		requireProblem(t, d.As(writes, "POST", "/v1/blocks", object{"identity_id": "idn_none"}), 404, "not_found")
		requireProblem(t, d.As(reads, "POST", "/v1/blocks", object{"domain": "spam.example"}), 403, "forbidden_scope")

		spelled := func(value string) object {
			return object{"contact_point": object{"scheme": "tel", "value": value}, "why": "threats"}
		}
		first := ask[api.Block](d, writes, 201, "POST", "/v1/blocks", spelled("(415) 555-0123"))
		require.Equal(t, first, ask[api.Block](d, writes, 201, "POST", "/v1/blocks", spelled("+1 415 555 0123")))
		require.Equal(t, "threats", first.Why)
		require.NotContains(t, first.ID+first.IdentityID, "415")
		seen := d.As(reads, "GET", "/v1/blocks/"+first.ID, nil)
		require.Equal(t, http.StatusOK, seen.Status)
		decided, _, err := d.DB.Decisions.List(t.Context(), store.Range{Index: "subject", Equal: []any{first.ID}, Limit: 10})
		require.NoError(t, err)
		require.Len(t, decided, 1)
		require.Equal(t, contact.BlockMade, decided[0].Kind)
		require.Empty(t, decided[0].Why)

		stale := d.lift(writes, first.ID, `"99"`)
		requireProblem(t, stale, 412, "stale_version")
		require.Equal(t, http.StatusOK, d.lift(writes, first.ID, seen.Header.Get("ETag")).Status)
		require.Equal(t, "lifted", ask[api.Block](d, writes, 200, "DELETE", "/v1/blocks/"+first.ID, nil).State, "twice is no mistake")
		require.Len(t, ask[api.List[api.Block]](d, reads, 200, "GET", "/v1/blocks?state=lifted", nil).Data, 1)
		require.Empty(t, ask[api.List[api.Block]](d, reads, 200, "GET", "/v1/blocks", nil).Data)
		for _, path := range []string{"/v1/quarantine", "/v1/quarantine/qua_none"} {
			requireProblem(t, d.As(writes, "GET", path, nil), 403, "forbidden_scope")
		}
		requireProblem(t, d.API("POST", "/v1/quarantine/qua_none/release", nil), 404, "not_found")
		requireProblem(t, d.API("DELETE", "/v1/blocks/"+d.DB.Salt.BlockID(contact.PeopleMark, ""), nil), 404, "not_found")
	})
}

// lift deletes a block that was seen in a version.
func (d desk) lift(key, id, version string) gatewaytest.Answer {
	r, err := http.NewRequestWithContext(d.t.Context(), http.MethodDelete, d.Address()+"/v1/blocks/"+id, strings.NewReader(""))
	require.NoError(d.t, err)
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("If-Match", version)
	return d.Do(r)
}

// A block of everybody who has an address at a large provider is hardly ever meant: it has to be said twice. Disposable addresses are what such blocks are for.
func TestADomainOfVeryManyIsBlockedByForceAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t, gatewaytest.SQLite(t))
	writes := key(t, d.Gateway, keys.ProfilesWrite)
	for name, code := range map[string]string{"gmail.com": "domain_is_free_mail", " @GoogleMail.com": "domain_is_free_mail", "co.uk": "domain_is_public_suffix", "mailinator.com": ""} {
		a := d.As(writes, "POST", "/v1/blocks", object{"domain": name})
		if code == "" {
			require.Equal(t, 201, a.Status, a.Body)
			continue
		}
		requireProblem(t, a, 422, "validation_failed")
		require.Equal(t, code, problemIn(t, a).Errors[0].Code)
		forced := ask[api.Block](d, writes, 201, "POST", "/v1/blocks", object{"domain": name, "force": true})
		require.Equal(t, "standing", forced.State)
	}
}
