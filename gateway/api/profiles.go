package api

import (
	"context"
	"net/http"
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
	ID             string             `json:"id" example:"prf_4k2m8q0w6e1r5t9y3u7i2o6p"`
	DisplayName    string             `json:"display_name" doc:"An agent's, else an import's, else the most frequent full name the channels gave; without any, the first contact point."`
	Names          []ProfileName      `json:"names"`
	Languages      []string           `json:"languages" doc:"BCP 47."`
	Class          string             `json:"class,omitempty"`
	Identities     []Identity         `json:"identities"`
	FirstSeen      *time.Time         `json:"first_seen,omitempty"`
	LastSeen       *time.Time         `json:"last_seen,omitempty" doc:"The person's last contact; what we sent does not count."`
	MergedInto     string             `json:"merged_into,omitempty" doc:"Of a record alone: the profile it is merged into."`
	Members        []string           `json:"members" doc:"The profiles that are this person, this one first. The record of one: GET with follow=false."`
	Alternates     []people.Alternate `json:"alternates" doc:"Single values of the other profiles, beside those that are shown."`
	Missing        []string           `json:"missing" doc:"What is not known: email, phone."`
	AskNext        string             `json:"ask_next,omitempty" doc:"What to ask for next."`
	OpenDuplicates int                `json:"open_duplicates"`
	CreatedAt      time.Time          `json:"created_at"`
	UpdatedAt      time.Time          `json:"updated_at"`
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
	huma.Register(s.api, endpoint{"list-profiles", "GET", "/v1/profiles", "Profiles", "People, the newest first: profiles that are merged into none.", keys.ProfilesRead, nil}.operation(), s.listProfiles)
	// Before /v1/profiles/{id}: routes match in the order they are registered.
	huma.Register(s.api, endpoint{"search-profiles", "GET", "/v1/profiles/search", "Profiles", "Who has this number or address, in any spelling?", keys.ProfilesRead, nil}.operation(), s.searchProfiles)
	huma.Register(s.api, endpoint{"get-profile", "GET", "/v1/profiles/{id}", "Profiles", "One person: the profile with what others that are merged into it add. A profile that is merged answers 307 to the one that speaks for the person now.", keys.ProfilesRead, []int{307, 404}}.operation(), s.getProfile)
	huma.Register(s.api, endpoint{"list-identities", "GET", "/v1/profiles/{id}/identities", "Profiles", "The contact points that a person's profiles hold.", keys.ProfilesRead, []int{404}}.operation(), s.listIdentities)
	huma.Register(s.api, endpoint{"get-timeline", "GET", "/v1/profiles/{id}/timeline", "Profiles", "One history over all channels, the newest first.", keys.ProfilesRead, []int{404}}.operation(), s.timeline)
}

type byID struct {
	ID string `path:"id" maxLength:"64"`
}

func (s *Server) listProfiles(ctx context.Context, in *struct{ Page }) (out *listOutput[Profile], err error) {
	err = s.people.Trees(ctx, func(t *people.Trees) error {
		out, err = page(ctx, s, in.Page, listing[contact.Profile, *contact.Profile, Profile]{
			address: "/v1/profiles", collection: s.DB.Profiles, of: store.Range{Index: "created", Descending: true},
			keep: func(p contact.Profile) bool { return p.MergedInto == "" && !p.Erased() },
			show: func(p contact.Profile) (Profile, error) {
				card, err := t.Card(ctx, p.ID)
				return showProfile(card), err
			},
		})
		return err
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

type profileQuery struct {
	ID     string `path:"id" maxLength:"64"`
	Follow bool   `query:"follow" default:"true" doc:"false: the record itself, merged or not, with what it holds alone."`
}

func (s *Server) getProfile(ctx context.Context, in *profileQuery) (*profileOutput, error) {
	if !in.Follow {
		return s.record(ctx, in.ID)
	}
	card, err := s.people.Card(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	if card.Profile.ID != in.ID {
		return nil, s.moved(ctx, card.Profile.ID)
	}
	return &profileOutput{ETag: personTag(card.Person), Body: showProfile(card)}, nil
}

// record is a profile alone, as it was captured.
func (s *Server) record(ctx context.Context, id string) (*profileOutput, error) {
	card, err := s.people.Record(ctx, id)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	shown := showProfile(card)
	shown.MergedInto = card.Profile.MergedInto
	return &profileOutput{ETag: etag(card.Profile.Version), Body: shown}, nil
}

// moved leads from a merged profile to the one that speaks for the person.
func (s *Server) moved(ctx context.Context, survivor string) error {
	p := newProblem(http.StatusTemporaryRedirect, "already_merged", "the profile is merged into another; Location leads there").of(ctx)
	p.Survivor = survivor
	to := "/v1/profiles/" + survivor
	return huma.ErrorWithHeaders(p, http.Header{"Location": {to}, "Link": {"<" + to + `>; rel="canonical"`}})
}

func (s *Server) listIdentities(ctx context.Context, in *byID) (*identitiesOutput, error) {
	person, err := s.people.Person(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	held, err := s.people.Identities(ctx, person.IDs()...)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out := &identitiesOutput{}
	out.Body.Data = showIdentities(held)
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
	seen := map[string]bool{}
	for _, i := range points {
		if !i.Held() || seen[i.ProfileID] {
			continue
		}
		card, err := s.people.Card(ctx, i.ProfileID)
		if contact.KindOf(err) == contact.NotFound { // it is being erased
			continue
		}
		if err != nil {
			return nil, s.fail(ctx, err)
		}
		if !seen[card.Profile.ID] {
			out.Body.Data = append(out.Body.Data, showProfile(card))
		}
		for _, id := range card.Person.IDs() {
			seen[id] = true
		}
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
		Members: c.Person.IDs(), Alternates: nonNil(c.Alternates), FirstSeen: c.FirstSeen, LastSeen: c.LastSeen, Missing: nonNil(c.Missing), AskNext: c.AskNext, OpenDuplicates: c.Duplicates, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
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
