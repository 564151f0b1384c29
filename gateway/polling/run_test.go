package polling

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/gateway/contact"
	"usher/gateway/store"
)

// poller counts who polls. It ends at once with an error if there is one, and else with its context.
type poller struct {
	adapters.Poller
	running, most, runs atomic.Int64
	err                 error
}

func (p *poller) Run(ctx context.Context, _ adapters.Desk) error {
	p.runs.Add(1)
	defer p.running.Add(-1)
	if n := p.running.Add(1); n > p.most.Load() {
		p.most.Store(n)
	}
	if p.err != nil {
		return p.err
	}
	<-ctx.Done()
	return nil
}

// failing is a store that one gateway cannot reach at times.
type failing struct {
	shared
	down *atomic.Bool
	hang bool
}

var errDown = errors.New("store is down")

func (f failing) Swap(ctx context.Context, s *store.Schema, doc contact.Stored, old int64) error {
	if f.down.Load() && f.hang {
		<-ctx.Done()
	}
	if f.down.Load() {
		return errDown
	}
	return f.shared.Swap(ctx, s, doc, old)
}

// start polls until the test ends or stop is called.
func start(t *testing.T, p *Polling, sources ...Source) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, sources) }()
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			cancel()
			require.NoError(t, <-done)
		}
	}
	t.Cleanup(stop)
	return stop
}

func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// Two gateways share the sources: each is polled by one of them, for as long as it renews its lease, and by the other soon after it stops.
func TestEachSourceIsPolledByOneGateway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := openDB(t, shared{openSQLite(t)})
		var pollers [4]poller
		var sources []Source
		for i := range pollers {
			sources = append(sources, Source{Name: string(rune('a' + i)), Adapter: &pollers[i]})
		}
		stopOne := start(t, gateway(db, "one", 0), sources...)
		start(t, gateway(db, "two", 0), sources...)
		pass(time.Hour)
		for i := range pollers {
			require.EqualValues(t, 1, pollers[i].runs.Load(), "renewed all the time")
			require.EqualValues(t, 1, pollers[i].running.Load())
		}
		stopOne()
		pass(renewTime + time.Second)
		for i := range pollers {
			require.EqualValues(t, 1, pollers[i].running.Load(), "taken over")
			require.EqualValues(t, 1, pollers[i].most.Load())
		}
	})
}

// A gateway that cannot renew stops polling before another begins, and waits its turn.
func TestALeaseThatIsNotRenewedIsLost(t *testing.T) {
	t.Parallel()
	for _, hang := range []bool{false, true} {
		t.Run(map[bool]string{false: "refused", true: "hanging"}[hang], func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { loseLease(t, hang) })
		})
	}
}

func loseLease(t *testing.T, hang bool) {
	driver, down := openSQLite(t), &atomic.Bool{}
	db := openDB(t, shared{driver})
	cut, err := store.Open(t.Context(), failing{shared{driver}, down, hang})
	require.NoError(t, err)
	var p poller
	start(t, gateway(cut, "cut off", 0), Source{Name: "mail", Adapter: &p})
	pass(time.Second)
	start(t, gateway(db, "other", 0), Source{Name: "mail", Adapter: &p})
	pass(time.Minute)
	require.Equal(t, "cut off", ownerOf(t, db))
	down.Store(true)
	pass(renewTime)
	require.EqualValues(t, 1, p.running.Load(), "one failure is none")
	pass(leaseTime + skew + renewTime)
	require.Equal(t, "other", ownerOf(t, db))
	down.Store(false)
	pass(time.Hour)
	require.Equal(t, "other", ownerOf(t, db))
	require.EqualValues(t, 2, p.runs.Load())
	require.EqualValues(t, 1, p.most.Load(), "never two at a time")
}

func ownerOf(t *testing.T, db *store.DB) string {
	polled, err := db.Polled.Find(t.Context(), db.PolledID("mail"))
	require.NoError(t, err)
	return polled.Owner
}

// What fails is tried later and later, and never given up.
func TestWhatFailsIsTriedEverMoreSeldom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := openDB(t, openSQLite(t))
		p := poller{err: errors.New("nothing can be done")}
		start(t, gateway(db, "one", 0), Source{Name: "mail", Adapter: &p})
		pass(time.Hour)
		first := p.runs.Load()
		require.Less(t, first, int64(100))
		pass(time.Hour)
		require.Greater(t, p.runs.Load(), first)
		require.Less(t, p.runs.Load()-first, int64(60))
	})
}

// The pause is by chance, and at most doubles with each failure.
func TestBackoffIsBounded(t *testing.T) {
	t.Parallel()
	for failures, limit := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 10: 5 * time.Minute, 1000: 5 * time.Minute} {
		longest := time.Duration(0)
		for range 1000 {
			longest = max(longest, backoff(failures))
		}
		require.Less(t, longest, limit)
		require.Greater(t, longest, limit/2)
	}
}
