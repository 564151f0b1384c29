package contact

import "time"

// Duplicate is a flagged pair of member profiles. Persons are resolved when it is read, so a merge re-pairs nothing: whether the pair is one person, or is not, is never stored with it.
type Duplicate struct {
	Document `bson:",inline"`

	A            string          `json:"a"` // the smaller id
	B            string          `json:"b"`
	Status       DuplicateStatus `json:"status"`
	Probability  float64         `json:"probability"`
	Band         string          `json:"band"` // certain, likely, possible
	Calibrated   bool            `json:"calibrated"`
	Model        string          `json:"model"`
	Evidence     []Evidence      `json:"evidence,omitempty"`
	Ignored      []Ignored       `json:"ignored,omitempty"`
	CreatedBy    string          `json:"created_by"`        // the interaction that raised it
	Sampled      bool            `json:"sampled,omitempty"` // too improbable for review, and drawn all the same so that decisions tell of such pairs too
	Rank         int64           `json:"rank"`              // the probability in millionths: what queues are ordered by
	Assignee     string          `json:"assignee"`
	SnoozedUntil time.Time       `json:"snoozed_until,omitzero"`
	FlaggedAt    time.Time       `json:"flagged_at"`
	UpdatedAt    time.Time       `json:"updated_at"`         // when it was scored last, snoozed or assigned: our time, whatever the contact's is
	GainedAt     time.Time       `json:"gained_at,omitzero"` // when it last gained strong evidence
}

// RankOf is a probability as queues are ordered by it.
func RankOf(probability float64) int64 { return int64(probability*1e6 + 0.5) }

// DuplicateStatus is where a flagged pair stands. A stored one is open: the others follow from the trees, the decisions and the clock.
type DuplicateStatus string

// The statuses.
const (
	DuplicateOpen      DuplicateStatus = "open"
	DuplicateMerged    DuplicateStatus = "merged"
	DuplicateDismissed DuplicateStatus = "dismissed"
	DuplicateSnoozed   DuplicateStatus = "snoozed"
)

// Ignored is a key that was not used, and why: a number shared by many profiles, for one.
type Ignored struct {
	Key    string `json:"key"`
	Reason string `json:"reason"`
}

// OrderedPair orders two profile ids.
func OrderedPair(a, b string) (string, string) {
	return min(a, b), max(a, b)
}
