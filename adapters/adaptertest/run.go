package adaptertest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/gateway/contact"
)

// Run runs every case that the suite describes, and the captured ones of testdata.
func Run(t *testing.T, s Suite) {
	t.Run("genuine is accepted under either secret", s.genuine)
	t.Run("forged is refused with nothing to store", s.forged)
	t.Run("unsigned is refused", s.unsigned)
	t.Run("a stranger's secret proves nothing", s.stranger)
	t.Run("a repeat has the same key", s.repeated)
	t.Run("the key is short and holds no secret", s.key)
	t.Run("receiving changes nothing and always says the same", s.pure)
	t.Run("what is received can be read", s.read)
	t.Run("an unknown key of the section fails", s.strict)
	t.Run("a source without secrets fails", s.secretless)
	t.Run("captured", func(t *testing.T) { Replay(t, s.Build) })
}

func (s Suite) genuine(t *testing.T) {
	t.Parallel()
	webhook := s.build(t, s.Secrets[0], s.Secrets[1])
	for i, secret := range s.Secrets[:2] {
		receipt, err := webhook.Receive(s.request(t, secret))
		require.NoError(t, err)
		require.True(t, receipt.Auth.Verified)
		require.NotEmpty(t, receipt.Auth.Scheme)
		require.Equal(t, i, receipt.Auth.Key, "which of the two secrets it was")
	}
}

// forged changes every byte of the body, and of all else that is signed, one at a time.
func (s Suite) forged(t *testing.T) {
	t.Parallel()
	webhook := s.build(t, s.Secrets[0], s.Secrets[1])
	good := s.request(t, s.Secrets[0])
	for i := range good.Body {
		r := clone(good)
		r.Body[i] ^= 1
		requireRefused(t, webhook, r, "body byte %d", i)
	}
	r := clone(good)
	r.Body = append(r.Body, 'x')
	requireRefused(t, webhook, r, "a byte more")
	if len(good.Body) > 0 {
		r.Body = good.Body[:len(good.Body)-1]
		requireRefused(t, webhook, r, "a byte less")
	}
	for _, name := range s.Signed {
		s.forgedPart(t, webhook, good, name)
	}
}

func (s Suite) forgedPart(t *testing.T, webhook adapters.Webhook, good adapters.Request, name string) {
	value := good.URL
	if name != "url" {
		value = good.Header.Get(name)
	}
	require.NotEmpty(t, value, "nothing signed under %s", name)
	for i := range value {
		changed := []byte(value)
		changed[i] ^= 1
		r := clone(good)
		if name == "url" {
			r.URL = string(changed)
		}
		if name != "url" {
			r.Header.Set(name, string(changed))
		}
		requireRefused(t, webhook, r, "%s byte %d", name, i)
	}
}

func (s Suite) unsigned(t *testing.T) {
	t.Parallel()
	webhook := s.build(t, s.Secrets[0], s.Secrets[1])
	good := s.request(t, s.Secrets[0])
	bare := clone(good)
	bare.Header = s.Request.Header.Clone()
	if bare.Header == nil {
		bare.Header = http.Header{}
	}
	requireRefused(t, webhook, bare, "no signature")
	for _, name := range s.Signed {
		if name == "url" {
			continue
		}
		r := clone(good)
		r.Header.Del(name)
		requireRefused(t, webhook, r, "without %s", name)
		r.Header.Set(name, "")
		requireRefused(t, webhook, r, "with an empty %s", name)
	}
}

func (s Suite) stranger(t *testing.T) {
	t.Parallel()
	webhook := s.build(t, s.Secrets[0], s.Secrets[1])
	requireRefused(t, webhook, s.request(t, s.Secrets[2]), "a stranger's signature")
}

// requireRefused holds that a request is refused by a code that says nothing of it, and leaves nothing.
func requireRefused(t *testing.T, webhook adapters.Webhook, r adapters.Request, what string, args ...any) {
	t.Helper()
	receipt, err := webhook.Receive(r)
	message := append([]any{what}, args...)
	require.Error(t, err, message...)
	refusal, ok := adapters.Refused(err)
	require.True(t, ok, message...)
	require.Contains(t, []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}, refusal.Status, message...)
	require.Regexp(t, `^[a-z0-9_]{1,40}$`, refusal.Reason, message...)
	require.Equal(t, adapters.Receipt{}, receipt, message...)
}

// repeated sends the request again a little later, with the other secret: a provider that retries while its secret is rotated.
func (s Suite) repeated(t *testing.T) {
	t.Parallel()
	webhook := s.build(t, s.Secrets[0], s.Secrets[1])
	first, err := webhook.Receive(s.request(t, s.Secrets[0]))
	require.NoError(t, err)
	s.Request = clone(s.request(t, s.Secrets[0]))
	s.Request.Received = s.Request.Received.Add(7 * time.Second)
	again, err := webhook.Receive(s.request(t, s.Secrets[1]))
	require.NoError(t, err)
	require.Equal(t, first.Key, again.Key)
	require.Equal(t, first.Reply, again.Reply, "a repeat is answered as the first was")
}

func (s Suite) key(t *testing.T) {
	t.Parallel()
	receipt, err := s.build(t, s.Secrets[0]).Receive(s.request(t, s.Secrets[0]))
	require.NoError(t, err)
	require.NotContains(t, receipt.Key, s.Secrets[0])
	require.LessOrEqual(t, len(receipt.Key), 1024)
}

func (s Suite) pure(t *testing.T) {
	t.Parallel()
	webhook := s.build(t, s.Secrets[0])
	r := s.request(t, s.Secrets[0])
	before := clone(r)
	first, err := webhook.Receive(r)
	require.NoError(t, err)
	require.Equal(t, before, r, "receiving changed the request")
	second, err := webhook.Receive(clone(before))
	require.NoError(t, err)
	require.Equal(t, first, second)
}

func (s Suite) read(t *testing.T) {
	t.Parallel()
	webhook := s.build(t, s.Secrets[0])
	r := s.request(t, s.Secrets[0])
	receipt, err := webhook.Receive(r)
	require.NoError(t, err)
	events, err := normalize(webhook, Delivery(s.Adapter, r, receipt), r.Body)
	require.NoError(t, err)
	for _, in := range events {
		require.NotEmpty(t, in.Type)
		require.NotEmpty(t, in.Data.Channel)
		require.NotEmpty(t, in.Data.Direction)
	}
	require.Positive(t, webhook.Revision())
	requireOwnKeys(t, events)
}

// requireOwnKeys holds that events of one delivery can be told apart.
func requireOwnKeys(t testing.TB, events []contact.Inbound) {
	t.Helper()
	if len(events) < 2 {
		return
	}
	seen := map[string]bool{}
	for _, in := range events {
		require.NotEmpty(t, in.EventKey())
		require.False(t, seen[in.EventKey()], "two events of one key")
		seen[in.EventKey()] = true
	}
}

func (s Suite) strict(t *testing.T) {
	t.Parallel()
	_, err := s.try(t, s.Section+"\nno_such_key: 1", s.Secrets[:2])
	require.Error(t, err)
	require.Contains(t, err.Error(), "no_such_key")
	require.True(t, strings.Contains(err.Error(), "suite.yaml:"), "the error does not say where")
}

func (s Suite) secretless(t *testing.T) {
	t.Parallel()
	_, err := s.try(t, s.Section, nil)
	require.Error(t, err)
}
