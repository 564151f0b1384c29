package email

import (
	"context"
	"errors"
	"fmt"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-sasl"
)

// errAuth marks a refusal of the credentials: trying again soon would lock the account.
var errAuth = errors.New("the server refused the credentials")

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
	x := &xoauth2{user: m.settings.User, token: token}
	var client sasl.Client = x
	// Microsoft 365 offers OAUTHBEARER in places where only XOAUTH2 works.
	if s.client.Caps().Has(imap.AuthCap("OAUTHBEARER")) && m.settings.OAuth2.Provider != "microsoft" {
		client = sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: m.settings.User, Token: token})
	}
	err = s.within(ctx, loginTime, func() error { return refused(s.client.Authenticate(client)) })
	if !errors.Is(err, errAuth) {
		return err
	}
	m.tokens.forget()
	return fmt.Errorf("%w%s", err, m.settings.OAuth2.advice(x.refusal))
}

// refused tells a NO to the credentials from a broken connection.
func refused(err error) error {
	var no *imap.Error
	if errors.As(err, &no) && no.Type == imap.StatusResponseTypeNo && no.Code != imap.ResponseCodeUnavailable {
		return errAuth // what the server says may repeat the user's name
	}
	return err
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
