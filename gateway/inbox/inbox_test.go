package inbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/inbox"
	"usher/gateway/store"
	"usher/gateway/store/sqlite"
)

func openDB(t testing.TB) *store.DB {
	driver, err := sqlite.Open(filepath.Join(t.TempDir(), "usher.db"))
	require.NoError(t, err)
	db, err := store.Open(t.Context(), driver)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func newInbox(db *store.DB, owner string) *inbox.Inbox {
	return inbox.New(db, inbox.Options{
		Sources: []string{"a", "b"}, Workers: 4, Lease: 10 * time.Second, MaxAttempts: 3, Retention: 30 * 24 * time.Hour, Owner: owner,
	}, slog.New(slog.DiscardHandler), nil)
}

func arrival(source, key, body string) inbox.Arrival {
	return inbox.Arrival{Source: source, Adapter: "test", Key: key, Method: "POST", URL: "https://usher.example/hooks/" + source, Body: strings.NewReader(body), ReceivedAt: time.Now()}
}

// run works on an inbox until the test ends.
func run(t *testing.T, b *inbox.Inbox, handle inbox.Handler) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx, handle) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
	})
}

func recorded(context.Context, *contact.Delivery, contact.Body) (inbox.Result, error) {
	return inbox.Result{Outcome: contact.Recorded}, nil
}

func drained(t *testing.T, b *inbox.Inbox) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(t, b.Drained(ctx))
}

func TestAcceptStoresARepeatOnce(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	b := newInbox(db, "one")
	var fresh atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			_, first, err := b.Accept(t.Context(), arrival("a", "key", "body"))
			if err == nil && first {
				fresh.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, fresh.Load())
	n, err := b.Open(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
}

// Without a provider's key the digest of the request decides; equal bytes at another purpose or address are another delivery.
func TestAcceptTellsDeliveriesWithoutKeysApartByContent(t *testing.T) {
	t.Parallel()
	b := newInbox(openDB(t), "one")
	first, fresh, err := b.Accept(t.Context(), arrival("a", "", "body"))
	require.NoError(t, err)
	require.True(t, fresh)
	again, fresh, err := b.Accept(t.Context(), arrival("a", "", "body"))
	require.NoError(t, err)
	require.False(t, fresh)
	require.Equal(t, first, again)
	other := arrival("a", "", "body")
	other.Purpose = "status"
	_, fresh, err = b.Accept(t.Context(), other)
	require.NoError(t, err)
	require.True(t, fresh)
	_, fresh, err = b.Accept(t.Context(), arrival("b", "", "body"))
	require.NoError(t, err)
	require.True(t, fresh)
}

// A large body is streamed into chunks and comes back byte for byte; the second upload of one leaves nothing behind.
func TestLargeBodiesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	b := newInbox(db, "one")
	for _, size := range []int{0, 1, 16 << 10, 16<<10 + 1, 256 << 10, 256<<10 + 1, 3 << 20} {
		body := bytes.Repeat([]byte("0123456789abcdef\x00\xff"), size/18+1)[:size]
		a := arrival("a", fmt.Sprint(size), string(body))
		id, _, err := b.Accept(t.Context(), a)
		require.NoError(t, err)
		d, err := b.Find(t.Context(), id)
		require.NoError(t, err)
		read, err := io.ReadAll(b.Body(t.Context(), d))
		require.NoError(t, err)
		require.True(t, bytes.Equal(body, read), "%d bytes", size)
		require.EqualValues(t, size, d.Size)
	}
	before := chunks(t, db)
	_, fresh, err := b.Accept(t.Context(), arrival("a", fmt.Sprint(3<<20), strings.Repeat("x", 2<<20)))
	require.NoError(t, err)
	require.False(t, fresh)
	require.Equal(t, before, chunks(t, db))
}

func chunks(t *testing.T, db *store.DB) int64 {
	n, err := db.Blobs.Count(t.Context(), "owner")
	require.NoError(t, err)
	return n
}

// A body that breaks off is an error, and nothing is stored of it as a delivery.
func TestAcceptRefusesABodyThatBreaksOff(t *testing.T) {
	t.Parallel()
	b := newInbox(openDB(t), "one")
	broken := errors.New("connection reset")
	a := arrival("a", "key", "")
	a.Body = io.MultiReader(strings.NewReader(strings.Repeat("x", 100<<10)), failing{broken})
	_, _, err := b.Accept(t.Context(), a)
	require.ErrorIs(t, err, broken)
	n, err := b.Open(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestRunWorksOnEveryDeliveryOnce(t *testing.T) {
	t.Parallel()
	b := newInbox(openDB(t), "one")
	var handled sync.Map
	run(t, b, func(_ context.Context, d *contact.Delivery, _ contact.Body) (inbox.Result, error) {
		if _, twice := handled.LoadOrStore(d.ID, true); twice {
			return inbox.Result{}, errors.New("handled twice")
		}
		return inbox.Result{Outcome: contact.Recorded}, nil
	})
	for i := range 200 {
		_, _, err := b.Accept(t.Context(), arrival([]string{"a", "b"}[i%2], fmt.Sprint(i), "x"))
		require.NoError(t, err)
	}
	drained(t, b)
	count := 0
	handled.Range(func(any, any) bool { count++; return true })
	require.Equal(t, 200, count)
}

// Two gateways on one store share its deliveries: each is done, and none is left.
func TestTwoGatewaysShareTheWork(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	one, two := newInbox(db, "one"), newInbox(db, "two")
	for i := range 300 {
		_, _, err := one.Accept(t.Context(), arrival("a", fmt.Sprint(i), "x"))
		require.NoError(t, err)
	}
	var done atomic.Int64
	handle := func(context.Context, *contact.Delivery, contact.Body) (inbox.Result, error) {
		done.Add(1)
		return inbox.Result{Outcome: contact.Recorded}, nil
	}
	run(t, one, handle)
	run(t, two, handle)
	drained(t, one)
	n, err := db.Deliveries.Count(t.Context(), "outcome", string(contact.Recorded), "a")
	require.NoError(t, err)
	require.EqualValues(t, 300, n)
	require.GreaterOrEqual(t, done.Load(), int64(300))
}

// A failing delivery is tried again and, after the last attempt, dead; a panic is a failure like any other; others are not held up; a replay begins anew.
func TestAPoisonousDeliveryDiesAndCanBeReplayed(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	b := newInbox(db, "one")
	var mended atomic.Bool
	run(t, b, func(ctx context.Context, d *contact.Delivery, body contact.Body) (inbox.Result, error) {
		if d.Key == "poison" && !mended.Load() {
			panic("customer's text")
		}
		return recorded(ctx, d, body)
	})
	id, _, err := b.Accept(t.Context(), arrival("a", "poison", "x"))
	require.NoError(t, err)
	_, _, err = b.Accept(t.Context(), arrival("a", "fine", "x"))
	require.NoError(t, err)
	drained(t, b)
	d, err := b.Find(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, contact.Dead, d.Outcome)
	require.Equal(t, 3, d.Attempts)
	require.NotContains(t, d.Error, "customer's text")

	mended.Store(true)
	require.NoError(t, b.Replay(t.Context(), id))
	drained(t, b)
	d, err = b.Find(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, contact.Recorded, d.Outcome)
	require.Empty(t, d.Error)
}

// A delivery whose worker vanished is taken over when its lease ends, and at once on a store that only one process can be using.
func TestReleaseFreesWhatAFormerProcessHeld(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	gone := newInbox(db, "gone")
	_, _, err := gone.Accept(t.Context(), arrival("a", "key", "x"))
	require.NoError(t, err)
	held, err := gone.Claim(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, held, 1)
	next := newInbox(db, "next")
	claimed, err := next.Claim(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, claimed)
	require.NoError(t, next.Release(t.Context()))
	claimed, err = next.Claim(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, claimed, 1)
}

// Deliveries of a source that is no longer configured stay where they are.
func TestClaimLeavesUnconfiguredSourcesAlone(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	b := newInbox(db, "one")
	_, _, err := b.Accept(t.Context(), arrival("gone", "key", "x"))
	require.NoError(t, err)
	claimed, err := b.Claim(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, claimed)
}

func TestReplayOfAnUnknownDeliveryIsNotFound(t *testing.T) {
	t.Parallel()
	err := newInbox(openDB(t), "one").Replay(t.Context(), "dlv_none")
	require.Equal(t, contact.NotFound, contact.KindOf(err))
}

// What was accepted in this very millisecond is due: a contact at a quiet time must not wait for the next poll.
func TestClaimTakesWhatHasJustBeenAccepted(t *testing.T) {
	t.Parallel()
	b := newInbox(openDB(t), "one")
	for n := range 200 {
		a := arrival("a", fmt.Sprint("key-", n), "x")
		a.ReceivedAt = time.Now()
		_, _, err := b.Accept(t.Context(), a)
		require.NoError(t, err)
		claimed, err := b.Claim(t.Context(), 1)
		require.NoError(t, err)
		require.Len(t, claimed, 1)
	}
}
