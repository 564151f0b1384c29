package email_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/gateway/contact"
)

// desk is an inbox in memory: what a mailbox has handed in, and where it stands.
type desk struct {
	mutex    sync.Mutex
	arrivals map[string]string // the SHA-256 of each body, by key
	bodies   map[string]string // small ones
	headers  map[string][]contact.Pair
	offers   int // with repeats
	place    []byte
	units    []contact.Unit
	aside    int64 // the most that were put aside at a time
	changed  chan struct{}
	full     bool          // nothing can be stored
	patience time.Duration // until waits no longer
	tick     time.Duration // two of a test may wait on one desk, and only one is told
}

func newDesk() *desk {
	return &desk{arrivals: map[string]string{}, bodies: map[string]string{}, headers: map[string][]contact.Pair{}, changed: make(chan struct{}, 1), patience: 30 * time.Second, tick: 20 * time.Millisecond}
}

var errFull = errors.New("disk is full")

func (d *desk) Accept(_ context.Context, a adapters.Arrival) error {
	text, err := io.ReadAll(a.Body)
	if err != nil {
		return err
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.full {
		return errFull
	}
	sum := sha256.Sum256(text)
	if len(text) < 1<<20 {
		d.bodies[a.Key] = string(text)
	}
	d.arrivals[a.Key], d.headers[a.Key] = hex.EncodeToString(sum[:]), a.Header
	d.offers++
	d.signal()
	return nil
}

func (d *desk) Accepted(_ context.Context, keys []string) (map[string]bool, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	accepted := map[string]bool{}
	for _, key := range keys {
		_, accepted[key] = d.arrivals[key]
	}
	return accepted, nil
}

func (d *desk) Place(into any) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.place == nil {
		return nil
	}
	return json.Unmarshal(d.place, into)
}

func (d *desk) Save(_ context.Context, place any, units []contact.Unit) error {
	text, err := json.Marshal(place)
	if err != nil {
		return err
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.place, d.units = text, units
	for _, u := range units {
		d.aside = max(d.aside, u.Quarantined)
	}
	d.signal()
	return nil
}

func (d *desk) signal() {
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// until waits for what the desk shows.
func (d *desk) until(t *testing.T, what string, seen func() bool) {
	t.Helper()
	timeout := time.After(d.patience)
	for {
		d.mutex.Lock()
		ok := seen()
		d.mutex.Unlock()
		if ok {
			return
		}
		select {
		case <-d.changed:
		case <-time.After(d.tick):
		case <-timeout:
			d.mutex.Lock()
			defer d.mutex.Unlock()
			require.FailNow(t, "never: "+what, "%d stored, units %+v", len(d.arrivals), d.units)
		}
	}
}

// stored waits for a number of mails to be stored and counted.
func (d *desk) stored(t *testing.T, n int) {
	t.Helper()
	d.until(t, "all stored", func() bool {
		var counted int64
		for _, u := range d.units {
			counted += u.Stored
		}
		return len(d.arrivals) >= n && counted >= int64(n)
	})
}

// waiting waits until every folder is read to its end.
func (d *desk) waiting(t *testing.T) {
	t.Helper()
	d.until(t, "waiting", func() bool {
		for _, u := range d.units {
			if u.State != contact.Waiting {
				return false
			}
		}
		return len(d.units) > 0
	})
}

func (d *desk) unit() contact.Unit {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.units[0]
}
