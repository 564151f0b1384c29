package gateway_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/config"
	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/store"
)

// A gateway drops by itself, when it starts, what has had its time by each kind of its retention; where nothing is set it keeps it.
func TestAGatewayDropsWhatHasHadItsTime(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for kind, retention := range map[string]config.Retention{
		"none":         {},
		"interactions": {Interactions: 30 * day},
		"events":       {Events: 30 * day},
		"evidence":     {Evidence: 30 * day},
		"quarantine":   {Quarantine: 30 * day},
	} {
		t.Run(kind, func(t *testing.T) {
			gatewaytest.EachStore(t, func(t *testing.T, uri string) {
				cfg := gatewaytest.Settings(t, uri, "DE")
				cfg.Retention = retention
				inner, err := gateway.Open(t.Context(), cfg, "test", slog.New(slog.DiscardHandler))
				require.NoError(t, err)
				db, at := inner.DB, store.Now().Add(-40*day)
				old := contact.Document{ID: "old"}
				require.NoError(t, db.Interactions.Insert(t.Context(), contact.Interaction{Document: old, OccurredAt: at}))
				require.NoError(t, db.Events.Insert(t.Context(), store.Event{Document: old, At: at}))
				require.NoError(t, db.Evidence.Insert(t.Context(), contact.Basis{Document: old, At: at}))
				require.NoError(t, db.Quarantine.Insert(t.Context(), contact.Quarantine{Document: old, At: at, DecidedAt: at, State: contact.QuarantineDiscarded}))
				require.NoError(t, db.Uploads.Insert(t.Context(), store.Upload{Document: old, StartedAt: at}))
				g, stop := gatewaytest.Run(t, inner)
				left := func() map[string]bool {
					there := map[string]bool{}
					note := func(kind string, found int, err error) {
						require.NoError(t, err)
						if found > 0 {
							there[kind] = true
						}
					}
					interactions, err := g.DB.Interactions.FindAll(t.Context(), "old")
					note("interactions", len(interactions), err)
					events, err := g.DB.Events.FindAll(t.Context(), "old")
					note("events", len(events), err)
					evidence, err := g.DB.Evidence.FindAll(t.Context(), "old")
					note("evidence", len(evidence), err)
					kept, err := g.DB.Quarantine.FindAll(t.Context(), "old")
					note("quarantine", len(kept), err)
					return there
				}
				want := map[string]bool{"interactions": true, "events": true, "evidence": true, "quarantine": true}
				delete(want, kind)
				require.Eventually(t, func() bool {
					uploads, err := g.DB.Uploads.FindAll(t.Context(), "old")
					return err == nil && len(uploads) == 0 && len(left()) == len(want)
				}, 30*time.Second, 20*time.Millisecond)
				require.Equal(t, want, left())
				require.NoError(t, stop())
			})
		})
	}
}
