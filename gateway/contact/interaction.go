package contact

import (
	"slices"
	"time"
)

// Interaction is one contact as it is kept: the join of its events, recorded against the profile that holds the identity it came by.
type Interaction struct {
	Document `bson:",inline"`

	Key        string    `json:"key"` // the provider's, unique within the source
	Source     string    `json:"source"`
	Channel    Channel   `json:"channel"`
	Direction  Direction `json:"direction"`
	Class      Class     `json:"class"`
	ProfileID  string    `json:"profile_id"`  // empty: withheld, ambiguous, failed assurance, automated
	IdentityID string    `json:"identity_id"` // the primary contact point it came by
	OccurredAt time.Time `json:"occurred_at"` // the earliest of its events
	RecordedAt time.Time `json:"recorded_at"`
	// OrganizationID is the organization it belonged to when it was recorded. Nothing that is decided about people or memberships later changes it.
	OrganizationID string `json:"organization_id"`
	// OrganizedBy is the step of an application that set the organization afterwards.
	OrganizedBy string `json:"organized_by,omitempty"`

	Identities []string    `json:"identities,omitempty"` // all contact points it came by
	By         string      `json:"by,omitempty"`         // the contact (delivery and index) that decided the profile
	Candidates []Candidate `json:"candidates,omitempty"` // who it may be, while it has no profile
	Moves      []Move      `json:"moves,omitempty"`      // what agents decided about whose it is, oldest first
	Pending    *Pending    `json:"pending,omitempty"`    // the last of those decisions, or the last undoing
	Events     []Event     `json:"events"`
}

// Candidate is a profile that a profile-less interaction may belong to.
type Candidate struct {
	ProfileID string     `json:"profile_id"`
	Reason    string     `json:"reason"` // shared_contact_point, name_contradicts, assurance_failed, ...
	Evidence  []Evidence `json:"evidence,omitempty"`
}

// Move is an agent's decision to attach an interaction to another profile. It moves this interaction only and can be undone.
type Move struct {
	ID     string    `json:"id"`
	From   string    `json:"from"`
	To     string    `json:"to"`
	Who    string    `json:"who"`
	Why    string    `json:"why,omitempty"` // of a version before layout 4; since then it is in the evidence
	At     time.Time `json:"at"`
	Undone string    `json:"undone,omitempty"` // the decision that undid it

	EvidenceID string `json:"evidence_id,omitempty"` // what was said
}

// MaxMoves is how often an interaction can be moved.
const MaxMoves = 100

// Event is one normalised event of an interaction, with the delivery it was read from.
type Event struct {
	Key      string  `json:"key"`
	Delivery string  `json:"delivery"`
	Revision int     `json:"revision"` // of the adapter's normaliser: a mended one replaces what an older one read
	Inbound  Inbound `json:"inbound"`
}

// Holds reports whether an event is among those that the interaction keeps.
func (i Interaction) Holds(key string) bool {
	return slices.ContainsFunc(i.Events, func(e Event) bool { return e.Key == key })
}

// File is the file of the interaction that is stored under ref.
func (i Interaction) File(ref string) (Media, bool) {
	for _, e := range i.Events {
		for _, p := range e.Inbound.Data.Content {
			if p.Media != nil && p.Media.StoredRef == ref && ref != "" {
				return *p.Media, true
			}
		}
	}
	return Media{}, false
}
