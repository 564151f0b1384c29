package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/outbound"
	"usher/gateway/store"
)

func (s *Server) endpointOperations() {
	const path, tag = "/v1/webhook_endpoints", "Webhook endpoints"
	create := endpoint{"create-webhook-endpoint", "POST", path, tag, "Have events sent, from now on: each is POSTed as a CloudEvent (structured mode) with the headers of Standard Webhooks, until it is answered 2xx; what is about the same profile comes in its order, one after the other, and its `sequence` says which is later. An event may come twice, under the same id. Without an answer within 15 s, or with another, it comes again after 5 s, then less and less often, at least every quarter of an hour, for three days; 410 disables the endpoint. The signing secret is in this answer and nowhere else, so it takes no Idempotency-Key, whose answers are kept.", keys.Admin, []int{409}}.operation()
	create.DefaultStatus = 201
	huma.Register(s.api, create, s.createEndpoint)
	huma.Register(s.api, endpoint{"list-webhook-endpoints", "GET", path, tag, "Where events are sent to, the oldest first.", keys.Admin, nil}.operation(), s.listEndpoints)
	huma.Register(s.api, endpoint{"get-webhook-endpoint", "GET", path + "/{id}", tag, "One endpoint, and how it does.", keys.Admin, []int{404}}.operation(), s.getEndpoint)
	huma.Register(s.api, endpoint{"change-webhook-endpoint", "PATCH", path + "/{id}", tag, "Change what is sent and leave the rest. An endpoint that is enabled again goes on where it stood, and is tried at once.", keys.Admin, []int{404, 409, 412}}.operation(), s.changeEndpoint)
	remove := endpoint{"delete-webhook-endpoint", "DELETE", path + "/{id}", tag, "Send nothing more, and forget what was not taken.", keys.Admin, []int{404, 412}}.operation()
	remove.DefaultStatus = 204
	huma.Register(s.api, remove, s.deleteEndpoint)
	huma.Register(s.api, endpoint{"rotate-webhook-secret", "POST", path + "/{id}/rotate_secret", tag, "A new signing secret. Those before it sign as well, for as long as is said, so that no receiver has to change at the same moment. It is shown once: no Idempotency-Key.", keys.Admin, []int{404, 409}}.operation(), s.rotateSecret)
	huma.Register(s.api, endpoint{"list-undelivered-events", "GET", path + "/{id}/undelivered", tag, "The events that an endpoint did not take, the oldest first.", keys.Admin, []int{404}}.operation(), s.listUndelivered)
	replay := endpoint{"replay-events", "POST", path + "/{id}/replay", tag, "Send one event again, or everything since a time: name one of the two. A time later than sent_until leaves out what is between.", keys.Admin, []int{404, 409}}.operation()
	replay.DefaultStatus = 202
	huma.Register(s.api, replay, s.replayEvents)
}

// shownOnce refuses an Idempotency-Key where the answer holds a secret: answers to those are kept.
func shownOnce(idempotency string) error {
	if idempotency != "" {
		return newProblem(400, "invalid_request", "a secret is shown once: send this without Idempotency-Key")
	}
	return nil
}

func (s *Server) createEndpoint(ctx context.Context, in *struct {
	Idempotency string `header:"Idempotency-Key" hidden:"true"`
	Body        struct {
		URL         string   `json:"url" minLength:"1" maxLength:"2000" doc:"https, and public; what lies in outbound.networks may be neither."`
		Description string   `json:"description,omitempty" maxLength:"200"`
		Types       []string `json:"types,omitempty" maxItems:"50" doc:"The types of the events to send; none: all."`
	}
}) (*newEndpointOutput, error) {
	if err := shownOnce(in.Idempotency); err != nil {
		return nil, s.fail(ctx, err)
	}
	secret, made, err := s.Outbound.Create(ctx, store.Endpoint{URL: in.Body.URL, Description: in.Body.Description, Types: in.Body.Types})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("webhook endpoint made", "endpoint_id", made.ID, "who", who(ctx))
	return s.newEndpoint(ctx, made, secret)
}

func (s *Server) rotateSecret(ctx context.Context, in *struct {
	ID          string `path:"id" maxLength:"64"`
	Idempotency string `header:"Idempotency-Key" hidden:"true"`
	Body        struct {
		OverlapHours *int `json:"overlap_hours,omitempty" minimum:"0" maximum:"168" doc:"How long those before it go on signing; 0: no longer. Without it: 24."`
	}
}) (*newEndpointOutput, error) {
	if err := shownOnce(in.Idempotency); err != nil {
		return nil, s.fail(ctx, err)
	}
	overlap := 24 * time.Hour
	if in.Body.OverlapHours != nil {
		overlap = time.Duration(*in.Body.OverlapHours) * time.Hour
	}
	secret, changed, err := s.Outbound.Rotate(ctx, in.ID, overlap)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("webhook secret rotated", "endpoint_id", in.ID, "who", who(ctx))
	return s.newEndpoint(ctx, changed, secret)
}

func (s *Server) listEndpoints(ctx context.Context, _ *struct{}) (*endpointsOutput, error) {
	all, err := s.Outbound.List(ctx)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out := &endpointsOutput{}
	out.Body.Data = []WebhookEndpoint{}
	for _, e := range all {
		shown, err := s.showEndpoint(ctx, e)
		if err != nil {
			return nil, s.fail(ctx, err)
		}
		out.Body.Data = append(out.Body.Data, shown)
	}
	return out, nil
}

func (s *Server) getEndpoint(ctx context.Context, in *byID) (*endpointOutput, error) {
	found, err := s.Outbound.Find(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return s.endpointAnswer(ctx, found)
}

func (s *Server) changeEndpoint(ctx context.Context, in *struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"64"`
	Body    struct {
		URL         *string   `json:"url,omitempty" minLength:"1" maxLength:"2000"`
		Description *string   `json:"description,omitempty" maxLength:"200"`
		Types       *[]string `json:"types,omitempty" maxItems:"50"`
		Status      string    `json:"status,omitempty" enum:"enabled,disabled"`
	}
}) (*endpointOutput, error) {
	version, err := ifMatch(in.IfMatch)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	changed, err := s.Outbound.Change(ctx, in.ID, version, func(e *store.Endpoint) error {
		if in.Body.URL != nil {
			e.URL = *in.Body.URL
		}
		if in.Body.Description != nil {
			e.Description = *in.Body.Description
		}
		if in.Body.Types != nil {
			e.Types = *in.Body.Types
		}
		switch in.Body.Status {
		case "enabled":
			e.Disabled = ""
		case "disabled":
			e.Disabled = outbound.ByHand
		}
		return nil
	})
	if err == nil && in.Body.Status == "enabled" {
		err = s.Outbound.Hasten(ctx, in.ID)
	}
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("webhook endpoint changed", "endpoint_id", in.ID, "who", who(ctx))
	return s.endpointAnswer(ctx, changed)
}

func (s *Server) deleteEndpoint(ctx context.Context, in *struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"64"`
}) (*struct{}, error) {
	version, err := ifMatch(in.IfMatch)
	if err == nil {
		err = s.Outbound.Delete(ctx, in.ID, version)
	}
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("webhook endpoint deleted", "endpoint_id", in.ID, "who", who(ctx))
	return nil, nil
}

func (s *Server) listUndelivered(ctx context.Context, in *struct {
	Page
	ID    string `path:"id" maxLength:"64"`
	State string `query:"state" enum:"waiting,failed" default:"waiting"`
}) (*listOutput[UndeliveredEvent], error) {
	if _, err := s.Outbound.Find(ctx, in.ID); err != nil {
		return nil, s.fail(ctx, err)
	}
	out, err := page(ctx, s, in.Page, listing[store.Undelivered, *store.Undelivered, UndeliveredEvent]{
		address: address("/v1/webhook_endpoints/"+in.ID+"/undelivered", "state", in.State), collection: s.DB.Undelivered,
		of:   store.Range{Index: "endpoint", Equal: []any{in.ID, in.State}},
		show: func(u store.Undelivered) (UndeliveredEvent, error) { return showUndelivered(u), nil },
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

func (s *Server) replayEvents(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		EventID string    `json:"event_id,omitempty" maxLength:"64"`
		Since   time.Time `json:"since,omitzero"`
	}
}) (*endpointOutput, error) {
	var err error
	switch one, since := in.Body.EventID != "", !in.Body.Since.IsZero(); {
	case one == since:
		err = contact.NewError(contact.Invalid, "validation_failed", "name one of event_id and since", nil)
	case one:
		err = s.Outbound.Replay(ctx, in.ID, in.Body.EventID)
	case in.Body.Since.After(time.Now()):
		err = contact.NewError(contact.Invalid, "validation_failed", "since is in the future", nil)
	default:
		err = s.Outbound.ReplaySince(ctx, in.ID, in.Body.Since)
	}
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("events sent again", "endpoint_id", in.ID, "who", who(ctx))
	return s.getEndpoint(ctx, &byID{ID: in.ID})
}
