package contact

import (
	"cmp"
	"fmt"
	"time"
)

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
	Red         string    `json:"red,omitempty"` // why its source is red: nothing comes in from it, or something is missing
}

// Missing is how many were seen of which nothing is known any more; anything but 0 is a loss.
func (u Unit) Missing() int64 { return u.Seen - u.Stored - u.Quarantined - u.Gone }

// patientFailures is how often a unit may fail in a row before it counts as broken.
const patientFailures = 3

// Judged is the unit with why it is red, given how it was before. One that was red stays so until something comes in from it again: that it tries is no news.
func (u Unit) Judged(before Unit) Unit {
	u.Red = u.broken()
	if u.Red == "" && before.Red != "" && u.State != Fetching && u.State != Waiting {
		u.Red = cmp.Or(u.Error, before.Red)
	}
	return u
}

// broken is why nothing comes in from the unit, or how much is missing.
func (u Unit) broken() string {
	switch {
	case u.Missing() != 0:
		return fmt.Sprintf("of %d seen, %d are missing", u.Seen, u.Missing())
	case u.State == AuthFailed, u.State == Stopped, u.Failures >= patientFailures:
		return cmp.Or(u.Error, string(u.State))
	}
	return ""
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
	Next   time.Time `json:"next,omitzero"` // absent: it is not tried again
}
