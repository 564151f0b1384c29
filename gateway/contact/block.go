package contact

import (
	"strings"
	"time"
)

// Block keeps the contacts of a contact point, a person or a domain out: they are put into quarantine. It names what is blocked by ids; who reads it, and why it is blocked, lies in deletable evidence.
type Block struct {
	Document `bson:",inline"`

	Kind       BlockKind  `json:"kind"`
	Target     string     `json:"target"` // id of the identity or profile, or the domain's
	State      BlockState `json:"state"`
	Until      time.Time  `json:"until,omitzero"` // it stands until then; absent: until it is lifted
	Who        string     `json:"who"`
	At         time.Time  `json:"at"`
	DecisionID string     `json:"decision_id"` // that made it stand, or lifted it
	EvidenceID string     `json:"evidence_id,omitempty"`
	Pending    string     `json:"pending"` // the decision, until it is listed with the others
}

// BlockKind says what a block is of.
type BlockKind string

// The kinds.
const (
	IdentityBlock BlockKind = "identity" // a contact point, also one that nobody holds yet
	ProfileBlock  BlockKind = "profile"  // holds for the whole person, whichever of the profiles it names
	DomainBlock   BlockKind = "domain"   // of mail addresses, with what lies below it
	// PeopleMark is no block: it says that there are blocks which only who a contact belongs to can tell. Without it a contact costs one read.
	PeopleMark BlockKind = "people"
)

// BlockState is whether a block was lifted.
type BlockState string

// The states.
const (
	BlockStanding BlockState = "standing"
	BlockLifted   BlockState = "lifted"
)

// Stands reports whether the block keeps contacts out at a time.
func (b Block) Stands(now time.Time) bool {
	return b.State == BlockStanding && (b.Until.IsZero() || b.Until.After(now))
}

// BlockID is the id of the block of a target: there is one of each.
func (s Salt) BlockID(kind BlockKind, target string) string {
	return s.ID(BlockPrefix, string(kind), target)
}

// Domains are the domain of a mail address and those above it, but for the top.
func Domains(address string) []string {
	_, domain, _ := strings.Cut(address, "@")
	var all []string
	for strings.Contains(domain, ".") {
		all = append(all, domain)
		_, domain, _ = strings.Cut(domain, ".")
	}
	return all
}
