package twilio

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// proven reports whether one of the secrets made the signature, and which.
//
// twilio-go's RequestValidator is not asked: of a repeated parameter it reads the first value only, and so refuses genuine requests that repeat one and would take one to which a value was added;
// and it cuts an IPv6 literal at its first colon. Where it is right the two agree (a test holds that).
func proven(secrets [][]byte, signature, method, address string, body []byte, form url.Values) (key int, ok bool) {
	sent, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return 0, false
	}
	text := ""
	if method != http.MethodGet {
		if hash, found := bodyHash(address); !found {
			text = signedText(form)
		} else if !hashes(body, hash) {
			return 0, false
		}
	}
	for _, spelled := range spellings(address) {
		for i, secret := range secrets {
			if hmac.Equal(mac(secret, spelled+text), sent) {
				return i, true
			}
		}
	}
	return 0, false
}

// hashes reports whether body has the SHA-256 that a JSON request's signed address carries.
func hashes(body []byte, hash string) bool {
	sum := sha256.Sum256(body)
	return hmac.Equal([]byte(hex.EncodeToString(sum[:])), []byte(strings.ToLower(hash)))
}

// signedText is every parameter's name and value, the names in order of their bytes, a repeated one's values in order and each once.
// https://www.twilio.com/docs/usage/security#explore-the-algorithm-yourself
func signedText(form url.Values) string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	var text strings.Builder
	for _, name := range names {
		for _, value := range slices.Compact(slices.Sorted(slices.Values(form[name]))) {
			text.WriteString(name + value)
		}
	}
	return text.String()
}

// bodyHash is the SHA-256 that the address of a JSON request carries.
func bodyHash(address string) (string, bool) {
	if !strings.Contains(address, "bodySHA256=") {
		return "", false
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return "", false
	}
	hash := parsed.Query().Get("bodySHA256")
	return hash, hash != ""
}

// spellings are an address as it is, with its scheme's port, and without a port: Twilio's back end is not of one mind.
func spellings(address string) []string {
	parsed, err := url.Parse(address)
	if err != nil {
		return []string{address}
	}
	host, port := parsed.Hostname(), parsed.Port()
	if port == "" {
		port = map[string]string{"https": "443"}[parsed.Scheme]
		if port == "" {
			port = "80"
		}
	}
	bare := host
	if strings.Contains(host, ":") { // an IPv6 literal keeps its brackets
		bare = "[" + host + "]"
	}
	scheme, rest, _ := strings.Cut(address, "://")
	rest = strings.TrimPrefix(rest, parsed.Host)
	return []string{address, scheme + "://" + net.JoinHostPort(host, port) + rest, scheme + "://" + bare + rest}
}

func mac(secret []byte, text string) []byte {
	h := hmac.New(sha1.New, secret)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// Sign makes the X-Twilio-Signature of a posted form, as Twilio does: for tests, demonstrations and senders that stand in for Twilio.
func Sign(secret []byte, address string, form url.Values) string {
	return base64.StdEncoding.EncodeToString(mac(secret, address+signedText(form)))
}
