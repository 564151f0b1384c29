package contact

import "time"

// Unit is one part of a polled source, such as a folder. Its counts are kept independently of each other.
type Unit struct {
	Name        string    `json:"name"`
	State       UnitState `json:"state"`
	Since       time.Time `json:"since"`           // when it came into this state
	Error       string    `json:"error,omitempty"` // what to do about it; no personal data
	Failures    int       `json:"failures,omitempty"`
	Seen        int64     `json:"seen"` // what was listed, as far as it was fetched
	Stored      int64     `json:"stored"`
	Quarantined int64     `json:"quarantined"`
	Gone        int64     `json:"gone"` // listed, and deleted before it could be fetched
	Holes       []Hole    `json:"holes,omitempty"`
}

// Missing is how many were seen of which nothing is known any more; anything but 0 is a loss.
func (u Unit) Missing() int64 { return u.Seen - u.Stored - u.Quarantined - u.Gone }

// patientFailures is how often a unit may fail in a row before it counts as broken.
const patientFailures = 3

// Broken reports whether nothing comes in from the unit, or something is missing: its source is red.
func (u Unit) Broken() bool {
	return u.State == AuthFailed || u.State == Stopped || u.Failures >= patientFailures || u.Missing() != 0
}

// UnitState is what a unit is doing.
type UnitState string

// The states of a unit.
const (
	Connecting UnitState = "connecting"
	Fetching   UnitState = "fetching"
	Waiting    UnitState = "waiting" // for new arrivals: all is well
	BackingOff UnitState = "backing_off"
	AuthFailed UnitState = "auth_failed" // somebody has to give it other credentials
	Stopped    UnitState = "stopped"     // somebody has to decide
)

// Hole is one message that could not be fetched; it is tried again, ever more seldom.
type Hole struct {
	Key    string    `json:"key"`
	Reason string    `json:"reason"`
	Tries  int       `json:"tries"`
	Next   time.Time `json:"next"`
}
