package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/api"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
)

// Whoever sends a thousand events is told which one is wrong and where, in a form that programs read, and is not shown what stands there.
func TestAWrongEventIsPointedAt(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	sender := key(t, g, keys.IngestWrite)
	good := `{"type":"message.received","data":{"channel":"sms","from":{"identifiers":[{"scheme":"tel","value":"+14155550123"}]}}}`
	parties := strings.Repeat(`{},`, 256) + `{}`
	for name, c := range map[string]struct{ body, pointer, code string }{
		"no type":               {`{"data":{"channel":"sms"}}`, "/type", "invalid"},
		"no data":               {`{"type":"message.received"}`, "/data", "invalid"},
		"second of a list":      {`[` + good + `,{"type":"message.received","data":{"channel":["` + secretive + `"]}}]`, "/1/data/channel", "invalid"},
		"third of an envelope":  {`{"events":[` + good + `,` + good + `,{"type":"message.received","data":{"to":[` + parties + `]}}]}`, "/events/2/data/to", "invalid"},
		"within a list":         {`[{"type":"message.received","data":{"from":{"identifiers":[{"scheme":"tel","value":7}]}}}]`, "/0/data/from/identifiers", "invalid"},
		"a time":                {`{"events":[{"type":"message.received","time":"` + secretive + `","data":{"channel":"sms"}}]}`, "/events/0", "invalid"},
		"null for a list":       {`{"events":null}`, "/events", "invalid"},
		"no JSON":               {`[{"type":` + secretive, "", "invalid"},
		"an empty list":         {`[]`, "", "no_events"},
		"an empty list, within": {`{"events":[]}`, "", "no_events"},
	} {
		t.Run(name, func(t *testing.T) {
			a := call{"POST", "/v1/interactions", http.Header{"Content-Type": {"application/json"}}, c.body, sender}.send(t, g)
			requireProblem(t, a, 422, "validation_failed")
			var p api.Problem
			a.Decode(t, &p)
			require.Len(t, p.Errors, 1, a.Body)
			require.Equal(t, c.pointer, p.Errors[0].Pointer)
			require.Equal(t, c.code, p.Errors[0].Code)
			require.NotEmpty(t, p.Errors[0].Detail)
		})
	}
	n, err := g.DB.Deliveries.Count(t.Context(), "received")
	require.NoError(t, err)
	require.Zero(t, n, "nothing of it was taken in")
}

// A clock that runs far ahead does not put its message on top of every list for years: it is sorted by when it came in, and what was said stays with it. One that runs a little ahead is believed.
func TestATimeFarAheadIsNotBelieved(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	now := time.Now().UTC()
	ahead := map[string]time.Time{"years": now.AddDate(3, 0, 0), "hours": now.Add(23 * time.Hour), "none": now.Add(-time.Minute)}
	for id, at := range ahead {
		body := fmt.Sprintf(`{"id":%q,"type":"message.received","time":%q,"data":{"channel":"sms","from":{"identifiers":[{"scheme":"tel","value":"+14155550123"}]}}}`, id, at.Format(time.RFC3339Nano))
		a := call{"POST", "/v1/interactions", http.Header{"Content-Type": {"application/json"}, "Prefer": {"wait"}}, body, key(t, g, keys.IngestWrite)}.send(t, g)
		require.Equal(t, 202, a.Status, a.Body)
	}
	var list struct{ Data []api.Interaction }
	g.API("GET", "/v1/interactions", nil).Decode(t, &list)
	var order []string
	for _, i := range list.Data {
		order = append(order, i.Key)
		require.Equal(t, i.Key == "years", i.View.TimeEstimated, i.Key)
		if i.Key != "years" {
			require.Equal(t, contact.Instant(ahead[i.Key]), i.OccurredAt)
			continue
		}
		require.Contains(t, i.View.Warnings, "time_in_future")
		require.WithinRange(t, i.OccurredAt, contact.Instant(now), time.Now())
		stored, err := g.DB.Interactions.Find(t.Context(), i.ID)
		require.NoError(t, err)
		require.Equal(t, contact.Instant(ahead["years"]), stored.Events[0].Inbound.Time, "what was said is kept")
	}
	require.Equal(t, []string{"hours", "years", "none"}, order)
}
