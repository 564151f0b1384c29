package polling

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/gateway/contact"
	"usher/gateway/inbox"
	"usher/gateway/store"
	"usher/gateway/store/mongo"
	"usher/gateway/store/mongo/mongotest"
	"usher/gateway/store/sqlite"
)

// shared is a store that several gateways may be using, whatever it is.
type shared struct{ store.Driver }

func (shared) Exclusive() bool { return false }

func openSQLite(t *testing.T) store.Driver {
	driver, err := sqlite.Open(filepath.Join(t.TempDir(), "usher.db"))
	require.NoError(t, err)
	return driver
}

func openDB(t *testing.T, driver store.Driver) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), driver)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func onEachStore(t *testing.T, run func(t *testing.T, db *store.DB)) {
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); run(t, openDB(t, shared{openSQLite(t)})) })
	t.Run("mongo", func(t *testing.T) {
		t.Parallel()
		driver, err := mongo.Open(t.Context(), mongotest.URI(t))
		require.NoError(t, err)
		run(t, openDB(t, driver))
	})
}

// gateway is one of those that share a store, with a clock of its own that runs ahead.
func gateway(db *store.DB, owner string, ahead time.Duration) *Polling {
	log := slog.New(slog.DiscardHandler)
	box := inbox.New(db, inbox.Options{Sources: []string{"mail"}, Workers: 1, Lease: time.Minute, MaxAttempts: 3, Retention: time.Hour, Owner: owner}, log, nil)
	p := New(db, box, owner, log)
	p.now = func() time.Time { return store.Now().Add(ahead) }
	return p
}

var source = Source{Name: "mail", Kind: "email"}

func mail(key string) adapters.Arrival {
	return adapters.Arrival{Key: key, ContentType: "message/rfc822", Body: strings.NewReader("Subject: " + key), ReceivedAt: time.Now()}
}

// A lease is held by one, until it is given back.
func TestALeaseIsHeldByOne(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, db *store.DB) {
		one, two := gateway(db, "one", 0), gateway(db, "two", leaseTime+skew/5)
		held, err := one.acquire(t.Context(), source)
		require.NoError(t, err)
		_, err = two.acquire(t.Context(), source)
		require.ErrorIs(t, err, errHeld, "it is not over yet, or the clocks differ")
		require.NoError(t, held.Save(t.Context(), "here", nil))
		held.release(t.Context())
		next, err := two.acquire(t.Context(), source)
		require.NoError(t, err)
		var place string
		require.NoError(t, next.Place(&place))
		require.Equal(t, "here", place)
		require.ErrorIs(t, held.Save(t.Context(), "back", nil), errLost)
	})
}

// Many at once, and one has it.
func TestManyAskForALease(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, db *store.DB) {
		var all sync.WaitGroup
		results := make(chan error, 20)
		for n := range 20 {
			p := gateway(db, string(rune('a'+n)), 0)
			all.Go(func() {
				_, err := p.acquire(t.Context(), source)
				results <- err
			})
		}
		all.Wait()
		close(results)
		held := 0
		for err := range results {
			if !errors.Is(err, errHeld) {
				require.NoError(t, err)
				held++
			}
		}
		require.Equal(t, 1, held)
	})
}

// An owner that was paused for longer than its lease comes back: what it hands in is there already or does no harm, what it saves is refused, and it gives away nobody's lease.
func TestAPausedOwnerIsFencedOut(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, db *store.DB) {
		paused, err := gateway(db, "paused", 0).acquire(t.Context(), source)
		require.NoError(t, err)
		require.NoError(t, paused.Save(t.Context(), 1, nil))
		owner, err := gateway(db, "owner", leaseTime+skew+time.Second).acquire(t.Context(), source)
		require.NoError(t, err, "its time is over")
		require.NoError(t, owner.Accept(t.Context(), mail("1")))
		require.NoError(t, owner.Save(t.Context(), 2, []contact.Unit{{Name: "INBOX"}}))

		require.NoError(t, paused.Accept(t.Context(), mail("1")), "a repeat")
		require.NoError(t, paused.Accept(t.Context(), mail("2")))
		require.ErrorIs(t, paused.Save(t.Context(), 3, nil), errLost)
		paused.release(t.Context())

		polled, err := db.Polled.Find(t.Context(), db.PolledID("mail"))
		require.NoError(t, err)
		require.Equal(t, "owner", polled.Owner)
		require.EqualValues(t, 2, polled.Epoch)
		require.Equal(t, "2", polled.Place)
		require.Len(t, polled.Units, 1)
		accepted, err := owner.Accepted(t.Context(), []string{"1", "2", "3"})
		require.NoError(t, err)
		require.Equal(t, map[string]bool{"1": true, "2": true, "3": false}, accepted)
		n, err := db.Deliveries.Count(t.Context(), "outcome", string(contact.Accepted), "mail")
		require.NoError(t, err)
		require.EqualValues(t, 2, n)
		require.NoError(t, owner.Save(t.Context(), 4, nil), "the owner goes on")
	})
}

// On a store that is one process's own, a former process's lease holds nobody up.
func TestAnExclusiveStoreHasNoFormerOwners(t *testing.T) {
	t.Parallel()
	db := openDB(t, openSQLite(t))
	former, err := gateway(db, "former", 0).acquire(t.Context(), source)
	require.NoError(t, err)
	_, err = gateway(db, "now", 0).acquire(t.Context(), source)
	require.NoError(t, err)
	require.ErrorIs(t, former.Save(t.Context(), 1, nil), errLost)
}
