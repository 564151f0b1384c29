package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/store"
)

// Membership is that a profile is a member of an organization.
type Membership struct {
	ID             string     `json:"id" example:"mbr_4k2m8q0w6e1r5t9y3u7i2o6p"`
	OrganizationID string     `json:"organization_id"`
	ProfileID      string     `json:"profile_id" doc:"The profile that is the member."`
	PersonID       string     `json:"person_id" doc:"The profile that speaks for the person now. Two profiles of one person may both be members."`
	DisplayName    string     `json:"display_name,omitempty"`
	State          string     `json:"state" enum:"standing,ended"`
	How            string     `json:"how" enum:"email,agent,import" doc:"email: by proven mail from a domain of the organization."`
	IdentityID     string     `json:"identity_id,omitempty" doc:"The address that proved it."`
	Who            string     `json:"who,omitempty"`
	Since          time.Time  `json:"since"`
	EndedAt        *time.Time `json:"ended_at,omitempty"`
	EndedBy        string     `json:"ended_by,omitempty"`
}

type membershipOutput struct{ Body Membership }

func (s *Server) membershipOperations(path string) {
	path += "/{id}/memberships"
	huma.Register(s.api, endpoint{"list-memberships", "GET", path, organizationTag, "The members of an organization, the longest first.", keys.ProfilesRead, []int{404}}.operation(), s.listMemberships)
	add := endpoint{"add-membership", "POST", path, organizationTag, "Make a person a member by hand, also one whose membership was ended. A person who is one stays as they are.", keys.ProfilesWrite, []int{404, 409}}.operation()
	add.DefaultStatus = 201
	huma.Register(s.api, add, s.addMembership)
	huma.Register(s.api, endpoint{"end-membership", "DELETE", path + "/{membership}", organizationTag, "End a membership. Mail does not make it anew, and interactions keep their organization.", keys.ProfilesWrite, []int{404, 409}}.operation(), s.endMembership)
}

func (s *Server) listMemberships(ctx context.Context, in *struct {
	Page
	ID    string `path:"id" maxLength:"64"`
	State string `query:"state" enum:"standing,ended" default:"standing"`
}) (*listOutput[Membership], error) {
	if _, err := s.Organizations.Find(ctx, in.ID); err != nil {
		return nil, s.fail(ctx, err)
	}
	out, err := page(ctx, s, in.Page, listing[contact.Membership, *contact.Membership, Membership]{
		address: address("/v1/organizations/"+in.ID+"/memberships", "state", in.State), collection: s.DB.Memberships,
		of:   store.Range{Index: "organization", Equal: []any{in.ID, in.State}},
		show: func(m contact.Membership) (Membership, error) { return showMembership(m), nil },
	})
	if err == nil {
		err = s.nameMembers(ctx, out.Body.Data)
	}
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

// nameMembers says who members are now.
func (s *Server) nameMembers(ctx context.Context, members []Membership) error {
	profiles := make([]string, len(members))
	for i, m := range members {
		profiles[i] = m.ProfileID
	}
	roots, err := s.people.Roots(ctx, profiles)
	if err != nil {
		return err
	}
	var persons []string
	for _, root := range roots {
		persons = append(persons, root)
	}
	found, err := s.DB.Profiles.FindAll(ctx, persons...)
	for i, m := range members {
		members[i].PersonID = roots[m.ProfileID]
		members[i].DisplayName = found[members[i].PersonID].Name
	}
	return err
}

func (s *Server) addMembership(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		ProfileID string `json:"profile_id" minLength:"1" maxLength:"64" doc:"Any profile of the person; the one that speaks for them becomes the member."`
	}
}) (*membershipOutput, error) {
	person, err := s.people.Person(ctx, in.Body.ProfileID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	m, err := s.Organizations.Join(ctx, contact.Membership{ProfileID: person.Root().ID, OrganizationID: in.ID, How: contact.MemberByAgent, Who: who(ctx), Since: store.Now()})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("membership made", "organization_id", in.ID, "membership_id", m.ID, "profile_id", m.ProfileID, "who", who(ctx))
	return s.membership(ctx, m)
}

func (s *Server) endMembership(ctx context.Context, in *struct {
	ID         string `path:"id" maxLength:"64"`
	Membership string `path:"membership" maxLength:"64"`
}) (*membershipOutput, error) {
	m, err := s.Organizations.End(ctx, in.ID, in.Membership, who(ctx))
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("membership ended", "organization_id", in.ID, "membership_id", m.ID, "profile_id", m.ProfileID, "who", who(ctx))
	return s.membership(ctx, m)
}

func (s *Server) membership(ctx context.Context, m contact.Membership) (*membershipOutput, error) {
	shown := []Membership{showMembership(m)}
	if err := s.nameMembers(ctx, shown); err != nil {
		return nil, s.fail(ctx, err)
	}
	return &membershipOutput{shown[0]}, nil
}

func showMembership(m contact.Membership) Membership {
	shown := Membership{ID: m.ID, OrganizationID: m.OrganizationID, ProfileID: m.ProfileID, State: string(m.State), How: string(m.How), IdentityID: m.IdentityID, Who: m.Who, Since: m.Since, EndedBy: m.EndedBy}
	if !m.EndedAt.IsZero() {
		shown.EndedAt = &m.EndedAt
	}
	return shown
}
