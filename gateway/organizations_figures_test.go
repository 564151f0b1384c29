package gateway_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/gatewaytest"
)

type count struct {
	Interactions int64 `json:"interactions"`
	Inbound      int64 `json:"inbound"`
}

type figures struct {
	count
	Timezone     string    `json:"timezone"`
	Complete     bool      `json:"complete"`
	FirstContact time.Time `json:"first_contact"`
	LastContact  time.Time `json:"last_contact"`
	Channels     []struct {
		Channel string `json:"channel"`
		count
	} `json:"channels"`
	Periods []struct {
		Date   string    `json:"date"`
		Starts time.Time `json:"starts"`
		count
	} `json:"periods"`
	Members []struct {
		ProfileID   string `json:"profile_id"`
		DisplayName string `json:"display_name"`
		count
	} `json:"members"`
}

// Days are those of the workspace: on the night the clocks change, one has 23 hours and one 25, and midnight is an hour elsewhere in UTC.
func TestFiguresGoByTheWorkspacesClocks(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		cfg := gatewaytest.Settings(t, uri, "DE")
		cfg.Workspace.Timezone = "Europe/Berlin"
		inner, err := gateway.Open(t.Context(), cfg, "test", slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		g, stop := gatewaytest.Run(t, inner)
		t.Cleanup(func() { require.NoError(t, stop()) })
		w := &town{Gateway: g, t: t}
		acme := w.organization("Acme", "acme-corp.example")
		for i, at := range []string{
			"2026-03-28T22:59:59Z", // Saturday 23:59:59
			"2026-03-28T23:00:00Z", // Sunday 00:00, in winter time
			"2026-03-29T21:59:59Z", // Sunday 23:59:59, in summer time: 23 hours later
			"2026-03-29T22:00:00Z", // Monday 00:00
			"2026-10-24T22:00:00Z", // Sunday 00:00
			"2026-10-25T22:59:59Z", // Sunday 23:59:59: 25 hours later
			"2026-10-25T23:00:00Z", // Monday 00:00
			"2026-10-31T23:00:00Z", // 1 November
		} {
			channel := []string{"email", "email", "web_chat"}[i%3]
			event := said(fmt.Sprint("at-", i), channel, "Ada Lovelace", visitor("v-1"), proven("ada@acme-corp.example"))
			event["time"] = at
			require.Equal(t, http.StatusNoContent, g.Standard(fmt.Sprint("at-", i), event).Status)
			g.Settled()
		}
		ask := func(query string) (f figures, periods []string) {
			a := g.API(http.MethodGet, "/v1/organizations/"+acme+"/figures?"+query, nil)
			require.Equal(t, http.StatusOK, a.Status, a.Body)
			a.Decode(t, &f)
			for _, p := range f.Periods {
				periods = append(periods, fmt.Sprintf("%s %s %d", p.Date, p.Starts.Format(time.RFC3339), p.Interactions))
			}
			return f, periods
		}
		f, days := ask("by=day")
		require.Equal(t, []string{
			"2026-03-28 2026-03-27T23:00:00Z 1", "2026-03-29 2026-03-28T23:00:00Z 2", "2026-03-30 2026-03-29T22:00:00Z 1",
			"2026-10-25 2026-10-24T22:00:00Z 2", "2026-10-26 2026-10-25T23:00:00Z 1", "2026-11-01 2026-10-31T23:00:00Z 1",
		}, days)
		require.Equal(t, "Europe/Berlin", f.Timezone)
		require.True(t, f.Complete)
		require.Equal(t, count{8, 8}, f.count)
		require.Equal(t, "[{email {6 6}} {web_chat {2 2}}]", fmt.Sprint(f.Channels))
		require.Equal(t, "2026-03-28T22:59:59Z", f.FirstContact.Format(time.RFC3339))
		require.Equal(t, "2026-10-31T23:00:00Z", f.LastContact.Format(time.RFC3339))
		require.Len(t, f.Members, 1)
		require.Equal(t, "Ada Lovelace", f.Members[0].DisplayName)
		_, weeks := ask("by=week")
		require.Equal(t, []string{"2026-03-23 2026-03-22T23:00:00Z 3", "2026-03-30 2026-03-29T22:00:00Z 1", "2026-10-19 2026-10-18T22:00:00Z 2", "2026-10-26 2026-10-25T23:00:00Z 2"}, weeks)
		_, months := ask("")
		require.Equal(t, []string{"2026-03-01 2026-02-28T23:00:00Z 4", "2026-10-01 2026-09-30T22:00:00Z 3", "2026-11-01 2026-10-31T23:00:00Z 1"}, months)
		some, _ := ask("since=2026-10-01T00:00:00Z&until=2026-10-25T23:00:00Z")
		require.EqualValues(t, 2, some.Interactions)
		require.Equal(t, "2026-03-28T22:59:59Z", some.FirstContact.Format(time.RFC3339), "ever, whatever is counted")
		healthy(t, g)
	})
}
