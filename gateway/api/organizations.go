package api

import (
	"context"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/organizations"
)

// Organization is a company, an authority, a family: people are its members.
type Organization struct {
	ID        string     `json:"id" example:"org_01938c5e-7a10-7c3e-9f62-0d5a1b2c3d4e"`
	Version   int64      `json:"version"`
	CreatedAt time.Time  `json:"created_at"`
	UpdatedAt time.Time  `json:"updated_at"`
	DeletedAt *time.Time `json:"deleted_at,omitempty" doc:"It stands in no list any more; interactions still name it."`
	OrganizationValues
}

// OrganizationValues are what people say of an organization.
type OrganizationValues struct {
	Name        string       `json:"name" minLength:"1" maxLength:"200"`
	Note        string       `json:"note,omitempty" maxLength:"5000"`
	ExternalIDs []NamedValue `json:"external_ids,omitempty" maxItems:"20" doc:"Systems, and its id there, which no other organization has."`
	Fields      []NamedValue `json:"fields,omitempty" maxItems:"50"`
}

// NamedValue is a name and its value.
type NamedValue struct {
	Name  string `json:"name" minLength:"1" maxLength:"100"`
	Value string `json:"value" maxLength:"1000"`
}

type organizationOutput struct {
	ETag string `header:"ETag"`
	Body Organization
}

const organizationTag = "Organizations"

func (s *Server) organizationOperations() {
	const path = "/v1/organizations"
	huma.Register(s.api, endpoint{"list-organizations", "GET", path, organizationTag, "Organizations in the order of their names.", keys.ProfilesRead, nil}.operation(), s.listOrganizations)
	create := endpoint{"create-organization", "POST", path, organizationTag, "Make an organization. An id in another system that another organization has answers 409 (external_id_taken).", keys.ProfilesWrite, []int{409}}.operation()
	create.DefaultStatus = 201
	huma.Register(s.api, create, s.createOrganization)
	huma.Register(s.api, endpoint{"get-organization", "GET", path + "/{id}", organizationTag, "One organization, deleted or not.", keys.ProfilesRead, []int{404}}.operation(), s.getOrganization)
	huma.Register(s.api, endpoint{"change-organization", "PATCH", path + "/{id}", organizationTag, "Change what is sent and leave the rest. An id in another system that another organization has answers 409 (external_id_taken).", keys.ProfilesWrite, []int{404, 409, 412}}.operation(), s.changeOrganization)
	remove := endpoint{"delete-organization", "DELETE", path + "/{id}", organizationTag, "Take an organization out of the lists. One that has domains or standing members answers 409 (organization_in_use); interactions keep it.", keys.ProfilesWrite, []int{404, 409, 412}}.operation()
	remove.DefaultStatus = 204
	huma.Register(s.api, remove, s.deleteOrganization)
	s.domainOperations(path)
	s.membershipOperations(path)
	s.organizationFigureOperations(path)
}

func (s *Server) listOrganizations(ctx context.Context, in *struct {
	Page
	Prefix string `query:"name_prefix" maxLength:"200" doc:"Whose names begin so, in capitals or not."`
}) (*listOutput[Organization], error) {
	of := organizations.Named(in.Prefix)
	out, err := page(ctx, s, in.Page, listing[contact.Organization, *contact.Organization, Organization]{
		address: address("/v1/organizations", "name_prefix", in.Prefix), collection: s.DB.Organizations, of: of,
		keep: func(o contact.Organization) bool {
			return o.DeletedAt.IsZero() && (of.Lower != nil || strings.HasPrefix(o.Name, in.Prefix))
		},
		show: func(o contact.Organization) (Organization, error) { return showOrganization(o), nil },
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

func (s *Server) createOrganization(ctx context.Context, in *struct {
	Key  string `header:"Idempotency-Key" maxLength:"200"`
	Body OrganizationValues
}) (*organizationOutput, error) {
	made, err := s.Organizations.Create(ctx, s.operationOf(ctx, in.Key), contact.Organization{
		Name: in.Body.Name, Note: in.Body.Note, ExternalIDs: pairsOf(in.Body.ExternalIDs), Fields: pairsOf(in.Body.Fields),
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("organization made", "organization_id", made.ID, "who", who(ctx))
	return organizationAnswer(made), nil
}

func (s *Server) getOrganization(ctx context.Context, in *byID) (*organizationOutput, error) {
	found, err := s.Organizations.Find(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return organizationAnswer(found), nil
}

func (s *Server) changeOrganization(ctx context.Context, in *struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"64"`
	Body    struct {
		Name        *string       `json:"name,omitempty" minLength:"1" maxLength:"200"`
		Note        *string       `json:"note,omitempty" maxLength:"5000"`
		ExternalIDs *[]NamedValue `json:"external_ids,omitempty" maxItems:"20"`
		Fields      *[]NamedValue `json:"fields,omitempty" maxItems:"50"`
	}
}) (*organizationOutput, error) {
	version, err := ifMatch(in.IfMatch)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	changed, err := s.Organizations.Change(ctx, in.ID, version, func(o *contact.Organization) error {
		if in.Body.Name != nil {
			o.Name = *in.Body.Name
		}
		if in.Body.Note != nil {
			o.Note = *in.Body.Note
		}
		if in.Body.ExternalIDs != nil {
			o.ExternalIDs = pairsOf(*in.Body.ExternalIDs)
		}
		if in.Body.Fields != nil {
			o.Fields = pairsOf(*in.Body.Fields)
		}
		return nil
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("organization changed", "organization_id", changed.ID, "who", who(ctx))
	return organizationAnswer(changed), nil
}

func (s *Server) deleteOrganization(ctx context.Context, in *struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"64"`
}) (*struct{}, error) {
	version, err := ifMatch(in.IfMatch)
	if err == nil {
		err = s.Organizations.Delete(ctx, in.ID, version)
	}
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("organization deleted", "organization_id", in.ID, "who", who(ctx))
	return nil, nil
}

func organizationAnswer(o contact.Organization) *organizationOutput {
	return &organizationOutput{ETag: etag(o.Version), Body: showOrganization(o)}
}

func showOrganization(o contact.Organization) Organization {
	shown := Organization{ID: o.ID, Version: o.Version, CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt, OrganizationValues: OrganizationValues{
		Name: o.Name, Note: o.Note, ExternalIDs: valuesOf(o.ExternalIDs), Fields: valuesOf(o.Fields),
	}}
	if !o.DeletedAt.IsZero() {
		shown.DeletedAt = &o.DeletedAt
	}
	return shown
}

func pairsOf(values []NamedValue) (pairs []contact.Pair) {
	for _, v := range values {
		pairs = append(pairs, contact.Pair(v))
	}
	return pairs
}

func valuesOf(pairs []contact.Pair) (values []NamedValue) {
	for _, p := range pairs {
		values = append(values, NamedValue(p))
	}
	return values
}
