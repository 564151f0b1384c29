package gateway_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/gatewaytest"
)

// lived makes a store in which there is something of every kind that an export has.
func lived(t *testing.T, g *gatewaytest.Gateway) {
	for n, event := range []object{
		said("e1", "email", "Wilhelmina Okonkwo", object{"scheme": "mailto", "value": "w.okonkwo@web.example"}),
		said("e2", "whatsapp", "Wilhelmina Okonkwo", object{"scheme": "tel", "value": "+14155550301"}),
	} {
		g.Standard([]string{"m1", "m2"}[n], event)
		g.Settled()
	}
	flags := duplicates(t, g)
	require.Len(t, flags, 1)
	send[object](t, g, http.StatusOK, "/v1/duplicates/"+flags[0].ID+"/dismiss", object{"why": "mother and daughter"})

	sms(g, "SM1", "+14155550302", "STOP")
	blockOf(t, g, object{"profile_id": search(t, g, "+14155550302"), "why": "spam"})
	sms(g, "SM2", "+14155550302", "a word nobody wants")
	require.Len(t, waiting(t, g), 1)

	acme := send[struct{ ID string }](t, g, http.StatusCreated, "/v1/organizations", object{"name": "Acme Ltd"}).ID
	send[object](t, g, http.StatusCreated, "/v1/organizations/"+acme+"/domains", object{"domain": "acme-ltd.example"})
	send[object](t, g, http.StatusCreated, "/v1/organizations/"+acme+"/memberships", object{"profile_id": search(t, g, "+14155550301")})
}

// exportLines are the lines of an export of everything.
func exportLines(t *testing.T, g *gatewaytest.Gateway) (lines, types []string) {
	a := g.API(http.MethodGet, "/v1/export", nil)
	require.Equal(t, http.StatusOK, a.Status)
	for line := range strings.Lines(a.Body) {
		var l struct{ Type string }
		require.NoError(t, json.Unmarshal([]byte(line), &l))
		lines, types = append(lines, line), append(types, l.Type)
	}
	return lines, types
}

// Of an export people and organizations are imported, and all other lines skipped: none of them is an error that somebody has to look into, and none of their texts is kept.
func TestTheHistoryInAnExportIsSkipped(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		from := gatewaytest.Start(t, uri, "US")
		lived(t, from)
		lines, types := exportLines(t, from)
		kinds := map[string]bool{}
		for _, kind := range types {
			kinds[kind] = true
		}
		require.Equal(t, []string{"block", "consent", "decision", "domain", "duplicate", "end", "evidence", "export", "identity", "interaction", "membership", "not_same", "organization", "person", "profile", "quarantine"}, slices.Sorted(maps.Keys(kinds)))

		to := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
		rows := importedRows(t, to, strings.Join(lines, ""))
		require.Len(t, rows, len(lines))
		for n, r := range rows {
			if types[n] == "person" || types[n] == "organization" {
				require.Contains(t, []string{"created", "flagged"}, r.Outcome, "line %d", n+1) // that two were told apart is history too
				continue
			}
			require.Equal(t, "skipped no_person", r.Outcome+" "+r.Code, "line %d", n+1)
		}
	})
}
