// Package adapters is the contract between Usher and a channel. An adapter proves what arrives genuine and reads it into canonical events.
// It never sees the store, the web server or another adapter; both of its functions are pure, so that they can be tested from tables and fuzzed.
package adapters

import (
	"errors"
	"io"
	"net/http"
	"time"

	"usher/gateway/contact"
)

// Builder makes an adapter for one configured source. It checks the section and the secrets and never dials.
type Builder func(Source) (Adapter, error)

// Source is what the configuration says of one source.
type Source struct {
	Name      string
	Region    string   // ISO 3166-1 alpha-2, for national number formats
	Secrets   [][]byte // one, or two while rotating
	PublicURL string   // what providers sign against: scheme, host and path up to and without the source's name, e.g. https://usher.example/hooks
	Own       Own      // who we are
	// Decode reads the adapter's own section strictly into a struct; an unknown key fails with line and column. A missing section leaves the struct as it is.
	Decode func(into any) error
}

// Own is what the workspace says of itself: what comes from these is ours, and never evidence of a customer.
type Own struct {
	Emails  []string // addresses we send from or receive at
	Domains []string
	Numbers []string // E.164
	Agents  []string // the agents' addresses, wherever they are
}

// Adapter reads stored deliveries.
type Adapter interface {
	// Revision numbers the behaviour of Normalize; it is raised when a mended normaliser reads stored deliveries differently.
	Revision() int
	// Normalize reads a stored delivery into events: none for a handshake or a typing event, an error when it cannot be read (the delivery is kept as unparsed, and the error with it: it says where the body is wrong and never what stands there). It is pure and runs again on a replay.
	// Identifiers may be in the provider's spelling; Source, ids and received times are filled in by ingest where they are empty.
	Normalize(d contact.Delivery, body contact.Body) ([]contact.Inbound, error)
}

// Enclosing is an adapter whose deliveries hold files themselves, as mails do. Normalize describes each as a [contact.Media] in the state contact.Enclosed.
type Enclosing interface {
	// Enclosed reads such a file from its delivery's body. It fails for a reference that Normalize did not make.
	Enclosed(m contact.Media, body contact.Body) (io.Reader, error)
}

// Webhook is an adapter whose provider posts to /hooks/{source}[/{purpose}].
type Webhook interface {
	Adapter
	// Receive proves the request genuine and decides the reply. A *Refusal means nothing is stored.
	Receive(r Request) (Receipt, error)
}

// Media is an adapter whose parts point at files that have to be fetched with its credentials.
type Media interface {
	Media(m contact.Media) (*http.Request, error)
}

// Request is a webhook as it came in. Header and Body are the caller's to keep.
type Request struct {
	Method   string
	Purpose  string // the last element of /hooks/{source}/{purpose}, or empty
	URL      string // the public URL it was sent to: the configured base, the path and the raw query as received
	Header   http.Header
	Body     []byte // raw, at most the body limit
	Received time.Time
}

// Receipt is what a genuine request gets.
type Receipt struct {
	// Key is the delivery's natural key, from signed content. Empty: the SHA-256 of method, purpose, query and body.
	Key   string
	Reply Reply
	// Discard: a handshake that leaves nothing to store.
	Discard bool
	// Call: a caller is waiting on this answer; it is given even when the store is down, and the loss is counted.
	Call bool
	Auth contact.Auth
}

// Reply is the answer to a provider; the zero value is an empty 204.
type Reply struct {
	Status      int
	ContentType string
	Body        []byte
}

// Refusal says why a request is not genuine, by a code that can be counted and shown: it holds nothing of what was sent.
type Refusal struct {
	Status int    // 401 for a missing or wrong proof, 403 for an account that is not ours, 404 for an unknown purpose, 405 for a GET where only POST is taken, 400 for a request no provider sends
	Reason string // missing_signature, bad_signature, stale_timestamp, wrong_account, unknown_purpose, ...
}

func (r *Refusal) Error() string { return "refusing request: " + r.Reason }

// Refused returns the refusal in err, if it is one.
func Refused(err error) (*Refusal, bool) {
	var r *Refusal
	return r, errors.As(err, &r)
}

// Misread is an error of Normalize that says where in the body it is wrong. It names nothing that stands there.
type Misread struct {
	Pointer string // a JSON Pointer (RFC 6901) into the body; empty: the body as a whole
	Err     error
}

func (m *Misread) Error() string { return m.Err.Error() }

func (m *Misread) Unwrap() error { return m.Err }
