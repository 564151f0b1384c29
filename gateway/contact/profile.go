package contact

import "time"

// Profile is one record of a person, as captured, imported or entered. A merge never rewrites it: it sets MergedInto and nothing else.
type Profile struct {
	Document `bson:",inline"`

	// Name is the display name: an agent's, else an import's, else the most frequent full name the channels gave, else the earliest. Empty: the contact point stands for it.
	Name           string     `json:"name"`
	NameProvenance Provenance `json:"name_provenance,omitempty"`
	Names          []Name     `json:"names,omitempty"`
	Languages      []string   `json:"languages,omitempty"` // BCP 47, in the order they were first seen
	Evidence       []Evidence `json:"evidence,omitempty"`  // claimed and extracted values, for matching
	Points         []Point    `json:"points,omitempty"`    // contact points it was seen with, for matching; who holds one says the identity
	Class          Class      `json:"class,omitempty"`

	MergedInto string `json:"merged_into"`
	TreeSeq    int64  `json:"tree_seq"` // number of the last tree decision applied; always written: "less than" does not match a missing field

	// ErasedAt is when the person was erased. From then on the profile is nobody's; once the erasure has come to it, an empty shell that keeps its place in the log of decisions.
	ErasedAt time.Time `json:"erased_at,omitzero"`

	Origin    string    `json:"origin,omitempty"` // the contact that made it
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Erased reports whether the person was erased.
func (p Profile) Erased() bool { return !p.ErasedAt.IsZero() }

// Shell is what is left of an erased profile: its id, and its place in the log of decisions.
func (p Profile) Shell() Profile {
	return Profile{Document: p.Document, MergedInto: p.MergedInto, TreeSeq: p.TreeSeq, ErasedAt: p.ErasedAt, CreatedAt: p.ErasedAt, UpdatedAt: p.ErasedAt}
}

// Name is one name a profile was seen under.
type Name struct {
	Value      string     `json:"value"`
	Provenance Provenance `json:"provenance"`
	FirstSeen  time.Time  `json:"first_seen"`
}

// Point is a contact point that a profile was seen with.
type Point struct {
	ID         string     `json:"id"` // of the identity
	Scheme     Scheme     `json:"scheme"`
	Value      string     `json:"value"`
	Scope      string     `json:"scope,omitempty"`
	Provenance Provenance `json:"provenance,omitempty"` // empty: channel
}

// Limits of what a profile keeps beside its interactions.
const (
	MaxPoints    = 64
	MaxNames     = 32
	MaxLanguages = 16
	MaxEvidence  = 64
)

// Evidence is a value that speaks for or against two records being one person, with the place it was found.
type Evidence struct {
	Kind       string     `json:"kind"`
	WeightBits float64    `json:"weight_bits,omitempty"`
	Left       string     `json:"left,omitempty"`
	Right      string     `json:"right,omitempty"`
	Via        string     `json:"via,omitempty"`
	Provenance Provenance `json:"provenance,omitempty"`
	Source     *Place     `json:"source,omitempty"`
}

// Place is where in an interaction a value was found: the part is a section of its text (the span counts runes of the whole text), or a file.
type Place struct {
	InteractionID string `json:"interaction_id"`
	Part          string `json:"part,omitempty"`
	Span          []int  `json:"span,omitempty"`
}
