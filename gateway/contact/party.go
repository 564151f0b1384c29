package contact

// Role is what a party is to us.
type Role string

// The roles.
const (
	Customer Role = "customer"
	Business Role = "business"
	Agent    Role = "agent"
	Bot      Role = "bot"
)

// Party is one side of a contact, with every contact point the channel gave for it.
type Party struct {
	Role           Role         `json:"role,omitempty"`
	Identifiers    []Identifier `json:"identifiers,omitempty"`
	DisplayName    string       `json:"display_name,omitempty"`
	Username       string       `json:"username,omitempty"`
	AvatarURL      string       `json:"avatar_url,omitempty"`
	Language       string       `json:"language,omitempty"` // BCP 47
	Country        string       `json:"country,omitempty"`  // ISO 3166-1 alpha-2
	Withheld       bool         `json:"withheld,omitempty"`
	WithheldReason string       `json:"withheld_reason,omitempty"` // anonymous, restricted, blocked, unknown, unavailable
}

// Scheme is the kind of a contact point.
type Scheme string

// The schemes. A WhatsApp number is the same tel identity as a caller's; a BSUID is one of its own.
const (
	Tel         Scheme = "tel"    // E.164
	SIP         Scheme = "sip"    // a SIP URI without its scheme
	Mailto      Scheme = "mailto" // an address, RFC 5322 and 6531
	BSUID       Scheme = "bsuid"  // WhatsApp business-scoped user id; scope: the portfolio
	BSUIDParent Scheme = "bsuid_parent"
	PSID        Scheme = "psid"   // Messenger; scope: the page
	IGSID       Scheme = "igsid"  // Instagram; scope: the account
	RCSUser     Scheme = "rcs"    // an RCS user without a number; scope: the agent
	Client      Scheme = "client" // a provider's own softphone user; scope: the account
	Telegram    Scheme = "telegram"
	Line        Scheme = "line"
	Viber       Scheme = "viber"
	Slack       Scheme = "slack"
	AAD         Scheme = "aad"
	Discord     Scheme = "discord"
	Matrix      Scheme = "matrix"
	Apple       Scheme = "apple"
	Visitor     Scheme = "visitor"  // a web-chat visitor's first-party id; scope: the source
	External    Scheme = "external" // an id of the sender's own system; scope: the system
)

// Identifier is a contact point as an event carries it. Value may be in the provider's spelling: ingest brings it to the normal form, and Raw keeps what was sent.
type Identifier struct {
	Scheme     Scheme     `json:"scheme"`
	Value      string     `json:"value"`
	Raw        string     `json:"raw,omitempty"`
	Scope      string     `json:"scope,omitempty"`
	Provenance Provenance `json:"provenance,omitempty"` // empty: channel
	Assurance  Assurance  `json:"assurance,omitempty"`  // empty: none
	Primary    bool       `json:"primary,omitempty"`
}

// Provenance says where a value comes from.
type Provenance string

// The provenances. Only the first three make an identity.
const (
	FromChannel Provenance = "channel"   // the sender's own, given by the network
	FromAgent   Provenance = "agent"     // entered by an agent
	FromImport  Provenance = "import"    // read from an import
	Claimed     Provenance = "claimed"   // typed by the person
	Extracted   Provenance = "extracted" // found in text, a signature, a vCard
)

// Identifies reports whether a value of this provenance makes an identity.
func (p Provenance) Identifies() bool {
	return p == "" || p == FromChannel || p == FromAgent || p == FromImport
}

// Rank orders provenances by whose single values are shown: an agent's before an import's, and either before all others.
func (p Provenance) Rank() int {
	switch p {
	case FromAgent:
		return 2
	case FromImport:
		return 1
	}
	return 0
}

// Assurance says how sure the network is of a channel's value.
type Assurance string

// The assurances. Pass and none attach, fail is recorded without a profile.
const (
	Pass Assurance = "pass" // network login, aligned DMARC or DKIM, STIR A
	None Assurance = "none" // nothing is known: the usual call or mail
	Fail Assurance = "fail" // DMARC or STIR failed
)

// Caller holds what a telephone network says of a number beyond the number itself.
type Caller struct {
	CNAM         string `json:"cnam,omitempty"`
	STIR         *STIR  `json:"stir,omitempty"`
	Forwarded    string `json:"forwarded_from,omitempty"`
	Diversion    string `json:"diversion,omitempty"`
	PAssertedID  string `json:"p_asserted_identity,omitempty"`
	City         string `json:"city,omitempty"`
	Region       string `json:"region,omitempty"`
	PostalCode   string `json:"postal_code,omitempty"`
	Country      string `json:"country,omitempty"`
	CarrierName  string `json:"carrier,omitempty"`
	LineType     string `json:"line_type,omitempty"`
	CalledNumber string `json:"called,omitempty"`
}

// STIR is the verdict of STIR/SHAKEN (RFC 8224, ATIS-1000074) on a caller id.
type STIR struct {
	Verstat     string `json:"verstat"`
	Attestation string `json:"attestation,omitempty"` // A, B or C
	Diverted    bool   `json:"diverted,omitempty"`
}
