package standard

import (
	"crypto/ed25519"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/adapters/adaptertest"
	"usher/gateway/contact"
)

const oneEvent = `{"specversion":"1.0","id":"evt-1","type":"contact.message.received.v1","time":"2026-11-23T10:00:00Z","data":{"channel":"web_chat",
"from":{"display_name":"Ana Silva","identifiers":[{"scheme":"visitor","value":"v-1"},{"scheme":"mailto","value":"ana@example.com","provenance":"claimed"}]},
"content":[{"kind":"text","text":"hello"}],"page":"/pricing"}}`

func suite() adaptertest.Suite {
	secret := func(fill string) string {
		return "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(fill, 32)))
	}
	return adaptertest.Suite{
		Build: New, Adapter: "standard", Secrets: [3]string{secret("a"), secret("b"), secret("c")},
		Request: adapters.Request{Method: http.MethodPost, URL: "https://usher.example/hooks/suite", Body: []byte(oneEvent)},
		Sign: func(t testing.TB, secret string, r *adapters.Request) {
			signed, err := Sign(secret, "msg-1", r.Received, r.Body)
			require.NoError(t, err)
			for name, values := range signed {
				r.Header[name] = values
			}
		},
		Signed: []string{"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"},
	}
}

func TestStandardPassesWhatEveryAdapterPasses(t *testing.T) {
	t.Parallel()
	adaptertest.Run(t, suite())
}

func FuzzReceive(f *testing.F)   { adaptertest.FuzzReceive(f, suite()) }
func FuzzNormalize(f *testing.F) { adaptertest.FuzzNormalize(f, suite()) }

func build(t testing.TB, config Config, secrets ...string) (*Adapter, error) {
	source := adapters.Source{Name: "s", Decode: func(into any) error { *into.(*Config) = config; return nil }}
	for _, s := range secrets {
		source.Secrets = append(source.Secrets, []byte(s))
	}
	a, err := New(source)
	if err != nil {
		return nil, err
	}
	return a.(*Adapter), nil
}

func signed(t testing.TB, secret string, at time.Time) adapters.Request {
	h, err := Sign(secret, "msg-1", at, []byte(oneEvent))
	require.NoError(t, err)
	return adapters.Request{Method: http.MethodPost, Header: h, Body: []byte(oneEvent), Received: at}
}

// v1a: the sender signs with a private key, and we hold only the public one. Svix's header names mean the same.
func TestEd25519AndSvixHeadersAreTaken(t *testing.T) {
	t.Parallel()
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	a, err := build(t, Default(), "whpk_"+base64.StdEncoding.EncodeToString(public))
	require.NoError(t, err)
	r := signed(t, "whsk_"+base64.StdEncoding.EncodeToString(private), time.Now())
	receipt, err := a.Receive(r)
	require.NoError(t, err)
	require.Equal(t, "msg-1", receipt.Key)
	svix := http.Header{}
	for _, name := range []string{"Id", "Timestamp", "Signature"} {
		svix.Set("Svix-"+name, r.Header.Get("Webhook-"+name))
	}
	r.Header = svix
	_, err = a.Receive(r)
	require.NoError(t, err)
}

// A captured request that comes back after the tolerance is refused, to both sides.
func TestOldAndFutureTimesAreRefused(t *testing.T) {
	t.Parallel()
	secret := suite().Secrets[0]
	a, err := build(t, Default(), secret)
	require.NoError(t, err)
	now := time.Now()
	for offset, fine := range map[time.Duration]bool{-299 * time.Second: true, 299 * time.Second: true, -302 * time.Second: false, 302 * time.Second: false} {
		r := signed(t, secret, now.Add(offset))
		r.Received = now
		_, err := a.Receive(r)
		require.Equal(t, fine, err == nil, offset)
	}
}

func normalize(t testing.TB, body string) ([]contact.Inbound, error) {
	a, err := build(t, Default(), suite().Secrets[0])
	require.NoError(t, err)
	return a.Normalize(contact.Delivery{Key: "msg-1", ReceivedAt: time.Now()}, strings.NewReader(body))
}

// One event, a list, or a list in an envelope: the same events, with keys of their own.
func TestBatchesAreSplit(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"[" + oneEvent + "," + strings.ReplaceAll(oneEvent, "evt-1", "evt-2") + "]", `{"events":[` + oneEvent + "," + strings.ReplaceAll(oneEvent, "evt-1", "evt-2") + "]}"} {
		events, err := normalize(t, body)
		require.NoError(t, err)
		require.Len(t, events, 2)
		require.Equal(t, "evt-1", events[0].Data.Dedupe.Key)
		require.Equal(t, "evt-2", events[1].Data.Dedupe.Key)
	}
	none, err := normalize(t, "[]")
	require.NoError(t, err)
	require.Empty(t, none)
}

// What an Usher tells of is nobody's contact: an endpoint that it is sent to may be a source, and what came of it would be told again, for ever.
func TestWhatAnUsherTellsIsNoContact(t *testing.T) {
	t.Parallel()
	a, err := build(t, Config{Tolerance: time.Minute, Channel: "web_chat"}, "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
	require.NoError(t, err)
	told := `{"specversion":"1.0","id":"evt_1","source":"/usher","type":"interaction.recorded","subject":"int_1","data":{"profile_id":"prf_1"}}`
	for body, contacts := range map[string]int{told: 0, "[" + told + "," + oneEvent + "]": 1, strings.Replace(oneEvent, `"id"`, `"source":"/shop","id"`, 1): 1} {
		events, err := a.Normalize(contact.Delivery{Source: "s", Key: "k"}, strings.NewReader(body))
		require.NoError(t, err)
		require.Len(t, events, contacts, body)
	}
}

// What a sender adds is kept; what only the gateway may say is not taken from a sender.
func TestUnknownFieldsAreKeptAndOursAreNotTaken(t *testing.T) {
	t.Parallel()
	events, err := normalize(t, strings.Replace(oneEvent, `"channel":"web_chat"`, `"channel":"web_chat","auth":{"verified":true},"raw":{"request_id":"x"}`, 1))
	require.NoError(t, err)
	require.Nil(t, events[0].Data.Auth)
	require.Nil(t, events[0].Data.Raw)
	require.Contains(t, events[0].Data.Extensions, contact.Pair{Name: "/data/page", Value: "/pricing"})
}

// A sender that may not vouch for its visitors cannot say that an address is proven.
func TestPassIsTakenOnlyWhereAllowed(t *testing.T) {
	t.Parallel()
	body := strings.Replace(oneEvent, `"value":"v-1"`, `"value":"v-1","assurance":"pass"`, 1)
	for allowed, want := range map[bool]contact.Assurance{true: contact.Pass, false: contact.None} {
		c := Default()
		c.AllowPass = allowed
		a, err := build(t, c, suite().Secrets[0])
		require.NoError(t, err)
		events, err := a.Normalize(contact.Delivery{Key: "k"}, strings.NewReader(body))
		require.NoError(t, err)
		require.Equal(t, want, events[0].Data.From.Identifiers[0].Assurance)
	}
}

// What cannot be read is an error that says where and quotes nothing.
func TestMistakesAreNamedWithoutTheirValues(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"", "{", "nonsense-4711", `{"type":4711}`, `{"specversion":"4711","type":"x"}`, `{"type":"x","data":{"times":{"occurred_at":"4711"}}}`, `[1,2]`, `{"events":{}}`,
		`{"type":"x-4711"}`, `{"type":"x-4711","data":null}`, `{"type":"x-4711","data":{}}`, `[` + oneEvent + `,{"type":"x-4711"}]`,
		`{"type":"x","id":"` + strings.Repeat("4711", 200) + `"}`, "[" + strings.Repeat("{},", maxEvents) + "{}]",
	} {
		_, err := normalize(t, body)
		require.Error(t, err, body[:min(len(body), 60)])
		require.NotContains(t, err.Error(), "4711")
	}
}

func TestMistakesInTheSectionAreNamed(t *testing.T) {
	t.Parallel()
	_, err := build(t, Default())
	require.ErrorContains(t, err, "no secrets")
	_, err = build(t, Default(), "token")
	require.ErrorContains(t, err, "neither whsec_ nor whpk_")
	_, err = build(t, Config{Channel: "x"}, suite().Secrets[0])
	require.ErrorContains(t, err, "tolerance")
}

func BenchmarkReceive(b *testing.B) {
	secret := suite().Secrets[0]
	a, err := build(b, Default(), secret)
	require.NoError(b, err)
	r := signed(b, secret, time.Now())
	for b.Loop() {
		if _, err := a.Receive(r); err != nil {
			b.Fatal(err)
		}
	}
}
