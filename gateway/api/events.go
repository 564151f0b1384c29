package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/events"
	"usher/gateway/keys"
	"usher/gateway/store"
)

func (s *Server) eventOperations() {
	huma.Register(s.api, endpoint{"list-events", "GET", "/v1/events", "Events", "What happened, the oldest first. Keep the last after_cursor and go on from it: nothing is skipped. An event is served two seconds after it happened.", keys.ProfilesRead, nil}.operation(), s.listEvents)
}

func (s *Server) listEvents(ctx context.Context, in *struct{ Page }) (*listOutput[events.Event], error) {
	out, err := page(ctx, s, in.Page, listing[store.Event, *store.Event, events.Event]{
		address: eventList, collection: s.DB.Events, of: events.Settled(), feed: true,
		show: func(e store.Event) (events.Event, error) { return events.Told(e), nil },
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}
