package contact

import (
	"io"
	"time"
)

// Delivery is one whole request or mail as it arrived, stored before it was answered and never split.
type Delivery struct {
	Document `bson:",inline"`

	Key        string    `json:"key"` // natural key within the source, from signed content
	Source     string    `json:"source"`
	Adapter    string    `json:"adapter"`
	Purpose    string    `json:"purpose,omitempty"`
	ReceivedAt time.Time `json:"received_at"`

	Method      string `json:"method,omitempty"`
	URL         string `json:"url,omitempty"` // the public URL that was signed
	ContentType string `json:"content_type,omitempty"`
	Header      []Pair `json:"header,omitempty"` // without credentials
	Body        []byte `json:"body,omitempty"`   // when it is small, else empty
	Blob        string `json:"blob,omitempty"`   // the owner of the chunks that hold a larger body
	Gone        bool   `json:"gone,omitempty"`   // the body was dropped when its time was over
	Size        int64  `json:"size"`
	SHA256      string `json:"sha256"`
	Auth        *Auth  `json:"auth,omitempty"`

	// Queue is the source while somebody still has to work on it, else empty: workers claim by (queue, due).
	Queue string    `json:"queue"`
	Due   time.Time `json:"due"` // not before; a lease's end while leased
	Lease *Lease    `json:"lease,omitempty"`
	// Outcome is the state, or for a done delivery its result.
	Outcome  Outcome `json:"outcome"`
	Code     string  `json:"code,omitempty"` // why it was quarantined, unparsed or is dead; interaction_full: an event was recorded of which the interaction keeps no more
	Attempts int     `json:"attempts"`
	Error    string  `json:"error,omitempty"` // of the last attempt, or why it is unparsed; holds no personal data

	// Waiting is how many of its contacts wait in quarantine; the body is kept for them.
	Waiting int `json:"waiting,omitempty"`
	// Plan is which interactions this delivery's contacts became.
	Plan []Planned `json:"plan,omitempty"`
}

// CodeErased is the code of a delivery that brought a contact of an erased person.
const CodeErased = "erased"

// Stripped is a delivery without anything of what it brought: ids and times are left, and that it is gone. Whoever stores it deletes the chunks of its body, and only then forgets whose they were.
func (d Delivery) Stripped() Delivery {
	d.Gone, d.Body, d.SHA256, d.Error = true, nil, "", ""
	d.Key, d.URL, d.ContentType, d.Header, d.Auth, d.Waiting = "", "", "", nil, nil, 0
	return d
}

// Bare reports whether nothing is left of what the delivery brought.
func (d Delivery) Bare() bool { return d.Gone && d.Blob == "" && d.Key == "" && d.URL == "" }

// Body is what a delivery brought, as it arrived. A large one stays in the store and is read from there in pieces; one reader at a time.
type Body interface {
	io.Reader
	io.ReaderAt
	Size() int64
}

// Lease is a worker's temporary hold. It saves work; correctness never depends on it.
type Lease struct {
	Owner string    `json:"owner"`
	Until time.Time `json:"until"`
}

// Outcome is the state of a delivery that is worked on, or the result of one that is done.
type Outcome string

// The states and results.
const (
	Accepted    Outcome = "accepted"
	Retrying    Outcome = "retry"
	Dead        Outcome = "dead"
	Recorded    Outcome = "recorded"
	Nothing     Outcome = "nothing" // normalised to no contact: a handshake, a typing event
	NotParsed   Outcome = "unparsed"
	Quarantined Outcome = "quarantined"
)

// Outcomes lists all of them in the order they are shown.
var Outcomes = []Outcome{Accepted, Retrying, Dead, Recorded, Nothing, NotParsed, Quarantined}

// Planned is what one contact of a delivery was recorded as. A replay keeps the interaction whatever a mended parser reads.
type Planned struct {
	Index       int    `json:"index"`
	Interaction string `json:"interaction"`
}

// State is accepted, leased, retry, done or dead, as of now.
func (d Delivery) State(now time.Time) string {
	switch d.Outcome {
	case Accepted, Retrying:
		if d.Lease != nil && d.Lease.Until.After(now) {
			return "leased"
		}
		return string(d.Outcome)
	case Dead:
		return "dead"
	}
	return "done"
}
