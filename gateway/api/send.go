package api

import (
	"bytes"
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/inbox"
	"usher/gateway/keys"
)

// OwnSource is the source of interactions that are sent with a key that names none.
const OwnSource = "api"

// sendInput is a canonical event, a list of them, or {"events": [...]}, as the standard adapter reads them.
type sendInput struct {
	Prefer  string `header:"Prefer" doc:"wait: answer when it is recorded, or after ten seconds."`
	Key     string `header:"Idempotency-Key" maxLength:"200" doc:"Names this request: sent again, it is recorded once."`
	RawBody []byte `contentType:"application/json"`
}

func (s *Server) sendOperations() {
	send := operation("send-interactions", "POST", "/v1/interactions", "Interactions", "Hand in contacts from a channel of your own: canonical events as JSON, one or up to 1,000.", keys.IngestWrite, 404, 413, 415)
	send.DefaultStatus = 202
	huma.Register(s.api, send, s.send)
}

// send stores the events of an own sender as one delivery, and answers with it.
func (s *Server) send(ctx context.Context, in *sendInput) (*deliveryOutput, error) {
	name := callerOf(ctx).Source
	if name == "" {
		name = OwnSource
	}
	source, ok := s.sources[name]
	if !ok || !source.Canonical {
		return nil, s.fail(ctx, contact.NewError(contact.NotFound, "not_found", "the key's source is not configured, or takes no events of this form", nil))
	}
	arrival := inbox.Arrival{
		Source: source.Name, Adapter: source.Adapter, Method: "POST", URL: "/v1/interactions", ContentType: "application/json",
		Body: bytes.NewReader(in.RawBody), ReceivedAt: time.Now(), Auth: &contact.Auth{Scheme: "api_key", Verified: true},
	}
	if in.Key != "" {
		arrival.Key = callerOf(ctx).ID + ":" + in.Key
	}
	id, _, err := s.Inbox.Accept(ctx, arrival)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	d, err := s.outcome(ctx, id, in.Prefer == "wait")
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &deliveryOutput{Body: showDelivery(d)}, nil
}

// How long a sender that prefers to wait is kept waiting, and how often it is looked.
const (
	waitLimit = 10 * time.Second
	waitPoll  = 5 * time.Millisecond
)

// outcome reads a delivery, when wait is set as soon as it is done.
func (s *Server) outcome(ctx context.Context, id string, wait bool) (contact.Delivery, error) {
	tick := time.NewTicker(waitPoll)
	defer tick.Stop()
	limit := time.After(waitLimit)
	for {
		d, err := s.Inbox.Find(ctx, id)
		if err != nil || !wait || d.Queue == "" {
			return d, err
		}
		select {
		case <-limit:
			return d, nil
		case <-ctx.Done():
			return d, ctx.Err()
		case <-tick.C:
		}
	}
}
