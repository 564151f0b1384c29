package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/events"
	"usher/gateway/keys"
	"usher/gateway/store"
)

// Bounds of streams of events.
const (
	maxStreams   = 64               // at once, of one gateway
	maxOwn       = 8                // at once, of one key
	streamLasts  = 10 * time.Minute // then the reader connects again, and shows its key again
	streamPause  = time.Second      // between two readings
	streamSilent = 15 * time.Second // then a comment says that the stream is alive, and finds out whether the reader is
	streamPage   = 200
)

// following is how many streams are open, by key.
type following struct {
	mutex sync.Mutex
	all   int
	open  map[string]int
}

// begin takes a place for a stream, which end gives back; false if there is none.
func (f *following) begin(key string) (end func(), ok bool) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.all >= maxStreams || f.open[key] >= maxOwn {
		return nil, false
	}
	f.all++
	f.open[key]++
	return func() {
		f.mutex.Lock()
		defer f.mutex.Unlock()
		f.all--
		if f.open[key]--; f.open[key] == 0 {
			delete(f.open, key)
		}
	}, true
}

// eventList is the list whose cursors events have.
const eventList = "/v1/events"

func (s *Server) streamOperations() {
	stream := endpoint{"stream-events", "GET", "/v1/events/stream", "Events", "The events as they come, as server-sent events: `id` is a cursor of the list, `event` the type, `data` the event. It ends after ten minutes; who connects again with Last-Event-ID, as browsers do, misses nothing. Without a cursor it begins now. A key may have 8 open, a gateway 64 (429).", keys.ProfilesRead, []int{429}}.operation()
	stream.Responses = map[string]*huma.Response{"200": {Description: "The stream.", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	huma.Register(s.api, stream, s.streamEvents)
}

func (s *Server) streamEvents(ctx context.Context, in *struct {
	After string `query:"after" maxLength:"1024" doc:"An after_cursor of the list."`
	Last  string `header:"Last-Event-ID" maxLength:"1024" doc:"The id of the last event that was read. It goes before after."`
}) (*huma.StreamResponse, error) {
	after, err := s.after(eventList, cmp.Or(in.Last, in.After))
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	if after == nil {
		after = []any{events.Settled().Upper, ""}
	}
	end, ok := s.following.begin(callerOf(ctx).ID)
	if !ok {
		return nil, s.fail(ctx, newProblem(429, "rate_limited", fmt.Sprintf("as many streams are open as may be: %d of a key, %d of a gateway", maxOwn, maxStreams)))
	}
	return s.stream(ctx, "text/event-stream", "", func(ctx context.Context, w io.Writer) error {
		defer end()
		return s.sendEvents(ctx, w, after)
	}), nil
}

// sendEvents writes events (https://html.spec.whatwg.org/multipage/server-sent-events.html) until the stream has lasted long enough, the reader is gone or the gateway stops.
func (s *Server) sendEvents(ctx context.Context, w io.Writer, after []any) error {
	pause, silent, ends := time.NewTicker(streamPause), time.NewTicker(streamSilent), time.NewTimer(streamLasts)
	defer func() { pause.Stop(); silent.Stop(); ends.Stop() }()
	text := fmt.Sprintf("id: %s\n\n", s.cursor(eventList, after)) // without data it is no event, and tells where it began
	for {
		r := events.Settled()
		r.After, r.Limit = after, streamPage
		found, next, err := s.DB.Events.List(ctx, r)
		if ctx.Err() != nil { // the reader is gone
			return nil //nolint:nilerr // and that is how streams end
		}
		if err != nil {
			return err
		}
		more, last, err := s.eventLines(found, r)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, text+more); err != nil {
			return nil //nolint:nilerr // as above
		}
		text, after = "", last
		if next != nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.stopping:
			return nil
		case <-ends.C:
			return nil
		case <-silent.C:
			text = ":\n\n"
		case <-pause.C:
		}
	}
}

// eventLines are events as they are sent, and where the next ones are found.
func (s *Server) eventLines(found []store.Event, r store.Range) (text string, after []any, err error) {
	after = r.After
	for _, e := range found {
		after = s.DB.Events.Schema().Position(&e, r)
		data, err := json.Marshal(events.Told(e))
		if err != nil {
			return "", nil, err
		}
		text += fmt.Sprintf("id: %s\nevent: %s\ndata: %s\n\n", s.cursor(eventList, after), e.Type, data)
	}
	return text, after, nil
}
