package imaptest

import (
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"
)

// session signs in by password, or by a token where the server takes those.
type session struct {
	*imapmemserver.UserSession // nil until somebody has signed in
	server                     *Server
}

var _ imapserver.SessionSASL = (*session)(nil)

// AcceptTokens makes the server take access tokens instead of passwords.
func (s *Server) AcceptTokens(good func(token string) bool) { s.tokens.Store(&good) }

func (s *session) Login(user, password string) error {
	if s.server.tokens.Load() != nil {
		return imapserver.ErrAuthFailed
	}
	if err := s.server.user.Login(user, password); err != nil {
		return err
	}
	s.UserSession = imapmemserver.NewUserSession(s.server.user)
	return nil
}

func (s *session) AuthenticateMechanisms() []string {
	if s.server.tokens.Load() != nil {
		return []string{"XOAUTH2", "OAUTHBEARER"}
	}
	return []string{"PLAIN"}
}

func (s *session) Authenticate(mechanism string) (sasl.Server, error) {
	switch mechanism {
	case "PLAIN":
		return sasl.NewPlainServer(func(_, user, password string) error { return s.Login(user, password) }), nil
	case "XOAUTH2":
		return xoauth2(s.bearer), nil
	case "OAUTHBEARER":
		return sasl.NewOAuthBearerServer(func(o sasl.OAuthBearerOptions) *sasl.OAuthBearerError {
			if s.bearer(o.Token) != nil {
				return &sasl.OAuthBearerError{Status: "invalid_token"}
			}
			return nil
		}), nil
	}
	return nil, &imap.Error{Type: imap.StatusResponseTypeNo, Text: "no such mechanism"}
}

func (s *session) bearer(token string) error {
	good := s.server.tokens.Load()
	if good == nil || !(*good)(token) {
		return imapserver.ErrAuthFailed
	}
	s.UserSession = imapmemserver.NewUserSession(s.server.user)
	return nil
}

// xoauth2 is the server's side of XOAUTH2. A refusal comes as a challenge first, whose empty answer ends the exchange.
type xoauth2 func(token string) error

func (x xoauth2) Next(response []byte) (challenge []byte, done bool, err error) {
	if len(response) == 0 {
		return nil, true, imapserver.ErrAuthFailed
	}
	_, rest, _ := strings.Cut(string(response), "\x01auth=Bearer ")
	token, _, _ := strings.Cut(rest, "\x01")
	if x(token) != nil {
		return []byte(`{"status":"400","schemes":"Bearer","scope":"https://mail.example/"}`), false, nil
	}
	return nil, true, nil
}
