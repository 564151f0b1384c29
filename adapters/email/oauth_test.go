package email_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/adapters/email"
	"usher/config"
	"usher/gateway/contact"
)

// tokenServer is a token server over pipes in memory, so that its time is the bubble's.
type tokenServer struct {
	conns    chan net.Conn
	mutex    sync.Mutex
	requests []url.Values
	paths    []string
	answer   func(path string, form url.Values) (status int, body string) // one at a time
}

type nowhereAddr struct{}

func (nowhereAddr) Network() string { return "pipe" }
func (nowhereAddr) String() string  { return "pipe" }

func (s *tokenServer) Accept() (net.Conn, error) {
	conn, ok := <-s.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (s *tokenServer) Addr() net.Addr { return nowhereAddr{} }

func (s *tokenServer) Close() error { return nil }

func (s *tokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	if id, secret, ok := r.BasicAuth(); ok {
		r.PostForm.Set("basic", id+":"+secret)
	}
	s.mutex.Lock()
	s.requests, s.paths = append(s.requests, r.PostForm), append(s.paths, r.URL.Path)
	status, body := s.answer(r.URL.Path, r.PostForm)
	s.mutex.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if status == http.StatusTemporaryRedirect {
		w.Header().Set("Location", "http://elsewhere.example/token")
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

// asked is how often, and the last form.
func (s *tokenServer) asked() (int, url.Values) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.requests) == 0 {
		return 0, nil
	}
	return len(s.requests), s.requests[len(s.requests)-1]
}

// signed is a bubble in which the mail server wants tokens.
type signed struct {
	*bubble
	tokens    *tokenServer
	transport *http.Transport
	accepts   string // the access token that is good; empty: any
	said      []string
}

func withTokens(t *testing.T, answer func(path string, form url.Values) (int, string), then func(s *signed)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &signed{bubble: newBubble(t, newScript(3)), tokens: &tokenServer{conns: make(chan net.Conn), answer: answer}}
		s.caps = "IMAP4rev1 IDLE SASL-IR AUTH=XOAUTH2 AUTH=OAUTHBEARER AUTH=PLAIN"
		s.answer = s.authenticate
		s.transport = &http.Transport{DialContext: s.dialTokens, DialTLSContext: s.dialTokens}
		server := &http.Server{Handler: s.tokens}
		done := make(chan error, 1)
		go func() { done <- server.Serve(s.tokens) }()
		t.Cleanup(func() {
			s.transport.CloseIdleConnections()
			close(s.tokens.conns)
			require.ErrorIs(t, <-done, net.ErrClosed)
			_ = server.Close()
		})
		then(s)
	})
}

func (s *signed) dialTokens(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	s.tokens.conns <- server
	return client, nil
}

// authenticate plays the server's part of AUTHENTICATE; a refusal comes with a challenge that says why, as Google's and Microsoft's do.
func (s *signed) authenticate(t *talk, command, line string) bool {
	if command != "AUTHENTICATE" {
		return false
	}
	args := strings.Fields(line)
	if len(args) == 3 { // without SASL-IR
		t.say("+ ")
		args = append(args, <-t.lines)
	}
	text, _ := base64.StdEncoding.DecodeString(args[3])
	s.said = append(s.said, args[2])
	if s.accepts == "" || strings.Contains(string(text), "auth=Bearer "+s.accepts+"\x01") {
		return false
	}
	t.say("+ %s", base64.StdEncoding.EncodeToString([]byte(`{"status":"400","schemes":"Bearer","scope":"https://mail.example/"}`)))
	<-t.lines
	t.say("%s NO no entry for support@acme.example", args[0])
	return true
}

const clientSecret = "client-secret-of-acme"

func (s *signed) start(oauth string, more ...string) (stop func()) {
	s.Helper()
	return s.startWith(oauth, []string{clientSecret}, more...)
}

func (s *signed) startWith(oauth string, secrets []string, more ...string) (stop func()) {
	s.Helper()
	return runBuilt(s, s.desk, s.build(oauth, secrets, more...))
}

func (s *signed) build(oauth string, secrets []string, more ...string) adapters.Adapter {
	s.Helper()
	var all [][]byte
	for _, secret := range secrets {
		all = append(all, []byte(secret))
	}
	text := fmt.Sprintf("sources:\n  - name: mail\n    adapter: email\n    secrets: [%q]\n    email: {host: 127.0.0.1, tls: none, user: %q, start_from: all, folders: [%s], oauth2: {client_id: usher, %s}}\n", clientSecret, user, strings.Join(append([]string{"INBOX"}, more...), ", "), oauth)
	cfg, err := config.Parse("test", []byte(text), nil)
	require.NoError(s, err)
	built, err := email.New(adapters.Source{Name: "mail", Secrets: all, Decode: cfg.Sources[0].Decode})
	require.NoError(s, err)
	email.Over(built, s.connect, s.transport)
	return built
}

func (s *signed) failed() contact.Unit {
	s.Helper()
	s.until(s.T, "refused", func() bool { return len(s.units) > 0 && s.units[0].State == contact.AuthFailed })
	return s.unit()
}

const (
	refresh = "provider: custom, flow: refresh_token, refresh_token: first-refresh, token_url: 'https://tokens.example/token'"
	device  = "provider: custom, flow: device, scopes: [mail], token_url: 'https://tokens.example/token', device_url: 'https://tokens.example/device'"
)

// A server may replace the refresh token at each use: the new one is kept, and can be read by nobody without the secret; the next run uses it.
func TestARotatedRefreshTokenIsKeptSealed(t *testing.T) {
	t.Parallel()
	n := 0
	withTokens(t, func(_ string, form url.Values) (int, string) {
		n++
		if want := map[bool]string{true: "first-refresh", false: fmt.Sprintf("refresh-%d", n-1)}[n == 1]; form.Get("refresh_token") != want {
			return 400, `{"error":"invalid_grant"}`
		}
		return 200, fmt.Sprintf(`{"access_token":"access-%d","token_type":"Bearer","expires_in":3600,"refresh_token":"refresh-%d"}`, n, n)
	}, func(s *signed) {
		s.accepts = "access-1"
		stop := s.start(refresh)
		s.whole(3, 0, 0)
		stop()
		_, form := s.tokens.asked()
		require.Equal(t, "usher:"+clientSecret, form.Get("basic"))
		require.NotContains(t, string(s.place), "refresh-1")
		var saved struct {
			Token []byte `json:"token"`
		}
		require.NoError(t, json.Unmarshal(s.place, &saved))
		require.NotContains(t, string(saved.Token), "refresh-1")
		require.Len(t, saved.Token, 12+len("refresh-1")+16, "nonce, text, tag")
		s.accepts = "access-2"
		s.add()
		s.start(refresh)
		s.whole(4, 0, 0)
		asked, _ := s.tokens.asked()
		require.Equal(t, 2, asked)
	})
}

// The secret is rotated as passwords are: the new one first, the old one behind it until the token server knows the new one, then the new one alone. The saved token is not lost on the way.
func TestARotatedSecretKeepsTheRefreshToken(t *testing.T) {
	t.Parallel()
	n, known := 0, clientSecret
	withTokens(t, func(_ string, form url.Values) (int, string) {
		if !strings.HasSuffix(form.Get("basic")+form.Get("client_secret"), known) {
			return 401, `{"error":"invalid_client"}`
		}
		if want := map[bool]string{true: "first-refresh", false: fmt.Sprintf("refresh-%d", n)}[n == 0]; form.Get("refresh_token") != want {
			return 400, `{"error":"invalid_grant"}`
		}
		n++
		return 200, fmt.Sprintf(`{"access_token":"access","token_type":"Bearer","expires_in":3600,"refresh_token":"refresh-%d"}`, n)
	}, func(s *signed) {
		s.accepts = "access"
		for i, secrets := range [][]string{{clientSecret}, {"new-secret", clientSecret}, {"new-secret"}} {
			if i == 2 {
				s.tokens.mutex.Lock()
				known = "new-secret"
				s.tokens.mutex.Unlock()
			}
			stop := s.startWith(refresh, secrets)
			s.whole(3+i, 0, 0)
			stop()
			s.add()
		}
		s.startWith(refresh, []string{"another"})
		require.Contains(s, s.failed().Error, "its secret is wrong")
	})
}

// A token that no secret opens is said to be there: the configured one, tried instead, is most likely an old one.
func TestASavedTokenThatCannotBeOpenedIsSaid(t *testing.T) {
	t.Parallel()
	withTokens(t, func(_ string, form url.Values) (int, string) {
		if form.Get("refresh_token") == "first-refresh" && form.Get("basic") != "usher:"+clientSecret {
			return 400, `{"error":"invalid_grant"}`
		}
		return 200, `{"access_token":"access","token_type":"Bearer","expires_in":3600,"refresh_token":"second"}`
	}, func(s *signed) {
		s.accepts = "access"
		stop := s.start(refresh)
		s.whole(3, 0, 0)
		stop()
		s.units = nil
		s.startWith(refresh, []string{"another"})
		require.Contains(s, s.failed().Error, "sealed under a secret that is not among the source's")
	})
}

// Whoever signs in again and configures the new token need not know of the saved one, which is dead.
func TestAConfiguredTokenReplacesADeadOne(t *testing.T) {
	t.Parallel()
	good := "first-refresh"
	withTokens(t, func(_ string, form url.Values) (int, string) {
		if form.Get("refresh_token") != good {
			return 400, `{"error":"invalid_grant"}`
		}
		return 200, `{"access_token":"access","token_type":"Bearer","expires_in":3600,"refresh_token":"rotated"}`
	}, func(s *signed) {
		s.accepts = "access"
		stop := s.start(refresh)
		s.whole(3, 0, 0)
		stop()
		s.tokens.mutex.Lock()
		good = "again"
		s.tokens.mutex.Unlock()
		s.add()
		s.start(strings.Replace(refresh, "first-refresh", "again", 1))
		s.whole(4, 0, 0)
	})
}

// Asking how a mailbox does spends no token that may be good only once, and waits for nobody; what can be asked for again is tried.
func TestACheckSpendsNoToken(t *testing.T) {
	t.Parallel()
	for oauth, tried := range map[string]bool{refresh: false, device: false, "provider: microsoft, tenant: acme, flow: client_credentials": true} {
		t.Run(oauth, func(t *testing.T) {
			t.Parallel()
			withTokens(t, func(string, url.Values) (int, string) {
				return 200, `{"access_token":"access","token_type":"Bearer","expires_in":3600,"refresh_token":"second"}`
			}, func(s *signed) {
				began := time.Now()
				found := s.build(oauth, []string{clientSecret}).(adapters.Poller).Check(s.Context())
				asked, _ := s.tokens.asked()
				details := fmt.Sprint(found)
				require.Equal(s, tried, asked > 0)
				require.Equal(s, !tried, strings.Contains(details, "usher serve tries it"), details)
				require.NotContains(s, details, "wrong")
				require.Equal(s, !tried, strings.Contains(details, "tokens by XOAUTH2"), details)
				require.Less(s, time.Since(began), time.Second)
			})
		})
	}
}

// An access token is asked for when it runs out or is refused, and not for each connection.
func TestAnAccessTokenIsUsedAsLongAsItIsGood(t *testing.T) {
	t.Parallel()
	n := 0
	withTokens(t, func(string, url.Values) (int, string) {
		n++
		return 200, fmt.Sprintf(`{"access_token":"access-%d","token_type":"Bearer","expires_in":3600}`, n)
	}, func(s *signed) {
		s.accepts = "access-2" // the first is refused
		s.start(refresh)
		s.whole(3, 0, 0)
		wait(s.bubble, 10*time.Minute)
		asked, _ := s.tokens.asked()
		require.Equal(t, 2, asked)
		require.Equal(t, 2, s.dials)
	})
}

func TestAnApplicationSignsInByItself(t *testing.T) {
	t.Parallel()
	withTokens(t, func(string, url.Values) (int, string) {
		return 200, `{"access_token":"app","token_type":"Bearer","expires_in":3600}`
	}, func(s *signed) {
		s.accepts = "app"
		s.start("provider: microsoft, tenant: acme, flow: client_credentials")
		s.whole(3, 0, 0)
		asked, form := s.tokens.asked()
		require.Equal(t, 1, asked)
		require.Equal(t, "/acme/oauth2/v2.0/token", s.tokens.paths[0])
		require.Equal(t, url.Values{"grant_type": {"client_credentials"}, "client_id": {"usher"}, "client_secret": {clientSecret}, "scope": {"https://outlook.office365.com/.default"}}, form)
		require.NotContains(t, string(s.place), "token")
	})
}

// A person types in a code that stands where the source's state is shown; until then the token server is asked as seldom as it wants, and the mail server not at all.
func TestADeviceCodeIsShown(t *testing.T) {
	t.Parallel()
	typed, codes := false, 0
	withTokens(t, func(path string, form url.Values) (int, string) {
		switch {
		case path == "/device":
			codes++
			return 200, fmt.Sprintf(`{"device_code":"device-%d","user_code":"ABCD-%d","verification_uri":"https://tokens.example/go","expires_in":900,"interval":10}`, codes, codes)
		case !typed || form.Get("device_code") != "device-2":
			return 400, `{"error":"authorization_pending"}`
		}
		return 200, `{"access_token":"access","token_type":"Bearer","expires_in":3600,"refresh_token":"device-refresh"}`
	}, func(s *signed) {
		s.accepts = "access"
		s.start(device)
		unit := s.failed()
		require.Equal(t, "sign in at https://tokens.example/go with the code ABCD-1", unit.Error)
		wait(s.bubble, 14*time.Minute)
		asked, form := s.tokens.asked()
		require.LessOrEqual(t, asked, 1+14*6)
		require.Empty(t, form.Get("client_secret")+form.Get("basic"), "a device has none")
		require.Zero(t, s.dials)
		wait(s.bubble, 2*time.Minute) // nobody came: the next code
		require.Contains(t, s.unit().Error, "ABCD-2")
		s.tokens.mutex.Lock()
		typed = true
		s.tokens.mutex.Unlock()
		s.whole(3, 0, 0)
		require.NotContains(t, string(s.place), "device-refresh")
		require.Contains(t, string(s.place), `"token"`)
		require.Empty(t, s.unit().Error)
	})
}

// What only a person can mend is said, and not asked for again and again, however many folders there are.
func TestAGrantThatIsNoLongerGoodIsNotHammered(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"invalid_grant", "invalid_client", "access_denied"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			withTokens(t, func(string, url.Values) (int, string) {
				return 400, fmt.Sprintf(`{"error":%q,"error_description":"the user support@acme.example has left"}`, code)
			}, func(s *signed) {
				s.start(strings.Replace(refresh, "provider: custom", "provider: google", 1), "A", "B", "C")
				unit := s.failed()
				require.Contains(t, unit.Error, code)
				require.NotContains(t, unit.Error, "support@")
				wait(s.bubble, 59*time.Minute)
				asked, _ := s.tokens.asked()
				require.Equal(t, 1, asked)
				wait(s.bubble, 5*time.Hour)
				asked, _ = s.tokens.asked()
				require.LessOrEqual(t, asked, 7)
				require.Zero(t, s.dials)
				require.Equal(t, contact.AuthFailed, s.unit().State)
			})
		})
	}
}

// A token server that is down or busy is no refusal, and one that sends elsewhere is not followed: the secret would be sent along.
func TestATokenServerInTroubleIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"down": 503, "busy": 429, "elsewhere": 307} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			withTokens(t, func(string, url.Values) (int, string) {
				if n++; n <= 6 {
					return status, "support@acme.example"
				}
				return 200, `{"access_token":"access","token_type":"Bearer","expires_in":3600}`
			}, func(s *signed) {
				s.accepts = "access"
				s.start(refresh)
				s.until(t, "failing", func() bool { return len(s.units) > 0 && s.units[0].State == contact.BackingOff })
				require.Contains(t, s.unit().Error, fmt.Sprint(status))
				require.NotContains(t, s.unit().Error, "support@")
				s.whole(3, 0, 0)
				asked, _ := s.tokens.asked()
				require.Equal(t, 7, asked)
			})
		})
	}
}

func TestTheMechanismIsWhatTheServerKnows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ provider, caps, want string }{
		"both":         {"custom, token_url: 'https://tokens.example/token'", "SASL-IR AUTH=XOAUTH2 AUTH=OAUTHBEARER", "OAUTHBEARER"},
		"asked for it": {"google", "AUTH=OAUTHBEARER", "OAUTHBEARER"},
		"the old one":  {"google", "SASL-IR AUTH=XOAUTH2", "XOAUTH2"},
		"Microsoft":    {"microsoft, tenant: acme", "AUTH=XOAUTH2 AUTH=OAUTHBEARER", "XOAUTH2"},
		"says nothing": {"google", "", "XOAUTH2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withTokens(t, func(string, url.Values) (int, string) {
				return 200, `{"access_token":"access","token_type":"Bearer","expires_in":3600}`
			}, func(s *signed) {
				s.caps, s.accepts = strings.TrimSpace("IMAP4rev1 IDLE "+c.caps), "access"
				s.start("flow: refresh_token, refresh_token: first-refresh, provider: " + c.provider)
				s.whole(3, 0, 0)
				require.Equal(t, []string{c.want}, s.said)
			})
		})
	}
}

// A refused token says what mostly has to be done, and after three tries waits an hour.
func TestARefusedTokenSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for provider, advice := range map[string]string{
		"google, flow: refresh_token, refresh_token: r":                                            "with status 400; the token needs the scope https://mail.google.com/",
		"microsoft, tenant: acme, flow: refresh_token, refresh_token: r":                           "with status 400; the user has to consent to IMAP.AccessAsUser.All",
		"microsoft, tenant: acme, flow: client_credentials":                                        "with status 400; give the application IMAP.AccessAsApp",
		"custom, flow: refresh_token, refresh_token: r, token_url: 'https://tokens.example/token'": "with status 400",
	} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			withTokens(t, func(string, url.Values) (int, string) {
				return 200, `{"access_token":"secret-access","token_type":"Bearer","expires_in":3600}`
			}, func(s *signed) {
				s.accepts = "another"
				s.start("provider: " + provider)
				unit := s.failed()
				require.Contains(t, unit.Error, advice)
				for _, secret := range []string{"support@", "secret-access", clientSecret} {
					require.NotContains(t, unit.Error, secret)
				}
				wait(s.bubble, 59*time.Minute)
				require.Equal(t, 3, s.dials)
			})
		})
	}
}
