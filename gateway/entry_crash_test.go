package gateway_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/gatewaytest"
	"usher/gateway/store"
	"usher/gateway/store/sqlite"
)

// An agent's request dies with its gateway when the profile is there and is not listed among the decisions yet. The agent has no answer and need not come again: the next gateway says who was entered.
func TestAnEntryWhoseGatewayDiedIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	uri := diesWithin(t, func(g *gatewaytest.Gateway) {
		g.API(http.MethodPost, "/v1/profiles", object{"display_name": "Wilhelmina Okonkwo", "tags": []string{"vip"}, "identifiers": []object{point("tel", "+4915123450987"), point("mailto", "wil@web.example")}})
	}, func(db *store.DB) bool {
		profiles, err := db.Profiles.Count(t.Context(), "created")
		require.NoError(t, err)
		decisions, err := db.Decisions.Count(t.Context(), "at")
		require.NoError(t, err)
		return profiles == 1 && decisions == 0
	})
	g := gatewaytest.Start(t, uri, "DE")
	require.Eventually(t, func() bool { return len(all[object](t, g, "/v1/audit?kind=enter&")) == 1 }, time.Minute, 50*time.Millisecond)
	entered := all[object](t, g, "/v1/audit?kind=enter&")[0]
	require.Equal(t, search(t, g, "+4915123450987"), entered["subject"])
	require.Contains(t, g.API(http.MethodGet, "/v1/profiles/"+search(t, g, "+4915123450987"), nil).Body, `"tags":["vip"]`)
}

// What was said of somebody who is erased, by a request that stopped before it had written anything, comes to nothing: it would make a person of before, and lies in the file.
func TestAnEntryThatDiedIsErasedWithItsPerson(t *testing.T) {
	t.Parallel()
	uri := diesWithin(t, func(g *gatewaytest.Gateway) {
		g.API(http.MethodPut, "/v1/profiles/upsert", object{"tags": []string{"taggedzyx"}, "identifiers": []object{point("tel", "+4915123450987"), point("mailto", "unheardzyx@web.example")}})
	}, func(db *store.DB) bool {
		waiting, err := db.Unfinished.Count(t.Context(), "at")
		require.NoError(t, err)
		return waiting == 1
	}, func(g *gatewaytest.Gateway) {
		g.Standard("E1", said("E1", "sms", "Ana Diaz", point("tel", "+4915123450987")))
		g.Settled()
	})
	g := gatewaytest.Start(t, uri, "DE")
	erase(t, g, search(t, g, "+4915123450987"))
	require.Empty(t, foundOf(t, uri, []string{"taggedzyx", "unheardzyx"}))
}

// diesWithin sends a request to gateways that die after the first of its writes, after the second, and so on, until one leaves its store as wanted. Before it comes what they live through.
func diesWithin(t *testing.T, request func(*gatewaytest.Gateway), as func(*store.DB) bool, before ...func(*gatewaytest.Gateway)) (uri string) {
	t.Helper()
	for writes := int64(1); ; writes++ {
		uri = gatewaytest.SQLite(t)
		driver, err := sqlite.Open(strings.TrimPrefix(uri, "sqlite://"))
		require.NoError(t, err)
		m := &mortal{Driver: driver, died: make(chan struct{})}
		m.left.Store(forever)
		db, err := store.Open(t.Context(), m)
		require.NoError(t, err)
		inner, err := gateway.New(db, gatewaytest.Settings(t, uri, "DE"), "test", slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		g, stop := gatewaytest.Run(t, inner)
		for _, step := range before {
			step(g)
		}
		m.left.Store(writes)
		request(g)
		require.LessOrEqual(t, m.left.Load(), int64(0), "it lived through the request")
		require.NoError(t, stop())
		left, err := gateway.OpenStore(t.Context(), uri)
		require.NoError(t, err)
		found := as(left)
		require.NoError(t, left.Close())
		if found {
			return uri
		}
	}
}
