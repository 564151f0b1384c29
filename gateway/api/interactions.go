package api

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/people"
	"usher/gateway/store"
)

// Interaction is one contact as it stands after all its events.
type Interaction struct {
	ID         string `json:"id" example:"int_4k2m8q0w6e1r5t9y3u7i2o6p"`
	Source     string `json:"source"`
	Key        string `json:"key" doc:"The provider's."`
	Channel    string `json:"channel" example:"voice"`
	Direction  string `json:"direction" enum:"inbound,outbound,system"`
	Class      string `json:"class" example:"human"`
	ProfileID  string `json:"profile_id,omitempty"`
	IdentityID string `json:"identity_id,omitempty"`

	OrganizationID string `json:"organization_id,omitempty" doc:"The organization it belonged to when it was recorded."`

	OccurredAt time.Time    `json:"occurred_at"`
	RecordedAt time.Time    `json:"recorded_at"`
	Suspected  bool         `json:"suspected,omitempty" doc:"Of a profile that may be the same person."`
	Missing    []string     `json:"missing,omitempty" doc:"Of what a customer sent: what is not known of the person, email or phone. While it is nobody's, what the contact itself did not say."`
	AskNext    string       `json:"ask_next,omitempty" doc:"What to ask the person for next."`
	Candidates []Candidate  `json:"candidates,omitempty" doc:"Whose it may be, while it is nobody's."`
	Placements []Placement  `json:"placements,omitempty" doc:"What agents decided about whose it is."`
	View       contact.View `json:"view"`
}

// Candidate is a person that an interaction may belong to.
type Candidate struct {
	ProfileID string `json:"profile_id" doc:"The profile that speaks for the person."`
	Reason    string `json:"reason" example:"shared_contact_point"`
}

// Placement is one decision about whose an interaction is.
type Placement struct {
	DecisionID string    `json:"decision_id"`
	From       string    `json:"from,omitempty"`
	To         string    `json:"to,omitempty"`
	Who        string    `json:"who"`
	Why        string    `json:"why,omitempty"`
	At         time.Time `json:"at"`
	UndoneBy   string    `json:"undone_by,omitempty"`

	evidence string
}

type interactionOutput struct {
	ETag string `header:"ETag"`
	Body Interaction
}

func (s *Server) interactionOperations() {
	huma.Register(s.api, endpoint{"list-interactions", "GET", "/v1/interactions", "Interactions", "Interactions, the newest first.", keys.ProfilesRead, nil}.operation(), s.listInteractions)
	huma.Register(s.api, endpoint{"get-interaction", "GET", "/v1/interactions/{id}", "Interactions", "One interaction.", keys.ProfilesRead, []int{404}}.operation(), s.getInteraction)
	huma.Register(s.api, endpoint{"attach-interaction", "PATCH", "/v1/interactions/{id}", "Interactions", "Place an interaction with a profile, or with none. It moves this one only, and can be undone.", keys.ProfilesWrite, []int{404, 409, 412}}.operation(), s.attach)
	huma.Register(s.api, endpoint{"undo-attach", "POST", "/v1/interactions/{id}/undo", "Interactions", "Take back the last placement.", keys.ProfilesWrite, []int{404, 409}}.operation(), s.undoAttach)
}

type interactionQuery struct {
	Page
	ProfileID  string    `query:"profile_id" maxLength:"64"`
	Identity   string    `query:"identity" maxLength:"64" doc:"Id of a contact point."`
	Channel    string    `query:"channel" maxLength:"64"`
	Since      time.Time `query:"since" doc:"Not before."`
	Until      time.Time `query:"until" doc:"Before."`
	Unattached bool      `query:"unattached" doc:"Only those that are nobody's."`
}

// listInteractions reads by the index that fits the filters best; the others are applied to what it gives.
func (s *Server) listInteractions(ctx context.Context, in *interactionQuery) (*listOutput[Interaction], error) {
	of := store.Range{Index: "occurred", Descending: true}
	switch {
	case in.ProfileID != "" || in.Unattached:
		of.Index, of.Equal = "profile", []any{in.ProfileID}
	case in.Identity != "":
		of.Index, of.Equal = "identity", []any{in.Identity}
	}
	if !in.Since.IsZero() {
		of.Lower = contact.Instant(in.Since)
	}
	if !in.Until.IsZero() {
		of.Upper = contact.Instant(in.Until)
	}
	return s.interactions(ctx, in.Page, interactionListing{address: in.address(), of: of, keep: in.keeps})
}

type interactionListing = listing[contact.Interaction, *contact.Interaction, Interaction]

// interactions are a page of a list of them, with what lies elsewhere.
func (s *Server) interactions(ctx context.Context, p Page, l interactionListing) (*listOutput[Interaction], error) {
	l.collection = s.DB.Interactions
	l.show = func(i contact.Interaction) (Interaction, error) { return showInteraction(i), nil }
	out, err := page(ctx, s, p, l)
	if err == nil {
		err = s.complete(ctx, out.Body.Data)
	}
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

func (in *interactionQuery) keeps(i contact.Interaction) bool {
	return (in.ProfileID == "" || i.ProfileID == in.ProfileID) && (in.Identity == "" || i.IdentityID == in.Identity) &&
		(in.Channel == "" || string(i.Channel) == in.Channel) && (!in.Unattached || i.ProfileID == "")
}

func (in *interactionQuery) address() string {
	unattached := ""
	if in.Unattached {
		unattached = "true"
	}
	return address("/v1/interactions", "profile_id", in.ProfileID, "identity", in.Identity, "channel", in.Channel, "since", timeText(in.Since), "until", timeText(in.Until), "unattached", unattached)
}

func (s *Server) getInteraction(ctx context.Context, in *byID) (*interactionOutput, error) {
	i, err := s.people.Interaction(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return s.oneInteraction(ctx, i)
}

// oneInteraction is an interaction with what lies elsewhere.
func (s *Server) oneInteraction(ctx context.Context, i contact.Interaction) (*interactionOutput, error) {
	shown := []Interaction{showInteraction(i)}
	if err := s.complete(ctx, shown); err != nil {
		return nil, s.fail(ctx, err)
	}
	return &interactionOutput{ETag: etag(i.Version), Body: shown[0]}, nil
}

// complete adds to interactions what to ask each person for, and why they were placed.
func (s *Server) complete(ctx context.Context, shown []Interaction) error {
	if err := s.sayMissing(ctx, shown); err != nil {
		return err
	}
	if err := s.sayCandidates(ctx, shown); err != nil {
		return err
	}
	return s.sayWhy(ctx, shown)
}

// sayCandidates names the people that interactions may belong to in the place of the profiles that were recorded: some of those may have been merged since.
func (s *Server) sayCandidates(ctx context.Context, shown []Interaction) error {
	var profiles []string
	for _, i := range shown {
		for _, c := range i.Candidates {
			profiles = append(profiles, c.ProfileID)
		}
	}
	roots, err := s.rootsOf(ctx, profiles)
	if err != nil {
		return err
	}
	for n := range shown {
		var people []Candidate
		for _, c := range shown[n].Candidates {
			c.ProfileID = roots[c.ProfileID]
			if !slices.ContainsFunc(people, func(known Candidate) bool { return known.ProfileID == c.ProfileID }) {
				people = append(people, c)
			}
		}
		shown[n].Candidates = people
	}
	return nil
}

// distinctRoots are those who speak for profiles, each once, in their order.
func distinctRoots(profiles []string, roots map[string]string) (people []string) {
	for _, id := range profiles {
		if root := roots[id]; !slices.Contains(people, root) {
			people = append(people, root)
		}
	}
	return people
}

// rootsOf are those who speak for profiles; without any, nothing is read.
func (s *Server) rootsOf(ctx context.Context, profiles []string) (map[string]string, error) {
	if len(profiles) == 0 {
		return nil, nil
	}
	slices.Sort(profiles)
	return s.people.Roots(ctx, slices.Compact(profiles))
}

// sayWhy adds to placements what was said, unless that was erased.
func (s *Server) sayWhy(ctx context.Context, shown []Interaction) error {
	var ids []string
	for _, i := range shown {
		for _, p := range i.Placements {
			if p.evidence != "" {
				ids = append(ids, p.evidence)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	said, err := s.DB.Evidence.FindAll(ctx, ids...)
	for _, i := range shown {
		for n := range i.Placements {
			i.Placements[n].Why = cmp.Or(said[i.Placements[n].evidence].Why, i.Placements[n].Why)
		}
	}
	return err
}

// sayMissing adds to what customers sent what to ask its person for. What is nobody's tells nothing of who it may be.
func (s *Server) sayMissing(ctx context.Context, shown []Interaction) error {
	var profiles []string
	for _, i := range shown {
		if i.Direction == string(contact.FromCustomer) {
			profiles = append(profiles, i.ProfileID)
		}
	}
	missing, err := s.people.MissingOf(ctx, profiles)
	if err != nil {
		return err
	}
	for n := range shown {
		i := &shown[n]
		if i.Direction != string(contact.FromCustomer) {
			continue
		}
		i.Missing = missing[i.ProfileID]
		if i.ProfileID == "" {
			i.Missing = people.Missing(said(i.View.From))
		}
		i.AskNext = first(i.Missing)
	}
	return nil
}

// said are the contact points that a party gave.
func said(party contact.Party) (points []contact.Identity) {
	for _, id := range party.Identifiers {
		points = append(points, contact.Identity{Scheme: id.Scheme})
	}
	return points
}

func (s *Server) attach(ctx context.Context, in *struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"64"`
	Body    struct {
		ProfileID string `json:"profile_id" maxLength:"64" doc:"The profile it belongs to; empty: nobody's."`
		Why       string `json:"why,omitempty" maxLength:"1000"`
	}
}) (*interactionOutput, error) {
	version, err := ifMatch(in.IfMatch)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	i, d, err := s.people.Attach(ctx, people.Placement{Interaction: in.ID, To: in.Body.ProfileID, Who: who(ctx), Why: in.Body.Why, IfVersion: version})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("interaction attached", "interaction_id", i.ID, "profile_id", i.ProfileID, "decision_id", d.ID, "who", d.Who)
	return s.oneInteraction(ctx, i)
}

func (s *Server) undoAttach(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		DecisionID string `json:"decision_id" minLength:"1" maxLength:"64" doc:"The last placement that stands."`
	}
}) (*interactionOutput, error) {
	i, d, err := s.people.Undo(ctx, in.ID, in.Body.DecisionID, who(ctx))
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("placement undone", "interaction_id", i.ID, "profile_id", i.ProfileID, "decision_id", d.ID, "who", d.Who)
	return s.oneInteraction(ctx, i)
}

func showInteraction(i contact.Interaction) Interaction {
	shown := Interaction{
		ID: i.ID, Source: i.Source, Key: i.Key, Channel: string(i.Channel), Direction: string(i.Direction), Class: string(i.Class), ProfileID: i.ProfileID,
		IdentityID: i.IdentityID, OccurredAt: i.OccurredAt, RecordedAt: i.RecordedAt, OrganizationID: i.OrganizationID, View: i.View(),
	}
	if i.ProfileID == "" {
		for _, c := range i.Candidates {
			shown.Candidates = append(shown.Candidates, Candidate{ProfileID: c.ProfileID, Reason: c.Reason})
		}
	}
	for _, m := range i.Moves {
		shown.Placements = append(shown.Placements, Placement{DecisionID: m.ID, From: m.From, To: m.To, Who: m.Who, Why: m.Why, At: m.At, UndoneBy: m.Undone, evidence: m.EvidenceID})
	}
	return shown
}
