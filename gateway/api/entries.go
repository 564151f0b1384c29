package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/keys"
	"usher/gateway/people"
	"usher/gateway/store"
)

// EnteredProfile is a person as an agent tells of them. Whatever is known is enough: a name alone, or a contact point alone.
type EnteredProfile struct {
	DisplayName  string            `json:"display_name,omitempty" maxLength:"512"`
	Names        []string          `json:"names,omitempty" maxItems:"16" doc:"Further names; one without letters is refused."`
	Languages    []string          `json:"languages,omitempty" maxItems:"16" doc:"BCP 47."`
	Identifiers  []EnteredPoint    `json:"identifiers,omitempty" maxItems:"32" doc:"Contact points, and ids in other systems (scheme external, the scope is the system), in any spelling."`
	Tags         []string          `json:"tags,omitempty" maxItems:"64" doc:"Of 1 to 64 characters."`
	Fields       map[string]string `json:"fields,omitempty" doc:"Custom fields: at most 64, names of 1 to 64 characters, values of at most 2000."`
	Organization string            `json:"organization,omitempty" maxLength:"512"`
	City         string            `json:"city,omitempty" maxLength:"512"`
	Postcode     string            `json:"postcode,omitempty" maxLength:"64"`
}

// EnteredPoint is a contact point in any spelling.
type EnteredPoint struct {
	Scheme string `json:"scheme" enum:"tel,mailto,sip,bsuid,psid,igsid,rcs,client,telegram,line,viber,slack,aad,discord,matrix,apple,visitor,external" example:"mailto"`
	Value  string `json:"value" minLength:"1" maxLength:"512"`
	Scope  string `json:"scope,omitempty" maxLength:"512" doc:"What an id is unique in: the page, the account, for external the system."`
}

// Upserted is what became of a person who was told of.
type Upserted struct {
	Outcome    string   `json:"outcome" enum:"created,updated,matched" doc:"matched: it said nothing new."`
	ProfileID  string   `json:"profile_id" doc:"The profile that speaks for the person."`
	Duplicates []string `json:"duplicates" doc:"Flags that were raised: somebody else may be the same person."`
	Profile    *Profile `json:"profile,omitempty" doc:"Only for keys with profiles:read."`
}

type upsertedOutput struct {
	Status int
	Body   Upserted
}

type createdProfile struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     Profile
}

func (s *Server) entryOperations() {
	create := endpoint{"create-profile", "POST", "/v1/profiles", "Profiles", "Enter a person, with or without an address, by a name alone if need be. A contact point that another profile holds is never moved: 409 identity_taken names the holder to keys with profiles:read. Who may be the same person is flagged.", keys.ProfilesWrite, []int{409}}.operation()
	create.DefaultStatus = 201
	huma.Register(s.api, create, s.createProfile)
	upsert := endpoint{"upsert-profile", "PUT", "/v1/profiles/upsert", "Profiles", "Enter or complete a person by contact points or an id in another system: who has them is decided as for a contact that carries them. 201 if there is a new profile. Lists are added to; of single values an agent's stands, and the latest.", keys.ProfilesWrite, []int{409}}.operation()
	upsert.Responses = map[string]*huma.Response{"201": {Description: "There is a new profile."}}
	huma.Register(s.api, upsert, s.upsertProfile)
	huma.Register(s.api, endpoint{"edit-profile", "PATCH", "/v1/profiles/{id}", "Profiles", "Edit a person's values: a JSON merge patch (RFC 7396), where a list is replaced as a whole and null takes a value away. What is set lands on the profile that speaks for the person, what is taken away is taken from whichever of the person's profiles has it. A custom field that a merged profile says otherwise stays as an alternate.", keys.ProfilesWrite, []int{404, 409, 412}}.operation(), s.editProfile)
	remove := endpoint{"delete-profile", "DELETE", "/v1/profiles/{id}", "Profiles", "Delete a profile that has no contact points, no interactions and no merged profiles. One that has is a person's history: erase the person instead.", keys.ProfilesWrite, []int{404, 409, 412}}.operation()
	remove.DefaultStatus = 204
	huma.Register(s.api, remove, s.deleteProfile)
	s.noteOperations()
	s.identityOperations()
}

// entryOf is what was told, named so that a repeat is the same.
func (s *Server) entryOf(ctx context.Context, p EnteredProfile, op string) contact.Entry {
	e := contact.Entry{
		By: op, Provenance: contact.FromAgent, Who: who(ctx), Region: s.Config.Workspace.Region,
		DisplayName: strings.TrimSpace(p.DisplayName), Names: p.Names, Languages: p.Languages, Tags: p.Tags, At: store.Now(),
	}
	if e.By == "" {
		e.By = contact.OperationPrefix + uuid.NewString()
	}
	for _, i := range p.Identifiers {
		e.Identifiers = append(e.Identifiers, contact.Identifier{Scheme: contact.Scheme(i.Scheme), Value: i.Value, Scope: i.Scope})
	}
	for _, name := range slices.Sorted(maps.Keys(p.Fields)) {
		e.Fields = append(e.Fields, contact.Pair{Name: name, Value: p.Fields[name]})
	}
	for _, d := range []contact.Evidence{{Kind: "organization", Left: p.Organization}, {Kind: "city", Left: p.City}, {Kind: "postcode", Left: p.Postcode}} {
		if d.Left = strings.TrimSpace(d.Left); d.Left != "" {
			e.Evidence = append(e.Evidence, d)
		}
	}
	return e
}

func (s *Server) createProfile(ctx context.Context, in *struct {
	Key  string `header:"Idempotency-Key" maxLength:"200"`
	Body EnteredProfile
}) (*createdProfile, error) {
	entered, err := s.ingest.Create(ctx, s.entryOf(ctx, in.Body, s.operationOf(ctx, in.Key)))
	if err != nil {
		return nil, s.taken(ctx, err)
	}
	s.Log.Info("profile entered", "profile_id", entered.ProfileID, "who", who(ctx))
	card, err := s.people.Card(ctx, entered.ProfileID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &createdProfile{ETag: personTag(card.Person), Location: "/v1/profiles/" + card.Profile.ID, Body: showProfile(card)}, nil
}

func (s *Server) upsertProfile(ctx context.Context, in *struct{ Body EnteredProfile }) (*upsertedOutput, error) {
	if len(in.Body.Identifiers) == 0 {
		return nil, s.fail(ctx, contact.NewError(contact.Invalid, "no_identifier", "there is no identifier to find the person by", nil))
	}
	entry := s.entryOf(ctx, in.Body, "")
	entered, err := s.ingest.Enter(ctx, entry)
	if err == nil && entered.Outcome == ingest.Ambiguous {
		err = s.ambiguous(ctx, entered)
	}
	if err != nil {
		return nil, s.taken(ctx, err)
	}
	card, err := s.onRoot(ctx, entry, entered)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out := &upsertedOutput{Status: http.StatusOK, Body: Upserted{Outcome: string(entered.Outcome), ProfileID: card.Profile.ID, Duplicates: nonNil(entered.Duplicates)}}
	if entered.Outcome == ingest.Created {
		out.Status = http.StatusCreated
	}
	if s.reads(ctx) {
		shown := showProfile(card)
		out.Body.Profile = &shown
	}
	return out, nil
}

// onRoot lets single values that were entered land on the profile that speaks for the person, if that is not the one that has the contact point.
func (s *Server) onRoot(ctx context.Context, e contact.Entry, entered ingest.Entered) (people.Card, error) {
	card, err := s.people.Card(ctx, entered.ProfileID)
	if err != nil || card.Profile.ID == entered.ProfileID || e.DisplayName == "" && len(e.Fields) == 0 && len(e.Evidence) == 0 {
		return card, err
	}
	patch := people.Patch{Fields: map[string]*string{}, Details: map[string]string{}}
	if e.DisplayName != "" {
		patch.DisplayName = &e.DisplayName
	}
	for _, d := range e.Evidence {
		patch.Details[d.Kind] = d.Left
	}
	for _, f := range e.Fields {
		patch.Fields[f.Name] = &f.Value
	}
	if err := s.people.Change(ctx, people.Edit{Profile: card.Profile.ID, Op: e.By, Who: e.Who}, patch); err != nil {
		return card, err
	}
	return s.people.Card(ctx, entered.ProfileID)
}

// ambiguous refuses what may be several people's.
func (s *Server) ambiguous(ctx context.Context, e ingest.Entered) error {
	refusal := contact.NewError(contact.Conflict, "ambiguous", "several people have these contact points, and the name tells none of them from the others", nil)
	if !s.reads(ctx) {
		return refusal
	}
	roots, err := s.rootsOf(ctx, slices.Clone(e.Candidates))
	if err != nil {
		return err
	}
	var details contact.Details
	for _, id := range distinctRoots(e.Candidates, roots) {
		details.Blockers = append(details.Blockers, contact.Blocker{Code: "candidate", ProfileID: id})
	}
	return refusal.With(details)
}

func (s *Server) reads(ctx context.Context) bool {
	return keys.Allows(callerOf(ctx), keys.ProfilesRead)
}

// taken ends with an error; of a contact point that somebody else holds, only who may read profiles is told who that is.
func (s *Server) taken(ctx context.Context, err error) error {
	var refusal *contact.Error
	if !errors.As(err, &refusal) || refusal.Details.Holder == "" {
		return s.fail(ctx, err)
	}
	var details contact.Details
	if s.reads(ctx) {
		if details, err = s.holders(ctx, refusal.Details); err != nil {
			return s.fail(ctx, err)
		}
	}
	return s.fail(ctx, refusal.With(details))
}

// holders are the people who hold contact points that are not to be had. If there are several, the flag that joins the holder to another is named: to whom the caller takes for one person they may be.
func (s *Server) holders(ctx context.Context, d contact.Details) (contact.Details, error) {
	holder, err := s.holder(ctx, d.Holder)
	if err != nil {
		return d, err
	}
	shown := contact.Details{Holder: holder, Duplicate: d.Duplicate}
	named := []string{shown.Holder}
	for _, b := range d.Blockers {
		other, err := s.holder(ctx, b.ProfileID)
		if err != nil {
			return d, err
		}
		if slices.Contains(named, other) {
			continue
		}
		named = append(named, other)
		shown.Blockers = append(shown.Blockers, contact.Blocker{Code: b.Code, ProfileID: other})
		if shown.Duplicate != "" {
			continue
		}
		flags, err := s.people.FlagsBetween(ctx, shown.Holder, other)
		if err != nil {
			return d, err
		}
		if len(flags) > 0 {
			shown.Duplicate = flags[0].ID
		}
	}
	return shown, nil
}

// holder is the profile that speaks for who holds a contact point. One that is not there yet speaks for itself: a contact point is given before its holder's profile is written down.
func (s *Server) holder(ctx context.Context, id string) (string, error) {
	person, err := s.people.Person(ctx, id)
	if contact.KindOf(err) == contact.NotFound {
		return id, nil
	}
	if err != nil {
		return "", err
	}
	return person.Root().ID, nil
}

// ProfilePatch is what becomes of a person's values.
type ProfilePatch struct {
	DisplayName patched[string]             `json:"display_name,omitempty" doc:"At most 512 characters; null: the names that the person goes by decide."`
	Languages   patched[[]string]           `json:"languages,omitempty" doc:"All of them; at most 16."`
	Tags        patched[[]string]           `json:"tags,omitempty" doc:"All of them; at most 64, of 1 to 64 characters."`
	Fields      patched[map[string]*string] `json:"fields,omitempty" doc:"Those that change; null takes one away. Names of 1 to 64 characters, values of at most 2000."`

	Organization patched[string] `json:"organization,omitempty" doc:"At most 512 characters; null takes away what agents said. What others told stays among the details."`
	City         patched[string] `json:"city,omitempty" doc:"As organization."`
	Postcode     patched[string] `json:"postcode,omitempty" doc:"As organization; at most 64 characters."`

	Why string `json:"why,omitempty" maxLength:"1000"`
}

// details are those that were sent, by their kinds.
func (p ProfilePatch) details() map[string]string {
	sent := map[string]string{}
	for kind, member := range map[string]patched[string]{"organization": p.Organization, "city": p.City, "postcode": p.Postcode} {
		if member.Sent {
			sent[kind] = strings.TrimSpace(member.Value)
		}
	}
	return sent
}

func (s *Server) editProfile(ctx context.Context, in *struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"64"`
	Body    ProfilePatch
}) (*profileOutput, error) {
	patch := people.Patch{DisplayName: in.Body.DisplayName.pointer(), Languages: in.Body.Languages.pointer(), Tags: in.Body.Tags.pointer(), Fields: in.Body.Fields.Value, Details: in.Body.details()}
	err := checkPatch(patch)
	if err == nil && in.Body.Fields.Null {
		patch.Fields, err = s.allFields(ctx, in.ID)
	}
	e := s.edit(ctx, in.ID, in.IfMatch)
	e.Why = in.Body.Why
	if err == nil {
		err = s.people.Change(ctx, e, patch)
	}
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("profile edited", "profile_id", in.ID, "who", e.Who)
	return s.current(ctx, in.ID)
}

// allFields takes every custom field of a person away.
func (s *Server) allFields(ctx context.Context, id string) (map[string]*string, error) {
	person, err := s.people.Person(ctx, id)
	fields := map[string]*string{}
	for _, m := range person.Profiles {
		for _, f := range m.Fields {
			fields[f.Name] = nil
		}
	}
	return fields, err
}

// edit is a wish of the caller's.
func (s *Server) edit(ctx context.Context, id, ifMatch string) people.Edit {
	e := people.Edit{Profile: id, Who: who(ctx)}
	if ifMatch != "" && ifMatch != "*" {
		e.IfMatch = func(p people.Person) bool { return personTag(p) == strings.TrimPrefix(ifMatch, "W/") }
	}
	return e
}

// current is the person as they are after an edit.
func (s *Server) current(ctx context.Context, id string) (*profileOutput, error) {
	card, err := s.people.Card(ctx, id)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &profileOutput{ETag: personTag(card.Person), Body: showProfile(card)}, nil
}

// checkPatch holds what is set to the limits of a profile.
func checkPatch(p people.Patch) error {
	var names, values []string
	for name, value := range p.Fields {
		names = append(names, name)
		if value != nil {
			values = append(values, *value)
		}
	}
	some := func(list *[]string) []string {
		if list == nil {
			return nil
		}
		return *list
	}
	var name []string
	if p.DisplayName != nil {
		name = []string{*p.DisplayName}
	}
	for _, c := range []struct {
		where             string
		all               []string
		least, most, many int
	}{
		{"display_name", name, 0, contact.MaxName, 1},
		{"languages", some(p.Languages), 1, contact.MaxLanguage, contact.MaxLanguages},
		{"tags", some(p.Tags), 1, contact.MaxTag, contact.MaxTags},
		{"fields", names, 1, contact.MaxFieldName, contact.MaxFields},
		{"fields", values, 0, contact.MaxField, contact.MaxFields},
		{"organization", []string{p.Details["organization"]}, 0, contact.MaxDetail, 1},
		{"city", []string{p.Details["city"]}, 0, contact.MaxDetail, 1},
		{"postcode", []string{p.Details["postcode"]}, 0, contact.MaxPostcode, 1},
	} {
		if len(c.all) > c.many {
			return contact.NewError(contact.Invalid, c.where, fmt.Sprintf("%s: at most %d", c.where, c.many), nil)
		}
		for _, text := range c.all {
			if n := utf8.RuneCountInString(text); n < c.least || n > c.most {
				return contact.NewError(contact.Invalid, c.where, fmt.Sprintf("%s: of %d to %d characters", c.where, c.least, c.most), nil)
			}
		}
	}
	return nil
}

func (s *Server) deleteProfile(ctx context.Context, in *struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"64"`
}) (*struct{}, error) {
	e := s.edit(ctx, in.ID, in.IfMatch)
	p, err := s.people.Delete(ctx, e)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("profile deleted", "profile_id", p.ID, "who", e.Who)
	return nil, nil
}
