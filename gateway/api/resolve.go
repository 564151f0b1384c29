package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/lookup"
	"usher/gateway/people"
	"usher/matching/normal"
)

// Asked is what is known of somebody. Every field may be missing.
type Asked struct {
	Name         string       `json:"name,omitempty" maxLength:"512"`
	Identifiers  []AskedPoint `json:"identifiers,omitempty" maxItems:"16" doc:"Contact points, the strongest first: an id of a network, a number, an address."`
	Language     string       `json:"language,omitempty" maxLength:"35" doc:"BCP 47. This and what follows is compared for keys with profiles:read alone."`
	Organization string       `json:"organization,omitempty" maxLength:"512"`
	City         string       `json:"city,omitempty" maxLength:"512"`
	Postcode     string       `json:"postcode,omitempty" maxLength:"64"`
}

// AskedPoint is a contact point in any spelling.
type AskedPoint struct {
	Scheme string `json:"scheme" minLength:"1" maxLength:"64" example:"tel"`
	Value  string `json:"value" minLength:"1" maxLength:"512"`
	Scope  string `json:"scope,omitempty" maxLength:"512"`
	Proven *bool  `json:"proven,omitempty" doc:"false: typed or spoken by the person, and not given by a network. A number or an address is evidence then and attaches nobody; other schemes say nothing."`
}

// Resolved is who it may be.
type Resolved struct {
	People  []ResolvedPerson `json:"people" doc:"First whom a contact like this would be recorded with, then the likeliest of those that are worth a review (matching in the configuration)."`
	Missing []string         `json:"missing" doc:"What was not said: email, phone. It tells nothing of what a profile has."`
	AskNext string           `json:"ask_next,omitempty" doc:"What to ask for next: name, email or phone."`
}

// ResolvedPerson is one of them, and why.
type ResolvedPerson struct {
	ProfileID   string             `json:"profile_id" doc:"The profile that speaks for the person."`
	DisplayName string             `json:"display_name,omitempty" doc:"Only for keys with profiles:read."`
	Attaches    bool               `json:"attaches" doc:"A contact like this would be recorded with this person."`
	Probability float64            `json:"probability"`
	Band        string             `json:"band" enum:"certain,likely,possible"`
	Calibrated  bool               `json:"calibrated"`
	Model       string             `json:"model"`
	Evidence    []contact.Evidence `json:"evidence" doc:"Left is what was asked, right what is known. For keys without profiles:read only which of the contact points asked about the profile has too."`
	Ignored     []contact.Ignored  `json:"ignored"`
}

type resolvedOutput struct{ Body Resolved }

func (s *Server) resolveOperations() {
	e := endpoint{"resolve", "POST", "/v1/resolve", "Profiles", "Who is this? Ranks the profiles that somebody may be, with the reasons, and says what to ask next. A dry run: nothing is written.", keys.ProfilesRead, nil}.operation()
	e.Security = append(e.Security, needs(keys.IngestWrite)...)
	huma.Register(s.api, e, s.resolve)
}

func (s *Server) resolve(ctx context.Context, in *struct{ Body Asked }) (*resolvedOutput, error) {
	reads := keys.Allows(callerOf(ctx), keys.ProfilesRead)
	if !reads { // a probability that moves with a guessed town would tell whether the guess was right
		in.Body.Language, in.Body.Organization, in.Body.City, in.Body.Postcode = "", "", "", ""
	}
	asked := s.askedProfile(in.Body)
	ranked, err := s.Lookup.Resolve(ctx, asked)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out := &resolvedOutput{Body: Resolved{People: []ResolvedPerson{}, Missing: unsaid(asked), AskNext: askNext(asked)}}
	for _, p := range ranked {
		shown := ResolvedPerson{
			ProfileID: p.Profile.ID, Attaches: p.Attaches, Probability: p.Verdict.Probability, Band: p.Verdict.Band, Calibrated: p.Verdict.Calibrated, Model: p.Verdict.Model,
			Evidence: lookup.Asked(p.Verdict.Evidence), Ignored: nonNil(p.Verdict.Ignored),
		}
		if reads {
			shown.DisplayName, shown.Evidence = p.Profile.Name, p.Verdict.Evidence
		}
		out.Body.People = append(out.Body.People, shown)
	}
	return out, nil
}

// askedProfile is what was asked in normal forms; what has none is left out.
func (s *Server) askedProfile(a Asked) contact.Profile {
	var p contact.Profile
	if a.Name != "" {
		p.Names = []contact.Name{{Value: a.Name, Provenance: contact.FromChannel}}
	}
	if a.Language != "" {
		p.Languages = []string{a.Language}
	}
	for _, i := range a.Identifiers {
		scheme := contact.Scheme(i.Scheme)
		value, ok := s.normalValue(scheme, i.Value)
		switch claimed := i.Proven != nil && !*i.Proven; {
		case !ok:
		case !claimed:
			p.Points = append(p.Points, contact.Point{Scheme: scheme, Value: value, Scope: i.Scope})
		case scheme == contact.Tel || scheme == contact.Mailto:
			p.Evidence = append(p.Evidence, contact.Evidence{Kind: i.Scheme, Left: value, Provenance: contact.Claimed})
		}
	}
	for _, e := range []contact.Evidence{{Kind: "organization", Left: a.Organization}, {Kind: "city", Left: a.City}, {Kind: "postcode", Left: a.Postcode}} {
		if e.Left != "" {
			p.Evidence = append(p.Evidence, e)
		}
	}
	return p
}

func (s *Server) normalValue(scheme contact.Scheme, value string) (string, bool) {
	switch scheme {
	case contact.Tel:
		return normal.Phone(value, s.Config.Workspace.Region)
	case contact.Mailto:
		return normal.Email(value)
	}
	return value, true
}

// unsaid are the kinds of contact point that were not said.
func unsaid(p contact.Profile) []string {
	var said []contact.Identity
	for _, point := range p.Points {
		said = append(said, contact.Identity{Scheme: point.Scheme})
	}
	for _, e := range p.Evidence {
		said = append(said, contact.Identity{Scheme: contact.Scheme(e.Kind)})
	}
	return nonNil(people.Missing(said))
}

// askNext is the first thing that was not said: the answer must not tell what a profile has.
func askNext(p contact.Profile) string {
	if len(p.Names) == 0 {
		return "name"
	}
	return first(unsaid(p))
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
