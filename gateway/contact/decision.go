package contact

import (
	"fmt"
	"time"
)

// Decision is one entry of the append-only record of what people decided: ids and codes only; what was seen lies in deletable evidence.
// Decisions about trees of profiles form a dense log (PROTOCOLS.md 2): number n+1 is inserted only after number n, and the log is the truth of which merged_into is the projection.
type Decision struct {
	Document `bson:",inline"`

	N    int64  `json:"n"`  // its place in the log, from 1; 0: it is not about trees
	Op   string `json:"op"` // the operation that made it: run again, it finds itself
	Kind string `json:"kind"`
	A    string `json:"a"` // a merge and its undo: the profile that was merged; not_same: the smaller id; erase: the profile that speaks for the person
	B    string `json:"b"` // what it was merged into; the larger id; of an erase empty

	Subject    string    `json:"subject"`         // the interaction that was placed, the profile that was edited, the block, the contact in quarantine, the contact point whose consent was set
	Object     string    `json:"object"`          // what of the profile: an identity or a note
	Codes      []string  `json:"codes,omitempty"` // which of its fields
	From       string    `json:"from,omitempty"`
	To         string    `json:"to,omitempty"`
	Of         string    `json:"of,omitempty"` // the decision that is undone
	Who        string    `json:"who"`
	Why        string    `json:"why,omitempty"`         // of a version before layout 4; since then it is in the evidence
	EvidenceID string    `json:"evidence_id,omitempty"` // what was seen and said
	Lifts      []string  `json:"lifts,omitempty"`       // of a merge: the decisions that blocked a profile, and do not hold while it stands
	At         time.Time `json:"at"`
	Late       time.Time `json:"late"` // when it was listed, if that was long after it was made: whoever made it had stopped in between
}

// The kinds of decisions.
const (
	Attached       = "attach"
	AttachUndone   = "attach_undo"
	Merged         = "merge"
	MergeUndone    = "undo"
	Distinct       = "not_same"
	DistinctUndone = "not_same_undo"
	Erased         = "erase"

	BlockMade   = "block"
	BlockUndone = "unblock"
	ReleaseMade = "release"
	DiscardMade = "discard"
	ConsentMade = "consent"
	EnteredBy   = "enter" // an agent told of the person
	Edited      = "edit"
	Deleted     = "delete"
	NoteAdded   = "note"
	NoteEdited  = "note_edit"
	NoteGone    = "note_delete"
	Added       = "add"    // a contact point
	Removed     = "remove" // a contact point that was never seen
	Moved       = "move"   // a contact point, from one profile to another
	Verified    = "verify"
	Unverified  = "unverify"
	LinkMade    = "claim_link" // a link by which the person can prove a contact point
	Shared      = "share"
	Unshared    = "unshare"
	Primary     = "primary"
	Secondary   = "secondary"
	Validity    = "validity"
)

// Pending is a decision that is part of what it changed, so that the two stand or fall together; it is listed beside the others right after, or by whoever changes the document next, or by a sweep.
type Pending struct {
	Decision Decision `json:"decision"`
	Basis    *Basis   `json:"basis,omitempty"` // until it is kept; in documents of earlier versions
}

// TreeDecisionID is the id of decision n of the log: there is one of each number.
func TreeDecisionID(n int64) string { return fmt.Sprintf("%s%012d", DecisionPrefix, n) }

// NotSameID is the id of what is decided about two profiles.
func (s Salt) NotSameID(a, b string) string {
	a, b = OrderedPair(a, b)
	return s.ID(NotSamePrefix, a, b)
}

// NotSame is whether two profiles were found to be different people: the projection of the decisions about that pair.
type NotSame struct {
	Document `bson:",inline"`

	A        string `json:"a"` // the smaller id
	B        string `json:"b"`
	Standing bool   `json:"standing"`
	Seq      int64  `json:"seq"` // number of the last decision applied
}

// Basis is what a decision was made on: what was seen, and what was said. It holds personal data and can be deleted without the decision.
type Basis struct {
	Document `bson:",inline"`

	A    string     `json:"a"`
	B    string     `json:"b"`
	Why  string     `json:"why,omitempty"`
	Seen []Evidence `json:"seen,omitempty"`
	Flag string     `json:"flag"` // the duplicate whose evidence was seen
	At   time.Time  `json:"at"`
}
