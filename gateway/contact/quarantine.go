package contact

import (
	"strconv"
	"time"
)

// Quarantine is one contact that was kept out, until somebody decides about it. The contact itself lies in its delivery, whose body is kept as long as this waits.
type Quarantine struct {
	Document `bson:",inline"`

	Delivery    string          `json:"delivery"`
	Index       int             `json:"index"`
	Interaction string          `json:"interaction"` // which it is recorded as if it is released
	Source      string          `json:"source"`
	Channel     Channel         `json:"channel"`
	Code        string          `json:"code"` // why: spam, blocked, ...
	Block       string          `json:"block,omitempty"`
	Identity    string          `json:"identity"` // the strongest contact point it came by; empty: none
	Scheme      Scheme          `json:"scheme,omitempty"`
	Scope       string          `json:"scope,omitempty"`
	Sender      string          `json:"sender,omitempty"`  // its normal form
	Further     []Point         `json:"further,omitempty"` // weaker contact points that it came by too
	Weaker      int64           `json:"weaker"`            // how many those are
	Name        string          `json:"name,omitempty"`
	OccurredAt  time.Time       `json:"occurred_at"`
	At          time.Time       `json:"at"` // when it was received
	State       QuarantineState `json:"state"`
	Who         string          `json:"who,omitempty"` // who decided; usher: what it was kept out for was over when it was read again
	DecidedAt   time.Time       `json:"decided_at,omitzero"`
	DecisionID  string          `json:"decision_id,omitempty"`
	EvidenceID  string          `json:"evidence_id,omitempty"`
	Pending     string          `json:"pending"` // the decision, until it is listed and the delivery is read again
}

// Points are the contact points that it came by, the strongest first.
func (q Quarantine) Points() []Point {
	if q.Identity == "" {
		return nil
	}
	return append([]Point{{ID: q.Identity, Scheme: q.Scheme, Value: q.Sender, Scope: q.Scope}}, q.Further...)
}

// Anonymous is a contact that was kept out without who it was from; what could still be decided about is discarded.
func (q Quarantine) Anonymous(now time.Time) Quarantine {
	q.Scheme, q.Scope, q.Sender, q.Name, q.Further, q.Weaker = "", "", "", "", nil, 0
	return q.Discarded(now)
}

// Discarded is a contact that waits no more, because it can not be read again.
func (q Quarantine) Discarded(now time.Time) Quarantine {
	if q.State == QuarantineWaiting {
		q.State, q.Who, q.DecidedAt = QuarantineDiscarded, "usher", now
	}
	return q
}

// QuarantineState is what was decided about a contact in quarantine.
type QuarantineState string

// The states.
const (
	QuarantineWaiting   QuarantineState = "waiting"
	QuarantineReleased  QuarantineState = "released"  // recorded as if nothing stood against it, for ever
	QuarantineDiscarded QuarantineState = "discarded" // never recorded; its body goes with the time of the others
)

// Discarded is the code of a delivery of which nothing waits in quarantine and nothing was recorded.
const Discarded = "discarded"

// QuarantineID is the id of a contact in quarantine, by its delivery and its place in it.
func (s Salt) QuarantineID(delivery string, index int) string {
	return s.ID(QuarantinePrefix, delivery, strconv.Itoa(index))
}
