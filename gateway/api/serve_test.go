package api_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/config"
	"usher/gateway"
	"usher/gateway/gatewaytest"
)

// A gateway that is stopped in the moment of its start ends all the same.
func TestServeEndsWhenItWasStoppedBeforeItBegan(t *testing.T) {
	t.Parallel()
	for range 20 {
		cfg := config.Default()
		cfg.Listen.Address, cfg.Store.URI = "127.0.0.1:0", config.NewURI(gatewaytest.SQLite(t))
		g, err := gateway.Open(t.Context(), cfg, "test", slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		_, err = g.API.Listen(t.Context())
		require.NoError(t, err)
		stopped, stop := context.WithCancel(t.Context())
		stop()
		require.NoError(t, g.API.Serve(stopped, time.Second))
		require.NoError(t, g.Close())
	}
}
