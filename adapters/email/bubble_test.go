package email_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/adapters/email"
	"usher/gateway/contact"
)

// bubble is a run over a scripted server, in time of its own.
type bubble struct {
	*desk
	*script
	*testing.T
}

// scripted runs a mailbox over a scripted server.
func scripted(t *testing.T, s *script, more string, then func(b *bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, s)
		b.run(more)
		then(b)
	})
}

func newBubble(t *testing.T, s *script) *bubble {
	b := &bubble{newDesk(), s, t}
	b.patience, b.tick = 3*time.Hour, time.Second
	return b
}

func (b *bubble) run(more string) (stop func()) {
	b.Helper()
	return b.over(source(b, "127.0.0.1:1", "start_from: all, "+more))
}

func (b *bubble) over(from adapters.Source) (stop func()) {
	b.Helper()
	built, err := email.New(from)
	require.NoError(b, err)
	email.Over(built, b.connect, nil)
	return runBuilt(b, b.desk, built)
}

// whole waits until the place has come to a number of mails, and checks that all but those put aside are stored as they are, and that the counts agree.
func (b *bubble) whole(seen, aside, gone int) {
	b.Helper()
	b.until(b.T, "all seen", func() bool {
		u := b.units
		return len(u) > 0 && u[0].State == contact.Waiting && u[0].Seen == int64(seen) && u[0].Quarantined == int64(aside) && u[0].Gone == int64(gone)
	})
	b.exact()
	require.Zero(b, b.unit().Missing())
	require.EqualValues(b, seen-aside-gone, b.unit().Stored)
	require.Len(b, b.arrivals, seen-aside-gone)
}

// exact checks that what is stored is what lies there.
func (b *bubble) exact() {
	b.Helper()
	b.desk.mutex.Lock()
	defer b.desk.mutex.Unlock()
	b.script.mutex.Lock()
	defer b.script.mutex.Unlock()
	for uid, text := range b.mails {
		if stored, ok := b.bodies[fmt.Sprintf("%s:%d:%d", b.units[0].Name, b.validity, uid)]; ok {
			require.Equal(b, text, stored)
		}
	}
}

func wait(b *bubble, d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// A plain server: what the other tests rest on.
func TestAScriptedMailboxIsReadOnce(t *testing.T) {
	t.Parallel()
	scripted(t, newScript(5), "", func(b *bubble) {
		b.whole(5, 0, 0)
		b.add()
		wait(b, time.Hour)
		b.whole(6, 0, 0)
		require.Equal(b, 6, b.offers)
		require.Equal(b, 1, b.dials)
	})
}
