package contact

import (
	"slices"
	"strings"
	"time"
)

// Organization is a company, an authority, a family: people are its members, by the domain of their proven mail or by hand. It is never removed, because interactions name it: one that was deleted stands in no list any more.
type Organization struct {
	Document `bson:",inline"`

	Name        string    `json:"name"`
	NameKey     string    `json:"name_key"` // what lists are ordered and searched by
	Note        string    `json:"note,omitempty"`
	ExternalIDs []Pair    `json:"external_ids,omitempty"` // the system, and its id there
	Fields      []Pair    `json:"fields,omitempty"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	DeletedAt   time.Time `json:"deleted_at,omitzero"`
}

// Known are the ids in other systems by which the organization is found: all but empty ones, and none once it was deleted.
func (o Organization) Known() []Pair {
	if !o.DeletedAt.IsZero() {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(o.ExternalIDs), func(known Pair) bool { return strings.TrimSpace(known.Value) == "" })
}

// Domain is a mail domain, one document for each name, so that two organizations at once cannot have it. It is never deleted: one that was released waits for the next organization.
type Domain struct {
	Document `bson:",inline"`

	Name           string    `json:"domain"`          // in ASCII
	OrganizationID string    `json:"organization_id"` // empty once released
	Who            string    `json:"who"`
	AddedAt        time.Time `json:"added_at"`
	// Queue is Applying while an application has steps left, else empty.
	Queue       string       `json:"queue"`
	Application *Application `json:"application,omitempty"` // the last one
}

// ExternalID says whose an id in another system is: one document for each, so that two organizations at once cannot have it. It is never deleted: one that was given up waits for the next organization. What the organization shows is in its own document.
type ExternalID struct {
	Document `bson:",inline"`

	OrganizationID string    `json:"organization_id"` // empty once given up
	At             time.Time `json:"at"`              // when it was taken, which is just before the organization says that it has it
}

// Applying is the queue of domains whose application has steps left.
const Applying = "applying"

// Application is the way of a domain over the mail that came before it was registered: how far it has come, and what it did. A step is done at least once and counted once.
type Application struct {
	ID         string    `json:"id"`
	Who        string    `json:"who"`
	StartedAt  time.Time `json:"started_at"`
	FinishedAt time.Time `json:"finished_at,omitzero"`

	Identity    string    `json:"identity,omitempty"`    // the last contact point that is done
	Interaction string    `json:"interaction,omitempty"` // of the next one: the last interaction that is done
	OccurredAt  time.Time `json:"occurred_at,omitzero"`

	Looked       int64 `json:"looked"` // contact points
	Members      int64 `json:"members"`
	Interactions int64 `json:"interactions"`
}

// Membership is that a profile is a member of an organization, one document for each two of them. Members are profiles; of which person is found when it is read, so that a merge re-pairs nothing. One that an agent ended stays, so that mail does not make it anew.
type Membership struct {
	Document `bson:",inline"`

	ProfileID      string          `json:"profile_id"`
	OrganizationID string          `json:"organization_id"`
	State          MembershipState `json:"state"`
	How            How             `json:"how"`
	IdentityID     string          `json:"identity_id,omitempty"` // whose mail proved it
	By             string          `json:"by,omitempty"`          // the contact or application that made it
	Who            string          `json:"who,omitempty"`
	Since          time.Time       `json:"since"`
	EndedAt        time.Time       `json:"ended_at,omitzero"`
	EndedBy        string          `json:"ended_by,omitempty"`
}

// MembershipState is whether a membership stands.
type MembershipState string

// The states of a membership.
const (
	Standing MembershipState = "standing"
	Ended    MembershipState = "ended"
)

// How says what a membership rests on.
type How string

// What memberships rest on.
const (
	MemberByEmail  How = "email"
	MemberByAgent  How = "agent"
	MemberByImport How = "import"
)

// DomainID is the id of a mail domain, an organization's or one that is blocked.
func (s Salt) DomainID(name string) string { return s.ID(DomainPrefix, name) }

// ExternalIDID is the id of an organization's id in another system, whatever stands around it.
func (s Salt) ExternalIDID(known Pair) string {
	return s.ID(ExternalIDPrefix, strings.TrimSpace(known.Name), strings.TrimSpace(known.Value))
}

// MembershipID is the id of a profile's membership of an organization.
func (s Salt) MembershipID(profile, organization string) string {
	return s.ID(MembershipPrefix, profile, organization)
}
