package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/keys"
)

// QueueFigures is how the queue of duplicates stands.
type QueueFigures struct {
	Open      int          `json:"open"`
	Assigned  int          `json:"assigned" doc:"Of the open ones."`
	Snoozed   int          `json:"snoozed"`
	Merged    int          `json:"merged"`
	Dismissed int          `json:"dismissed"`
	Agreement *float64     `json:"agreement,omitempty" doc:"The share of decided flags that were decided as the model said: merged from a probability of one half on, dismissed below. Absent while nothing is decided."`
	Bands     []FigureBand `json:"bands" doc:"By stated probability: where the model is right, what was merged is about the share that it stated."`
	Partial   bool         `json:"partial" doc:"There are more flags: the 5,000 most probable were counted."`
}

// FigureBand is the flags of one tenth of probability.
type FigureBand struct {
	From      float64  `json:"from"`
	To        float64  `json:"to"`
	Undecided int      `json:"undecided"`
	Merged    int      `json:"merged"`
	Dismissed int      `json:"dismissed"`
	Stated    *float64 `json:"stated,omitempty" doc:"The mean probability of the decided ones."`
	Found     *float64 `json:"found,omitempty" doc:"The share of the decided ones that were merged."`
}

func (s *Server) figureOperations() {
	huma.Register(s.api, endpoint{"get-duplicate-figures", "GET", "/v1/duplicates/figures", "Duplicates", "How many flags are open and decided, and how far the decisions agree with the model.", keys.ProfilesRead, nil}.operation(), s.queueFigures)
}

func (s *Server) queueFigures(ctx context.Context, _ *struct{}) (*struct{ Body QueueFigures }, error) {
	f, err := s.review.Figures(ctx)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out := QueueFigures{Open: f.Open, Assigned: f.Assigned, Snoozed: f.Snoozed, Merged: f.Merged, Dismissed: f.Dismissed, Agreement: share(float64(f.Agreed), f.Merged+f.Dismissed), Partial: f.Partial}
	for i, b := range f.Tenths {
		decided := b.Merged + b.Dismissed
		out.Bands = append(out.Bands, FigureBand{
			From: float64(i) / 10, To: float64(i+1) / 10, Undecided: b.Undecided, Merged: b.Merged, Dismissed: b.Dismissed,
			Stated: share(b.Stated, decided), Found: share(float64(b.Merged), decided),
		})
	}
	return &struct{ Body QueueFigures }{out}, nil
}

// share is a part of a whole, nil of none.
func share(part float64, whole int) *float64 {
	if whole == 0 {
		return nil
	}
	s := part / float64(whole)
	return &s
}
