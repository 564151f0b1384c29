package adaptertest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"testing/iotest"

	"usher/adapters"
	"usher/gateway/contact"
)

// credentials are the headers that are not stored.
var credentials = []string{"Authorization", "Cookie", "Proxy-Authorization"}

// Delivery is what the gateway stores of a genuine request, without the ids that it makes.
func Delivery(adapter string, r adapters.Request, receipt adapters.Receipt) contact.Delivery {
	sum := sha256.Sum256(r.Body)
	digest := hex.EncodeToString(sum[:])
	d := contact.Delivery{
		Key: cmp.Or(receipt.Key, "sha256:"+digest), Source: "suite", Adapter: adapter, Purpose: r.Purpose, ReceivedAt: contact.Instant(r.Received),
		Method: r.Method, URL: r.URL, ContentType: r.Header.Get("Content-Type"),
		Body: r.Body, Size: int64(len(r.Body)), SHA256: digest, Auth: &receipt.Auth, Outcome: contact.Accepted,
	}
	for name, values := range r.Header {
		for _, value := range values {
			if !slices.Contains(credentials, name) {
				d.Header = append(d.Header, contact.Pair{Name: name, Value: value})
			}
		}
	}
	slices.SortStableFunc(d.Header, func(a, b contact.Pair) int { return cmp.Compare(a.Name, b.Name) })
	return d
}

// normalize reads a delivery twice, the second time in pieces: Normalize is a function of the delivery and nothing else.
func normalize(a adapters.Adapter, d contact.Delivery, body []byte) ([]contact.Inbound, error) {
	first, err := a.Normalize(d, bytes.NewReader(body))
	second, again := a.Normalize(d, inPieces{bytes.NewReader(body)})
	if fmt.Sprint(err) != fmt.Sprint(again) {
		return nil, fmt.Errorf("reading twice differs: %w, then %w", err, again)
	}
	if one, two := text(first), text(second); one != two {
		return nil, fmt.Errorf("reading twice differs: %s, then %s", one, two)
	}
	return first, err
}

// inPieces is a body of which every read gives a part only.
type inPieces struct{ *bytes.Reader }

func (b inPieces) Read(p []byte) (int, error) { return iotest.HalfReader(b.Reader).Read(p) }

// text is anything as indented JSON.
func text(v any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return err.Error()
	}
	return b.String()
}
