package store

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
)

// roomy answers pings, and inserts with whatever error is set.
type roomy struct {
	Driver
	err error
}

func (r *roomy) Insert(context.Context, *Schema, contact.Stored) error { return r.err }

func (r *roomy) Ping(context.Context) error { return nil }

// Whoever asks whether deliveries can be stored is not to be told yes between two that could not.
func TestAFailedWriteMakesPingFailForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := &roomy{err: ErrExists}
		w := &witness{Driver: disk}
		require.ErrorIs(t, w.Insert(t.Context(), nil, nil), ErrExists)
		require.NoError(t, w.Ping(t.Context()), "an answer is no failure")
		disk.err = ErrUnavailable
		require.ErrorIs(t, w.Insert(t.Context(), nil, nil), ErrUnavailable)
		require.ErrorIs(t, w.Ping(t.Context()), ErrUnavailable)
		time.Sleep(failureKept)
		require.NoError(t, w.Ping(t.Context()))
	})
}
