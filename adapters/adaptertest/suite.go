package adaptertest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/config"
)

// Suite is what the cases have to know of an adapter.
type Suite struct {
	Build   adapters.Builder
	Adapter string // its name in the configuration
	// Section is its own section as YAML lines without indentation; empty for none.
	Section string
	// Secrets are three that fit the adapter. Two are configured, in turn; the third is a stranger's.
	Secrets [3]string
	// Request is a request of the provider before it is signed.
	Request adapters.Request
	// Sign signs a request, at r.Received where the provider signs a time: it sets headers, and changes nothing else.
	Sign func(t testing.TB, secret string, r *adapters.Request)
	// Signed names what the signature covers beside the body: headers, and "url". The header of the signature itself is one of them.
	Signed []string
}

// build makes the adapter with the given secrets, through the real configuration.
func (s Suite) build(t testing.TB, secrets ...string) adapters.Webhook {
	t.Helper()
	a, err := s.try(t, s.Section, secrets)
	require.NoError(t, err)
	webhook, ok := a.(adapters.Webhook)
	require.True(t, ok, "the adapter receives no webhooks")
	return webhook
}

func (s Suite) try(t testing.TB, section string, secrets []string) (adapters.Adapter, error) {
	t.Helper()
	return load(t, "suite.yaml", []byte(s.yaml(section, secrets)), s.Build)
}

// yaml is a configuration file with one source.
func (s Suite) yaml(section string, secrets []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "sources:\n  - name: suite\n    adapter: %s\n    region: DE\n    public_url: https://usher.example\n    secrets:\n", s.Adapter)
	for _, secret := range secrets {
		fmt.Fprintf(&b, "      - %q\n", secret)
	}
	if section != "" {
		fmt.Fprintf(&b, "    %s:\n      %s\n", s.Adapter, strings.ReplaceAll(strings.TrimSpace(section), "\n", "\n      "))
	}
	return b.String()
}

// load builds the adapter of a configuration file's one source, as the gateway does.
func load(t testing.TB, name string, text []byte, build adapters.Builder) (adapters.Adapter, error) {
	t.Helper()
	c, err := config.Parse(name, text, nil)
	require.NoError(t, err)
	require.Len(t, c.Sources, 1)
	src := c.Sources[0]
	secrets := make([][]byte, len(src.Secrets))
	for i, secret := range src.Secrets {
		secrets[i] = secret.Reveal()
	}
	return build(adapters.Source{
		Name: src.Name, Region: src.Region, Secrets: secrets,
		PublicURL: c.PublicURL(src) + "/hooks", Decode: src.Decode,
	})
}

// request is the suite's request, signed.
func (s Suite) request(t testing.TB, secret string) adapters.Request {
	t.Helper()
	r := clone(s.Request)
	if r.Method == "" {
		r.Method = http.MethodPost
	}
	if r.Received.IsZero() {
		r.Received = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	}
	s.Sign(t, secret, &r)
	return r
}

// clone copies a request so that nothing of it is shared.
func clone(r adapters.Request) adapters.Request {
	r.Header = r.Header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Body = append([]byte(nil), r.Body...)
	return r
}
