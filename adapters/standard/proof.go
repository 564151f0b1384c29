package standard

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"usher/adapters"
	"usher/adapters/verify"
)

// scheme is what the versions of Standard Webhooks have in common.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
var scheme = verify.Scheme{
	Encoding: verify.Base64, Template: "{id}.{ts}.{body}", Separator: " ", Tolerance: verify.Window,
	Headers: []verify.Headers{
		{ID: "webhook-id", Timestamp: "webhook-timestamp", Signature: "webhook-signature"},
		{ID: "svix-id", Timestamp: "svix-timestamp", Signature: "svix-signature"},
	},
}

func v1() verify.Scheme {
	s := scheme
	s.Algorithm, s.Prefix = verify.HMACSHA256, "v1,"
	return s
}

func v1a() verify.Scheme {
	s := scheme
	s.Algorithm, s.Prefix = verify.Ed25519, "v1a,"
	return s
}

// proof is one version's checker. Its keys are some of the source's secrets: secrets says which.
type proof struct {
	name    string
	checker *verify.Checker
	secrets []int
}

// newProofs sorts the secrets by version.
func newProofs(secrets [][]byte, tolerance time.Duration) ([]proof, error) {
	if len(secrets) == 0 {
		return nil, errors.New("no secrets: nothing could be proven genuine")
	}
	var hmacs, keys [][]byte
	var hmacOf, keyOf []int
	for i, secret := range secrets {
		scheme, key, err := checkingKey(string(secret))
		if err != nil {
			return nil, fmt.Errorf("secret %d: %w", i+1, err)
		}
		if scheme.Algorithm == verify.Ed25519 {
			keys, keyOf = append(keys, key), append(keyOf, i)
			continue
		}
		hmacs, hmacOf = append(hmacs, key), append(hmacOf, i)
	}
	var proofs []proof
	for _, p := range []struct {
		name    string
		scheme  verify.Scheme
		keys    [][]byte
		secrets []int
	}{{"standard-webhooks/v1", v1(), hmacs, hmacOf}, {"standard-webhooks/v1a", v1a(), keys, keyOf}} {
		if len(p.keys) == 0 {
			continue
		}
		p.scheme.Keys, p.scheme.Tolerance = p.keys, tolerance
		checker, err := verify.New(p.scheme)
		if err != nil {
			return nil, err
		}
		proofs = append(proofs, proof{name: p.name, checker: checker, secrets: p.secrets})
	}
	return proofs, nil
}

func checkingKey(text string) (verify.Scheme, []byte, error) {
	switch {
	case strings.HasPrefix(text, verify.SecretPrefix):
		key, err := verify.ParseSecret(text)
		return v1(), key, err
	case strings.HasPrefix(text, verify.PublicKeyPrefix):
		key, err := verify.ParsePublicKey(text)
		return v1a(), key, err
	case strings.HasPrefix(text, verify.PrivateKeyPrefix):
		return verify.Scheme{}, nil, errors.New("whsk_ is the sender's private key: give the whpk_ that belongs to it")
	}
	return verify.Scheme{}, nil, errors.New("begins with neither whsec_ nor whpk_")
}

func signingKey(text string) (verify.Scheme, []byte, error) {
	if strings.HasPrefix(text, verify.PrivateKeyPrefix) {
		key, err := verify.ParsePrivateKey(text)
		return v1a(), key, err
	}
	key, err := verify.ParseSecret(text)
	return v1(), key, err
}

// prove tries the versions in turn. The most telling reason is given: that a signature is wrong rather than that there is none of the other version.
func (a *Adapter) prove(r adapters.Request) (verify.Result, string, error) {
	in := verify.Input{Method: r.Method, URL: r.URL, Header: r.Header.Values, Body: r.Body, Now: r.Received}
	var refused error
	for _, p := range a.proofs {
		result, err := p.checker.Check(in)
		if err == nil {
			result.Key = p.secrets[result.Key]
			return result, p.name, nil
		}
		if refused == nil || verify.ReasonOf(refused) == verify.UnsupportedSignature {
			refused = err
		}
	}
	return verify.Result{}, "", refused
}
