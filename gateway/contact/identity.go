package contact

import (
	"slices"
	"time"
)

// Identity is a contact point: one document per normal form. It goes absent, claimed, held, and is never deleted (PROTOCOLS.md 1): erasing its holder leaves a tombstone under its id, which a later contact claims as if it were absent.
type Identity struct {
	Document `bson:",inline"`

	Scheme Scheme `json:"scheme"`
	Value  string `json:"value"` // the normal form; empty once erased
	Scope  string `json:"scope,omitempty"`
	// NameKey is the folded name of a composite identity: one of several people who use the contact point Of.
	NameKey string `json:"name_key,omitempty"`
	// Of is the base identity of a composite one; a base identity names itself, so that one range read finds all holders of a contact point.
	Of string `json:"of"`
	// ProfileID is the holder; empty while claimed.
	ProfileID string  `json:"profile_id"`
	Claim     *Claim  `json:"claim,omitempty"`
	Origin    *Origin `json:"origin,omitempty"`

	Raw        []string   `json:"raw,omitempty"` // spellings seen, at most MaxSpellings
	Provenance Provenance `json:"provenance"`
	Assurance  Assurance  `json:"assurance"`
	Shared     bool       `json:"shared,omitempty"`
	FirstSeen  time.Time  `json:"first_seen"`
	ErasedAt   time.Time  `json:"erased_at,omitzero"` // when a holder was erased: what happened before is not taken in any more
}

// MaxSpellings is how many raw spellings an identity keeps.
const MaxSpellings = 16

// Claim is a contact's hold on identities whose holder is not decided yet. It carries all that it takes to decide, because anybody who meets it settles it.
type Claim struct {
	By       string         `json:"by"`     // the contact: delivery and index
	Points   []ContactPoint `json:"points"` // of the contact, strongest first
	Name     string         `json:"name,omitempty"`
	Language string         `json:"language,omitempty"`
	Class    Class          `json:"class,omitempty"`
	At       time.Time      `json:"at"`
	Received time.Time      `json:"received,omitzero"` // when its delivery came in
}

// Time is when the contact happened.
func (c Claim) Time() time.Time {
	if c.Received.IsZero() {
		return c.At
	}
	return Happened(c.At, c.Received)
}

// ContactPoint is an identity before it is decided who holds it.
type ContactPoint struct {
	ID         string     `json:"id"` // of the identity it is or becomes
	Scheme     Scheme     `json:"scheme"`
	Value      string     `json:"value"` // the normal form
	Scope      string     `json:"scope,omitempty"`
	NameKey    string     `json:"name_key,omitempty"`
	Of         string     `json:"of"`
	Raw        string     `json:"raw,omitempty"`
	Provenance Provenance `json:"provenance,omitempty"`
	Assurance  Assurance  `json:"assurance,omitempty"`
	Shared     bool       `json:"shared,omitempty"`
}

// Same reports whether two claims are one contact's.
func (c Claim) Same(other Claim) bool {
	return c.By == other.By && slices.EqualFunc(c.Points, other.Points, func(a, b ContactPoint) bool { return a.ID == b.ID })
}

// Origin is who held the identity first, and by which contact; it never changes, also when an agent moves the identity.
type Origin struct {
	By        string `json:"by"`
	ProfileID string `json:"profile_id"`
}

// Claimed reports whether the identity's holder is still undecided.
func (i Identity) Claimed() bool { return i.ProfileID == "" && i.Claim != nil }

// Held reports whether a profile holds the identity.
func (i Identity) Held() bool { return i.ProfileID != "" }

// Vacant reports whether the identity is a tombstone: nobody holds or claims it.
func (i Identity) Vacant() bool { return i.ProfileID == "" && i.Claim == nil }

// Tombstone is what is left of an identity whose holder was erased: its id, and that others use the contact point beside it.
func (i Identity) Tombstone(at time.Time) Identity {
	if i.ErasedAt.After(at) {
		at = i.ErasedAt
	}
	return Identity{Document: i.Document, Of: i.Of, Shared: i.Shared, ErasedAt: at}
}

// IdentityID is the id of the identity of a contact point; nameKey is empty unless it is a composite one.
func (s Salt) IdentityID(scheme Scheme, scope, value, nameKey string) string {
	return s.ID(IdentityPrefix, string(scheme), scope, value, nameKey)
}
