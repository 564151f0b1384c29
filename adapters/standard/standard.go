// Package standard takes Usher's own canonical event, signed by Standard Webhooks 1.0.0: for senders of one's own, for web chat, and for whatever has no adapter of its own.
// It speaks v1 (HMAC-SHA256) and v1a (Ed25519), and Svix's header names. It does not fetch, answer or translate: the sender says what happened in Usher's words.
package standard

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"usher/adapters"
	"usher/adapters/verify"
	"usher/gateway/contact"
)

// Config is the section "standard" of a source.
type Config struct {
	// How far a signed time may lie from now, to both sides, from 1s to 24h. A wide one lets a captured request come back later; a repeat of a stored one is recognised in any case.
	Tolerance time.Duration `yaml:"tolerance"`
	// The channel of events that name none, such as web_chat.
	Channel string `yaml:"channel"`
	// Whether the sender may state that it has proven a contact point (assurance pass). Otherwise pass is read as none.
	AllowPass bool `yaml:"allow_pass"`
}

// Default returns the settings in force where the section is silent.
func Default() Config {
	return Config{Tolerance: verify.Window, Channel: string(contact.WebChat)}
}

// Adapter reads one source's deliveries.
type Adapter struct {
	config Config
	proofs []proof
}

// New builds the adapter for a source. Its secrets begin with whsec_, for v1, or whpk_, for v1a; both may stand side by side.
func New(src adapters.Source) (adapters.Adapter, error) {
	config := Default()
	if err := src.Decode(&config); err != nil {
		return nil, err
	}
	if err := config.validate(); err != nil {
		return nil, err
	}
	proofs, err := newProofs(src.Secrets, config.Tolerance)
	if err != nil {
		return nil, err
	}
	return &Adapter{config: config, proofs: proofs}, nil
}

func (c Config) validate() error {
	if c.Tolerance < time.Second || c.Tolerance > 24*time.Hour {
		return errors.New("standard.tolerance: want 1s to 24h")
	}
	if c.Channel == "" || len(c.Channel) > 64 {
		return errors.New("standard.channel: want a word of at most 64 bytes")
	}
	return nil
}

// Revision numbers what Normalize makes of a stored delivery.
func (a *Adapter) Revision() int { return 1 }

// Receive proves the request genuine by any of the source's secrets. The delivery's key is the signed webhook-id, so a retry is recognised whatever its time and signature.
func (a *Adapter) Receive(r adapters.Request) (adapters.Receipt, error) {
	if r.Purpose != "" {
		return adapters.Receipt{}, &adapters.Refusal{Status: http.StatusNotFound, Reason: "unknown_purpose"}
	}
	if r.Method != http.MethodPost {
		return adapters.Receipt{}, &adapters.Refusal{Status: http.StatusMethodNotAllowed, Reason: "wrong_method"}
	}
	result, scheme, err := a.prove(r)
	if err != nil {
		return adapters.Receipt{}, &adapters.Refusal{Status: http.StatusUnauthorized, Reason: string(verify.ReasonOf(err))}
	}
	return adapters.Receipt{
		Key: result.ID,
		Auth: contact.Auth{
			Scheme: scheme, Verified: true, Key: result.Key,
			SignedAt: result.SignedAt, SkewMS: result.Skew.Milliseconds(),
		},
	}, nil
}

// Sign makes the three headers of a request with a secret (whsec_) or private key (whsk_): for tests, demonstrations and senders in Go. The id names the request, and stays the same when it is sent again.
func Sign(secret, id string, at time.Time, body []byte) (http.Header, error) {
	scheme, key, err := signingKey(secret)
	if err != nil {
		return nil, fmt.Errorf("signing webhook: %w", err)
	}
	stamp := verify.Stamp(scheme, at)
	signature, err := verify.Sign(scheme, key, verify.Parts{ID: id, Timestamp: stamp, Body: body})
	if err != nil {
		return nil, fmt.Errorf("signing webhook: %w", err)
	}
	names, h := scheme.Headers[0], http.Header{}
	h.Set(names.ID, id)
	h.Set(names.Timestamp, stamp)
	h.Set(names.Signature, signature)
	return h, nil
}

// NewReader reads events that were proven otherwise, by an API key. It takes no webhooks.
func NewReader() adapters.Adapter { return reader{&Adapter{config: Default()}} }

// reader hides Receive, which would have nothing to prove with.
type reader struct{ adapter *Adapter }

func (r reader) Revision() int { return r.adapter.Revision() }

func (r reader) Normalize(d contact.Delivery, body contact.Body) ([]contact.Inbound, error) {
	return r.adapter.Normalize(d, body)
}
