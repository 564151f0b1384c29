package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/organizations"
	"usher/gateway/store"
)

// Figures are the interactions of an organization, counted. Times of day are the workspace's.
type Figures struct {
	organizations.Count
	Timezone     string                       `json:"timezone"`
	Complete     bool                         `json:"complete" doc:"false: only the latest were counted; the numbers say nothing of what was before counted_since."`
	CountedSince *time.Time                   `json:"counted_since,omitempty" doc:"The earliest that was counted."`
	FirstContact *time.Time                   `json:"first_contact,omitempty" doc:"Of theirs, ever; what we sent does not count."`
	LastContact  *time.Time                   `json:"last_contact,omitempty"`
	Channels     []organizations.ChannelCount `json:"channels"`
	Periods      []organizations.Period       `json:"periods" doc:"Those in which there was something, the earliest first."`
	Members      []MemberFigure               `json:"members" doc:"By person, the most frequent first, merged profiles as one; at most 100."`
	MoreMembers  bool                         `json:"more_members"`
}

// MemberFigure is the interactions of one person.
type MemberFigure struct {
	organizations.MemberCount
	DisplayName string `json:"display_name,omitempty"`
}

// Bounds of figures: how many interactions are counted, the latest first, and the people who are shown.
const (
	maxCounted = 10_000
	maxMembers = 100
)

func (s *Server) organizationFigureOperations(path string) {
	huma.Register(s.api, endpoint{"list-organization-interactions", "GET", path + "/{id}/interactions", organizationTag, "The interactions of an organization, the newest first: those that belonged to it when they were recorded.", keys.ProfilesRead, []int{404}}.operation(), s.organizationInteractions)
	huma.Register(s.api, endpoint{"get-organization-figures", "GET", path + "/{id}/figures", organizationTag, "The interactions of an organization by channel, time and person. Of very many, the latest are counted, and the answer says so.", keys.ProfilesRead, []int{404, 409}}.operation(), s.organizationFigures)
}

// Span bounds interactions by time.
type Span struct {
	Since time.Time `query:"since" doc:"Not before."`
	Until time.Time `query:"until" doc:"Before."`
}

// narrow bounds a range by the span.
func (q Span) narrow(of *store.Range) {
	if !q.Since.IsZero() {
		of.Lower = contact.Instant(q.Since)
	}
	if !q.Until.IsZero() {
		of.Upper = contact.Instant(q.Until)
	}
}

// written is a time as a filter of an address; empty for none.
func written(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

func (s *Server) organizationInteractions(ctx context.Context, in *struct {
	Page
	ID      string `path:"id" maxLength:"64"`
	Channel string `query:"channel" maxLength:"64"`
	Span
}) (*listOutput[Interaction], error) {
	if _, err := s.Organizations.Find(ctx, in.ID); err != nil {
		return nil, s.fail(ctx, err)
	}
	of := store.Range{Index: "organization", Equal: []any{in.ID}, Descending: true}
	in.narrow(&of)
	return s.interactions(ctx, in.Page, interactionListing{
		address: address("/v1/organizations/"+in.ID+"/interactions", "channel", in.Channel, "since", written(in.Since), "until", written(in.Until)), of: of,
		keep: func(i contact.Interaction) bool { return in.Channel == "" || string(i.Channel) == in.Channel },
	})
}

func (s *Server) organizationFigures(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"64"`
	By string `query:"by" enum:"day,week,month" default:"month" doc:"A week begins on Monday."`
	Span
}) (*struct{ Body Figures }, error) {
	if _, err := s.Organizations.Find(ctx, in.ID); err != nil {
		return nil, s.fail(ctx, err)
	}
	zone, err := time.LoadLocation(s.Config.Workspace.Timezone)
	if err != nil { // it was checked at the start
		return nil, s.fail(ctx, err)
	}
	f, err := s.Organizations.Figures(ctx, organizations.Query{Organization: in.ID, By: organizations.Step(in.By), Zone: zone, Since: in.Since, Until: in.Until, Most: maxCounted, Roots: s.people.Roots})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	shown := Figures{
		Count: f.Count, Timezone: s.Config.Workspace.Timezone, Complete: f.Complete, FirstContact: f.FirstContact, LastContact: f.LastContact,
		Channels: f.Channels, Periods: f.Periods, MoreMembers: len(f.Members) > maxMembers,
	}
	if !f.CountedSince.IsZero() {
		shown.CountedSince = &f.CountedSince
	}
	if shown.Members, err = s.memberFigures(ctx, f.Members[:min(len(f.Members), maxMembers)]); err != nil {
		return nil, s.fail(ctx, err)
	}
	return &struct{ Body Figures }{shown}, nil
}

func (s *Server) memberFigures(ctx context.Context, members []organizations.MemberCount) ([]MemberFigure, error) {
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ProfileID
	}
	found, err := s.DB.Profiles.FindAll(ctx, ids...)
	shown := make([]MemberFigure, len(members))
	for i, m := range members {
		shown[i] = MemberFigure{MemberCount: m, DisplayName: found[m.ProfileID].Name}
	}
	return shown, err
}
