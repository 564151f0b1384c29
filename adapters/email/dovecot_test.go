package email_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/adapters/email"
	"usher/adapters/email/dovecottest"
	"usher/config"
	"usher/gateway/contact"
)

// dovecotSource is the configuration of a mailbox by its section.
func dovecotSource(t testing.TB, m *dovecottest.Mailbox, section string) adapters.Source {
	t.Helper()
	cfg, err := config.Parse("test", fmt.Appendf(nil, "sources:\n  - {name: mail, adapter: email, secrets: [%q], email: %s}\n", m.Password, section), nil)
	require.NoError(t, err)
	return adapters.Source{Name: "mail", Region: "DE", Secrets: [][]byte{[]byte(m.Password)}, Decode: cfg.Sources[0].Decode}
}

func mails(from, to int) []string {
	var all []string
	for n := from; n < to; n++ {
		all = append(all, mail(n))
	}
	return all
}

func sum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// texts counts by content what a desk has.
func (d *desk) texts() map[string]int {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	count := map[string]int{}
	for _, text := range d.arrivals {
		count[text]++
	}
	return count
}

// What lies there comes in, and what arrives while it waits wakes it: nothing else would within the hour.
func TestDovecotWakesTheReader(t *testing.T) {
	t.Parallel()
	m, d := dovecottest.New(t), newDesk()
	m.Deliver(mails(0, 600)...)
	runSource(t, d, dovecotSource(t, m, m.Section("start_from: all, poll_interval: 1h")))
	d.stored(t, 600)
	d.waiting(t)
	for n := 600; n < 605; n++ {
		m.Append("INBOX", mail(n))
		d.stored(t, n+1)
		d.waiting(t)
	}
	d.until(t, "all marked", func() bool { return m.Count("INBOX", "$Ingested") == 605 })
	require.Zero(t, m.Count("INBOX", imap.FlagSeen))
	require.Equal(t, 605, d.offers)
	texts := d.texts()
	for n := range 605 {
		require.Equal(t, 1, texts[sum(mail(n))], "mail %d", n)
	}
}

// markedDesk looks, before each mail is stored, whether it is marked already.
type markedDesk struct {
	*desk
	mutex sync.Mutex
	other *imapclient.Client
	early []string
}

func (d *markedDesk) Accept(ctx context.Context, a adapters.Arrival) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	var validity, uid uint32
	if _, err := fmt.Sscanf(a.Key, "INBOX:%d:%d", &validity, &uid); err != nil {
		return err
	}
	found, err := d.other.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{imap.UIDSetNum(imap.UID(uid))}, Flag: []imap.Flag{"$Ingested"}}, nil).Wait()
	if err != nil {
		return err
	}
	if len(found.AllUIDs()) > 0 {
		d.early = append(d.early, a.Key)
	}
	return d.desk.Accept(ctx, a)
}

// A mark says that the mail is stored: it is not there before.
func TestDovecotMailsAreMarkedOnlyWhenStored(t *testing.T) {
	t.Parallel()
	m := dovecottest.New(t)
	m.Deliver(mails(0, 300)...)
	d := &markedDesk{desk: newDesk(), other: m.Dial()}
	_, err := d.other.Select("INBOX", nil).Wait()
	require.NoError(t, err)
	d.full = true
	runSource(t, d, dovecotSource(t, m, m.Section("start_from: all")))
	d.until(t, "backing off", func() bool { return len(d.units) > 0 && d.units[0].State == contact.BackingOff })
	require.Zero(t, m.Count("INBOX", "$Ingested"))
	d.desk.mutex.Lock()
	d.full = false
	d.desk.mutex.Unlock()
	d.stored(t, 300)
	d.until(t, "all marked", func() bool { return m.Count("INBOX", "$Ingested") == 300 })
	d.mutex.Lock()
	defer d.mutex.Unlock()
	require.Empty(t, d.early)
}

func TestDovecotMailsAreMoved(t *testing.T) {
	t.Parallel()
	m, d := dovecottest.New(t), newDesk()
	m.Deliver(mails(0, 250)...)
	runSource(t, d, dovecotSource(t, m, m.Section("start_from: all, after: 'move:Erledigt.Für Usher'")))
	d.stored(t, 250)
	d.waiting(t)
	require.Equal(t, 250, m.Count("Erledigt.Für Usher", ""))
	require.Zero(t, m.Count("INBOX", ""))
	require.Equal(t, 250, d.offers)
}

// A folder that is deleted and made anew under a session is unseen by that session: it selects the folder anew whenever nothing has come for a while, and finds other mails under the same numbers.
func TestDovecotFolderMadeAnewIsReadAnew(t *testing.T) {
	t.Parallel()
	m, d := dovecottest.New(t), newDesk()
	m.Create("Sales")
	m.Append("Sales", mails(0, 5)...)
	runSource(t, d, dovecotSource(t, m, m.Section("start_from: all, folders: [Sales], idle: false, poll_interval: 5s")))
	d.stored(t, 5)
	d.waiting(t)
	c := m.Dial()
	require.NoError(t, c.Delete("Sales").Wait())
	m.Create("Sales")
	m.Append("Sales", mails(100, 103)...)
	d.until(t, "read anew", func() bool { return len(d.arrivals) == 8 && d.units[0].Stored == 3 })
	for n := 100; n < 103; n++ {
		require.Equal(t, 1, d.texts()[sum(mail(n))])
	}
}

// The server has lost its indexes: the same mails under other numbers. They are all offered again, under other keys, and none is missing.
func TestDovecotWithoutItsIndexesIsReadAnew(t *testing.T) {
	t.Parallel()
	m, d := dovecottest.New(t), newDesk()
	m.Deliver(mails(0, 40)...)
	section := m.Section("start_from: now, poll_interval: 5s")
	stop := runSource(t, d, dovecotSource(t, m, m.Section("start_from: all")))
	d.stored(t, 40)
	d.waiting(t)
	stop()
	m.Forget()
	runSource(t, d, dovecotSource(t, m, section))
	d.until(t, "offered again", func() bool { return len(d.arrivals) == 80 && d.units[0].Stored == 40 })
	texts := d.texts()
	for n := range 40 {
		require.Equal(t, 2, texts[sum(mail(n))], "mail %d", n)
	}
	d.waiting(t)
	require.EqualValues(t, 40, d.unit().Seen)
}

// Others read, flag and delete mails while they are fetched. Whatever they leave is stored, whole, and nothing is taken for lost.
func TestDovecotUnderFlagsAndDeletes(t *testing.T) {
	t.Parallel()
	const n = 2000
	m, d := dovecottest.New(t), newDesk()
	m.Deliver(mails(0, n)...)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	ctx, cancel := context.WithCancel(t.Context())
	var others sync.WaitGroup
	defer others.Wait()
	defer cancel()
	deletes := m.Dial()
	_, err := deletes.Select("INBOX", nil).Wait() // from here on the numbers are given
	require.NoError(t, err)
	for i := range uint64(2) {
		c := m.Dial()
		_, err := c.Select("INBOX", nil).Wait()
		require.NoError(t, err)
		others.Go(func() { storm(ctx, t, c, rand.New(rand.NewPCG(seed, i)), n) })
	}
	runSource(t, d, dovecotSource(t, m, m.Section("start_from: all")))
	deleted := map[int]bool{}
	random := rand.New(rand.NewPCG(seed, 9))
	for range 40 {
		var set imap.UIDSet
		for range 5 {
			i := random.IntN(n)
			deleted[i] = true
			set.AddNum(imap.UID(i + 1))
		}
		require.NoError(t, deletes.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close())
		require.NoError(t, deletes.UIDExpunge(set).Close())
	}
	d.stored(t, n-len(deleted))
	m.Append("INBOX", mail(n)) // when the last one is there, all before it were
	d.until(t, "the last one", func() bool {
		for _, text := range d.arrivals {
			if text == sum(mail(n)) {
				return true
			}
		}
		return false
	})
	d.waiting(t)
	texts := d.texts()
	for i := range n {
		if !deleted[i] {
			require.Equal(t, 1, texts[sum(mail(i))], "mail %d", i)
		}
		delete(texts, sum(mail(i)))
	}
	require.Len(t, texts, 1, "bodies that nobody sent")
	require.Zero(t, d.unit().Quarantined, "%+v", d.unit().Holes)
}

// storm sets and takes away flags until ctx ends.
func storm(ctx context.Context, t *testing.T, c *imapclient.Client, random *rand.Rand, n int) {
	flags := []imap.Flag{imap.FlagSeen, imap.FlagFlagged, imap.FlagAnswered, "$Work"}
	for ctx.Err() == nil {
		from := imap.UID(1 + random.IntN(n))
		set := imap.UIDSet{imap.UIDRange{Start: from, Stop: from + imap.UID(random.IntN(200))}}
		op := []imap.StoreFlagsOp{imap.StoreFlagsAdd, imap.StoreFlagsDel}[random.IntN(2)]
		// A mail that has been deleted meanwhile makes it NO; the storm goes on.
		if err := c.Store(set, &imap.StoreFlags{Op: op, Flags: []imap.Flag{flags[random.IntN(len(flags))]}}, nil).Close(); err != nil && c.State() != imap.ConnStateSelected {
			t.Errorf("storming: %v", err)
			return
		}
	}
}

// Folders with names of every kind, each with its own numbers.
func TestDovecotFoldersDoNotCollide(t *testing.T) {
	t.Parallel()
	m, d := dovecottest.New(t), newDesk()
	folders := []string{"INBOX", "Sales", "Sales.Köln & Bonn", "日本"}
	m.Create(folders[1:]...)
	for i, folder := range folders {
		m.Append(folder, mails(20*i, 20*i+20)...)
	}
	runSource(t, d, dovecotSource(t, m, m.Section("start_from: all, folders: [INBOX, Sales, 'Sales.Köln & Bonn', 日本]")))
	d.stored(t, 80)
	d.waiting(t)
	for i, folder := range folders {
		require.Equal(t, 20, m.Count(folder, "$Ingested"), folder)
		require.Equal(t, folder, d.units[i].Name)
		require.EqualValues(t, 20, d.units[i].Stored, folder)
	}
	require.Len(t, d.texts(), 80)
}

// Reading that is told to change nothing changes nothing: the server's count of changes (RFC 7162) stands still.
func TestDovecotAfterNoneLeavesNoTrace(t *testing.T) {
	t.Parallel()
	m, d := dovecottest.New(t), newDesk()
	m.Deliver(mails(0, 30)...)
	c := m.Dial()
	_, err := c.Select("INBOX", nil).Wait()
	require.NoError(t, err)
	require.NoError(t, c.Unselect().Wait())
	changes := func() uint64 {
		data, err := c.Status("INBOX", &imap.StatusOptions{HighestModSeq: true, NumMessages: true}).Wait()
		require.NoError(t, err)
		require.EqualValues(t, 30, *data.NumMessages)
		return data.HighestModSeq
	}
	before := changes()
	stop := runSource(t, d, dovecotSource(t, m, m.Section("start_from: all, after: none")))
	d.stored(t, 30)
	d.waiting(t)
	stop()
	require.NotZero(t, before)
	require.Equal(t, before, changes())
	run := runSource(t, d, dovecotSource(t, m, m.Section("start_from: all, after: keyword")))
	d.until(t, "marked", func() bool { return m.Count("INBOX", "$Ingested") == 30 })
	run()
	require.Greater(t, changes(), before, "the count does move")
}

func TestDovecotIsReadOverTLS(t *testing.T) {
	t.Parallel()
	m := dovecottest.New(t)
	m.Deliver(mails(0, 12)...)
	secure := net.JoinHostPort("127.0.0.1", strconv.Itoa(m.TLSPort))
	for name, section := range map[string]string{
		"implicit": m.SectionAt(secure, fmt.Sprintf("tls: implicit, ca_file: %q, start_from: all", m.CAFile)),
		"starttls": m.SectionAt(m.Address, fmt.Sprintf("tls: starttls, ca_file: %q, start_from: all", m.CAFile)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk()
			stop := runSource(t, d, dovecotSource(t, m, section))
			d.stored(t, 12)
			stop()
		})
	}
	for name, section := range map[string]string{
		"implicit, unknown authority": m.SectionAt(secure, "tls: implicit, start_from: all"),
		"starttls, unknown authority": m.SectionAt(m.Address, "tls: starttls, start_from: all"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk()
			stop := runSource(t, d, dovecotSource(t, m, section))
			d.until(t, "backing off", func() bool { return len(d.units) > 0 && d.units[0].State == contact.BackingOff })
			require.Contains(t, d.unit().Error, "certificate")
			stop()
			require.Empty(t, d.arrivals)
		})
	}
}

func TestDovecotRefusesAWrongPassword(t *testing.T) {
	t.Parallel()
	m, d := dovecottest.New(t), newDesk()
	m.Deliver(mails(0, 3)...)
	wrong := dovecotSource(t, m, m.Section("start_from: all"))
	wrong.Secrets = [][]byte{[]byte("wrong")}
	stop := runSource(t, d, wrong)
	d.until(t, "refused", func() bool { return len(d.units) > 0 && d.units[0].State == contact.AuthFailed })
	stop()
	require.NotContains(t, d.unit().Error, m.User)
	require.Empty(t, d.arrivals)

	rotating := dovecotSource(t, m, m.Section("start_from: all"))
	rotating.Secrets = [][]byte{[]byte("wrong"), []byte(m.Password)}
	runSource(t, d, rotating)
	d.stored(t, 3)
}

// What doctor says of a mailbox, and that asking leaves no trace.
func TestDovecotIsChecked(t *testing.T) {
	t.Parallel()
	m := dovecottest.New(t)
	m.Deliver(mails(0, 7)...)
	check := func(from adapters.Source) []adapters.Finding {
		built, err := email.New(from)
		require.NoError(t, err)
		return built.(adapters.Poller).Check(t.Context())
	}
	require.Equal(t, []adapters.Finding{
		{What: "name", State: "ok", Detail: "1 addresses"},
		{What: "connection", State: "ok", Detail: "none TLS"},
		{What: "sign-in", State: "ok"},
		{What: "capabilities", State: "ok", Detail: "IDLE, MOVE, UIDPLUS"},
		{What: "folder INBOX", State: "ok", Detail: "7 mails; a mail can be marked"},
	}, check(dovecotSource(t, m, m.Section("folders: [INBOX]"))))
	found := check(dovecotSource(t, m, m.Section("folders: [INBOX, Missing]")))
	require.Equal(t, "folder Missing", found[len(found)-1].What)
	require.Equal(t, "wrong", found[len(found)-1].State)
	require.Contains(t, found[len(found)-1].Detail, "selecting folder: the server said NO")
	require.Zero(t, m.Count("INBOX", "$Ingested"))
	require.Zero(t, m.Count("INBOX", imap.FlagSeen))

	wrong := dovecotSource(t, m, m.Section("start_from: all"))
	wrong.Secrets = [][]byte{[]byte("wrong")}
	found = check(wrong)
	require.Equal(t, adapters.Finding{What: "sign-in", State: "wrong", Detail: "the server refused the credentials"}, found[len(found)-1])

	found = check(dovecotSource(t, m, m.SectionAt(net.JoinHostPort("127.0.0.1", strconv.Itoa(m.TLSPort)), "tls: implicit")))
	require.Equal(t, "connection", found[len(found)-1].What)
	require.Contains(t, found[len(found)-1].Detail, "certificate")
}
