package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/people"
	"usher/gateway/store"
)

// Profile is one record of a person.
type Profile struct {
	ID             string               `json:"id" example:"prf_4k2m8q0w6e1r5t9y3u7i2o6p"`
	DisplayName    string               `json:"display_name" doc:"An agent's, else an import's, else the most frequent full name the channels gave; without any, the first contact point."`
	Names          []ProfileName        `json:"names"`
	Languages      []string             `json:"languages" doc:"BCP 47."`
	Class          string               `json:"class,omitempty"`
	Tags           []string             `json:"tags"`
	Fields         []ProfileField       `json:"fields" doc:"Custom ones, one of each name; what merged profiles say otherwise stands among the alternates as fields. and the name."`
	Details        []ProfileDetail      `json:"details" doc:"Organization, city and postcode as they were told, what agents say first: all are compared when duplicates are looked for. What the person is a member of stands among the organizations."`
	Notes          []Note               `json:"notes" doc:"The oldest first."`
	Identities     []Identity           `json:"identities"`
	FirstSeen      *time.Time           `json:"first_seen,omitempty"`
	LastSeen       *time.Time           `json:"last_seen,omitempty" doc:"The person's last contact; what we sent does not count."`
	MergedInto     string               `json:"merged_into,omitempty" doc:"Of a record alone: the profile it is merged into."`
	Members        []string             `json:"members" doc:"The profiles that are this person, this one first. The record of one: GET with follow=false."`
	Alternates     []people.Alternate   `json:"alternates" doc:"Single values of the other profiles, beside those that are shown."`
	Missing        []string             `json:"missing" doc:"What is not known: email, phone."`
	AskNext        string               `json:"ask_next,omitempty" doc:"What to ask for next."`
	OpenDuplicates int                  `json:"open_duplicates"`
	SharesContact  []people.Sharer      `json:"shares_contact" doc:"Other people who use the same contact points, such as a household's; they are no duplicates. At most 16."`
	Consent        []ChannelConsent     `json:"consent,omitempty" doc:"Of one person alone, not in lists: whether it wants to be written to, by channel."`
	Organizations  []people.Affiliation `json:"organizations" doc:"What the person is a member of."`
	CreatedAt      time.Time            `json:"created_at"`
	UpdatedAt      time.Time            `json:"updated_at"`
}

// ProfileName is a name the profile was seen under.
type ProfileName struct {
	Value      string    `json:"value"`
	Provenance string    `json:"provenance"`
	FirstSeen  time.Time `json:"first_seen"`
}

// ProfileField is a custom field.
type ProfileField struct {
	Name       string    `json:"name"`
	Value      string    `json:"value"`
	Provenance string    `json:"provenance" enum:"agent,import"`
	Who        string    `json:"who,omitempty"`
	At         time.Time `json:"at"`
}

// ProfileDetail is what was told of a person beside the custom fields.
type ProfileDetail struct {
	Kind       string `json:"kind" enum:"organization,city,postcode"`
	Value      string `json:"value"`
	Provenance string `json:"provenance"`
}

// Identity is a contact point.
type Identity struct {
	ID         string            `json:"id"`
	Scheme     string            `json:"scheme" example:"tel"`
	Value      string            `json:"value" doc:"The normal form."`
	Scope      string            `json:"scope,omitempty"`
	Raw        []string          `json:"raw" doc:"Spellings seen."`
	Provenance string            `json:"provenance" example:"channel"`
	Assurance  string            `json:"assurance" example:"none"`
	Shared     bool              `json:"shared" doc:"Several people use it; profiles that were merged are one."`
	ProfileID  string            `json:"profile_id,omitempty"`
	FirstSeen  time.Time         `json:"first_seen"`
	Primary    bool              `json:"primary" doc:"The first of the person's of its scheme: the one that was chosen last, else the one that was seen first."`
	VerifiedAt *time.Time        `json:"verified_at,omitempty" doc:"When an agent made sure that it is the person's, or the person did by a claim link."`
	VerifiedBy string            `json:"verified_by,omitempty" doc:"The agent, else the key; link: the person."`
	ValidFrom  *time.Time        `json:"valid_from,omitempty" doc:"From when it is the person's; absent: always."`
	ValidUntil *time.Time        `json:"valid_until,omitempty" doc:"Until when; a contact after that is not the person's."`
	Consent    []IdentityConsent `json:"consent,omitempty" doc:"Only where the contact points of one person are listed: what it said about being written to."`
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

func (s *Server) profileOperations() {
	huma.Register(s.api, endpoint{"list-profiles", "GET", "/v1/profiles", "Profiles", "People, the newest first: profiles that are merged into none.", keys.ProfilesRead, nil}.operation(), s.listProfiles)
	// Before /v1/profiles/{id}: routes match in the order they are registered.
	huma.Register(s.api, endpoint{"search-profiles", "GET", "/v1/profiles/search", "Profiles", "People by anything: a contact point or id in any spelling or its beginning, the id of a profile, a name in any script and order, an organization's name from its beginning (its members, and those of whom it is said), a tag, words of fields and notes. The surest first, each person once. Of each text the first 16 words are searched, and of a profile about 128 words: names, organizations and tags come first, then fields, and notes last, so that later words of long notes find nobody. Of an organization with very many members some are found, and truncated says so.", keys.ProfilesRead, nil}.operation(), s.searchProfiles)
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
	said, err := s.people.ConsentsOf(ctx, card.Identities)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	shown := showProfile(card)
	shown.Consent = showChannels(people.Strictest(said))
	return &profileOutput{ETag: personTag(card.Person), Body: shown}, nil
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
	shared, err := s.people.SharedOf(ctx, held)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out.Body.Data = showIdentities(held, shared)
	said, err := s.people.ConsentsOf(ctx, held)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	shown, err := s.showConsents(ctx, said)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	for i := range out.Body.Data {
		for _, c := range shown {
			if c.IdentityID == out.Body.Data[i].ID {
				out.Body.Data[i].Consent = append(out.Body.Data[i].Consent, c)
			}
		}
	}
	return out, nil
}

type searchQuery struct {
	Q     string `query:"q" required:"true" minLength:"1" maxLength:"512" doc:"A number, address or id of a network in any spelling, or how it begins; words of a name, a tag, a field or a note, or the name of an organization, the last of which may be unfinished."`
	Limit int    `query:"limit" minimum:"1" maximum:"50" default:"10" doc:"How many people at most. Each shown costs more than each found."`
}

type searchOutput struct {
	Body struct {
		Data []Profile `json:"data"`
		Meta struct {
			Truncated bool `json:"truncated" doc:"There may be others: say more."`
		} `json:"meta"`
	}
}

// searchProfiles finds people. What a request that was answered has written is found by the next.
func (s *Server) searchProfiles(ctx context.Context, in *searchQuery) (*searchOutput, error) {
	found, err := s.people.Search(ctx, people.Asked{Text: in.Q, Region: s.Config.Workspace.Region, Limit: in.Limit})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out := &searchOutput{}
	out.Body.Data, out.Body.Meta.Truncated = []Profile{}, found.Truncated
	for _, card := range found.Cards {
		out.Body.Data = append(out.Body.Data, showProfile(card))
	}
	return out, nil
}

func showProfile(c people.Card) Profile {
	p := c.Profile
	shown := Profile{
		ID: p.ID, DisplayName: p.Name, Names: []ProfileName{}, Languages: nonNil(p.Languages), Class: string(p.Class), Identities: showIdentities(c.Identities, c.Shared),
		Members: c.Person.IDs(), Alternates: nonNil(c.Alternates), FirstSeen: c.FirstSeen, LastSeen: c.LastSeen, Missing: nonNil(c.Missing), AskNext: c.AskNext, OpenDuplicates: c.Duplicates, SharesContact: nonNil(c.Sharers), Organizations: nonNil(c.Affiliations), CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
	for _, n := range p.Names {
		shown.Names = append(shown.Names, ProfileName{Value: n.Value, Provenance: string(n.Provenance), FirstSeen: n.FirstSeen})
	}
	shown.Tags, shown.Fields, shown.Notes = nonNil(p.Tags), []ProfileField{}, []Note{}
	for _, f := range p.Fields {
		shown.Fields = append(shown.Fields, ProfileField{Name: f.Name, Value: f.Value, Provenance: string(f.Provenance), Who: f.Who, At: f.At})
	}
	shown.Details = []ProfileDetail{}
	for _, e := range p.Evidence {
		if slices.Contains(contact.DetailKinds, e.Kind) && e.Left != "" {
			shown.Details = append(shown.Details, ProfileDetail{Kind: e.Kind, Value: e.Left, Provenance: string(e.Provenance)})
		}
	}
	for _, n := range p.Notes {
		shown.Notes = append(shown.Notes, showNote(n))
	}
	slices.SortStableFunc(shown.Notes, func(a, b Note) int { return a.At.Compare(b.At) })
	if shown.DisplayName == "" && len(c.Identities) > 0 {
		shown.DisplayName = c.Identities[0].Value
	}
	return shown
}

func showIdentities(identities []contact.Identity, shared map[string]bool) []Identity {
	shown := []Identity{}
	now := store.Now()
	for _, i := range identities {
		shown = append(shown, Identity{
			ID: i.ID, Scheme: string(i.Scheme), Value: i.Value, Scope: i.Scope, Raw: nonNil(i.Raw), Provenance: string(i.Provenance), Assurance: string(i.Assurance),
			Shared: shared[i.ID], ProfileID: i.ProfileID, FirstSeen: i.FirstSeen, Primary: contact.PrimaryOf(identities, i.Scheme, now) == i.ID,
			VerifiedAt: timeOf(i.VerifiedAt), VerifiedBy: i.VerifiedBy, ValidFrom: timeOf(i.ValidFrom), ValidUntil: timeOf(i.ValidUntil),
		})
	}
	return shown
}

// timeOf is nil for no time.
func timeOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// nonNil makes an absent list an empty one, which is what clients expect in JSON.
func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
