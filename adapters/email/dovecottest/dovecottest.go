// Package dovecottest gives tests a fresh mailbox on the Dovecot that USHER_TEST_IMAP_URI names.
package dovecottest

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// Variable names the server, as .ci/dovecot/start prints it; without it the tests that need one are skipped.
const Variable = "USHER_TEST_IMAP_URI"

// Mailbox is one user's, and nobody else's.
type Mailbox struct {
	User, Password string
	Address        string // of the port without TLS
	TLSPort        int
	CAFile         string
	Maildir        string

	t testing.TB
}

// New makes an empty mailbox with an INBOX.
func New(t testing.TB) *Mailbox {
	t.Helper()
	server := os.Getenv(Variable)
	if server == "" {
		t.Skip("no IMAP server: set " + Variable + " (see .ci/dovecot)")
	}
	address, err := url.Parse(server)
	require.NoError(t, err, "reading "+Variable)
	m := &Mailbox{User: "u" + strings.ReplaceAll(uuid.NewString(), "-", ""), Address: address.Host, CAFile: address.Query().Get("ca"), t: t}
	m.Password, _ = address.User.Password()
	m.TLSPort, err = strconv.Atoi(address.Query().Get("tls"))
	require.NoError(t, err, "reading "+Variable)
	home := filepath.Join(address.Query().Get("mail"), m.User)
	m.Maildir = filepath.Join(home, "Maildir")
	c := m.Dial()
	_, err = c.Select("INBOX", nil).Wait() // the server makes the folder
	require.NoError(t, err)
	require.NoError(t, c.Logout().Wait())
	t.Cleanup(func() { _ = os.RemoveAll(home) }) // the server may still be writing; the rest goes with it
	return m
}

// Dial signs in. The connection is closed with the test.
func (m *Mailbox) Dial() *imapclient.Client {
	m.t.Helper()
	c, err := imapclient.DialInsecure(m.Address, nil)
	require.NoError(m.t, err)
	m.t.Cleanup(func() { _ = c.Close() }) // or the test has
	require.NoError(m.t, c.Login(m.User, m.Password).Wait())
	return c
}

// Section is the adapter's section for the port without TLS, in YAML's short form; more is further settings.
func (m *Mailbox) Section(more string) string { return m.SectionAt(m.Address, "tls: none, "+more) }

// SectionAt is the section for another address.
func (m *Mailbox) SectionAt(address, more string) string {
	m.t.Helper()
	host, port, err := net.SplitHostPort(address)
	require.NoError(m.t, err)
	return fmt.Sprintf("{host: %q, port: %s, user: %q, %s}", host, port, m.User, more)
}

// Deliver puts mails into the INBOX as a mail server does: by files, in the order of their names.
func (m *Mailbox) Deliver(mails ...string) {
	m.t.Helper()
	batch := uuid.NewString()
	for n, text := range mails {
		name := fmt.Sprintf("%s.%08d.test", batch, n)
		arriving := filepath.Join(m.Maildir, "tmp", name)
		require.NoError(m.t, os.WriteFile(arriving, []byte(text), 0o644))
		require.NoError(m.t, os.Rename(arriving, filepath.Join(m.Maildir, "new", name)))
	}
}

// Append puts mails into a folder over IMAP.
func (m *Mailbox) Append(folder string, mails ...string) {
	m.t.Helper()
	c := m.Dial()
	defer func() { _ = c.Close() }()
	for _, text := range mails {
		command := c.Append(folder, int64(len(text)), nil)
		_, err := command.Write([]byte(text))
		require.NoError(m.t, err)
		require.NoError(m.t, command.Close())
		_, err = command.Wait()
		require.NoError(m.t, err)
	}
}

// Create makes folders.
func (m *Mailbox) Create(folders ...string) {
	m.t.Helper()
	c := m.Dial()
	defer func() { _ = c.Close() }()
	for _, folder := range folders {
		require.NoError(m.t, c.Create(folder, nil).Wait())
	}
}

// Forget makes the server number the INBOX anew, as after a loss of its indexes.
func (m *Mailbox) Forget() {
	m.t.Helper()
	files, err := filepath.Glob(filepath.Join(m.Maildir, "dovecot*"))
	require.NoError(m.t, err)
	require.NotEmpty(m.t, files)
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(file), "dovecot-uidvalidity") {
			continue // without it the new number is the time in seconds, which may be the old one
		}
		require.NoError(m.t, os.Remove(file))
	}
}

// Count counts the mails of a folder with a flag, or without any for "".
func (m *Mailbox) Count(folder string, flag imap.Flag) int {
	m.t.Helper()
	c := m.Dial()
	defer func() { _ = c.Close() }()
	_, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	require.NoError(m.t, err)
	var criteria imap.SearchCriteria
	if flag != "" {
		criteria.Flag = []imap.Flag{flag}
	}
	found, err := c.UIDSearch(&criteria, nil).Wait()
	require.NoError(m.t, err)
	return len(found.AllUIDs())
}
