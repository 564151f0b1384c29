package email

import (
	"cmp"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// The flows of OAuth2.
const (
	flowRefresh = "refresh_token"
	flowClient  = "client_credentials"
	flowDevice  = "device"
)

// tokenTime bounds one request to a token server; early is how long before its end a token is not used any more.
const (
	tokenTime = 20 * time.Second
	early     = time.Minute
)

// tokens gives access tokens. A server may replace the refresh token at each use, and the old one is worthless then: the new one is saved, sealed, before the access token is used.
type tokens struct {
	settings OAuth2
	secrets  [][]byte // the client's, the newest first, which seals what is saved
	clients  []client // one for each secret
	vault    vault
	notice   func(ctx context.Context, text string) // shows a person what to do
	http     *http.Client

	mutex  sync.Mutex
	access string
	until  time.Time
	shut   bool // what is saved cannot be opened
}

// client is the application with one of its secrets. It is kept: it remembers how the server wants to be told the secret, and asks once instead of twice.
type client struct {
	user oauth2.Config
	app  clientcredentials.Config
}

// vault keeps a sealed refresh token.
type vault struct {
	load func() (sealed []byte)
	save func(ctx context.Context, sealed []byte) error
}

func (a *Adapter) tokens(v vault, notice func(context.Context, string)) *tokens {
	// A token server that sends elsewhere would have the secret sent there.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t := &tokens{
		settings: a.settings.OAuth2, secrets: a.passwords, vault: v, notice: notice,
		http: &http.Client{Timeout: tokenTime, Transport: a.transport, CheckRedirect: stay},
	}
	for _, secret := range a.passwords {
		t.clients = append(t.clients, t.settings.client(string(secret)))
	}
	if t.settings.Flow == flowDevice { // a device's client has no secret (RFC 8628, section 5.6)
		t.clients = []client{t.settings.client("")}
	}
	return t
}

func (o OAuth2) client(secret string) client {
	return client{
		user: oauth2.Config{
			ClientID: o.ClientID, ClientSecret: secret, Scopes: o.scopes(),
			Endpoint: oauth2.Endpoint{TokenURL: o.tokenURL(), DeviceAuthURL: o.deviceURL(), AuthStyle: o.style()},
		},
		app: clientcredentials.Config{ClientID: o.ClientID, ClientSecret: secret, TokenURL: o.tokenURL(), Scopes: o.scopes(), AuthStyle: o.style()},
	}
}

// token is an access token that is good for a while. It fails with errAuth when nothing but a person can help.
func (t *tokens) token(ctx context.Context) (string, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.access != "" && time.Until(t.until) > early {
		return t.access, nil
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, t.http)
	got, err := t.fetch(ctx)
	if err != nil {
		return "", t.explain(err)
	}
	t.access, t.until = got.AccessToken, got.Expiry
	if t.until.IsZero() {
		t.until = time.Now().Add(5 * time.Minute)
	}
	return t.access, nil
}

// forget drops an access token that was refused.
func (t *tokens) forget() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.access = ""
}

func (t *tokens) fetch(ctx context.Context) (*oauth2.Token, error) {
	if t.settings.Flow == flowClient {
		return t.ask(func(c *client) (*oauth2.Token, error) { return c.app.Token(ctx) })
	}
	saved, err := t.saved(ctx)
	if err != nil {
		return nil, err
	}
	configured := string(t.settings.RefreshToken.Reveal())
	refresh := cmp.Or(saved, configured)
	if refresh == "" {
		return t.askDevice(ctx)
	}
	got, err := t.refresh(ctx, refresh)
	if said(err, "invalid_grant") && configured != "" && configured != refresh { // somebody signed in again
		refresh = configured
		got, err = t.refresh(ctx, refresh)
	}
	if err != nil {
		return nil, err
	}
	if got.RefreshToken != cmp.Or(saved, configured) {
		err = t.keep(ctx, got.RefreshToken)
	}
	return got, err
}

func (t *tokens) refresh(ctx context.Context, refresh string) (*oauth2.Token, error) {
	return t.ask(func(c *client) (*oauth2.Token, error) {
		return c.user.TokenSource(ctx, &oauth2.Token{RefreshToken: refresh}).Token()
	})
}

// ask asks with the newest secret, and with the older one where that is not known yet.
func (t *tokens) ask(question func(*client) (*oauth2.Token, error)) (got *oauth2.Token, err error) {
	for i := range t.clients {
		if got, err = question(&t.clients[i]); !said(err, "invalid_client") {
			break
		}
	}
	return got, err
}

// said reports whether a token server refused with a code.
func said(err error, code string) bool {
	var refused *oauth2.RetrieveError
	return errors.As(err, &refused) && refused.ErrorCode == code
}

// askDevice shows a code and waits until somebody has typed it in (RFC 8628).
func (t *tokens) askDevice(ctx context.Context) (*oauth2.Token, error) {
	device := &t.clients[0].user
	asked, err := device.DeviceAuth(ctx)
	if err != nil {
		return nil, err
	}
	t.notice(ctx, fmt.Sprintf("sign in at %s with the code %s", asked.VerificationURI, asked.UserCode))
	got, err := device.DeviceAccessToken(ctx, asked)
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return nil, errNobody
	}
	if err != nil {
		return nil, err
	}
	return got, t.keep(ctx, got.RefreshToken)
}

// saved is the refresh token that was saved last, empty if there is none or if no secret opens it. One that an older secret opens is sealed anew.
func (t *tokens) saved(ctx context.Context) (string, error) {
	sealed := t.vault.load()
	t.shut = len(sealed) > 0
	if !t.shut {
		return "", nil
	}
	for i, secret := range t.secrets {
		plain, err := open(secret, sealed)
		if err != nil {
			continue
		}
		t.shut = false
		if i > 0 {
			err = t.keep(ctx, plain)
		}
		return plain, err
	}
	return "", nil
}

func open(secret, sealed []byte) (string, error) {
	gcm, err := cipherOf(secret)
	if err != nil {
		return "", err
	}
	if len(sealed) < gcm.NonceSize() {
		return "", errors.New("opening refresh token: it is cut off")
	}
	plain, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], nil)
	return string(plain), err
}

// keep seals a refresh token under the newest secret and saves it.
func (t *tokens) keep(ctx context.Context, refresh string) error {
	if refresh == "" {
		return nil
	}
	gcm, err := cipherOf(t.secrets[0])
	if err != nil {
		return err
	}
	nonce := make([]byte, gcm.NonceSize())
	_, _ = rand.Read(nonce) // it never fails: https://pkg.go.dev/crypto/rand#Read
	if err := t.vault.save(ctx, gcm.Seal(nonce, nonce, []byte(refresh), nil)); err != nil {
		return fmt.Errorf("saving refresh token: %w", err)
	}
	return nil
}

func cipherOf(secret []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "usher refresh token", 32)
	if err != nil {
		return nil, fmt.Errorf("sealing refresh token: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("sealing refresh token: %w", err)
	}
	return cipher.NewGCM(block)
}

// errNobody is an errAuth that the next code may help.
var errNobody = fmt.Errorf("%w: nobody has typed in the code", errAuth)

// explain keeps of a token server's refusal its code (RFC 6749, section 5.2), which says what to do; its text may hold anything.
func (t *tokens) explain(err error) error {
	var refused *oauth2.RetrieveError
	if errors.Is(err, errAuth) {
		return err
	}
	if !errors.As(err, &refused) {
		return fmt.Errorf("getting access token: %w", err)
	}
	switch refused.ErrorCode {
	case "invalid_grant":
		if t.shut {
			return fmt.Errorf("%w: the refresh token that was saved is sealed under a secret that is not among the source's any more, and the configured one is no longer good (invalid_grant); put the older secret behind the new one, or sign in again and set email.oauth2.refresh_token", errFutile)
		}
		return fmt.Errorf("%w: the refresh token is no longer good (invalid_grant); sign in again and set email.oauth2.refresh_token", errFutile)
	case "invalid_client", "unauthorized_client":
		return fmt.Errorf("%w: the application is not known or its secret is wrong (%s)", errFutile, refused.ErrorCode)
	case "invalid_scope", "unsupported_grant_type", "access_denied":
		return fmt.Errorf("%w: the token server said %s", errFutile, refused.ErrorCode)
	case "expired_token":
		return errNobody
	}
	status := 0
	if refused.Response != nil {
		status = refused.Response.StatusCode
	}
	return fmt.Errorf("getting access token: the token server answered %d", status)
}

func (o OAuth2) tokenURL() string {
	switch o.Provider {
	case "google":
		return "https://oauth2.googleapis.com/token"
	case "microsoft":
		return "https://login.microsoftonline.com/" + o.Tenant + "/oauth2/v2.0/token"
	}
	return o.TokenURL
}

// style is how the client says who it is. A custom server is tried both ways.
func (o OAuth2) style() oauth2.AuthStyle {
	if o.Provider != "custom" || o.Flow == flowDevice {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleAutoDetect
}

func (o OAuth2) deviceURL() string {
	switch o.Provider {
	case "google":
		return "https://oauth2.googleapis.com/device/code"
	case "microsoft":
		return "https://login.microsoftonline.com/" + o.Tenant + "/oauth2/v2.0/devicecode"
	}
	return o.DeviceURL
}

// scopes are what the providers' IMAP servers want.
// https://learn.microsoft.com/en-us/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
func (o OAuth2) scopes() []string {
	switch {
	case o.Provider == "google":
		return []string{"https://mail.google.com/"}
	case o.Provider == "microsoft" && o.Flow == flowClient:
		return []string{"https://outlook.office365.com/.default"}
	case o.Provider == "microsoft":
		return []string{"https://outlook.office.com/IMAP.AccessAsUser.All", "offline_access"}
	}
	return o.Scopes
}
