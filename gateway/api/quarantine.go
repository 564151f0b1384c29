package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/quarantine"
	"usher/gateway/store"
)

// Quarantined is a contact that was kept out.
type Quarantined struct {
	ID            string     `json:"id" example:"qua_4k2m8q0w6e1r5t9y3u7i2o6p"`
	State         string     `json:"state" enum:"waiting,released,discarded"`
	Code          string     `json:"code" example:"blocked" doc:"Why it was kept out, in one word."`
	BlockID       string     `json:"block_id,omitempty" doc:"The block that it met."`
	Source        string     `json:"source"`
	Channel       string     `json:"channel,omitempty"`
	DeliveryID    string     `json:"delivery_id" doc:"What arrived, with its body."`
	IdentityID    string     `json:"identity_id,omitempty"`
	Scheme        string     `json:"scheme,omitempty" example:"tel"`
	Sender        string     `json:"sender,omitempty" doc:"The contact point it came by."`
	Name          string     `json:"name,omitempty"`
	OccurredAt    time.Time  `json:"occurred_at"`
	ReceivedAt    time.Time  `json:"received_at"`
	Who           string     `json:"who,omitempty" doc:"Who decided; usher: what kept it out was over when it was read again."`
	Why           string     `json:"why,omitempty"`
	DecidedAt     *time.Time `json:"decided_at,omitempty"`
	DecisionID    string     `json:"decision_id,omitempty"`
	InteractionID string     `json:"interaction_id,omitempty" doc:"What it was recorded as. Of one released this moment it may come a little later."`
	ProfileID     string     `json:"profile_id,omitempty" doc:"With whom it was recorded."`
}

type quarantinedOutput struct{ Body Quarantined }

func (s *Server) quarantineOperations() {
	huma.Register(s.api, endpoint{"list-quarantine", "GET", "/v1/quarantine", "Quarantine", "Contacts that were kept out, the newest first.", keys.Admin, nil}.operation(), s.listQuarantine)
	huma.Register(s.api, endpoint{"get-quarantined", "GET", "/v1/quarantine/{id}", "Quarantine", "One contact that was kept out.", keys.Admin, []int{404}}.operation(), s.getQuarantined)
	huma.Register(s.api, endpoint{"release-quarantined", "POST", "/v1/quarantine/{id}/release", "Quarantine", "Record a contact as if nothing stood against it, whatever block still stands, with all that belongs to the same interaction. Twice is once.", keys.Admin, []int{404, 409}}.operation(), s.decideQuarantined(contact.QuarantineReleased))
	huma.Register(s.api, endpoint{"discard-quarantined", "POST", "/v1/quarantine/{id}/discard", "Quarantine", "Never record a contact. Its row stays; its body goes with the time of the others.", keys.Admin, []int{404, 409}}.operation(), s.decideQuarantined(contact.QuarantineDiscarded))
}

type quarantineQuery struct {
	Page
	State  string `query:"state" enum:"waiting,released,discarded"`
	Code   string `query:"code" maxLength:"64" doc:"Why it was kept out: spam, blocked."`
	Source string `query:"source" maxLength:"63"`
}

func (s *Server) listQuarantine(ctx context.Context, in *quarantineQuery) (*listOutput[Quarantined], error) {
	of := store.Range{Index: "at", Descending: true}
	if in.State != "" {
		of.Index, of.Equal = "state", []any{in.State}
	}
	out, err := page(ctx, s, in.Page, listing[contact.Quarantine, *contact.Quarantine, Quarantined]{
		address: address("/v1/quarantine", "state", in.State, "code", in.Code, "source", in.Source), collection: s.DB.Quarantine, of: of,
		keep: func(q contact.Quarantine) bool {
			return (in.Code == "" || q.Code == in.Code) && (in.Source == "" || q.Source == in.Source)
		},
		show: func(q contact.Quarantine) (Quarantined, error) { return showQuarantined(q), nil },
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

func (s *Server) getQuarantined(ctx context.Context, in *byID) (*quarantinedOutput, error) {
	q, err := s.quarantine.Find(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return s.quarantinedOutput(ctx, q)
}

// decideQuarantined releases or discards, and answers when the delivery has been read again, or after ten seconds.
func (s *Server) decideQuarantined(state contact.QuarantineState) func(context.Context, *undoInput) (*quarantinedOutput, error) {
	return func(ctx context.Context, in *undoInput) (*quarantinedOutput, error) {
		q, err := s.quarantine.Decide(ctx, in.ID, quarantine.Verdict{State: state, Who: who(ctx), Why: in.why()})
		if err != nil {
			return nil, s.fail(ctx, err)
		}
		s.Log.Info("quarantine decided", "quarantine_id", q.ID, "state", q.State, "decision_id", q.DecisionID, "who", q.Who)
		if _, err := s.outcome(ctx, q.Delivery, true); err != nil {
			return nil, s.fail(ctx, err)
		}
		return s.quarantinedOutput(ctx, q)
	}
}

// quarantinedOutput shows a contact with what it was recorded as and why it was decided about.
func (s *Server) quarantinedOutput(ctx context.Context, q contact.Quarantine) (*quarantinedOutput, error) {
	shown := showQuarantined(q)
	basis, err := s.DB.Evidence.FindAll(ctx, q.EvidenceID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	shown.Why = basis[q.EvidenceID].Why
	if q.State == contact.QuarantineReleased {
		recorded, err := s.DB.Interactions.FindAll(ctx, q.Interaction)
		if err != nil {
			return nil, s.fail(ctx, err)
		}
		shown.InteractionID, shown.ProfileID = recorded[q.Interaction].ID, recorded[q.Interaction].ProfileID
	}
	return &quarantinedOutput{shown}, nil
}

func showQuarantined(q contact.Quarantine) Quarantined {
	shown := Quarantined{
		ID: q.ID, State: string(q.State), Code: q.Code, BlockID: q.Block, Source: q.Source, Channel: string(q.Channel), DeliveryID: q.Delivery, IdentityID: q.Identity,
		Scheme: string(q.Scheme), Sender: q.Sender, Name: q.Name, OccurredAt: q.OccurredAt, ReceivedAt: q.At, Who: q.Who, DecisionID: q.DecisionID,
	}
	if !q.DecidedAt.IsZero() {
		shown.DecidedAt = &q.DecidedAt
	}
	return shown
}
