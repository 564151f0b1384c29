package verify

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
)

func TestRefusalsSayWhyAndNothingElse(t *testing.T) {
	t.Parallel()
	const id, ts, secret = "msg_1", "1795435200", "correct horse battery staple"
	good, err := Sign(standardV1, []byte(secret), Parts{ID: id, Timestamp: ts, Body: []byte("{}")})
	require.NoError(t, err)
	other, err := Sign(standardV1, []byte("another"), Parts{ID: id, Timestamp: ts, Body: []byte("{}")})
	require.NoError(t, err)
	set := func(id, ts, signature string) http.Header {
		return headers("webhook-id", id, "webhook-timestamp", ts, "webhook-signature", signature)
	}
	with := func(h http.Header, name, value string) http.Header { h.Add(name, value); return h }
	for name, c := range map[string]struct {
		header http.Header
		want   Reason
	}{
		"genuine":                         {set(id, ts, good), ""},
		"no header at all":                {headers(), MissingSignature},
		"an empty signature":              {set(id, ts, ""), MissingSignature},
		"no timestamp":                    {headers("webhook-id", id, "webhook-signature", good), MissingTimestamp},
		"no id":                           {headers("webhook-timestamp", ts, "webhook-signature", good), MissingID},
		"another key's":                   {set(id, ts, other), BadSignature},
		"another version only":            {set(id, ts, "v2,"+good[3:]), UnsupportedSignature},
		"v1a only":                        {set(id, ts, "v1a,"+good[3:]), UnsupportedSignature},
		"no version":                      {set(id, ts, good[3:]), UnsupportedSignature},
		"a version without a signature":   {set(id, ts, "v1,"), UnsupportedSignature},
		"cut short":                       {set(id, ts, good[:20]), BadSignature},
		"not base64":                      {set(id, ts, "v1,"+strings.Repeat("!", 44)), BadSignature},
		"base64 with loose bits":          {set(id, ts, good[:len(good)-2]+"F="), BadSignature},
		"another id":                      {set("msg_2", ts, good), BadSignature},
		"another time":                    {set(id, "1795435201", good), BadSignature},
		"a zero before the time":          {set(id, "0"+ts, good), BadSignature},
		"a time in words":                 {set(id, "now", good), BadTimestamp},
		"a negative time":                 {set(id, "-1", good), BadTimestamp},
		"a signed time":                   {set(id, "+"+ts, good), BadTimestamp},
		"a time with a point":             {set(id, ts+".0", good), BadTimestamp},
		"a time after the year 9999":      {set(id, "253402300800", good), BadTimestamp},
		"a time beyond all numbers":       {set(id, strings.Repeat("9", 40), good), BadTimestamp},
		"an id with the separator":        {set("msg.1", ts, good), BadID},
		"an id with a control character":  {set("msg\x011", ts, good), BadID},
		"an id that is too long":          {set(long(257), ts, good), BadID},
		"two ids":                         {with(set(id, ts, good), "webhook-id", id), AmbiguousHeader},
		"two times":                       {with(set(id, ts, good), "webhook-timestamp", ts), AmbiguousHeader},
		"the right one in a second":       {with(set(id, ts, other), "webhook-signature", good), ""},
		"the right one among others":      {set(id, ts, "v2,x "+other+" v1,notasignature "+good+" v1a,y"), ""},
		"joined by a proxy":               {set(id, ts, other+", "+good), ""},
		"sixteen":                         {set(id, ts, strings.Repeat(other+" ", 15)+good), ""},
		"seventeen":                       {set(id, ts, strings.Repeat(other+" ", 16)+good), TooManySignatures},
		"seventeen headers":               {seventeen(set(id, ts, good), other), TooManySignatures},
		"a header of five thousand bytes": {set(id, ts, good+" "+long(5000)), TooManySignatures},
		"under the alias":                 {headers("svix-id", id, "svix-timestamp", ts, "svix-signature", good), ""},
		"names mixed with the alias":      {headers("webhook-id", id, "svix-timestamp", ts, "webhook-signature", good), MissingTimestamp},
		"a good alias behind a bad one":   {with(with(with(set(id, ts, other), "svix-id", id), "svix-timestamp", ts), "svix-signature", good), BadSignature},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result, err := standardV1.checker(t, secret).Check(Input{Header: c.header.Values, Body: []byte("{}"), Now: now})
			require.Equal(t, c.want, ReasonOf(err))
			if c.want == "" {
				require.NoError(t, err)
				require.Equal(t, Result{ID: id, SignedAt: now}, result)
				return
			}
			require.Equal(t, "checking signature: "+string(c.want), err.Error())
			require.Zero(t, result)
		})
	}
}

func seventeen(h http.Header, signature string) http.Header {
	for range 16 {
		h.Add("webhook-signature", signature)
	}
	return h
}

func TestSignatureOverANonceOrURLNeedsThem(t *testing.T) {
	t.Parallel()
	p := sampleParts(sinchConversation)
	p.Nonce = ""
	_, err := sinchConversation.checker(t, "k").Check(signed(t, sinchConversation, "k", p))
	require.Equal(t, MissingNonce, ReasonOf(err))
	p.Nonce = "a.b"
	_, err = sinchConversation.checker(t, "k").Check(signed(t, sinchConversation, "k", p))
	require.Equal(t, BadNonce, ReasonOf(err))

	p = sampleParts(signalWireA)
	p.URL = ""
	_, err = signalWireA.checker(t, "k").Check(signed(t, signalWireA, "k", p))
	require.Equal(t, MissingURL, ReasonOf(err))
}

func TestTimestampInTheSignatureHeaderIsChecked(t *testing.T) {
	t.Parallel()
	p := sampleParts(jambonz)
	in := signed(t, jambonz, "k", p)
	value := in.Header("Jambonz-Signature")[0]
	require.True(t, strings.HasPrefix(value, "t=1795435200,v1="))
	for name, c := range map[string]struct {
		value string
		want  Reason
	}{
		"as signed":       {value, ""},
		"turned around":   {value[len("t=1795435200,"):] + ",t=1795435200", ""},
		"with a space":    {strings.Replace(value, ",", ", ", 1), ""},
		"another version": {value + ",v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39", ""},
		"two times":       {value + ",t=1795435200", AmbiguousHeader},
		"no time":         {value[len("t=1795435200,"):], MissingTimestamp},
		"empty time":      {"t=," + value[len("t=1795435200,"):], MissingTimestamp},
		"only a time":     {"t=1795435200", UnsupportedSignature},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := Input{Header: headers("Jambonz-Signature", c.value).Values, Body: p.Body, Now: now}
			_, err := jambonz.checker(t, "k").Check(in)
			require.Equal(t, c.want, ReasonOf(err))
		})
	}
}

func TestBothSecretsPassWhileRotating(t *testing.T) {
	t.Parallel()
	for name, scheme := range schemes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := sampleParts(scheme)
			checker := scheme.checker(t, "old", "new")
			for i, key := range []string{"old", "new"} {
				result, err := checker.Check(signed(t, scheme, key, p))
				require.NoError(t, err)
				require.Equal(t, i, result.Key)
			}
			_, err := checker.Check(signed(t, scheme, "older", p))
			require.Equal(t, BadSignature, ReasonOf(err))

			result, err := scheme.checker(t, "same", "same").Check(signed(t, scheme, "same", p))
			require.NoError(t, err)
			require.Zero(t, result.Key, "of two that match, the first")
		})
	}
}

func TestToleranceIsInclusiveToBothSides(t *testing.T) {
	t.Parallel()
	in := signed(t, slack, "k", sampleParts(slack))
	checker := slack.checker(t, "k")
	for skew, want := range map[time.Duration]Reason{
		0: "", 300 * time.Second: "", -300 * time.Second: "",
		300*time.Second + 1: StaleTimestamp, -300*time.Second - 1: StaleTimestamp,
		301 * time.Second: StaleTimestamp, -301 * time.Second: StaleTimestamp, 1000 * 24 * time.Hour: StaleTimestamp,
	} {
		in.Now = now.Add(skew)
		result, err := checker.Check(in)
		require.Equal(t, want, ReasonOf(err), skew)
		require.Equal(t, skew, result.Skew, "the skew is told of a stale request too")
		require.Equal(t, now, result.SignedAt)
	}
}

// A clock of no time at all, or a time at the ends of what is read, must not come out as fresh by overflow.
func TestFarTimesAreStale(t *testing.T) {
	t.Parallel()
	for _, ts := range []string{"0", "1", "253402300799"} {
		in := signed(t, slack, "k", Parts{Timestamp: ts, Body: []byte("x")})
		for _, clock := range []time.Time{now, {}} {
			in.Now = clock
			_, err := slack.checker(t, "k").Check(in)
			require.Equal(t, StaleTimestamp, ReasonOf(err), ts)
		}
	}
}

// The reference library formats the time again before it signs, so that it refuses a zero that was signed.
func TestTimestampIsSignedAsItWasSent(t *testing.T) {
	t.Parallel()
	p := sampleParts(standardV1)
	p.Timestamp = "00" + p.Timestamp
	_, err := standardV1.checker(t, "k").Check(signed(t, standardV1, "k", p))
	require.NoError(t, err)
}

func TestReferenceLibraryAgrees(t *testing.T) {
	t.Parallel()
	secret, err := ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	require.NoError(t, err)
	oracle, err := standardwebhooks.NewWebhookRaw(secret)
	require.NoError(t, err)
	scheme := standardV1
	scheme.Keys = [][]byte{secret}
	checker, err := New(scheme)
	require.NoError(t, err)
	for i := range 50 {
		body := []byte(strings.Repeat("é\x00\n", i))
		id, at := fmt.Sprintf("msg_%d", i), time.Now()
		signature, err := oracle.Sign(id, at, body)
		require.NoError(t, err)
		header := headers("webhook-id", id, "webhook-timestamp", Stamp(scheme, at), "webhook-signature", signature)
		_, err = checker.Check(Input{Header: header.Values, Body: body, Now: at})
		require.NoError(t, err)

		ours, err := Sign(scheme, secret, Parts{ID: id, Timestamp: Stamp(scheme, at), Body: body})
		require.NoError(t, err)
		header.Set("webhook-signature", ours)
		require.NoError(t, oracle.Verify(body, header))
	}
}
