package contact

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
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
	Assurance  Assurance  `json:"assurance"` // the best it was seen with
	Shared     bool       `json:"shared,omitempty"`
	FirstSeen  time.Time  `json:"first_seen"`
	ErasedAt   time.Time  `json:"erased_at,omitzero"` // when a holder was erased: what happened before is not taken in any more

	// Its holder has it from ValidFrom and until ValidUntil; zero: always. A contact outside of that attaches to somebody else, by an identity of its own.
	ValidFrom  time.Time `json:"valid_from,omitzero"`
	ValidUntil time.Time `json:"valid_until,omitzero"`
	// Succeeded says on a base identity that there are later holders' identities, as Shared says it of others who use it at the same time.
	Succeeded bool `json:"succeeded,omitempty"`

	PrimarySince time.Time `json:"primary_since,omitzero"` // when it was chosen as the person's first of its scheme: the latest choice stands
	VerifiedAt   time.Time `json:"verified_at,omitzero"`   // when an agent made sure that it is the holder's, or the holder by a link
	VerifiedBy   string    `json:"verified_by,omitempty"`
	Alone        bool      `json:"alone,omitempty"`   // an agent says that nobody but the holder uses it
	Several      bool      `json:"several,omitempty"` // an agent says that several people use it: only a name tells who of them it is
	Removed      bool      `json:"removed,omitempty"` // an agent took it back: it was never the holder's
	Pending      *Pending  `json:"pending,omitempty"` // the last edit
	// MailDomain is the registrable domain of an address that came by a channel, so that all of an organization's are found; empty for every other identity.
	MailDomain string `json:"mail_domain"`
}

// SeveralUse reports whether several people use it.
func (i Identity) SeveralUse() bool {
	return !i.Alone && (i.Shared || i.NameKey != "" && !i.Succeeds())
}

// RemovedUntil is the end of the validity of an identity that was taken back: it never had any.
var RemovedUntil = time.UnixMilli(1).UTC()

// PrimaryOf is the id of the first of a person's identities of a scheme: the one that was chosen last, else the one that was seen first. Those that are no longer the person's do not count.
func PrimaryOf(identities []Identity, scheme Scheme, now time.Time) string {
	var best Identity
	for _, i := range identities {
		if i.Scheme != scheme || !i.ValidAt(now) {
			continue
		}
		if best.ID == "" || cmp.Or(i.PrimarySince.Compare(best.PrimarySince), best.FirstSeen.Compare(i.FirstSeen), cmp.Compare(best.ID, i.ID)) > 0 {
			best = i
		}
	}
	return best.ID
}

// ValidAt reports whether the holder has the identity at a time.
func (i Identity) ValidAt(at time.Time) bool {
	return !at.Before(i.ValidFrom) && (i.ValidUntil.IsZero() || at.Before(i.ValidUntil))
}

// succession begins the name key of an identity whose contact point had another holder before: no folded name begins so.
const succession = "@"

// SuccessorKey is the name key of the identity of whoever has a contact point after an earlier holder lost it.
func SuccessorKey(lost time.Time) string { return succession + strconv.FormatInt(lost.UnixMilli(), 10) }

// Succeeds reports whether it is a later holder's identity.
func (i Identity) Succeeds() bool { return strings.HasPrefix(i.NameKey, succession) }

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
	// Provenance is an agent's or an import's, if it is no contact but was entered.
	Provenance Provenance `json:"provenance,omitempty"`
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
	ValidFrom  time.Time  `json:"valid_from,omitzero"`
	ValidUntil time.Time  `json:"valid_until,omitzero"`
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

// Tombstone is what is left of an identity whose holder was erased: its id, when it was the holder's, and that others use the contact point beside it or after.
func (i Identity) Tombstone(at time.Time) Identity {
	if i.ErasedAt.After(at) {
		at = i.ErasedAt
	}
	return Identity{Document: i.Document, Of: i.Of, Shared: i.Shared, Succeeded: i.Succeeded, ValidFrom: i.ValidFrom, ValidUntil: i.ValidUntil, ErasedAt: at}
}

// IdentityID is the id of the identity of a contact point; nameKey is empty unless it is a composite one.
func (s Salt) IdentityID(scheme Scheme, scope, value, nameKey string) string {
	return s.ID(IdentityPrefix, string(scheme), scope, value, nameKey)
}
