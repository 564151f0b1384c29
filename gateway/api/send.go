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
	send := endpoint{"send-interactions", "POST", "/v1/interactions", "Interactions", "Hand in contacts from a channel of your own: canonical events as JSON, one or up to 1,000.", keys.IngestWrite, []int{404, 413, 415}}.operation()
	send.DefaultStatus = 202
	send.SkipValidateBody = true // the reader does it, and keeps fields it does not know
	huma.Register(s.api, send, s.send)
	s.api.OpenAPI().Paths[send.Path].Post.RequestBody.Content["application/json"].Schema = canonical() // huma says of a raw body that it is bytes
}

// canonical describes what can be sent; adapters/standard says what each field means.
func canonical() *huma.Schema {
	event := &huma.Schema{
		Type: huma.TypeObject, Required: []string{"type"}, AdditionalProperties: true,
		Properties: map[string]*huma.Schema{
			"specversion": {Type: huma.TypeString, Enum: []any{"1.0"}},
			"id":          {Type: huma.TypeString, MaxLength: ptr(512), Description: "Names the event: a repeat changes nothing."},
			"type":        {Type: huma.TypeString, MinLength: ptr(1), MaxLength: ptr(512), Examples: []any{string(contact.MessageReceived)}},
			"time":        {Type: huma.TypeString, Format: "date-time"},
			"data":        {Type: huma.TypeObject, AdditionalProperties: true, Description: "channel, from, content and more."},
		},
	}
	list := &huma.Schema{Type: huma.TypeArray, Items: event, MaxItems: ptr(1000)}
	batch := &huma.Schema{Type: huma.TypeObject, Required: []string{"events"}, AdditionalProperties: true, Properties: map[string]*huma.Schema{"events": list}}
	return &huma.Schema{AnyOf: []*huma.Schema{event, list, batch}}
}

func ptr[T any](v T) *T { return &v }

// send stores the events of an own sender as one delivery, and answers with it.
func (s *Server) send(ctx context.Context, in *sendInput) (*deliveryOutput, error) {
	name := callerOf(ctx).Source
	if name == "" {
		name = OwnSource
	}
	source, ok := s.sources[name]
	if !ok || source.Canonical == nil {
		return nil, s.fail(ctx, contact.NewError(contact.NotFound, "not_found", "the key's source is not configured, or takes no events of this form", nil))
	}
	if _, err := source.Canonical.Normalize(contact.Delivery{Source: source.Name, ReceivedAt: time.Now()}, bytes.NewReader(in.RawBody)); err != nil {
		return nil, s.fail(ctx, contact.NewError(contact.Invalid, "validation_failed", err.Error(), nil)) // it says where, and never what stands there
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
