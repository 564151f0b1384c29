package api

import (
	"context"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/people"
	"usher/gateway/store"
)

type timelineQuery struct {
	Page
	ID      string `path:"id" maxLength:"64"`
	Include string `query:"include" enum:"suspected" doc:"suspected: with what profiles said that may be the same person, marked as such. Nothing is merged by looking."`
}

// timeline is the history of the person that a profile belongs to, the newest first. Each interaction stays with the profile that holds the contact point it came by; here they are read as one.
func (s *Server) timeline(ctx context.Context, in *timelineQuery) (*listOutput[Interaction], error) {
	person, err := s.people.Person(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	profiles := person.IDs()
	if in.Include != "" {
		if profiles, err = s.suspected(ctx, profiles); err != nil {
			return nil, s.fail(ctx, err)
		}
	}
	out, err := s.joined(ctx, in, profiles, len(person.Profiles))
	if err == nil {
		err = s.complete(ctx, out.Body.Data)
	}
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

// joined merges the histories of profiles; those after the first few are suspected.
func (s *Server) joined(ctx context.Context, in *timelineQuery, profiles []string, own int) (*listOutput[Interaction], error) {
	list := address("/v1/profiles/"+in.ID+"/timeline", "include", in.Include)
	after, err := s.after(list, in.After)
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
		shown.Suspected = slices.Contains(profiles[own:], i.ProfileID)
		out.Body.Data = append(out.Body.Data, shown)
	}
	if len(all) > in.Limit {
		last := all[in.Limit-1]
		out.Body.more(list, in.Page, s.cursor(list, []any{last.OccurredAt, last.ID}))
	}
	return out, nil
}

// suspected adds to a person's profiles those of the people that an open flag pairs it with.
func (s *Server) suspected(ctx context.Context, profiles []string) (all []string, err error) {
	err = s.people.Trees(ctx, func(t *people.Trees) error {
		all = slices.Clone(profiles)
		person, err := t.Person(ctx, profiles[0])
		if err != nil {
			return err
		}
		open, err := t.Flags(ctx, person, contact.DuplicateOpen, maxSuspects)
		if err != nil {
			return err
		}
		for _, d := range open {
			if d.Sampled { // nobody takes the two for one person
				continue
			}
			for _, side := range []string{d.A, d.B} {
				suspect, err := t.Person(ctx, side)
				if err != nil {
					return err
				}
				for _, id := range suspect.IDs() {
					if !slices.Contains(all, id) {
						all = append(all, id)
					}
				}
			}
		}
		return nil
	})
	return all, err
}

// maxSuspects bounds the flags that a timeline follows.
const maxSuspects = 100

func newestFirst(a, b contact.Interaction) int {
	if c := b.OccurredAt.Compare(a.OccurredAt); c != 0 {
		return c
	}
	if a.ID > b.ID {
		return -1
	}
	return 1
}
