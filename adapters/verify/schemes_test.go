package verify

import (
	"crypto/ed25519"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// How the providers sign, as their documentation says (each is cited where its vector or adapter is).
var (
	slack = Scheme{
		Algorithm: HMACSHA256, Encoding: Hex, Template: "v0:{ts}:{body}", Prefix: "v0=", Tolerance: Window,
		Headers: []Headers{{Signature: "X-Slack-Signature", Timestamp: "X-Slack-Request-Timestamp"}},
	}
	standardV1 = Scheme{
		Algorithm: HMACSHA256, Encoding: Base64, Template: "{id}.{ts}.{body}", Prefix: "v1,", Separator: " ", Tolerance: Window,
		Headers: []Headers{
			{Signature: "webhook-signature", Timestamp: "webhook-timestamp", ID: "webhook-id"},
			{Signature: "svix-signature", Timestamp: "svix-timestamp", ID: "svix-id"},
		},
	}
	standardV1a = Scheme{
		Algorithm: Ed25519, Encoding: Base64, Template: "{id}.{ts}.{body}", Prefix: "v1a,", Separator: " ", Tolerance: Window,
		Headers: standardV1.Headers,
	}
	meta     = Scheme{Algorithm: HMACSHA256, Encoding: Hex, Template: "{body}", Prefix: "sha256=", Headers: []Headers{{Signature: "X-Hub-Signature-256"}}}
	intercom = Scheme{Algorithm: HMACSHA1, Encoding: Hex, Template: "{body}", Prefix: "sha1=", Headers: []Headers{{Signature: "X-Hub-Signature"}}}
	line     = Scheme{Algorithm: HMACSHA256, Encoding: Base64, Template: "{body}", Headers: []Headers{{Signature: "x-line-signature"}}}
	viber    = Scheme{Algorithm: HMACSHA256, Encoding: Hex, Template: "{body}", Headers: []Headers{{Signature: "X-Viber-Content-Signature"}}}
	placetel = Scheme{Algorithm: HMACSHA256, Encoding: Hex, Template: "{body}", Headers: []Headers{{Signature: "X-PLACETEL-SIGNATURE"}}}
	jambonz  = Scheme{
		Algorithm: HMACSHA256, Encoding: Hex, Template: "{ts}.{body}", Prefix: "v1=", Separator: ",", TimestampPrefix: "t=", Tolerance: Window,
		Headers: []Headers{{Signature: "Jambonz-Signature"}},
	}
	sinchConversation = Scheme{
		Algorithm: HMACSHA256, Encoding: Base64, Template: "{body}.{nonce}.{ts}", Tolerance: Window,
		Headers: []Headers{{Signature: "x-sinch-webhook-signature", Timestamp: "x-sinch-webhook-signature-timestamp", Nonce: "x-sinch-webhook-signature-nonce"}},
	}
	sinchNumbers = Scheme{Algorithm: HMACSHA1, Encoding: Hex, Template: "{body}", Headers: []Headers{{Signature: "X-Sinch-Signature"}}}
	signalWireA  = Scheme{Algorithm: HMACSHA1, Encoding: Hex, Template: "{url}{body}", Headers: []Headers{{Signature: "X-SignalWire-Signature"}}}
	telnyx       = Scheme{
		Algorithm: Ed25519, Encoding: Base64, Template: "{ts}|{body}", Tolerance: Window,
		Headers: []Headers{{Signature: "telnyx-signature-ed25519", Timestamp: "telnyx-timestamp"}},
	}
	discord = Scheme{
		Algorithm: Ed25519, Encoding: Hex, Template: "{ts}{body}", Tolerance: Window,
		Headers: []Headers{{Signature: "X-Signature-Ed25519", Timestamp: "X-Signature-Timestamp"}},
	}
	// No provider of ours signs like these; they cover what is left.
	sha512Millis = Scheme{
		Algorithm: HMACSHA512, Encoding: Hex, Template: "{method} {url}\n{id}\n{ts}\n{body}", Tolerance: time.Minute, Unit: time.Millisecond,
		Headers: []Headers{{Signature: "s", Timestamp: "t", ID: "i"}},
	}
)

var schemes = map[string]Scheme{
	"slack": slack, "standard v1": standardV1, "standard v1a": standardV1a, "meta": meta, "intercom": intercom, "line": line, "viber": viber,
	"placetel": placetel, "jambonz": jambonz, "sinch conversation": sinchConversation, "sinch numbers": sinchNumbers, "signalwire a": signalWireA,
	"telnyx": telnyx, "discord": discord, "sha512 ms": sha512Millis,
}

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// keys are what signs and what checks, made from a text.
func (s Scheme) keys(text string) (private, public []byte) {
	if s.Algorithm != Ed25519 {
		return []byte(text), []byte(text)
	}
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, text)
	key := ed25519.NewKeyFromSeed(seed)
	return key, key.Public().(ed25519.PublicKey)
}

// checker is a Checker of s that knows the keys made from texts.
func (s Scheme) checker(t testing.TB, texts ...string) *Checker {
	t.Helper()
	s.Keys = nil
	for _, text := range texts {
		_, public := s.keys(text)
		s.Keys = append(s.Keys, public)
	}
	c, err := New(s)
	require.NoError(t, err)
	return c
}

func sampleParts(s Scheme) Parts {
	return Parts{
		ID: "msg_1", Nonce: "01FJA8B4A7", Timestamp: Stamp(s, now), Method: "POST", URL: "https://usher.example/hooks/s",
		Body: []byte(`{"hello":"world"}`),
	}
}

// signed is a request as its sender would make it.
func signed(t testing.TB, s Scheme, key string, p Parts) Input {
	t.Helper()
	private, _ := s.keys(key)
	value, err := Sign(s, private, p)
	require.NoError(t, err)
	return request(s, value, p)
}

func request(s Scheme, signature string, p Parts) Input {
	names, header := s.Headers[0], http.Header{}
	header.Set(names.Signature, signature)
	set(header, names.Timestamp, p.Timestamp)
	set(header, names.ID, p.ID)
	set(header, names.Nonce, p.Nonce)
	return Input{Method: p.Method, URL: p.URL, Header: header.Values, Body: p.Body, Now: now}
}

func set(h http.Header, name, value string) {
	if name != "" {
		h.Set(name, value)
	}
}

// headers are the headers that make an Input, for a test to change.
func headers(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func long(n int) string { return strings.Repeat("a", n) }
