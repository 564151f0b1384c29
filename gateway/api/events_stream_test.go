package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/events"
	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
)

// following is a stream of events that somebody reads.
type following struct {
	t     *testing.T
	lines *bufio.Scanner
	last  string // the id that was read last
}

// follow connects to the stream, as a browser does that read so far.
func follow(ctx context.Context, t *testing.T, g *gatewaytest.Gateway, secret, last string) *following {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, g.Address()+"/v1/events/stream", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+secret)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	a, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { _ = a.Body.Close() })
	require.Equal(t, http.StatusOK, a.StatusCode)
	require.Equal(t, "text/event-stream", a.Header.Get("Content-Type"))
	f := &following{t: t, lines: bufio.NewScanner(a.Body)}
	require.True(t, f.lines.Scan(), "where it begins")
	f.last = strings.TrimPrefix(f.lines.Text(), "id: ")
	return f
}

// until reads events until one of a type, which it gives.
func (f *following) until(kind string) (e events.Event) {
	f.t.Helper()
	for f.lines.Scan() {
		name, value, _ := strings.Cut(f.lines.Text(), ": ")
		switch name {
		case "id":
			f.last = value
		case "data":
			require.NoError(f.t, json.Unmarshal([]byte(value), &e))
			if e.Type == kind {
				return e
			}
		}
	}
	require.Fail(f.t, "the stream ended", "%v", f.lines.Err())
	return e
}

// Who follows the stream hears of what happens, and who was cut off goes on behind the last event that was read; before the first one too.
func TestTheStreamTellsAndGoesOn(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		reader := key(t, d.Gateway, keys.ProfilesRead)
		text := func(n int) {
			d.Twilio("message", "MessageSid", fmt.Sprint("SM", n), "From", "+14155550123", "To", "+14155550100", "Body", "hi")
			d.Settled()
		}
		cut, leave := context.WithCancel(ctx)
		began := follow(cut, t, d.Gateway, reader, "").last
		leave()
		text(1)
		first := follow(ctx, t, d.Gateway, reader, began)
		heard := first.until("interaction.recorded")
		text(2)
		again := follow(ctx, t, d.Gateway, reader, first.last)
		next := again.until("interaction.recorded")
		require.NotEqual(t, heard.ID, next.ID)
		require.Equal(t, next, first.until("interaction.recorded"), "both hear the same")
		page := ask[eventPage](d, reader, 200, "GET", "/v1/events?after="+first.last, nil)
		for _, e := range page.Data {
			require.NotEqual(t, next.ID, e.ID, "an id is a cursor of the list")
		}
	})
}

// A cursor that is none, a key that may not read, and a gateway that stops.
func TestTheStreamRefusesAndEnds(t *testing.T) {
	t.Parallel()
	g, stop := gatewaytest.StartStoppable(t, gatewaytest.SQLite(t), "US")
	require.Equal(t, 400, g.API(http.MethodGet, "/v1/events/stream?after=nonsense", nil).Status)
	require.Equal(t, 403, g.As(key(t, g, keys.IngestWrite), http.MethodGet, "/v1/events/stream", nil).Status)
	f := follow(t.Context(), t, g, key(t, g, keys.ProfilesRead), "")
	began := time.Now()
	require.NoError(t, stop())
	for f.lines.Scan() { // to its end
	}
	require.NoError(t, f.lines.Err(), "it ends, and is not cut")
	require.Less(t, time.Since(began), 10*time.Second)
}

// What is at hand is sent at once, with the place where it began.
func TestTheStreamDoesNotWaitWithWhatIsThere(t *testing.T) {
	t.Parallel()
	d := newDesk(t, gatewaytest.SQLite(t))
	reader := key(t, d.Gateway, keys.ProfilesRead)
	began := follow(t.Context(), t, d.Gateway, reader, "").last
	d.Twilio("message", "MessageSid", "SM1", "From", "+14155550123", "To", "+14155550100", "Body", "hi")
	d.Settled()
	require.Eventually(t, func() bool {
		return len(ask[eventPage](d, reader, 200, "GET", "/v1/events?after="+began, nil).Data) > 0
	}, 20*time.Second, 50*time.Millisecond)
	fastest := time.Minute
	for range 5 { // the machine may be busy
		asked := time.Now()
		follow(t.Context(), t, d.Gateway, reader, began).until("interaction.recorded")
		fastest = min(fastest, time.Since(asked))
	}
	require.Less(t, fastest, 900*time.Millisecond)
}

// One key cannot take all places, and who leaves gives theirs back at once.
func TestStreamsHavePlaces(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	greedy, other := key(t, g, keys.ProfilesRead), key(t, g, keys.ProfilesRead)
	ctx, leave := context.WithCancel(t.Context())
	for range 8 {
		follow(ctx, t, g, greedy, "")
	}
	refused := g.As(greedy, http.MethodGet, "/v1/events/stream", nil)
	requireProblem(t, refused, 429, "rate_limited")
	require.NotEmpty(t, refused.Header.Get("Retry-After"))
	follow(t.Context(), t, g, other, "")
	leave()
	require.Eventually(t, func() bool {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, g.Address()+"/v1/events/stream", nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+greedy)
		a, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer func() { _ = a.Body.Close() }()
		return a.StatusCode == http.StatusOK
	}, 10*time.Second, 20*time.Millisecond, "before a heartbeat")
}
