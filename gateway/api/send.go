package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"usher/adapters"
	"usher/gateway/contact"
	"usher/gateway/inbox"
	"usher/gateway/keys"
)

// OwnSource is the source of interactions that are sent with a key that names none.
const OwnSource = "api"

// sendInput is a canonical event, a list of them, or {"events": [...]}, as the standard adapter reads them.
type sendInput struct {
	Prefer  string `header:"Prefer" doc:"wait: answer when it is recorded, or after ten seconds."`
	Key     string `header:"Idempotency-Key" maxLength:"200" pattern:"^[ -~]*$" doc:"Names this request for ever: sent again, it is recorded once; with another body it is refused. Without it, events that have an id are recorded once, others each time they are sent."`
	RawBody []byte `contentType:"application/json"`
}

type sendOutput struct {
	Replayed string `header:"Idempotency-Replayed" doc:"true: the same request was sent before, and was recorded then."`
	Body     DeliveryState
}

func (s *Server) sendOperations() {
	send := endpoint{"send-interactions", "POST", "/v1/interactions", "Interactions", "Hand in contacts from a channel of your own: canonical events as JSON, one or up to 1,000.", keys.IngestWrite, []int{404, 409, 413, 415}}.operation()
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
			"id":          {Type: huma.TypeString, MaxLength: ptr(512), Description: "Names the event within your key's source (keys without one share a source): a repeat changes nothing, also one with other content."},
			"type":        {Type: huma.TypeString, MinLength: ptr(1), MaxLength: ptr(512), Examples: []any{string(contact.MessageReceived)}},
			"time":        {Type: huma.TypeString, Format: "date-time"},
			"data":        {Type: huma.TypeObject, AdditionalProperties: true, Description: "channel, from, content and more."},
		},
	}
	list := &huma.Schema{Type: huma.TypeArray, Items: event, MinItems: ptr(1), MaxItems: ptr(1000)}
	batch := &huma.Schema{Type: huma.TypeObject, Required: []string{"events"}, AdditionalProperties: true, Properties: map[string]*huma.Schema{"events": list}}
	return &huma.Schema{AnyOf: []*huma.Schema{event, list, batch}}
}

func ptr[T any](v T) *T { return &v }

// send stores the events of an own sender as one delivery, and answers with it.
func (s *Server) send(ctx context.Context, in *sendInput) (*sendOutput, error) {
	name := callerOf(ctx).Source
	if name == "" {
		name = OwnSource
	}
	source, ok := s.sources[name]
	if !ok || source.Canonical == nil {
		return nil, s.fail(ctx, contact.NewError(contact.NotFound, "not_found", "the key's source is not configured, or takes no events of this form", nil))
	}
	key, err := s.requestKey(ctx, source, in)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	arrival := inbox.Arrival{
		Source: source.Name, Adapter: source.Adapter, Method: "POST", URL: "/v1/interactions", ContentType: "application/json",
		Body: bytes.NewReader(in.RawBody), ReceivedAt: time.Now(), Auth: &contact.Auth{Scheme: "api_key", Verified: true},
	}
	arrival.Key = key
	id, fresh, err := s.Inbox.Accept(ctx, arrival)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	d, err := s.outcome(ctx, id, in.Prefer == "wait")
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out := &sendOutput{Body: showDelivery(d)}
	if !fresh {
		if err := sameRequest(d, in); err != nil {
			return nil, s.fail(ctx, err)
		}
		out.Replayed = "true"
	}
	return out, nil
}

// sameRequest refuses a key that named another request. Without a key the bytes are the name. Of an erased request nothing is left to compare with: what is sent under its key may be new, and must not be taken for recorded.
func sameRequest(d contact.Delivery, in *sendInput) error {
	sum := sha256.Sum256(in.RawBody)
	switch {
	case in.Key == "", d.SHA256 == hex.EncodeToString(sum[:]):
		return nil
	case d.SHA256 == "":
		return contact.NewError(contact.Conflict, "body_gone", "what was sent with this Idempotency-Key is erased, so it cannot be told whether this is the same", nil)
	}
	return contact.NewError(contact.Invalid, "idempotency_key_reused", "this Idempotency-Key was used for another request", nil)
}

// requestKey checks the events and names the request: by the sender's key, else by its bytes where each event has an id, else anew. Who writes "ok" twice has written twice.
func (s *Server) requestKey(ctx context.Context, source *source, in *sendInput) (string, error) {
	unnamed := uuid.NewString()
	events, err := source.Canonical.Normalize(contact.Delivery{Source: source.Name, Key: unnamed, ReceivedAt: time.Now()}, bytes.NewReader(in.RawBody))
	if err != nil {
		return "", misread(err)
	}
	if len(events) == 0 {
		return "", contact.NewError(contact.Invalid, "no_events", "there is no event to record", nil)
	}
	if in.Key != "" {
		return callerOf(ctx).ID + ":" + in.Key, nil
	}
	for _, event := range events {
		if strings.HasPrefix(event.EventKey(), unnamed) {
			return unnamed, nil
		}
	}
	return "", nil
}

// misread is what is wrong with events, and where: the reader says neither what stands there.
func misread(err error) *Problem {
	p := newProblem(422, "validation_failed", err.Error())
	m := Mistake{Code: "invalid", Detail: err.Error()}
	if where, ok := errors.AsType[*adapters.Misread](err); ok {
		m.Pointer = where.Pointer
	}
	p.Errors = []Mistake{m}
	return p
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
