package api

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/organizations"
	"usher/gateway/organizations/domain"
	"usher/gateway/store"
)

// Domain is a mail domain of an organization.
type Domain struct {
	ID             string       `json:"id" example:"dom_4k2m8q0w6e1r5t9y3u7i2o6p"`
	Domain         string       `json:"domain" example:"acme.example" doc:"In ASCII (RFC 5891)."`
	OrganizationID string       `json:"organization_id"`
	Who            string       `json:"who"`
	AddedAt        time.Time    `json:"added_at"`
	Application    *Application `json:"application,omitempty" doc:"The last time it was applied to earlier mail."`
}

// Application is how far a domain is applied to the mail that came before it was registered.
type Application struct {
	ID           string     `json:"id"`
	Who          string     `json:"who"`
	Done         bool       `json:"done"`
	StartedAt    time.Time  `json:"started_at"`
	FinishedAt   *time.Time `json:"finished_at,omitempty"`
	Looked       int64      `json:"looked" doc:"Addresses that were looked at so far."`
	Members      int64      `json:"members" doc:"Who became a member so far."`
	Interactions int64      `json:"interactions" doc:"That had no organization and have this one, so far."`
}

// DomainPreview is what applying a domain would do.
type DomainPreview struct {
	Domain       string                 `json:"domain"`
	Members      int64                  `json:"members" doc:"Who would become a member."`
	Interactions int64                  `json:"interactions" doc:"That have no organization and would have this one."`
	Complete     bool                   `json:"complete" doc:"false: there is more than is looked at beforehand; the numbers are what was found so far."`
	Samples      []organizations.Sample `json:"samples" doc:"Some of the members."`
}

// DomainName names a domain.
type DomainName struct {
	Domain string `json:"domain" minLength:"1" maxLength:"253" example:"acme.example"`
}

type domainOutput struct{ Body Domain }

func (s *Server) domainOperations(path string) {
	path += "/{id}/domains"
	huma.Register(s.api, endpoint{"list-domains", "GET", path, organizationTag, "The mail domains of an organization.", keys.ProfilesRead, []int{404}}.operation(), s.listDomains)
	add := endpoint{"add-domain", "POST", path, organizationTag, "Register a domain: whose proven mail comes from it, or from below it, becomes a member from now on. " +
		"A domain of another organization answers 409 (domain_taken); one where anybody may have an address 422 (domain_is_public_suffix, domain_is_free_mail, domain_is_disposable), and so does our own (domain_is_ours).", keys.ProfilesWrite, []int{404, 409}}.operation()
	add.DefaultStatus = 201
	huma.Register(s.api, add, s.addDomain)
	huma.Register(s.api, endpoint{"preview-domain", "POST", path + "/preview", organizationTag, "What applying a domain to earlier mail would do, whether it is registered yet or not. Nothing is changed.", keys.ProfilesWrite, []int{404, 409}}.operation(), s.previewDomain)
	huma.Register(s.api, endpoint{"get-domain", "GET", path + "/{domain}", organizationTag, "One domain, and how far it is applied.", keys.ProfilesRead, []int{404}}.operation(), s.getDomain)
	remove := endpoint{"remove-domain", "DELETE", path + "/{domain}", organizationTag, "Release a domain. Its members stay, and interactions keep their organization.", keys.ProfilesWrite, []int{404, 409}}.operation()
	remove.DefaultStatus = 204
	huma.Register(s.api, remove, s.removeDomain)
	apply := endpoint{"apply-domain", "POST", path + "/{domain}/apply", organizationTag, "Apply a domain to earlier mail: senders of proven mail become members, and what came from their addresses and has no organization gets this one. It goes on in the background and over restarts; asking again while it does changes nothing.", keys.ProfilesWrite, []int{404, 409}}.operation()
	apply.DefaultStatus = 202
	huma.Register(s.api, apply, s.applyDomain)
}

type domainInput struct {
	ID     string `path:"id" maxLength:"64"`
	Domain string `path:"domain" maxLength:"1536" doc:"The domain's name in any letters, or its id."`
}

// domainID is the id of the domain that a request names. The router gives what stands in a path as it was escaped.
func (s *Server) domainID(in *domainInput) string {
	if strings.HasPrefix(in.Domain, contact.DomainPrefix) { // no name begins so
		return in.Domain
	}
	written, err := url.PathUnescape(in.Domain)
	if err != nil {
		return in.Domain
	}
	name, err := domain.Parse(written)
	if err != nil {
		return in.Domain
	}
	return s.DB.Salt.DomainID(name)
}

func (s *Server) listDomains(ctx context.Context, in *struct {
	Page
	ID string `path:"id" maxLength:"64"`
}) (*listOutput[Domain], error) {
	if _, err := s.Organizations.Find(ctx, in.ID); err != nil {
		return nil, s.fail(ctx, err)
	}
	out, err := page(ctx, s, in.Page, listing[contact.Domain, *contact.Domain, Domain]{
		address: "/v1/organizations/" + in.ID + "/domains", collection: s.DB.Domains, of: store.Range{Index: "organization", Equal: []any{in.ID}},
		show: func(d contact.Domain) (Domain, error) { return showDomain(d), nil },
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

func (s *Server) addDomain(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body DomainName
}) (*domainOutput, error) {
	if err := s.notOurs(in.Body.Domain); err != nil {
		return nil, s.fail(ctx, err)
	}
	d, err := s.Organizations.AddDomain(ctx, in.ID, in.Body.Domain, who(ctx))
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("domain added", "organization_id", in.ID, "domain_id", d.ID, "who", who(ctx))
	return &domainOutput{showDomain(d)}, nil
}

// notOurs refuses a domain of the workspace: mail from there is ours, and no customer's.
func (s *Server) notOurs(raw string) error {
	name, err := domain.Parse(raw)
	ours := func(own string) bool {
		parsed, bad := domain.Parse(own)
		return bad == nil && parsed == name
	}
	if err == nil && slices.ContainsFunc(s.Config.Workspace.Own.Domains, ours) {
		return contact.NewError(contact.Invalid, "domain_is_ours", "mail from this domain is our own", nil)
	}
	return err
}

func (s *Server) previewDomain(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body DomainName
}) (*struct{ Body DomainPreview }, error) {
	if err := s.notOurs(in.Body.Domain); err != nil {
		return nil, s.fail(ctx, err)
	}
	v, err := s.Organizations.Preview(ctx, in.ID, in.Body.Domain)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &struct{ Body DomainPreview }{DomainPreview{Domain: v.Domain, Members: v.Members, Interactions: v.Interactions, Complete: v.Complete, Samples: nonNil(v.Samples)}}, nil
}

func (s *Server) getDomain(ctx context.Context, in *domainInput) (*domainOutput, error) {
	d, err := s.Organizations.Domain(ctx, in.ID, s.domainID(in))
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &domainOutput{showDomain(d)}, nil
}

func (s *Server) removeDomain(ctx context.Context, in *domainInput) (*struct{}, error) {
	id := s.domainID(in)
	if err := s.Organizations.RemoveDomain(ctx, in.ID, id); err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("domain released", "organization_id", in.ID, "domain_id", id, "who", who(ctx))
	return nil, nil
}

func (s *Server) applyDomain(ctx context.Context, in *domainInput) (*domainOutput, error) {
	d, err := s.Organizations.Apply(ctx, in.ID, s.domainID(in), who(ctx))
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("applying domain", "organization_id", in.ID, "domain_id", d.ID, "who", who(ctx))
	return &domainOutput{showDomain(d)}, nil
}

func showDomain(d contact.Domain) Domain {
	shown := Domain{ID: d.ID, Domain: d.Name, OrganizationID: d.OrganizationID, Who: d.Who, AddedAt: d.AddedAt}
	if a := d.Application; a != nil {
		shown.Application = &Application{ID: a.ID, Who: a.Who, Done: d.Queue == "", StartedAt: a.StartedAt, Looked: a.Looked, Members: a.Members, Interactions: a.Interactions}
		if !a.FinishedAt.IsZero() {
			shown.Application.FinishedAt = &a.FinishedAt
		}
	}
	return shown
}
