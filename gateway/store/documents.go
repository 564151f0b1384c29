package store

import (
	"time"

	"usher/gateway/contact"
)

// Layout is the version of the collections; a database of a newer one is refused.
// 2: the keys of matching are documents that are their ids alone, in the order of these. 3: profiles have search terms. 4: no decision holds what was said. 5: organizations' ids in other systems have a document each.
const Layout = 5

const metaID = "usher"

// Meta is the one document that says what this database is.
type Meta struct {
	contact.Document `bson:",inline"`

	Salt      []byte    `json:"salt"`
	Layout    int       `json:"layout"`
	CreatedAt time.Time `json:"created_at"`
}

// Chunk is a piece of a large body; its id is the owner's and the number.
type Chunk struct {
	contact.Document `bson:",inline"`

	Owner string `json:"owner"`
	N     int64  `json:"n"`
	Data  []byte `json:"data"`
}

// Upload is a large body on its way in: a note for whoever cleans up after a gateway that stopped in between. Its id owns the chunks.
type Upload struct {
	contact.Document `bson:",inline"`

	Delivery  string    `json:"delivery"` // which it becomes the body of; empty while it is being read
	StartedAt time.Time `json:"started_at"`
}

// Mark is how far a job that goes through a collection in the order of time has come.
type Mark struct {
	contact.Document `bson:",inline"`

	At time.Time `json:"at"`
}

// Polled is a source that is polled: who polls it now, and where it stands. Only the holder of the lease changes it, and the version fences a former one out.
type Polled struct {
	contact.Document `bson:",inline"`

	Source string         `json:"source"`
	Owner  string         `json:"owner"` // the gateway that polls it
	Epoch  int64          `json:"epoch"` // counts the owners
	Until  time.Time      `json:"until"` // the lease's end
	Place  string         `json:"place"` // the adapter's own, as JSON
	Units  []contact.Unit `json:"units"`
}

// BlockKey says that a profile has a key by which profiles that may be one person's find each other. It is its id alone: the key's hash (what it was made of is not kept), then the profile's id.
type BlockKey struct {
	contact.Document `bson:",inline"`
}

// HotKey marks a key that too many profiles have: it is neither written nor read any more. One whose id ends in a number marks a contact point that so many people's names came with: its key is used as before.
// Either way the profiles that have the key are looked at again: what was flagged through it may say less now.
type HotKey struct {
	contact.Document `bson:",inline"`

	Kind   string    `json:"kind"`
	Key    int64     `json:"key"`
	Relook string    `json:"relook"` // pending, done
	At     time.Time `json:"at"`
}

// Event is something that happened, for others to follow.
type Event struct {
	contact.Document `bson:",inline"`

	Type    string         `json:"type"`
	Subject string         `json:"subject"`
	By      string         `json:"by,omitempty"` // whose work recorded it; empty: its own id says enough
	At      time.Time      `json:"at"`
	Data    []contact.Pair `json:"data,omitempty"`
}

// Key is an API key: of the key itself only the SHA-256 is kept.
type Key struct {
	contact.Document `bson:",inline"`

	Name      string    `json:"name"`
	Hash      string    `json:"hash"` // base64 of the secret's SHA-256
	Scopes    []string  `json:"scopes"`
	Agent     string    `json:"agent,omitempty"`  // the workspace's agent it acts for
	Source    string    `json:"source,omitempty"` // the source its interactions are recorded under
	CreatedAt time.Time `json:"created_at"`
	RevokedAt time.Time `json:"revoked_at,omitzero"`
}

// Answer is what a request with an Idempotency-Key was answered; empty while it is in flight.
type Answer struct {
	contact.Document `bson:",inline"`

	Path      string         `json:"path"`
	Digest    []byte         `json:"digest"` // SHA-256 of method, path and body
	Done      bool           `json:"done"`
	Status    int            `json:"status,omitempty"`
	Header    []contact.Pair `json:"header,omitempty"`
	Body      []byte         `json:"body,omitempty"`
	ExpiresAt time.Time      `json:"expires_at"`
}

// Erasure is the erasing of one person: what was decided, and how far it is. It is made together with the decision, and worked on by any gateway.
type Erasure struct {
	contact.Document `bson:",inline"`

	ProfileID  string    `json:"profile_id"` // which spoke for the person
	DecisionID string    `json:"decision_id"`
	ErasedAt   time.Time `json:"erased_at"` // what happened before is erased

	State string    `json:"state"`
	Due   time.Time `json:"due"` // not before
	Stage int       `json:"stage"`
	Pass  int       `json:"pass"`
	Place Place     `json:"place"` // within the stage

	FencedAt time.Time `json:"fenced_at,omitzero"` // since when nobody who looks finds the person
	DoneAt   time.Time `json:"done_at,omitzero"`

	Profiles   []string `json:"profiles,omitempty"`   // that are the person
	Identities []string `json:"identities,omitempty"` // they held
	Words      []string `json:"words,omitempty"`      // what those were, until all is erased: only by them some things are recognised
	Names      []string `json:"names,omitempty"`      // what the person was called, as long as the words are kept
	Left       bool     `json:"left,omitempty"`       // something of the person was left to others who are at work on it: it is looked again
	Looks      int      `json:"looks,omitempty"`      // how often that was
	Again      []string `json:"again,omitempty"`      // deliveries of contacts from after the erasure, to be worked on again

	Interactions int `json:"interactions"` // how many were erased
	Deliveries   int `json:"deliveries"`
}

// The states of an erasure.
const (
	ErasureRunning     = "running"
	ErasureOverwriting = "overwriting" // everything is erased; what the file still holds of it is to be overwritten
	ErasureSettling    = "settling"    // everything is erased; it is looked once more for what somebody slow may have stored since
	ErasureDone        = "done"
)

// Place is where in the order of an index a job is.
type Place struct {
	Text string    `json:"text,omitempty"`
	At   time.Time `json:"at,omitzero"`
	N    int64     `json:"n,omitempty"`
	ID   string    `json:"id,omitempty"`
}
