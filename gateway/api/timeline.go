package api

import (
	"context"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/store"
)

type timelineQuery struct {
	Page
	ID      string `path:"id" maxLength:"64"`
	Include string `query:"include" enum:"suspected" doc:"suspected: with what profiles said that may be the same person, marked as such. Nothing is merged by looking."`
}

// timeline is a profile's interactions, the newest first.
func (s *Server) timeline(ctx context.Context, in *timelineQuery) (*listOutput[Interaction], error) {
	if _, err := s.people.Profile(ctx, in.ID); err != nil {
		return nil, s.fail(ctx, err)
	}
	show := s.plainTimeline
	if in.Include != "" {
		show = s.suspectedTimeline
	}
	out, err := show(ctx, in)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

func (s *Server) plainTimeline(ctx context.Context, in *timelineQuery) (*listOutput[Interaction], error) {
	return page(ctx, s, in.Page, listing[contact.Interaction, *contact.Interaction, Interaction]{
		address: "/v1/profiles/" + in.ID + "/timeline", collection: s.DB.Interactions, of: store.Range{Index: "profile", Equal: []any{in.ID}, Descending: true},
		show: func(i contact.Interaction) (Interaction, error) { return showInteraction(i), nil },
	})
}

// suspectedTimeline merges a profile's history with those of its suspected duplicates.
func (s *Server) suspectedTimeline(ctx context.Context, in *timelineQuery) (*listOutput[Interaction], error) {
	list := address("/v1/profiles/"+in.ID+"/timeline", "include", in.Include)
	after, err := s.after(list, in.After)
	if err != nil {
		return nil, err
	}
	profiles, err := s.suspected(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	var all []contact.Interaction
	for _, id := range profiles {
		page, _, err := s.DB.Interactions.List(ctx, store.Range{Index: "profile", Equal: []any{id}, Descending: true, After: after, Limit: in.Limit + 1})
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
	}
	slices.SortFunc(all, newestFirst)
	out := &listOutput[Interaction]{Body: List[Interaction]{Data: []Interaction{}}}
	for _, i := range all[:min(len(all), in.Limit)] {
		shown := showInteraction(i)
		shown.Suspected = i.ProfileID != in.ID
		out.Body.Data = append(out.Body.Data, shown)
	}
	if len(all) > in.Limit {
		last := all[in.Limit-1]
		out.Body.more(list, in.Page, s.cursor(list, []any{last.OccurredAt, last.ID}))
	}
	return out, nil
}

// suspected are a profile and those that an open flag pairs it with.
func (s *Server) suspected(ctx context.Context, id string) ([]string, error) {
	open, err := s.people.Duplicates(ctx, id)
	if err != nil {
		return nil, err
	}
	profiles := []string{id}
	for _, d := range open {
		for _, side := range []string{d.A, d.B} {
			if !slices.Contains(profiles, side) {
				profiles = append(profiles, side)
			}
		}
	}
	return profiles, nil
}

func newestFirst(a, b contact.Interaction) int {
	if c := b.OccurredAt.Compare(a.OccurredAt); c != 0 {
		return c
	}
	if a.ID > b.ID {
		return -1
	}
	return 1
}
