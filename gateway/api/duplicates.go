package api

import (
	"context"
	"errors"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/store"
)

// Duplicate is a pair of profiles that may be one person, and why.
type Duplicate struct {
	ID            string             `json:"id" example:"dup_4k2m8q0w6e1r5t9y3u7i2o6p"`
	Status        string             `json:"status" enum:"open,merged,dismissed,snoozed"`
	Probability   float64            `json:"probability"`
	Band          string             `json:"band" enum:"certain,likely,possible"`
	Calibrated    bool               `json:"calibrated" doc:"Whether the probability was checked against decisions."`
	Model         string             `json:"model"`
	Profiles      []DuplicateProfile `json:"profiles"`
	SuggestedInto string             `json:"suggested_into,omitempty" doc:"The profile to keep: with more contact points, else the older."`
	CreatedBy     string             `json:"created_by" doc:"The interaction that raised it."`
	Evidence      []contact.Evidence `json:"evidence"`
	Ignored       []contact.Ignored  `json:"ignored"`
	Blockers      []string           `json:"blockers"`
	AskNext       string             `json:"ask_next,omitempty"`
	FlaggedAt     time.Time          `json:"flagged_at"`
	UpdatedAt     time.Time          `json:"updated_at"`
}

// DuplicateProfile is one side of a flagged pair.
type DuplicateProfile struct {
	ID          string     `json:"id"`
	DisplayName string     `json:"display_name"`
	Identities  []Identity `json:"identities"`
}

type duplicateOutput struct {
	ETag string `header:"ETag"`
	Body Duplicate
}

func (s *Server) duplicateOperations() {
	huma.Register(s.api, endpoint{"list-duplicates", "GET", "/v1/duplicates", "Duplicates", "Flagged pairs, the newest first.", keys.ProfilesRead, nil}.operation(), s.listDuplicates)
	huma.Register(s.api, endpoint{"get-duplicate", "GET", "/v1/duplicates/{id}", "Duplicates", "One flagged pair, and why.", keys.ProfilesRead, []int{404}}.operation(), s.getDuplicate)
}

type duplicateQuery struct {
	Page
	Status         string  `query:"status" enum:"open,merged,dismissed,snoozed" default:"open"`
	ProfileID      string  `query:"profile_id" maxLength:"64"`
	MinProbability float64 `query:"min_probability" minimum:"0" maximum:"1"`
}

func (s *Server) listDuplicates(ctx context.Context, in *duplicateQuery) (*listOutput[Duplicate], error) {
	minimum := ""
	if in.MinProbability > 0 {
		minimum = etag(int64(in.MinProbability * 1e6))
	}
	out, err := page(ctx, s, in.Page, listing[contact.Duplicate, *contact.Duplicate, Duplicate]{
		address:    address("/v1/duplicates", "status", in.Status, "profile_id", in.ProfileID, "min_probability", minimum),
		collection: s.DB.Duplicates, of: store.Range{Index: "status", Equal: []any{in.Status}, Descending: true},
		keep: func(d contact.Duplicate) bool {
			return d.Probability >= in.MinProbability && (in.ProfileID == "" || d.A == in.ProfileID || d.B == in.ProfileID)
		},
		show: func(d contact.Duplicate) (Duplicate, error) { return s.showDuplicate(ctx, d) },
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

func (s *Server) getDuplicate(ctx context.Context, in *byID) (*duplicateOutput, error) {
	d, err := s.DB.Duplicates.Find(ctx, in.ID)
	if errors.Is(err, store.ErrNotFound) {
		err = contact.NewError(contact.NotFound, "not_found", "no such duplicate", err)
	}
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	shown, err := s.showDuplicate(ctx, d)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &duplicateOutput{ETag: etag(d.Version), Body: shown}, nil
}

func (s *Server) showDuplicate(ctx context.Context, d contact.Duplicate) (Duplicate, error) {
	shown := Duplicate{
		ID: d.ID, Status: string(d.Status), Probability: d.Probability, Band: d.Band, Calibrated: d.Calibrated, Model: d.Model, CreatedBy: d.CreatedBy,
		Evidence: nonNil(d.Evidence), Ignored: nonNil(d.Ignored), Blockers: []string{}, FlaggedAt: d.FlaggedAt, UpdatedAt: d.UpdatedAt,
	}
	var best Profile
	for _, id := range []string{d.A, d.B} {
		card, err := s.people.Card(ctx, id)
		if err != nil {
			return shown, err
		}
		p := showProfile(card)
		shown.Profiles = append(shown.Profiles, DuplicateProfile{ID: p.ID, DisplayName: p.DisplayName, Identities: p.Identities})
		if best.ID == "" || len(p.Identities) > len(best.Identities) || (len(p.Identities) == len(best.Identities) && p.CreatedAt.Before(best.CreatedAt)) {
			best = p
		}
	}
	shown.SuggestedInto, shown.AskNext = best.ID, best.AskNext
	return shown, nil
}
