package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// How long the steps of a session may take. The library knows no time limits of its own: whoever is late finds the connection closed.
const (
	dialTime    = 15 * time.Second
	loginTime   = 30 * time.Second
	commandTime = 60 * time.Second
	byeTime     = 5 * time.Second
)

// session is one connection to an IMAP server. It is used by one goroutine, one command at a time: two FETCHes at once can lock each other for ever.
type session struct {
	conn    net.Conn
	client  *imapclient.Client
	changed chan struct{}   // the folder has more mails
	made    map[string]bool // folders that are there
}

// connect dials and greets.
func (a *Adapter) connect(ctx context.Context) (*session, error) {
	dialing, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := a.dial(dialing)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", unnamed(err))
	}
	session := &session{conn: conn, changed: make(chan struct{}, 1)}
	options := &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{Mailbox: session.noticed}}
	err = session.within(ctx, loginTime, func() error {
		if a.settings.TLS == tlsStart {
			config, err := a.settings.tlsConfig()
			if err != nil {
				return err
			}
			options.TLSConfig = config
			session.client, err = imapclient.NewStartTLS(conn, options)
			return err
		}
		session.client = imapclient.New(conn, options)
		return session.client.WaitGreeting()
	})
	if err != nil {
		_ = conn.Close() // the first error says why
		return nil, fmt.Errorf("greeting: %w", wordless(err))
	}
	return session, nil
}

func (s Config) dial(ctx context.Context) (net.Conn, error) {
	var dialer net.Dialer
	if s.TLS != tlsImplicit {
		return dialer.DialContext(ctx, "tcp", s.address())
	}
	config, err := s.tlsConfig()
	if err != nil {
		return nil, err
	}
	return (&tls.Dialer{NetDialer: &dialer, Config: config}).DialContext(ctx, "tcp", s.address())
}

func (s Config) tlsConfig() (*tls.Config, error) {
	config := &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12, NextProtos: []string{"imap"}}
	if s.CAFile == "" {
		return config, nil
	}
	pem, err := os.ReadFile(s.CAFile)
	if err != nil {
		return nil, fmt.Errorf("reading email.ca_file: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, errors.New("reading email.ca_file: no certificate in it")
	}
	return config, nil
}

// unnamed keeps of a dialling error what is the network's; the address is known to whoever configured it.
func unnamed(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err
	}
	return err
}

// noticed is called when the server says that the folder has changed.
func (s *session) noticed(*imapclient.UnilateralDataMailbox) {
	select {
	case s.changed <- struct{}{}:
	default: // it has been told already
	}
}

// errLate is what an operation ends with that took too long.
var errLate = errors.New("the server did not answer in time")

// within runs one exchange under a deadline, and under ctx, by closing the connection.
func (s *session) within(ctx context.Context, d time.Duration, exchange func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, d, errLate)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = s.conn.Close() })
	defer stop()
	err := exchange()
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// close says good-bye, briefly.
func (s *session) close() {
	_ = s.within(context.Background(), byeTime, func() error { return s.client.Logout().Wait() }) // politeness; the connection closes in any case
	_ = s.client.Close()
}

// selectFolder opens a folder.
func (s *session) selectFolder(ctx context.Context, folder string, readOnly bool) (data *imap.SelectData, err error) { //nolint:revive // SELECT or EXAMINE, as in the protocol
	err = s.within(ctx, commandTime, func() error {
		data, err = s.client.Select(folder, &imap.SelectOptions{ReadOnly: readOnly}).Wait()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("selecting folder: %w", wordless(err))
	}
	return data, nil
}

// search lists the mails that match, in the order of their UIDs. The server's echo of the last mail for an open range beyond it is left out.
func (s *session) search(ctx context.Context, from, to imap.UID, criteria imap.SearchCriteria) ([]imap.UID, error) {
	criteria.UID = append(criteria.UID, imap.UIDSet{imap.UIDRange{Start: from, Stop: to}})
	var uids []imap.UID
	err := s.within(ctx, commandTime, func() error {
		found, err := s.client.UIDSearch(&criteria, nil).Wait()
		if err == nil {
			uids = found.AllUIDs()
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("searching: %w", wordless(err))
	}
	uids = slices.DeleteFunc(uids, func(u imap.UID) bool { return u < from || to != 0 && u > to })
	slices.Sort(uids)
	return uids, nil
}

// What a server says instead of doing what it was asked to.
var (
	errSaid = errors.New("the server said")
	errBusy = errors.New("the server cannot at the moment")
)

// wordless keeps of a server's refusal its code, and of what the library could not read its own words: the server's may repeat names and addresses, or be a piece of a mail.
func wordless(err error) error {
	var said *imap.Error
	if !errors.As(err, &said) {
		return unquoted(err)
	}
	err = fmt.Errorf("%w %s", errSaid, strings.TrimSpace(string(said.Type)+" "+string(said.Code)))
	if slices.Contains([]imap.ResponseCode{imap.ResponseCodeLimit, imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeOverQuota}, said.Code) {
		return fmt.Errorf("%w: %w", errBusy, err)
	}
	return err
}

// foreign is what of an error's text is not the library's own, or nobody's business.
var foreign = regexp.MustCompile(`(?s) ?"(\\.|[^"\\])*"|(read|write) \w+ \S+: |\n.*`)

func unquoted(err error) error {
	if err == nil || !foreign.MatchString(err.Error()) {
		return err
	}
	return errors.New(foreign.ReplaceAllString(err.Error(), ""))
}
