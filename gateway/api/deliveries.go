package api

import (
	"context"
	"io"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/store"
)

// DeliveryState is one delivery: what arrived and what became of it.
type DeliveryState struct {
	ID           string     `json:"id" example:"dlv_4k2m8q0w6e1r5t9y3u7i2o6p"`
	Source       string     `json:"source"`
	Adapter      string     `json:"adapter"`
	Purpose      string     `json:"purpose,omitempty"`
	State        string     `json:"state" enum:"accepted,leased,retry,done,dead"`
	Result       string     `json:"result,omitempty" enum:"recorded,nothing,unparsed,quarantined"`
	Code         string     `json:"code,omitempty" doc:"Why it is quarantined, unparsed or dead, in one word."`
	Attempts     int        `json:"attempts"`
	Error        string     `json:"error,omitempty" doc:"What went wrong with the last attempt, or where an unparsed body is wrong; nothing of what was sent."`
	NextAttempt  *time.Time `json:"next_attempt,omitempty"`
	ReceivedAt   time.Time  `json:"received_at"`
	ContentType  string     `json:"content_type,omitempty"`
	Size         int64      `json:"size" doc:"Of the body, in bytes."`
	SHA256       string     `json:"sha256"`
	BodyGone     bool       `json:"body_gone,omitempty" doc:"The body was dropped when its time was over; the delivery cannot be replayed."`
	Interactions []string   `json:"interactions,omitempty"`
	Body         []byte     `json:"body,omitempty" doc:"As it arrived (base64); only on request."`
}

type deliveryOutput struct{ Body DeliveryState }

// maxShownBody bounds the body that an answer carries.
const maxShownBody = 1 << 20

func (s *Server) deliveryOperations() {
	huma.Register(s.api, endpoint{"list-deliveries", "GET", "/v1/deliveries", "Deliveries", "The raw inbox, the newest first, or what became of it: dead ones, unread ones, those that wait.", keys.Admin, nil}.operation(), s.listDeliveries)
	huma.Register(s.api, endpoint{"get-delivery", "GET", "/v1/deliveries/{id}", "Deliveries", "One delivery, with its body on request.", keys.Admin, []int{404}}.operation(), s.getDelivery)
	replay := endpoint{"replay-delivery", "POST", "/v1/deliveries/{id}/replay", "Deliveries", "Read a stored delivery again. It changes what an interaction says, never which one it is.", keys.Admin, []int{404, 409}}.operation()
	replay.DefaultStatus = 202
	huma.Register(s.api, replay, s.replayDelivery)
}

type deliveryQuery struct {
	Page
	State  string `query:"state" enum:"accepted,retry,dead,recorded,nothing,unparsed,quarantined" doc:"The state of one that waits, or the result of one that is done; without it all of them."`
	Source string `query:"source" maxLength:"63"`
}

func (s *Server) listDeliveries(ctx context.Context, in *deliveryQuery) (*listOutput[DeliveryState], error) {
	of := store.Range{Index: "received", Descending: true}
	switch {
	case in.State != "" && in.Source != "":
		of.Index, of.Equal = "outcome", []any{in.State, in.Source}
	case in.State != "":
		of.Index, of.Equal = "outcome", []any{in.State}
	}
	out, err := page(ctx, s, in.Page, listing[contact.Delivery, *contact.Delivery, DeliveryState]{
		address: address("/v1/deliveries", "state", in.State, "source", in.Source), collection: s.DB.Deliveries, of: of,
		keep: func(d contact.Delivery) bool { return in.Source == "" || d.Source == in.Source },
		show: func(d contact.Delivery) (DeliveryState, error) { return showDelivery(d), nil },
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

func (s *Server) getDelivery(ctx context.Context, in *struct {
	ID       string `path:"id" maxLength:"64"`
	WithBody bool   `query:"body" doc:"With the body, up to 1 MiB of it."`
}) (*deliveryOutput, error) {
	d, err := s.Inbox.Find(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	shown := showDelivery(d)
	if in.WithBody && !d.Gone {
		if shown.Body, err = io.ReadAll(io.LimitReader(s.Inbox.Body(ctx, d), maxShownBody)); err != nil {
			return nil, s.fail(ctx, err)
		}
	}
	return &deliveryOutput{Body: shown}, nil
}

func (s *Server) replayDelivery(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"64"`
}) (*deliveryOutput, error) {
	if err := s.Inbox.Replay(ctx, in.ID); err != nil {
		return nil, s.fail(ctx, err)
	}
	d, err := s.Inbox.Find(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("delivery replayed", "delivery_id", d.ID, "who", who(ctx))
	return &deliveryOutput{Body: showDelivery(d)}, nil
}

func showDelivery(d contact.Delivery) DeliveryState {
	shown := DeliveryState{
		ID: d.ID, Source: d.Source, Adapter: d.Adapter, Purpose: d.Purpose, State: d.State(store.Now()), Code: d.Code, Attempts: d.Attempts, Error: d.Error,
		ReceivedAt: d.ReceivedAt, ContentType: d.ContentType, Size: d.Size, SHA256: d.SHA256, BodyGone: d.Gone,
	}
	if shown.State == "done" {
		shown.Result = string(d.Outcome)
	}
	if d.Outcome == contact.Retrying {
		shown.NextAttempt = &d.Due
	}
	for _, p := range d.Plan {
		shown.Interactions = append(shown.Interactions, p.Interaction)
	}
	return shown
}
