package api

import (
	"context"
	"time"

	"usher/gateway/store"
)

// WebhookEndpoint is where events are sent to.
type WebhookEndpoint struct {
	ID             string          `json:"id" example:"whe_01938c5e-7a10-7c3e-9f62-0d5a1b2c3d4e"`
	Version        int64           `json:"version"`
	URL            string          `json:"url" example:"https://crm.acme.example/usher"`
	Description    string          `json:"description,omitempty"`
	Types          []string        `json:"types" doc:"The types of the events that are sent; none: all."`
	Status         string          `json:"status" enum:"enabled,disabled"`
	DisabledReason string          `json:"disabled_reason,omitempty" enum:"by_hand,gone,failing" doc:"gone: it answered 410. failing: it took nothing for five days."`
	CreatedAt      time.Time       `json:"created_at"`
	UpdatedAt      time.Time       `json:"updated_at"`
	Delivery       WebhookDelivery `json:"delivery"`
}

// WebhookDelivery is how an endpoint does.
type WebhookDelivery struct {
	SentUntil    time.Time  `json:"sent_until" doc:"The events up to here were sent, or wait."`
	Waiting      int64      `json:"waiting" doc:"Events that were not taken and are sent again, and those behind them that are about the same. With a hundred things that such events are about, or 900 events, no further ones are sent. At most 1,000 are counted."`
	Failed       int64      `json:"failed" doc:"Events that were given up after three days, while the endpoint took others."`
	TakenAt      *time.Time `json:"taken_at,omitempty" doc:"When it took an event last."`
	FailingSince *time.Time `json:"failing_since,omitempty" doc:"Since when it has taken nothing that it was sent."`
	Status       int        `json:"status,omitempty" doc:"What it answered when it did not take an event last; absent: nothing."`
	Reason       string     `json:"reason,omitempty" doc:"Why it did not take an event last: status, gone, timeout, forbidden_address (what its name leads to is not public), unreachable."`
}

// NewWebhookEndpoint is an endpoint with its signing secret.
type NewWebhookEndpoint struct {
	WebhookEndpoint
	Secret string `json:"secret" doc:"What signs, as Standard Webhooks has it. It is not shown again."`
}

// UndeliveredEvent is an event that an endpoint did not take.
type UndeliveredEvent struct {
	EventID  string     `json:"event_id"`
	Type     string     `json:"type"`
	Subject  string     `json:"subject"`
	Time     time.Time  `json:"time" doc:"Of the event."`
	State    string     `json:"state" enum:"waiting,failed"`
	Attempts int        `json:"attempts" doc:"0: it waits for another event about the same, which was not taken."`
	Status   int        `json:"status,omitempty"`
	Reason   string     `json:"reason,omitempty"`
	DueAt    *time.Time `json:"due_at,omitempty" doc:"When it is sent again, at the earliest."`
}

type endpointOutput struct {
	ETag string `header:"ETag"`
	Body WebhookEndpoint
}

type endpointsOutput struct {
	Body struct {
		Data []WebhookEndpoint `json:"data"`
	}
}

type newEndpointOutput struct {
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control"`
	Body         NewWebhookEndpoint
}

func (s *Server) endpointAnswer(ctx context.Context, e store.Endpoint) (*endpointOutput, error) {
	shown, err := s.showEndpoint(ctx, e)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &endpointOutput{ETag: etag(e.Version), Body: shown}, nil
}

func (s *Server) newEndpoint(ctx context.Context, e store.Endpoint, secret string) (*newEndpointOutput, error) {
	shown, err := s.showEndpoint(ctx, e)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &newEndpointOutput{ETag: etag(e.Version), CacheControl: "no-store", Body: NewWebhookEndpoint{shown, secret}}, nil
}

func (s *Server) showEndpoint(ctx context.Context, e store.Endpoint) (WebhookEndpoint, error) {
	shown := WebhookEndpoint{
		ID: e.ID, Version: e.Version, URL: e.URL, Description: e.Description, Types: append([]string{}, e.Types...),
		Status: "enabled", DisabledReason: e.Disabled, CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt,
	}
	if e.Disabled != "" {
		shown.Status = "disabled"
	}
	standing, err := s.Outbound.Standing(ctx, e.ID)
	d := WebhookDelivery{SentUntil: standing.At, Waiting: standing.Waiting, Failed: standing.Failed, Status: standing.Status, Reason: standing.Reason}
	if !standing.TakenAt.IsZero() {
		d.TakenAt = &standing.TakenAt
	}
	if !standing.FailingSince.IsZero() {
		d.FailingSince = &standing.FailingSince
	}
	shown.Delivery = d
	return shown, err
}

func showUndelivered(u store.Undelivered) UndeliveredEvent {
	shown := UndeliveredEvent{EventID: u.EventID, Type: u.Type, Subject: u.Subject, Time: u.At, State: u.State, Attempts: u.Attempts, Status: u.Status, Reason: u.Reason}
	if u.State == store.UndeliveredWaiting {
		shown.DueAt = &u.Due
	}
	return shown
}
