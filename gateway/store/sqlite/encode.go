package sqlite

import (
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// encoder writes documents as CBOR (RFC 8949): fields by their json names, times as text of the instant in UTC, bytes as bytes. A text that is no UTF-8 comes back as it went in: refusing to read it would lose the document, and the page of a list that it is on.
var encoder, decoder = modes()

func modes() (cbor.EncMode, cbor.DecMode) {
	enc, err := cbor.EncOptions{Time: cbor.TimeRFC3339NanoUTC, NilContainers: cbor.NilContainerAsNull}.EncMode()
	if err != nil {
		enc, _ = cbor.EncOptions{}.EncMode() // the options above are constants the library accepts
	}
	dec, err := cbor.DecOptions{MaxArrayElements: 1 << 20, MaxNestedLevels: 64, TimeTag: cbor.DecTagIgnored, UTF8: cbor.UTF8DecodeInvalid}.DecMode()
	if err != nil {
		dec, _ = cbor.DecOptions{}.DecMode()
	}
	return enc, dec
}

// encode is a document as its row keeps it: nothing where it is its id alone.
func encode(s *store.Schema, doc contact.Stored) ([]byte, error) {
	if s.Bare() {
		return []byte{}, nil
	}
	body, err := encoder.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encoding document: %w", err)
	}
	return body, nil
}

// bodyOf is the column that a document is read from.
func bodyOf(s *store.Schema) string {
	if s.Bare() {
		return "id"
	}
	return "doc"
}

// decode is the decoding of one document's bytes, which are the id where that is all of it.
func decode(s *store.Schema, doc []byte) store.Decode {
	return func(into any) error {
		if stored, ok := into.(contact.Stored); ok && s.Bare() {
			*stored.Base() = contact.Document{ID: string(doc), Version: 1}
			return nil
		}
		if err := decoder.Unmarshal(doc, into); err != nil {
			return fmt.Errorf("decoding document: %w", err)
		}
		return nil
	}
}

// column is an indexed value as a column holds it: times as milliseconds since 1970.
func column(v any) any {
	if t, ok := v.(time.Time); ok {
		return t.UnixMilli()
	}
	return v
}

func columns(values []any) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = column(v)
	}
	return all
}
