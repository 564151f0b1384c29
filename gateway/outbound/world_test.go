package outbound

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/store"
	"usher/gateway/store/mongo"
	"usher/gateway/store/mongo/mongotest"
	"usher/gateway/store/sqlite"
	"usher/gateway/store/storetest"
)

// loopback is where the receivers of tests are.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// shared is a store that several gateways may be using, whatever it is.
type shared struct {
	store.Driver
	looks *atomic.Int64 // for endpoints
}

func (shared) Exclusive() bool { return false }

// Range counts who looks for endpoints.
func (s shared) Range(ctx context.Context, c *store.Schema, r store.Range, found func(store.Decode) error) error {
	if c.Name == "webhook_endpoints" {
		s.looks.Add(1)
	}
	return s.Driver.Range(ctx, c, r, found)
}

// world is a store with events, a receiver, and gateways that send to it.
type world struct {
	*Outbound
	t        *testing.T
	stopping *storetest.Stopping
	looked   *atomic.Int64
	ahead    time.Duration // of the clock
	receiver *receiver
	made     int
}

// eachWorld runs a test on every store, in processes that can be stopped.
func eachWorld(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	run := func(name string, open func(t *testing.T) (store.Driver, error)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			driver, err := open(t)
			require.NoError(t, err)
			looks := &atomic.Int64{}
			stopping := storetest.NewStopping(shared{driver, looks})
			db, err := store.Open(t.Context(), stopping)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			w := &world{t: t, stopping: stopping, looked: looks, receiver: newReceiver(t)}
			w.Outbound = w.gateway(db, "one")
			test(t, w)
		})
	}
	run("sqlite", func(t *testing.T) (store.Driver, error) { return sqlite.Open(filepath.Join(t.TempDir(), "usher.db")) })
	run("mongodb", func(t *testing.T) (store.Driver, error) { return mongo.Open(t.Context(), mongotest.URI(t)) })
}

// gateway is one of those that share the store.
func (w *world) gateway(db *store.DB, owner string) *Outbound {
	o := New(db, Options{Owner: owner, Networks: loopback, Version: "test"}, slog.New(slog.DiscardHandler), nil)
	o.now = func() time.Time { return store.Now().Add(w.ahead) }
	return o
}

// endpoint is one at the receiver that hears of everything that there is.
func (w *world) endpoint(types ...string) string {
	w.t.Helper()
	_, e, err := w.Create(w.t.Context(), store.Endpoint{URL: w.receiver.URL, Types: types})
	require.NoError(w.t, err)
	require.NoError(w.t, w.ReplaySince(w.t.Context(), e.ID, time.Unix(0, 0)))
	return e.ID
}

// happens adds an event about each of the profiles, in order and long ago enough to be served.
func (w *world) happens(profiles ...string) (ids []string) {
	w.t.Helper()
	for _, profile := range profiles {
		w.made++
		e := events.New(w.db, events.ProfileUpdated, profile, nil, fmt.Sprint(w.made))
		e.At = contact.Instant(time.Now().Add(-time.Hour + time.Duration(w.made)*time.Millisecond))
		require.NoError(w.t, w.db.Events.Insert(w.t.Context(), e))
		ids = append(ids, e.ID)
	}
	return ids
}

// goOn sends until there is nothing to send now.
func (w *world) goOn(id string) {
	w.t.Helper()
	for more, rounds := true, 0; more; rounds++ {
		require.Less(w.t, rounds, 1000, "it ends")
		var err error
		more, err = w.round(w.t.Context(), id)
		require.NoError(w.t, err)
	}
}

// later lets time pass and goes on.
func (w *world) later(id string, d time.Duration) {
	w.t.Helper()
	w.ahead += d
	w.goOn(id)
}

func (w *world) standing(id string) Standing {
	w.t.Helper()
	s, err := w.Standing(w.t.Context(), id)
	require.NoError(w.t, err)
	return s
}

// receiver takes events unless it is told to answer otherwise.
type receiver struct {
	*httptest.Server
	mutex  sync.Mutex
	answer func(e events.Event) int
	header http.Header // of answers
	taken  []events.Event
	asked  []http.Header
	bodies [][]byte
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP answers an event.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	var e events.Event
	if err == nil {
		err = json.Unmarshal(body, &e)
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.asked, r.bodies = append(r.asked, request.Header), append(r.bodies, body)
	status := http.StatusNoContent
	if err != nil {
		status = http.StatusBadRequest
	} else if r.answer != nil {
		status = r.answer(e)
	}
	for name, values := range r.header {
		w.Header()[name] = values
	}
	w.WriteHeader(status)
	if status < 300 {
		r.taken = append(r.taken, e)
	}
}

// answers makes the receiver answer as it is told from now on; nil: it takes everything.
func (r *receiver) answers(answer func(e events.Event) int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.answer = answer
}

// always answers the same.
func always(status int) func(events.Event) int { return func(events.Event) int { return status } }

// has are the ids of what was taken, in the order of it, and how often it was asked to.
func (r *receiver) has() (ids []string, asked int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, e := range r.taken {
		ids = append(ids, e.ID)
	}
	return ids, len(r.asked)
}
