package contact

import "time"

// Duplicate is a flagged pair of member profiles. Persons are resolved when it is read, so a merge re-pairs nothing.
type Duplicate struct {
	Document `bson:",inline"`

	A           string          `json:"a"` // the smaller id
	B           string          `json:"b"`
	Status      DuplicateStatus `json:"status"`
	Probability float64         `json:"probability"`
	Band        string          `json:"band"` // certain, likely, possible
	Calibrated  bool            `json:"calibrated"`
	Model       string          `json:"model"`
	Evidence    []Evidence      `json:"evidence,omitempty"`
	Ignored     []Ignored       `json:"ignored,omitempty"`
	CreatedBy   string          `json:"created_by"` // the interaction that raised it
	Assignee    string          `json:"assignee"`
	FlaggedAt   time.Time       `json:"flagged_at"`
	UpdatedAt   time.Time       `json:"updated_at"`
}

// DuplicateStatus is where a flagged pair stands.
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

// Decision is one entry of the append-only record of what people decided: ids and codes only; what was seen lies in deletable evidence.
type Decision struct {
	Document `bson:",inline"`

	Kind    string    `json:"kind"` // attach, attach_undo, and later merge, undo, not_same, ...
	Subject string    `json:"subject"`
	From    string    `json:"from,omitempty"`
	To      string    `json:"to,omitempty"`
	Of      string    `json:"of,omitempty"` // the decision that is undone
	Who     string    `json:"who"`
	Why     string    `json:"why,omitempty"`
	At      time.Time `json:"at"`
}
