package email

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-sasl"
)

// errAuth marks a refusal of the credentials: trying again soon would lock the account.
var errAuth = errors.New("the server refused the credentials")

// errFutile is an errAuth that only a person can change.
var errFutile = fmt.Errorf("%w for good", errAuth)

// Refused credentials are tried this often, then once in that time.
const (
	patientRefusals = 3
	barredTime      = time.Hour
)

// signIn connects and signs in for one folder at a time, so that credentials that are refused are refused once, and not once a folder.
func (m *mailbox) signIn(ctx context.Context) (*session, error) {
	select {
	case m.signing <- struct{}{}:
		defer func() { <-m.signing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if m.barredFor() > 0 {
		return nil, m.refusal
	}
	session, err := m.open(ctx)
	m.judge(err)
	return session, err
}

// open gets a token, if there are tokens, before it connects: a person may be asked for it, and no server waits that long.
func (m *mailbox) open(ctx context.Context) (*session, error) {
	if m.tokens != nil {
		if _, err := m.tokens.token(ctx); err != nil {
			return nil, err
		}
	}
	session, err := m.connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := session.authenticate(ctx, m); err != nil {
		session.close()
		return nil, err
	}
	return session, nil
}

// judge bars credentials that have been refused too often, or for good.
func (m *mailbox) judge(err error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if err == nil {
		m.refusals = 0
	}
	if !errors.Is(err, errAuth) {
		return
	}
	m.refusals++
	m.refusal = err
	if m.refusals >= patientRefusals || errors.Is(err, errFutile) {
		m.barred = time.Now().Add(barredTime)
	}
}

func (m *mailbox) barredFor() time.Duration {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return time.Until(m.barred)
}

// authenticate signs in: with a token, by the mechanism the server offers; else with the password, and with the older of two while they are rotated.
func (s *session) authenticate(ctx context.Context, m *mailbox) error {
	if m.tokens != nil {
		return s.bearer(ctx, m)
	}
	var err error
	for _, password := range m.passwords {
		if err = s.password(ctx, m.settings.User, string(password)); !errors.Is(err, errAuth) {
			return err
		}
	}
	return err
}

func (s *session) password(ctx context.Context, user, password string) error {
	return s.within(ctx, loginTime, func() error {
		if s.client.Caps().Has(imap.AuthCap("PLAIN")) {
			return refused(s.client.Authenticate(sasl.NewPlainClient("", user, password)))
		}
		if s.client.Caps().Has(imap.CapLoginDisabled) {
			return fmt.Errorf("%w: it takes no password on this connection; set email.tls", errAuth)
		}
		return refused(s.client.Login(user, password).Wait())
	})
}

func (s *session) bearer(ctx context.Context, m *mailbox) error {
	token, err := m.tokens.token(ctx)
	if err != nil {
		return err
	}
	b := &bearer{mechanism: xoauth2, user: m.settings.User, token: token}
	// Microsoft 365 offers OAUTHBEARER in places where only XOAUTH2 works.
	if s.client.Caps().Has(imap.AuthCap(oauthBearer)) && m.settings.OAuth2.Provider != "microsoft" {
		b.mechanism = oauthBearer
	}
	err = s.within(ctx, loginTime, func() error { return refused(s.client.Authenticate(b)) })
	if !errors.Is(err, errAuth) {
		return err
	}
	m.tokens.forget()
	return fmt.Errorf("%w%s", err, m.settings.OAuth2.advice(b.refusal))
}

// refused tells a NO to the credentials from a broken connection.
func refused(err error) error {
	var no *imap.Error
	said := wordless(err)
	if errors.As(err, &no) && no.Type == imap.StatusResponseTypeNo && !errors.Is(said, errBusy) {
		return errAuth
	}
	return said
}

// advice is what mostly has to be done about a refused token.
func (o OAuth2) advice(r refusal) string {
	reason := ""
	if r.Status != "" {
		reason = " with status " + digits(r.Status)
	}
	switch {
	case o.Provider == "microsoft" && o.Flow == flowClient:
		return reason + "; give the application IMAP.AccessAsApp with admin consent, register its service principal in Exchange (New-ServicePrincipal with the enterprise application's object id) and give that Add-MailboxPermission on the mailbox"
	case o.Provider == "microsoft":
		return reason + "; the user has to consent to IMAP.AccessAsUser.All, and IMAP has to be switched on for the mailbox"
	case o.Provider == "google":
		return reason + "; the token needs the scope https://mail.google.com/, and IMAP has to be switched on in the mailbox"
	}
	return reason
}

// digits keeps a status code and nothing else of a server's text.
func digits(s string) string {
	for i, r := range s {
		if r < '0' || r > '9' || i >= 3 {
			return s[:i]
		}
	}
	return s
}
