package api

import (
	"context"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/keys"
	"usher/gateway/people"
)

type identityOutput struct{ Body Identity }

func (s *Server) identityOperations() {
	add := endpoint{"add-identity", "POST", "/v1/profiles/{id}/identities", "Profiles", "Give a person a contact point, or an id in another system. A value that they claimed becomes a contact point of theirs so. One that another profile holds is never moved silently: 409 identity_taken, with the holder and the flag that the two may be one person; take_over moves it, needs profiles:merge too, and is undone by moving it back. What came by it stays where it is.", keys.ProfilesWrite, []int{404, 409}}.operation()
	add.DefaultStatus = 201
	huma.Register(s.api, add, s.addIdentity)
	huma.Register(s.api, endpoint{"mark-identity", "PATCH", "/v1/profiles/{id}/identities/{identity}", "Profiles", "Mark a contact point: the first of its scheme, verified, used by several people, and from and until when it is the person's. One that is past its validity attaches nobody to the person any more.", keys.ProfilesWrite, []int{404, 409}}.operation(), s.markIdentity)
	remove := endpoint{"delete-identity", "DELETE", "/v1/profiles/{id}/identities/{identity}", "Profiles", "Take back a contact point that an agent or an import said, as long as nobody was seen with it. One that was is history: end its validity instead.", keys.ProfilesWrite, []int{404, 409}}.operation()
	remove.DefaultStatus = 204
	huma.Register(s.api, remove, s.deleteIdentity)
}

func (s *Server) addIdentity(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Key  string `header:"Idempotency-Key" maxLength:"200"`
	Body struct {
		EnteredPoint
		TakeOver bool   `json:"take_over,omitempty" doc:"From whoever holds it."`
		Verified bool   `json:"verified,omitempty" doc:"It was made sure that it is the person's."`
		Why      string `json:"why,omitempty" maxLength:"1000"`
	}
}) (*identityOutput, error) {
	b := in.Body
	if b.TakeOver && !keys.Allows(callerOf(ctx), keys.ProfilesMerge) {
		return nil, s.fail(ctx, contact.NewError(contact.Forbidden, "forbidden_scope", "take_over needs a key with the scope "+string(keys.ProfilesMerge)+" too", nil))
	}
	person, err := s.people.Person(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	h := ingest.Holding{
		Op: s.operationOf(ctx, in.Key), Profile: person.Root().ID, Person: person.IDs(), Region: s.Config.Workspace.Region, TakeOver: b.TakeOver, Who: who(ctx), Why: b.Why,
		Identifier: contact.Identifier{Scheme: contact.Scheme(b.Scheme), Value: b.Value, Scope: b.Scope},
	}
	if h.Op == "" {
		h.Op = contact.OperationPrefix + uuid.NewString()
	}
	i, err := s.ingest.Hold(ctx, h)
	if err != nil {
		return nil, s.taken(ctx, err)
	}
	s.Log.Info("identity held", "identity_id", i.ID, "profile_id", i.ProfileID, "who", h.Who)
	if b.Verified {
		if i, err = s.people.Mark(ctx, s.edit(ctx, in.ID, ""), i.ID, people.Mark{Verified: &b.Verified}); err != nil {
			return nil, s.fail(ctx, err)
		}
	}
	return s.shownIdentity(ctx, in.ID, i)
}

// IdentityPatch is what becomes of a contact point.
type IdentityPatch struct {
	Primary    *bool              `json:"primary,omitempty" doc:"The first of its scheme: the latest choice stands. false takes the choice back."`
	Verified   *bool              `json:"verified,omitempty" doc:"An agent made sure that it is the person's."`
	Shared     *bool              `json:"shared,omitempty" doc:"Several people use it: a contact without a name is not taken for the holder's, who has one. false: nobody but the holder does."`
	ValidFrom  patched[time.Time] `json:"valid_from,omitempty" doc:"null: always."`
	ValidUntil patched[time.Time] `json:"valid_until,omitempty" doc:"null: for ever."`
	Why        string             `json:"why,omitempty" maxLength:"1000"`
}

func (s *Server) markIdentity(ctx context.Context, in *struct {
	ID       string `path:"id" maxLength:"64"`
	Identity string `path:"identity" maxLength:"64"`
	Body     IdentityPatch
}) (*identityOutput, error) {
	e := s.edit(ctx, in.ID, "")
	e.Why = in.Body.Why
	m := people.Mark{Primary: in.Body.Primary, Verified: in.Body.Verified, Shared: in.Body.Shared, ValidFrom: in.Body.ValidFrom.pointer(), ValidUntil: in.Body.ValidUntil.pointer()}
	i, err := s.people.Mark(ctx, e, in.Identity, m)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("identity marked", "identity_id", i.ID, "profile_id", i.ProfileID, "who", e.Who)
	return s.shownIdentity(ctx, in.ID, i)
}

// shownIdentity is a contact point as it is among the person's others.
func (s *Server) shownIdentity(ctx context.Context, profile string, i contact.Identity) (*identityOutput, error) {
	person, err := s.people.Person(ctx, profile)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	held, err := s.people.Identities(ctx, person.IDs()...)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	if !slices.ContainsFunc(held, func(one contact.Identity) bool { return one.ID == i.ID }) { // somebody else's since
		held = []contact.Identity{i}
	}
	shared, err := s.people.SharedOf(ctx, held)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	all := showIdentities(held, shared)
	return &identityOutput{all[slices.IndexFunc(all, func(one Identity) bool { return one.ID == i.ID })]}, nil
}

func (s *Server) deleteIdentity(ctx context.Context, in *struct {
	ID       string `path:"id" maxLength:"64"`
	Identity string `path:"identity" maxLength:"64"`
}) (*struct{}, error) {
	e := s.edit(ctx, in.ID, "")
	i, err := s.people.Remove(ctx, e, in.Identity)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("identity taken back", "identity_id", i.ID, "profile_id", i.ProfileID, "who", e.Who)
	return nil, nil
}
