package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/matching/normal"
)

// Profile is one record of a person.
type Profile struct {
	ID             string        `json:"id" example:"prf_4k2m8q0w6e1r5t9y3u7i2o6p"`
	DisplayName    string        `json:"display_name" doc:"An agent's, else an import's, else the most frequent full name the channels gave; without any, the first contact point."`
	Names          []ProfileName `json:"names"`
	Languages      []string      `json:"languages" doc:"BCP 47."`
	Class          string        `json:"class,omitempty"`
	Identities     []Identity    `json:"identities"`
	FirstSeen      *time.Time    `json:"first_seen,omitempty"`
	LastSeen       *time.Time    `json:"last_seen,omitempty" doc:"The person's last contact; what we sent does not count."`
	Missing        []string      `json:"missing" doc:"What is not known: email, phone."`
	AskNext        string        `json:"ask_next,omitempty" doc:"What to ask for next."`
	OpenDuplicates int           `json:"open_duplicates"`
	CreatedAt      time.Time     `json:"created_at"`
	UpdatedAt      time.Time     `json:"updated_at"`
}

// ProfileName is a name the profile was seen under.
type ProfileName struct {
	Value      string    `json:"value"`
	Provenance string    `json:"provenance"`
	FirstSeen  time.Time `json:"first_seen"`
}

// Identity is a contact point.
type Identity struct {
	ID         string    `json:"id"`
	Scheme     string    `json:"scheme" example:"tel"`
	Value      string    `json:"value" doc:"The normal form."`
	Scope      string    `json:"scope,omitempty"`
	Raw        []string  `json:"raw" doc:"Spellings seen."`
	Provenance string    `json:"provenance" example:"channel"`
	Assurance  string    `json:"assurance" example:"none"`
	Shared     bool      `json:"shared" doc:"Several people use it."`
	ProfileID  string    `json:"profile_id,omitempty"`
	FirstSeen  time.Time `json:"first_seen"`
}

type profileOutput struct {
	ETag string `header:"ETag"`
	Body Profile
}

type identitiesOutput struct {
	Body struct {
		Data []Identity `json:"data"`
	}
}

type profilesOutput struct {
	Body struct {
		Data []Profile `json:"data"`
	}
}

func (s *Server) profileOperations() {
	huma.Register(s.api, endpoint{"list-profiles", "GET", "/v1/profiles", "Profiles", "Profiles, the newest first.", keys.ProfilesRead, nil}.operation(), s.listProfiles)
	// Before /v1/profiles/{id}: routes match in the order they are registered.
	huma.Register(s.api, endpoint{"search-profiles", "GET", "/v1/profiles/search", "Profiles", "Who has this number or address, in any spelling?", keys.ProfilesRead, nil}.operation(), s.searchProfiles)
	huma.Register(s.api, endpoint{"get-profile", "GET", "/v1/profiles/{id}", "Profiles", "One profile with its contact points.", keys.ProfilesRead, []int{404}}.operation(), s.getProfile)
	huma.Register(s.api, endpoint{"list-identities", "GET", "/v1/profiles/{id}/identities", "Profiles", "The contact points that a profile holds.", keys.ProfilesRead, []int{404}}.operation(), s.listIdentities)
	huma.Register(s.api, endpoint{"get-timeline", "GET", "/v1/profiles/{id}/timeline", "Profiles", "One history over all channels, the newest first.", keys.ProfilesRead, []int{404}}.operation(), s.timeline)
}

type byID struct {
	ID string `path:"id" maxLength:"64"`
}

func (s *Server) listProfiles(ctx context.Context, in *struct{ Page }) (*listOutput[Profile], error) {
	out, err := page(ctx, s, in.Page, listing[contact.Profile, *contact.Profile, Profile]{
		address: "/v1/profiles", collection: s.DB.Profiles, of: store.Range{Index: "created", Descending: true},
		show: func(p contact.Profile) (Profile, error) {
			card, err := s.people.CardOf(ctx, p)
			return showProfile(card), err
		},
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

func (s *Server) getProfile(ctx context.Context, in *byID) (*profileOutput, error) {
	card, err := s.people.Card(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &profileOutput{ETag: etag(card.Profile.Version), Body: showProfile(card)}, nil
}

func (s *Server) listIdentities(ctx context.Context, in *byID) (*identitiesOutput, error) {
	card, err := s.people.Card(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out := &identitiesOutput{}
	out.Body.Data = showIdentities(card.Identities)
	return out, nil
}

// searchProfiles finds the holders of a contact point. Every reading of q is tried: as a number, as an address, as an id of whatever network.
func (s *Server) searchProfiles(ctx context.Context, in *struct {
	Q string `query:"q" required:"true" minLength:"1" maxLength:"512" doc:"A number or address in any spelling, or an id of a network."`
}) (*profilesOutput, error) {
	out := &profilesOutput{}
	out.Body.Data = []Profile{}
	points, err := s.pointsOf(ctx, strings.TrimSpace(in.Q))
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	var found []string
	for _, i := range points {
		if i.Held() && !slices.Contains(found, i.ProfileID) {
			found = append(found, i.ProfileID)
		}
	}
	for _, id := range found {
		card, err := s.people.Card(ctx, id)
		if err != nil {
			return nil, s.fail(ctx, err)
		}
		out.Body.Data = append(out.Body.Data, showProfile(card))
	}
	return out, nil
}

// maxFound bounds how many contact points of one value are looked at.
const maxFound = 200

// pointsOf are the contact points that a text may stand for. An id is unique only within its network, and there within its scope: all that have it are meant.
func (s *Server) pointsOf(ctx context.Context, q string) ([]contact.Identity, error) {
	var all []contact.Identity
	if number, ok := normal.Phone(q, s.Config.Workspace.Region); ok {
		held, err := s.people.Holders(ctx, contact.Tel, number)
		if err != nil {
			return nil, err
		}
		all = append(all, held...)
	}
	if address, ok := normal.Email(q); ok {
		held, err := s.people.Holders(ctx, contact.Mailto, address)
		if err != nil {
			return nil, err
		}
		all = append(all, held...)
	}
	byValue, _, err := s.DB.Identities.List(ctx, store.Range{Index: "value", Equal: []any{strings.TrimPrefix(q, "sip:")}, Limit: maxFound})
	return append(all, byValue...), err
}

func showProfile(c people.Card) Profile {
	p := c.Profile
	shown := Profile{
		ID: p.ID, DisplayName: p.Name, Names: []ProfileName{}, Languages: nonNil(p.Languages), Class: string(p.Class), Identities: showIdentities(c.Identities),
		FirstSeen: c.FirstSeen, LastSeen: c.LastSeen, Missing: nonNil(c.Missing), AskNext: c.AskNext, OpenDuplicates: c.Duplicates, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
	for _, n := range p.Names {
		shown.Names = append(shown.Names, ProfileName{Value: n.Value, Provenance: string(n.Provenance), FirstSeen: n.FirstSeen})
	}
	if shown.DisplayName == "" && len(c.Identities) > 0 {
		shown.DisplayName = c.Identities[0].Value
	}
	return shown
}

func showIdentities(identities []contact.Identity) []Identity {
	shown := []Identity{}
	for _, i := range identities {
		shown = append(shown, Identity{
			ID: i.ID, Scheme: string(i.Scheme), Value: i.Value, Scope: i.Scope, Raw: nonNil(i.Raw), Provenance: string(i.Provenance), Assurance: string(i.Assurance),
			Shared: i.Shared || i.NameKey != "", ProfileID: i.ProfileID, FirstSeen: i.FirstSeen,
		})
	}
	return shown
}

// nonNil makes an absent list an empty one, which is what clients expect in JSON.
func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
