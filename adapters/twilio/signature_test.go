package twilio

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twilio/twilio-go/client"
	"pgregory.net/rapid"
)

// The public vectors of Twilio's own helper libraries. The one that repeats a parameter is refused by twilio-go alone.
func TestVectorsOfTwiliosLibraries(t *testing.T) {
	t.Parallel()
	form := "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
	for name, c := range map[string]struct {
		address, body, signature string
	}{
		"twilio-go: form":                    {"https://mycompany.com/myapp.php?foo=1&bar=2", form, "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
		"twilio-go: with the default port":   {"https://mycompany.com:443/myapp.php?foo=1&bar=2", form, "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
		"twilio-python: repeated parameters": {"https://mycompany.com/myapp.php?foo=1&bar=2", form + "&MessagingBinding.Address=%2B1&MessagingBinding.Address=%2B2", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values, err := url.ParseQuery(c.body)
			require.NoError(t, err)
			signature := c.signature
			if signature == "" { // no fixed vector: made by the rule that Twilio documents
				signature = Sign([]byte("12345"), c.address, values)
			}
			_, ok := proven([][]byte{[]byte("12345")}, signature, http.MethodPost, c.address, []byte(c.body), values)
			require.True(t, ok)
			_, ok = proven([][]byte{[]byte("12346")}, signature, http.MethodPost, c.address, []byte(c.body), values)
			require.False(t, ok)
		})
	}
}

// Twilio signs all values of a repeated parameter, sorted and each once (twilio-python's tests hold this one).
func TestRepeatedParametersAreSignedSortedAndOnce(t *testing.T) {
	t.Parallel()
	require.Equal(t, "a1a2b3", signedText(url.Values{"b": {"3"}, "a": {"2", "1", "2"}}))
}

// A value added to a repeated parameter must not ride along on a signature over the first one.
func TestAnAddedValueIsRefused(t *testing.T) {
	t.Parallel()
	address := "https://usher.example/hooks/tw/message"
	signature := Sign([]byte("token"), address, url.Values{"From": {"+1"}})
	body := "From=%2B1&From=%2B2"
	values, err := url.ParseQuery(body)
	require.NoError(t, err)
	_, ok := proven([][]byte{[]byte("token")}, signature, http.MethodPost, address, []byte(body), values)
	require.False(t, ok)
}

// Where no parameter repeats, twilio-go's own check says the same.
func TestTwiliosValidatorAgrees(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		form := url.Values{}
		for range rapid.IntRange(0, 5).Draw(t, "fields") {
			form.Set(rapid.StringMatching(`[A-Za-z]{1,6}`).Draw(t, "name"), rapid.String().Draw(t, "value"))
		}
		address := rapid.SampledFrom([]string{"https://u.example/h", "https://u.example:443/h?a=b", "http://u.example:8080/h"}).Draw(t, "address")
		secret := rapid.SampledFrom([]string{"t", "other"}).Draw(t, "secret")
		signature := Sign([]byte(secret), address, form)
		validator := client.NewRequestValidator("t")
		_, ok := proven([][]byte{[]byte("t")}, signature, http.MethodPost, address, []byte(form.Encode()), form)
		require.Equal(t, validator.ValidateBody(address, []byte(form.Encode()), signature), ok)
	})
}

// A JSON request signs its address, which carries the body's hash.
func TestJSONBodiesAreProvenByTheirHash(t *testing.T) {
	t.Parallel()
	body := `{"property": "value", "boolean": true}`
	address := "https://mycompany.com/myapp.php?bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
	signature := Sign([]byte("12345"), address, nil)
	_, ok := proven([][]byte{[]byte("12345")}, signature, http.MethodPost, address, []byte(body), url.Values{})
	require.True(t, ok)
	_, ok = proven([][]byte{[]byte("12345")}, signature, http.MethodPost, address, []byte(body+" "), url.Values{})
	require.False(t, ok)
}

// The address may be signed with or without its port, an IPv6 literal's too (twilio-go cuts that at its first colon).
func TestPortsAreAddedAndLeftOut(t *testing.T) {
	t.Parallel()
	form := url.Values{"A": {"1"}}
	for _, c := range []struct{ asked, signed string }{
		{"https://usher.example/h", "https://usher.example:443/h"},
		{"https://usher.example:443/h", "https://usher.example/h"},
		{"http://usher.example/h", "http://usher.example:80/h"},
		{"https://usher.example:1234/h", "https://usher.example/h"},
		{"https://[2001:db8::1]:8443/h", "https://[2001:db8::1]/h"},
		{"https://[2001:db8::1]/h", "https://[2001:db8::1]:443/h"},
	} {
		_, ok := proven([][]byte{[]byte("t")}, Sign([]byte("t"), c.signed, form), http.MethodPost, c.asked, []byte(form.Encode()), form)
		require.True(t, ok, "%s signed as %s", c.asked, c.signed)
	}
	_, ok := proven([][]byte{[]byte("t")}, Sign([]byte("t"), "https://other.example/h", form), http.MethodPost, "https://usher.example/h", []byte(form.Encode()), form)
	require.False(t, ok)
}

// While a token is rotated both prove, and the answer says which did.
func TestEitherOfTwoSecretsProves(t *testing.T) {
	t.Parallel()
	form := url.Values{"A": {"1"}}
	for i, secret := range []string{"new", "old"} {
		key, ok := proven([][]byte{[]byte("new"), []byte("old")}, Sign([]byte(secret), "https://u.example", form), http.MethodPost, "https://u.example", []byte(form.Encode()), form)
		require.True(t, ok)
		require.Equal(t, i, key)
	}
}

// Whatever is in a form, its own signature proves it, and a changed value does not.
func TestASignatureCoversEveryParameter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		form := url.Values{}
		for range rapid.IntRange(1, 5).Draw(t, "fields") {
			form.Add(rapid.StringMatching(`[A-Za-z]{1,6}`).Draw(t, "name"), rapid.String().Draw(t, "value"))
		}
		signature := Sign([]byte("t"), "https://u.example/h", form)
		if _, ok := proven([][]byte{[]byte("t")}, signature, http.MethodPost, "https://u.example/h", []byte(form.Encode()), form); !ok {
			t.Fatal("its own signature does not prove it")
		}
		form.Add("Zzzzzzz", "added")
		if _, ok := proven([][]byte{[]byte("t")}, signature, http.MethodPost, "https://u.example/h", []byte(form.Encode()), form); ok {
			t.Fatal("a parameter was added unnoticed")
		}
	})
}

// Nothing but the secret's own signature proves a request.
func FuzzSignatureRefusesUnsigned(f *testing.F) {
	f.Add("From=%2B1&Body=hi", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "https://u.example/h")
	f.Add("", "", "https://u.example/h?bodySHA256=00")
	f.Fuzz(func(t *testing.T, body, signature, address string) {
		form, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		if _, ok := proven([][]byte{[]byte("a secret that the fuzzer does not know")}, signature, http.MethodPost, address, []byte(body), form); ok {
			t.Fatalf("%q proves %q", signature, body)
		}
	})
}
