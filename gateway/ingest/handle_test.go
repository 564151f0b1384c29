package ingest_test

import (
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"usher/adapters/standard"
	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/store"
)

// lost is a body that the store cannot give.
type lost struct{ io.Reader }

func (lost) ReadAt([]byte, int64) (int, error) { return 0, store.ErrUnavailable }
func (lost) Size() int64                       { return 1 << 20 }

// A store that does not answer is no fault of the sender's: the delivery is tried again, and not filed as unreadable.
func TestABodyThatTheStoreCannotGiveIsTriedAgain(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		db, err := store.Open(t.Context(), driver)
		require.NoError(t, err)
		g := ingest.New(db, map[string]ingest.Source{"web": {Adapter: standard.NewReader()}}, ingest.Own{}, slog.New(slog.DiscardHandler))
		d := &contact.Delivery{Source: "web", Key: "k"}
		_, err = g.Handle(t.Context(), d, lost{iotest.ErrReader(store.ErrUnavailable)})
		require.ErrorIs(t, err, store.ErrUnavailable)
		result, err := g.Handle(t.Context(), d, strings.NewReader("no JSON"))
		require.NoError(t, err)
		require.Equal(t, contact.NotParsed, result.Outcome)
	})
}
