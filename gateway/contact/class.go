package contact

// Class is what kind of sender a contact is from, decided before anything else: it says whether a profile may be made, attached to and flagged.
type Class string

// The classes.
const (
	Human     Class = "human"
	RoleBox   Class = "role"       // info@, a shared box
	Relay     Class = "relay"      // a registered form or marketplace, writing for a person
	AutoReply Class = "auto_reply" // an absence note
	Bounce    Class = "bounce"
	List      Class = "list"
	Automated Class = "automated"
	Own       Class = "own" // our agents, our outbound, a provider's notices
	Withheld  Class = "withheld"
	Spam      Class = "spam"
	Blocked   Class = "blocked"
)

// Policy is what ingest may do with a contact of a class.
type Policy struct {
	Records  bool // an interaction is recorded; otherwise the delivery is quarantined
	Creates  bool // a profile may be made
	Attaches bool // the interaction joins the profile that holds the contact point
	Shared   bool // a made identity is shared from the start
	Claims   bool // identities live in the source's scope only
	Flags    bool // duplicates may be flagged
}

// Policies is the table of who may do what. A class that is not in it records and does nothing else.
var policies = map[Class]Policy{
	Human:     {Records: true, Creates: true, Attaches: true, Flags: true},
	RoleBox:   {Records: true, Creates: true, Attaches: true, Shared: true},
	Relay:     {Records: true, Creates: true, Attaches: true, Claims: true, Flags: true},
	AutoReply: {Records: true, Attaches: true},
	Bounce:    {Records: true, Attaches: true},
	List:      {Records: true},
	Automated: {Records: true},
	Own:       {Records: true, Attaches: true},
	Withheld:  {Records: true},
	Spam:      {},
	Blocked:   {},
}

// Policy is what may be done with a contact of class c. An unknown class is recorded and nothing more.
func (c Class) Policy() Policy {
	if p, ok := policies[c]; ok {
		return p
	}
	return Policy{Records: true}
}
