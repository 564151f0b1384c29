package email

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"

	"usher/config"
)

// Config is the section "email" of a source: one mailbox and how it is read. The source's secrets hold the password, or the client secret of oauth2, or, for its flow device, anything long and random, which only seals the refresh token that is kept; two while rotating.
type Config struct {
	// The IMAP server's name.
	Host string `yaml:"host"`
	// Its port. 0: 993, or 143 without implicit TLS.
	Port int `yaml:"port"`
	// implicit (TLS from the first byte), starttls, or none (only to this machine).
	TLS string `yaml:"tls" jsonschema:"enum=implicit,enum=starttls,enum=none"`
	// A file with the certificates (PEM) of the authorities that are trusted. Empty: the system's.
	CAFile string `yaml:"ca_file"`
	// The login name, mostly the mailbox's address.
	User string `yaml:"user"`
	// Sign in by OAuth 2 instead of a password.
	OAuth2 OAuth2 `yaml:"oauth2"`
	// The folders that are read, at most 10; INBOX if the key is absent.
	Folders []string `yaml:"folders"`
	// Where to begin on the first start: now (only what arrives from then on), all, or a day such as 2026-11-01.
	StartFrom string `yaml:"start_from"`
	// What becomes of a mail on the server once it is stored: none, seen, keyword ($Ingested), or move:FOLDER.
	After string `yaml:"after"`
	// How often a server without IDLE is asked, from 5s to 1h; with IDLE, how long after the last mail is made sure that no other slipped in.
	PollInterval time.Duration `yaml:"poll_interval"`
	// Whether to wait by IDLE where the server has it.
	Idle bool `yaml:"idle"`
	// The largest mail that is fetched whole, from 64KiB to 150MiB.
	MaxMessage config.Size `yaml:"max_message"`
	// What becomes of a larger one: headers_only (its first 256 KiB are stored, and it is marked) or quarantine (it is listed, not stored).
	Oversize string `yaml:"oversize" jsonschema:"enum=headers_only,enum=quarantine"`
	// Names (authserv-id, RFC 8601) of our own mail servers, whose Authentication-Results are believed; "-" for fields without a name, as Microsoft 365 writes them. Empty: none are, and nobody can be proven to be an agent.
	AuthservIDs []string `yaml:"authserv_ids"`
	// Who wrote a mail: auto, from or reply_to.
	Sender string `yaml:"sender" jsonschema:"enum=auto,enum=from,enum=reply_to"`
	// Addresses of forms and marketplaces that write for people, or @ and a domain for all of its addresses: the person is whom Reply-To or the text names, as a claim.
	Relays []string `yaml:"relays"`
	// Further addresses of this mailbox: mails from them are ours.
	OwnAddresses []string `yaml:"own_addresses"`
	// What becomes of mails that the server calls spam: quarantine or record.
	Spam string `yaml:"spam" jsonschema:"enum=quarantine,enum=record"`
	// What to do when the server has numbered a folder anew (UIDVALIDITY): rescan, since_last (from two days before the newest mail seen), or stop.
	OnUIDValidityChange string `yaml:"on_uidvalidity_change" jsonschema:"enum=rescan,enum=since_last,enum=stop"`
}

// OAuth2 says how access tokens are got (RFC 6749, RFC 8628).
type OAuth2 struct {
	// google, microsoft or custom. Empty: a password is used.
	Provider string `yaml:"provider" jsonschema:"enum=google,enum=microsoft,enum=custom"`
	// refresh_token, client_credentials (Microsoft 365 app-only) or device (usher shows a code to type in; the source's secret is no client secret then, and only seals the refresh token).
	Flow string `yaml:"flow" jsonschema:"enum=refresh_token,enum=client_credentials,enum=device"`
	// The directory's id, for microsoft.
	Tenant string `yaml:"tenant"`
	// The application's id.
	ClientID string `yaml:"client_id"`
	// The first refresh token. Rotated ones are kept in the store, encrypted under the source's first secret; while secrets are rotated the second opens them.
	RefreshToken config.Secret `yaml:"refresh_token"`
	// Where tokens are got, for custom.
	TokenURL string `yaml:"token_url"`
	// Where a device code is got, for custom.
	DeviceURL string `yaml:"device_url"`
	// What is asked for, for custom.
	Scopes []string `yaml:"scopes"`
}

// The words of the settings.
const (
	tlsImplicit = "implicit"
	tlsStart    = "starttls"
	tlsNone     = "none"

	startNow = "now"
	startAll = "all"

	afterNone    = "none"
	afterSeen    = "seen"
	afterKeyword = "keyword"
	afterMove    = "move:"

	oversizeHeaders    = "headers_only"
	oversizeQuarantine = "quarantine"

	spamQuarantine = "quarantine"

	renumberedRescan = "rescan"
	renumberedSince  = "since_last"
	renumberedStop   = "stop"
)

// Default returns the settings in force where the section is silent.
func Default() Config {
	return Config{
		TLS: tlsImplicit, Folders: []string{"INBOX"}, StartFrom: startNow, After: afterKeyword, PollInterval: time.Minute, Idle: true,
		MaxMessage: 50 << 20, Oversize: oversizeHeaders, Sender: "auto", Spam: spamQuarantine, OnUIDValidityChange: renumberedRescan,
	}
}

const (
	maxFolders    = 10
	minMaxMessage = 64 << 10
	maxMaxMessage = 150 << 20
)

// validate says what is wrong with a section, by its keys and without its values.
func (s Config) validate(secrets int) error {
	switch {
	case s.Host == "":
		return errors.New("email.host: want the IMAP server's name")
	case s.User == "":
		return errors.New("email.user: want the login name")
	case s.Port < 0 || s.Port > 65535:
		return errors.New("email.port: want 1 to 65535")
	case !slices.Contains([]string{tlsImplicit, tlsStart, tlsNone}, s.TLS):
		return errors.New("email.tls: want implicit, starttls or none")
	case s.TLS == tlsNone && !loopback(s.Host):
		return errors.New("email.tls: without TLS only a server on this machine is spoken to")
	case len(s.Folders) == 0 || len(s.Folders) > maxFolders:
		return fmt.Errorf("email.folders: want 1 to %d", maxFolders)
	case s.PollInterval < 5*time.Second || s.PollInterval > time.Hour:
		return errors.New("email.poll_interval: want 5s to 1h")
	case s.MaxMessage < minMaxMessage || s.MaxMessage > maxMaxMessage:
		return errors.New("email.max_message: want 64KiB to 150MiB")
	case secrets == 0:
		return errors.New("secrets: want the password, or the client secret of oauth2; for its flow device anything long and random, which seals the refresh token")
	}
	return errors.Join(s.words(), s.OAuth2.validate())
}

// words checks the settings that are one of a few words.
func (s Config) words() error {
	if _, err := s.start(); err != nil {
		return err
	}
	if !slices.Contains([]string{afterNone, afterSeen, afterKeyword}, s.After) && (!strings.HasPrefix(s.After, afterMove) || s.After == afterMove) {
		return errors.New("email.after: want none, seen, keyword or move:FOLDER")
	}
	read := map[string]bool{}
	for _, folder := range s.Folders {
		if read[inboxed(folder)] {
			return errors.New("email.folders: a folder is named twice")
		}
		read[inboxed(folder)] = true
	}
	if target, moves := strings.CutPrefix(s.After, afterMove); moves && read[inboxed(target)] {
		return errors.New("email.after: moving into a folder that is read would never end")
	}
	for _, address := range s.OwnAddresses {
		if _, err := mail.ParseAddress(address); err != nil {
			return errors.New("email.own_addresses: want mail addresses")
		}
	}
	for _, relay := range s.Relays {
		if domain, ok := strings.CutPrefix(relay, "@"); ok {
			relay = "any@" + domain
		}
		if _, err := mail.ParseAddress(relay); err != nil {
			return errors.New("email.relays: want mail addresses, or @ and a domain")
		}
	}
	for _, w := range []struct {
		key, value string
		known      []string
	}{
		{"oversize", s.Oversize, []string{oversizeHeaders, oversizeQuarantine}},
		{"sender", s.Sender, []string{"auto", "from", "reply_to"}},
		{"spam", s.Spam, []string{spamQuarantine, "record"}},
		{"on_uidvalidity_change", s.OnUIDValidityChange, []string{renumberedRescan, renumberedSince, renumberedStop}},
	} {
		if !slices.Contains(w.known, w.value) {
			return fmt.Errorf("email.%s: want one of %s", w.key, strings.Join(w.known, ", "))
		}
	}
	return nil
}

// inboxed is a folder's name in the one way it is written: INBOX in any case is the same folder (RFC 9051, section 5.1).
func inboxed(folder string) string {
	if strings.EqualFold(folder, "INBOX") {
		return "INBOX"
	}
	return folder
}

// start is the day to begin from; zero for now and for all.
func (s Config) start() (time.Time, error) {
	if s.StartFrom == startNow || s.StartFrom == startAll {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, s.StartFrom)
	if err != nil {
		return day, errors.New("email.start_from: want now, all or a day such as 2026-11-01")
	}
	return day, nil
}

// address is where the server listens.
func (s Config) address() string {
	port := s.Port
	switch {
	case port == 0 && s.TLS == tlsImplicit:
		port = 993
	case port == 0:
		port = 143
	}
	return net.JoinHostPort(s.Host, strconv.Itoa(port))
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (o OAuth2) validate() error {
	switch {
	case o.Provider == "" && o.said():
		return errors.New("email.oauth2.provider: want google, microsoft or custom; without one the other keys of oauth2 do nothing")
	case o.Provider == "":
		return nil
	case !slices.Contains([]string{"google", "microsoft", "custom"}, o.Provider):
		return errors.New("email.oauth2.provider: want google, microsoft or custom")
	case !slices.Contains([]string{flowRefresh, flowClient, flowDevice}, o.Flow):
		return errors.New("email.oauth2.flow: want refresh_token, client_credentials or device")
	case o.ClientID == "":
		return errors.New("email.oauth2.client_id: want the application's id")
	case o.Provider == "microsoft" && o.Tenant == "":
		return errors.New("email.oauth2.tenant: want the directory's id")
	case o.Provider == "custom" && !guarded(o.TokenURL):
		return errors.New("email.oauth2.token_url: want an https address")
	case o.Provider == "custom" && o.Flow == flowDevice && !guarded(o.DeviceURL):
		return errors.New("email.oauth2.device_url: want an https address")
	case o.Flow == flowRefresh && o.RefreshToken.IsZero():
		return errors.New("email.oauth2.refresh_token: want the first one")
	}
	return nil
}

// said reports whether anything but the provider is set.
func (o OAuth2) said() bool {
	return o.Flow+o.Tenant+o.ClientID+o.TokenURL+o.DeviceURL != "" || !o.RefreshToken.IsZero() || len(o.Scopes) > 0
}

// guarded reports whether an address may be told secrets.
func guarded(address string) bool {
	return strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://127.0.0.1:")
}
