package contact

import (
	"slices"
	"time"
)

// Profile is one record of a person, as captured, imported or entered. A merge never rewrites it: it sets MergedInto and nothing else.
type Profile struct {
	Document `bson:",inline"`

	// Name is the display name: an agent's, else an import's, else the most frequent full name the channels gave, else the earliest. Empty: the contact point stands for it.
	Name           string     `json:"name"`
	NameProvenance Provenance `json:"name_provenance,omitempty"`
	NamedAt        time.Time  `json:"named_at,omitzero"` // when an agent or an import said the display name
	Names          []Name     `json:"names,omitempty"`
	Languages      []string   `json:"languages,omitempty"` // BCP 47, in the order they were first seen
	Evidence       []Evidence `json:"evidence,omitempty"`  // claimed and extracted values, for matching
	Points         []Point    `json:"points,omitempty"`    // contact points it was seen with, for matching; who holds one says the identity
	Class          Class      `json:"class,omitempty"`
	Tags           []string   `json:"tags,omitempty"`
	Notes          []Note     `json:"notes,omitempty"`
	Fields         []Field    `json:"fields,omitempty"` // custom ones, one of each name

	// Entered is who made it, if no contact did: an agent or an import.
	Entered Provenance `json:"entered,omitempty"`

	MergedInto string `json:"merged_into"`
	TreeSeq    int64  `json:"tree_seq"` // number of the last tree decision applied; always written: "less than" does not match a missing field

	// ErasedAt is when the person was erased. From then on the profile is nobody's; once the erasure has come to it, an empty shell that keeps its place in the log of decisions.
	ErasedAt time.Time `json:"erased_at,omitzero"`

	Pending *Pending `json:"pending,omitempty"` // the last edit

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

// Note is what an agent wrote about a person.
type Note struct {
	ID   string    `json:"id"`
	Text string    `json:"text"`
	Who  string    `json:"who"` // who wrote it last
	At   time.Time `json:"at"`
}

// Field is a custom field: a name of the workspace's choosing, and its text.
type Field struct {
	Name       string     `json:"name"`
	Value      string     `json:"value"`
	Provenance Provenance `json:"provenance"`
	Who        string     `json:"who,omitempty"` // the agent, or the import
	At         time.Time  `json:"at"`
}

// Limits of what a profile keeps beside its interactions. A profile is read with every contact of its person, so it must not grow without end.
const (
	MaxPoints    = 64
	MaxNames     = 32
	MaxLanguages = 16
	MaxEvidence  = 64
	MaxTags      = 64
	MaxNotes     = 50
	MaxFields    = 64
)

// MaxIdentities is how many contact points of a profile are read at once, and so how many an entry may have.
const MaxIdentities = 200

// Limits of the single values, in characters.
const (
	MaxName      = 512
	MaxLanguage  = 35
	MaxTag       = 64
	MaxNote      = 4000
	MaxFieldName = 64
	MaxField     = 2000
	MaxDetail    = 512 // of an organization, a place and other evidence
	MaxPostcode  = 64  // as agents write one
)

// SetField gives a profile a field. What an agent said stands against an import; of two of one provenance the later stands.
func (p Profile) SetField(f Field) (Profile, bool) {
	i := slices.IndexFunc(p.Fields, func(known Field) bool { return known.Name == f.Name })
	switch {
	case i < 0 && len(p.Fields) < MaxFields:
		p.Fields = append(slices.Clone(p.Fields), f)
		return p, true
	case i < 0, p.Fields[i].Value == f.Value && f.Provenance.Rank() <= p.Fields[i].Provenance.Rank(), !outweighs(f.Provenance, f.At, p.Fields[i].Provenance, p.Fields[i].At):
		return p, false
	}
	p.Fields = slices.Clone(p.Fields)
	p.Fields[i] = f
	return p, true
}

// SetName gives a profile a display name that an agent or an import says, by the same rule as SetField.
func (p Profile) SetName(name string, provenance Provenance, at time.Time) (Profile, bool) {
	if name == "" || p.Name == name && provenance.Rank() <= p.NameProvenance.Rank() || !outweighs(provenance, at, p.NameProvenance, p.NamedAt) {
		return p, false
	}
	p.Name, p.NameProvenance, p.NamedAt = name, provenance, at
	return p, true
}

// outweighs reports whether a value stands against one that is there.
func outweighs(provenance Provenance, at time.Time, there Provenance, since time.Time) bool {
	if provenance.Rank() != there.Rank() {
		return provenance.Rank() > there.Rank()
	}
	return !at.Before(since)
}

// AddName keeps a name that a profile goes by, if there is room.
func (p Profile) AddName(n Name) (Profile, bool) {
	known := func(k Name) bool { return k.Value == n.Value && k.Provenance == n.Provenance }
	if n.Value == "" || len(p.Names) >= MaxNames || slices.ContainsFunc(p.Names, known) {
		return p, false
	}
	p.Names = append(slices.Clone(p.Names), n)
	return p, true
}

// AddTag adds a tag, if there is room.
func (p Profile) AddTag(tag string) (Profile, bool) {
	if tag == "" || len(p.Tags) >= MaxTags || slices.Contains(p.Tags, tag) {
		return p, false
	}
	p.Tags = append(slices.Clone(p.Tags), tag)
	return p, true
}

// AddLanguage adds a language, if there is room.
func (p Profile) AddLanguage(language string) (Profile, bool) {
	if language == "" || len(p.Languages) >= MaxLanguages || slices.Contains(p.Languages, language) {
		return p, false
	}
	p.Languages = append(slices.Clone(p.Languages), language)
	return p, true
}

// AddEvidence keeps what speaks in matching, if there is room.
func (p Profile) AddEvidence(e Evidence) (Profile, bool) {
	known := func(k Evidence) bool { return k.Kind == e.Kind && k.Left == e.Left && k.Provenance == e.Provenance }
	if e.Left == "" || len(p.Evidence) >= MaxEvidence || slices.ContainsFunc(p.Evidence, known) {
		return p, false
	}
	p.Evidence = append(slices.Clone(p.Evidence), e)
	return p, true
}

// DetailKinds are the kinds of evidence that people are told by beside their names, and that agents may correct.
var DetailKinds = []string{"organization", "city", "postcode"}

// SetDetail gives a profile what an agent says of an organization, a city or a postcode: one of each kind, and of two the later. It stands before what others told, which stays beside it: all of it is compared.
func (p Profile) SetDetail(kind, value string, at time.Time) (Profile, bool) {
	said := p.Said(kind)
	later := func(e Evidence) bool { return e.At != nil && e.At.After(at) }
	if value == "" || len(said) == 1 && said[0].Left == value || slices.ContainsFunc(said, later) {
		return p, false
	}
	others := p.DropDetail(kind).Evidence
	if len(others) >= MaxEvidence {
		return p, false
	}
	first := slices.IndexFunc(others, func(e Evidence) bool { return e.Provenance != FromAgent || !slices.Contains(DetailKinds, e.Kind) })
	if first < 0 {
		first = len(others)
	}
	p.Evidence = slices.Insert(others, first, Evidence{Kind: kind, Left: value, Provenance: FromAgent, At: &at})
	return p, true
}

// Said is what agents say of a kind of detail.
func (p Profile) Said(kind string) (said []Evidence) {
	for _, e := range p.Evidence {
		if e.Kind == kind && e.Provenance == FromAgent {
			said = append(said, e)
		}
	}
	return said
}

// DropDetail takes back what agents say of a kind of detail. What others told stays.
func (p Profile) DropDetail(kind string) Profile {
	p.Evidence = slices.DeleteFunc(slices.Clone(p.Evidence), func(e Evidence) bool { return e.Kind == kind && e.Provenance == FromAgent })
	return p
}

// Evidence is a value that speaks for or against two records being one person, with the place it was found.
type Evidence struct {
	Kind       string     `json:"kind"`
	WeightBits float64    `json:"weight_bits,omitempty"`
	Left       string     `json:"left,omitempty"`
	Right      string     `json:"right,omitempty"`
	Via        string     `json:"via,omitempty"`
	Provenance Provenance `json:"provenance,omitempty"`
	Source     *Place     `json:"source,omitempty"`
	At         *time.Time `json:"at,omitempty"` // when an agent said it
}

// Place is where in an interaction a value was found: the part is a section of its text (the span counts runes of the whole text), or a file.
type Place struct {
	InteractionID string `json:"interaction_id"`
	Part          string `json:"part,omitempty"`
	Span          []int  `json:"span,omitempty"`
}
