package email_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/adapters/email"
	"usher/gateway/contact"
)

func dial(t testing.TB, address string) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(address, nil)
	require.NoError(t, err)
	require.NoError(t, c.Login(user, password).Wait())
	return c
}

// What lies there comes in, what arrives while it waits comes in at once, each once and whole, and is marked when it is stored.
func TestEachMailIsStoredOnceAndThenMarked(t *testing.T) {
	t.Parallel()
	s, d := startServer(t), newDesk()
	s.fill("INBOX", 0, 450)
	s.append("INBOX", mail(450)+big)
	run(t, d, s.address(), "start_from: all")
	d.stored(t, 451)
	d.waiting(t)
	s.fill("INBOX", 451, 460)
	d.stored(t, 460)
	d.waiting(t)
	require.Equal(t, 460, s.flagged("INBOX", "$Ingested"))
	require.Zero(t, s.flagged("INBOX", imap.FlagSeen), "people read mail, usher does not")
	u := d.unit()
	require.EqualValues(t, 460, u.Seen)
	require.Zero(t, u.Quarantined)
	require.Equal(t, mail(7), d.bodies["INBOX:1:8"])
	require.Equal(t, 460, d.offers)
}

func TestStartFromNowLeavesOldMailsAlone(t *testing.T) {
	t.Parallel()
	s, d := startServer(t), newDesk()
	s.fill("INBOX", 0, 5)
	run(t, d, s.address(), "start_from: now")
	d.waiting(t)
	s.fill("INBOX", 5, 8)
	d.stored(t, 3)
	require.Contains(t, d.arrivals, "INBOX:1:6")
	require.Len(t, d.arrivals, 3)
}

// Several folders, each with its own numbering: the same UID in two of them is two mails.
func TestFoldersDoNotCollide(t *testing.T) {
	t.Parallel()
	s, d := startServer(t), newDesk()
	require.NoError(t, s.user.Create("Sales", nil))
	s.fill("INBOX", 0, 10)
	s.fill("Sales", 10, 20)
	run(t, d, s.address(), "start_from: all, folders: [INBOX, Sales]")
	d.stored(t, 20)
}

// A restart goes on where the last run stopped, and looks again at nothing.
func TestARestartGoesOn(t *testing.T) {
	t.Parallel()
	s, d := startServer(t), newDesk()
	s.fill("INBOX", 0, 20)
	stop := run(t, d, s.address(), "start_from: all")
	d.stored(t, 20)
	stop()
	s.fill("INBOX", 20, 30)
	run(t, d, s.address(), "start_from: all")
	d.stored(t, 30)
	d.waiting(t)
	require.Equal(t, 30, d.offers)
}

// The server goes away while it is waited on, and comes back.
func TestALostConnectionIsMadeAgain(t *testing.T) {
	t.Parallel()
	s, d := startServer(t), newDesk()
	s.fill("INBOX", 0, 3)
	run(t, d, s.address(), "start_from: all")
	d.stored(t, 3)
	d.waiting(t)
	s.restart()
	s.fill("INBOX", 3, 6)
	d.stored(t, 6)
}

// A folder that was deleted and made anew numbers from one again: nothing is taken for what it was.
func TestAFolderNumberedAnewIsReadAnew(t *testing.T) {
	t.Parallel()
	s, d := startServer(t), newDesk()
	require.NoError(t, s.user.Create("Sales", nil))
	s.fill("Sales", 0, 5)
	stop := run(t, d, s.address(), "start_from: all, folders: [Sales]")
	d.stored(t, 5)
	stop()
	require.NoError(t, s.user.Delete("Sales"))
	require.NoError(t, s.user.Create("Sales", nil))
	s.fill("Sales", 100, 103)
	stop = run(t, d, s.address(), "start_from: now, folders: [Sales], on_uidvalidity_change: stop")
	d.until(t, "stopped", func() bool { return d.units[0].State == contact.Stopped })
	require.Len(t, d.arrivals, 5)
	stop()
	run(t, d, s.address(), "start_from: now, folders: [Sales]")
	d.until(t, "read anew", func() bool { return len(d.arrivals) == 8 })
	d.waiting(t)
	require.EqualValues(t, 3, d.unit().Seen, "of this numbering")
}

// The newest mail that was read counts by when the server received it, not by when it was stored: an old mailbox that was read today and is numbered anew tomorrow has mails of long ago that were not read yet.
func TestSinceLastGoesByTheDatesOfTheServer(t *testing.T) {
	t.Parallel()
	s, d := startServer(t), newDesk()
	received := func(n int) time.Time { return time.Date(2024, time.March, n, 12, 0, 0, 0, time.UTC) }
	fill := func(from, to int) {
		for n := from; n <= to; n++ {
			s.appendAt("Sales", mail(n), received(n))
		}
	}
	require.NoError(t, s.user.Create("Sales", nil))
	fill(1, 10)
	const section = "start_from: all, folders: [Sales], on_uidvalidity_change: since_last"
	stop := run(t, d, s.address(), section)
	d.stored(t, 10)
	d.waiting(t)
	stop()
	require.NoError(t, s.user.Delete("Sales"))
	require.NoError(t, s.user.Create("Sales", nil))
	fill(1, 13)
	d.units = nil
	run(t, d, s.address(), section)
	d.waiting(t)
	require.EqualValues(t, 6, d.unit().Stored, "of the 8th to the 13th")
	require.Len(t, d.arrivals, 16)
}

func TestStoredMailsAreMoved(t *testing.T) {
	t.Parallel()
	for name, caps := range map[string][]imap.Cap{
		"by MOVE":            nil,
		"by copy and delete": {imap.CapIMAP4rev1, imap.CapIdle, imap.CapUIDPlus},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, d := startServer(t, caps...), newDesk()
			s.fill("INBOX", 0, 12)
			run(t, d, s.address(), "start_from: all, after: 'move:Done'")
			d.stored(t, 12)
			d.until(t, "moved", func() bool { return s.count("Done") == 12 })
			require.Zero(t, s.count("INBOX"))
		})
	}
}

// A server without MOVE and UIDPLUS cannot delete single mails: they stay, marked.
func TestWithoutUIDPLUSNothingIsExpunged(t *testing.T) {
	t.Parallel()
	s, d := startServer(t, imap.CapIMAP4rev1), newDesk()
	s.fill("INBOX", 0, 4)
	run(t, d, s.address(), "start_from: all, after: 'move:Done'")
	d.stored(t, 4)
	d.waiting(t)
	require.Equal(t, 4, s.count("INBOX"))
	require.Equal(t, 4, s.count("Done"))
	require.Equal(t, 4, s.flagged("INBOX", "$Ingested"))
}

// Whoever stopped between storing and marking finds it marked after the next start; nothing is fetched again.
func TestAMarkThatIsMissingIsMade(t *testing.T) {
	t.Parallel()
	s, d := startServer(t), newDesk()
	s.fill("INBOX", 0, 6)
	stop := run(t, d, s.address(), "start_from: all, after: none")
	d.stored(t, 6)
	stop()
	require.Zero(t, s.flagged("INBOX", "$Ingested"))
	run(t, d, s.address(), "start_from: all, after: keyword")
	d.until(t, "marked", func() bool { return s.flagged("INBOX", "$Ingested") == 6 })
	require.Equal(t, 6, d.offers)
}

// A mail that became visible behind a later one is found by looking back.
func TestAMailThatIsMissingBehindTheMarkIsFetched(t *testing.T) {
	t.Parallel()
	s, d := startServer(t), newDesk()
	s.fill("INBOX", 0, 6)
	stop := run(t, d, s.address(), "start_from: all")
	d.stored(t, 6)
	stop()
	delete(d.arrivals, "INBOX:1:3")
	run(t, d, s.address(), "start_from: all")
	d.until(t, "fetched", func() bool { return d.arrivals["INBOX:1:3"] != "" })
}

// While nothing can be stored nothing is marked, and the place stays.
func TestWhatCannotBeStoredStaysOnTheServer(t *testing.T) {
	t.Parallel()
	s, d := startServer(t), newDesk()
	d.full = true
	s.fill("INBOX", 0, 6)
	run(t, d, s.address(), "start_from: all")
	d.until(t, "backing off", func() bool { return len(d.units) > 0 && d.units[0].State == contact.BackingOff })
	require.Zero(t, s.flagged("INBOX", "$Ingested"))
	require.Zero(t, d.unit().Seen)
	d.mutex.Lock()
	d.full = false
	d.mutex.Unlock()
	d.stored(t, 6)
}

func TestALargeMailIsCutOrPutAside(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]string{"cut": "oversize: headers_only", "aside": "oversize: quarantine"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, d := startServer(t), newDesk()
			s.append("INBOX", mail(0)+big)
			s.fill("INBOX", 1, 3)
			run(t, d, s.address(), "start_from: all, max_message: 128KiB, "+more)
			d.waiting(t)
			u := d.unit()
			require.EqualValues(t, 3, u.Seen)
			if name == "aside" {
				require.EqualValues(t, 1, u.Quarantined)
				require.Equal(t, "larger than email.max_message", u.Holes[0].Reason)
				return
			}
			require.Zero(t, u.Quarantined)
			require.Len(t, d.bodies["INBOX:1:1"], 256<<10)
			require.Contains(t, d.headers["INBOX:1:1"], contact.Pair{Name: "Usher-Size", Value: strconv.Itoa(len(mail(0) + big))})
		})
	}
}

// Whoever mistypes a folder is shown those that there are.
func TestACheckNamesTheFolders(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	require.NoError(t, s.user.Create("Sales", nil))
	check := func() adapters.Finding {
		built, err := email.New(source(t, s.address(), "folders: [Sale]"))
		require.NoError(t, err)
		found := built.(adapters.Poller).Check(t.Context())
		return found[len(found)-1]
	}
	require.Equal(t, adapters.Finding{What: "folder Sale", State: "wrong", Detail: "selecting folder: the server said NO NONEXISTENT; there are INBOX, Sales"}, check())
	for n := range 25 {
		require.NoError(t, s.user.Create(fmt.Sprintf("A%02d", n), nil))
	}
	require.Contains(t, check().Detail, "; there are A00, ")
	require.Contains(t, check().Detail, "A19 and 7 more")
}

// A refusal without a code ends where it ends.
func TestARefusalIsSaidWithoutABlank(t *testing.T) {
	t.Parallel()
	s := newScript(1)
	s.answer = func(t *talk, command, line string) bool {
		if command == "SELECT" {
			t.say("%s NO no such folder", strings.Fields(line)[0])
		}
		return command == "SELECT"
	}
	scripted(t, s, "", func(b *bubble) {
		b.until(b.T, "failed", func() bool { return len(b.units) > 0 && b.units[0].State == contact.BackingOff })
		require.Equal(b, "selecting folder: the server said NO", b.unit().Error)
	})
}
