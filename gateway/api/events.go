package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/events"
	"usher/gateway/keys"
	"usher/gateway/store"
)

// Event is one thing that happened, as a CloudEvent 1.0.
type Event struct {
	SpecVersion string            `json:"specversion" example:"1.0"`
	ID          string            `json:"id" example:"evt_4k2m8q0w6e1r5t9y3u7i2o6p"`
	Source      string            `json:"source" example:"/usher"`
	Type        string            `json:"type" example:"source.health_changed"`
	Subject     string            `json:"subject" doc:"What it happened to: a source's name, or an id."`
	Time        time.Time         `json:"time"`
	Data        map[string]string `json:"data"`
}

func (s *Server) eventOperations() {
	huma.Register(s.api, endpoint{"list-events", "GET", "/v1/events", "Events", "What happened, the oldest first. Keep the last after_cursor and go on from it: nothing is skipped. An event is served two seconds after it happened.", keys.ProfilesRead, nil}.operation(), s.listEvents)
}

func (s *Server) listEvents(ctx context.Context, in *struct{ Page }) (*listOutput[Event], error) {
	out, err := page(ctx, s, in.Page, listing[store.Event, *store.Event, Event]{
		address: eventList, collection: s.DB.Events, of: events.Settled(), feed: true,
		show: func(e store.Event) (Event, error) { return showEvent(e), nil },
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

func showEvent(e store.Event) Event {
	shown := Event{SpecVersion: "1.0", ID: e.ID, Source: "/usher", Type: e.Type, Subject: e.Subject, Time: e.At, Data: map[string]string{}}
	for _, p := range e.Data {
		shown.Data[p.Name] = p.Value
	}
	return shown
}
