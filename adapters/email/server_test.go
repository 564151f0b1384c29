package email_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/adapters/email"
	"usher/config"
)

// server is an IMAP server in memory with one user.
type server struct {
	t        testing.TB
	user     *imapmemserver.User
	listener net.Listener
	inner    *imapserver.Server
}

const (
	user     = "support@acme.example"
	password = "correct horse"
)

func startServer(t testing.TB, caps ...imap.Cap) *server {
	t.Helper()
	s := &server{t: t, user: imapmemserver.NewUser(user, password)}
	require.NoError(t, s.user.Create("INBOX", nil))
	s.listen("127.0.0.1:0", caps)
	t.Cleanup(func() { _ = s.inner.Close() }) // some tests have closed it
	return s
}

func (s *server) listen(address string, caps []imap.Cap) {
	if caps == nil {
		caps = []imap.Cap{imap.CapIMAP4rev1, imap.CapIdle, imap.CapMove, imap.CapUIDPlus}
	}
	set := imap.CapSet{}
	for _, c := range caps {
		set[c] = struct{}{}
	}
	memory := imapmemserver.New()
	memory.AddUser(s.user)
	s.inner = imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return memory.NewSession(), nil, nil
		},
		Caps:         set,
		InsecureAuth: true,
		Logger:       quiet{},
	})
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	require.NoError(s.t, err)
	s.listener = listener
	go func() { _ = s.inner.Serve(listener) }() // it ends when it is closed
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}

// restart cuts every connection and listens again at the same address.
func (s *server) restart() {
	s.t.Helper()
	address := s.listener.Addr().String()
	require.NoError(s.t, s.inner.Close())
	s.listen(address, nil)
}

// literal is a mail on its way into a folder.
type literal struct {
	*bytes.Reader
}

func (l literal) Size() int64 { return int64(l.Len()) }

func (s *server) append(folder, text string) {
	s.t.Helper()
	s.appendAt(folder, text, time.Time{})
}

// appendAt appends a mail as if it had been received then; zero: now.
func (s *server) appendAt(folder, text string, received time.Time) {
	s.t.Helper()
	_, err := s.user.Append(folder, literal{bytes.NewReader([]byte(text))}, &imap.AppendOptions{Time: received})
	require.NoError(s.t, err)
}

// fill appends mails, each different.
func (s *server) fill(folder string, from, to int) {
	s.t.Helper()
	for n := from; n < to; n++ {
		s.append(folder, mail(n))
	}
}

func mail(n int) string {
	return fmt.Sprintf("From: Ana Silva <ana%d@example.com>\r\nTo: %s\r\nSubject: Order %d\r\nMessage-ID: <%d@example.com>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nWhere is my order %d?\r\n", n%7, user, n, n, n)
}

// source is the configuration of a mailbox on a server; more is YAML of the section.
func source(t testing.TB, address, more string) adapters.Source {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	text := fmt.Sprintf("sources:\n  - name: mail\n    adapter: email\n    secrets: [%q]\n    email: {host: %q, port: %s, tls: none, user: %q, poll_interval: 5s, %s}\n", password, host, port, user, more)
	cfg, err := config.Parse("test", []byte(text), nil)
	require.NoError(t, err)
	return adapters.Source{Name: "mail", Region: "DE", Secrets: [][]byte{[]byte(password)}, Decode: cfg.Sources[0].Decode}
}

// run reads a mailbox until the test ends or stop is called.
func run(t testing.TB, d adapters.Desk, address, more string) (stop func()) {
	t.Helper()
	return runSource(t, d, source(t, address, more))
}

func runSource(t testing.TB, d adapters.Desk, from adapters.Source) (stop func()) {
	t.Helper()
	built, err := email.New(from)
	require.NoError(t, err)
	return runBuilt(t, d, built)
}

func runBuilt(t testing.TB, d adapters.Desk, built adapters.Adapter) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- built.(adapters.Poller).Run(ctx, d) }()
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

func (s *server) address() string { return s.listener.Addr().String() }

// flagged counts the mails of a folder with a flag.
func (s *server) flagged(folder string, flag imap.Flag) int {
	s.t.Helper()
	c := dial(s.t, s.address())
	defer func() { _ = c.Close() }()
	_, err := c.Select(folder, nil).Wait()
	require.NoError(s.t, err)
	found, err := c.UIDSearch(&imap.SearchCriteria{Flag: []imap.Flag{flag}}, nil).Wait()
	require.NoError(s.t, err)
	return len(found.AllUIDs())
}

func (s *server) count(folder string) int {
	s.t.Helper()
	data, err := s.user.Status(folder, &imap.StatusOptions{NumMessages: true})
	if err != nil { // not made yet
		return 0
	}
	return int(*data.NumMessages)
}

var big = strings.Repeat("All work and no play makes Jack a dull boy.\r\n", 6000) // 270 KB
