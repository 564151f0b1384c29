package api

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/store"
)

// source is a configured source and what this gateway has seen of it lately.
type source struct {
	Source
	mu        sync.Mutex
	refusals  map[string][]Rejection // by reason, the newest last
	refused   window                 // requests that failed their proof, within an hour
	lost      window                 // calls that were answered and not stored, within a day
	lostBurst burst
}

func newSource(configured Source) *source {
	return &source{Source: configured, refusals: map[string][]Rejection{}, refused: window{slot: time.Minute}, lost: window{slot: 24 * time.Minute}}
}

// maxRejections is how many refused requests of one reason a source remembers: those that strangers send for one must not hide another.
const maxRejections = 20

// Rejection is a request that could not be proved genuine. A wrong public URL shows itself here: it refuses every genuine call.
type Rejection struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason" example:"bad_signature"`
	URL    string    `json:"url" doc:"The address that was verified against, with the names of its query's fields."`
}

// rejected keeps a refusal. One that failed its proof counts: it may have been genuine, and our secret or public URL wrong.
func (s *source) rejected(r Rejection, counts bool) {
	if counts {
		s.refused.add(r.At)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	same := append(s.refusals[r.Reason], r)
	s.refusals[r.Reason] = slices.Clone(same[max(0, len(same)-maxRejections):])
}

// rejections are the refusals that are kept, the newest first.
func (s *source) rejections() []Rejection {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Concat(slices.Collect(maps.Values(s.refusals))...)
	slices.SortFunc(all, func(a, b Rejection) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Reason, b.Reason)) })
	return all
}

// SourceState is how a source does.
type SourceState struct {
	Name         string         `json:"name" example:"voice-de"`
	Adapter      string         `json:"adapter" example:"twilio"`
	HookURL      string         `json:"hook_url,omitempty" doc:"What the provider calls, with a purpose behind it where it has several."`
	Health       string         `json:"health" enum:"green,yellow,red"`
	HealthReason string         `json:"health_reason,omitempty"`
	Completeness Completeness   `json:"completeness"`
	Units        []contact.Unit `json:"units,omitempty" doc:"The parts of a source that is polled, such as folders: seen is stored, quarantined and gone together, or something is missing."`
	LastReceived *time.Time     `json:"last_received,omitempty"`
	Refused      int64          `json:"refused" doc:"Requests of the last hour, to this gateway, that could not be proved genuine."`
	Lost         int64          `json:"lost" doc:"Calls of the last day, to this gateway, that were answered and could not be stored."`
	Rejections   []Rejection    `json:"rejections,omitempty" doc:"The last twenty refused ones of each reason since this gateway started, the newest first."`
}

// Completeness says what became of everything that was stored: the parts add up to what was seen.
type Completeness struct {
	Seen        int64 `json:"seen"`
	Recorded    int64 `json:"recorded"`
	Nothing     int64 `json:"nothing" doc:"Held no contact: a handshake, a typing notice."`
	Unparsed    int64 `json:"unparsed" doc:"Could not be read; kept, and can be replayed."`
	Quarantined int64 `json:"quarantined"`
	Pending     int64 `json:"pending"`
	Dead        int64 `json:"dead"`
}

type sourceOutput struct{ Body SourceState }

type sourcesOutput struct {
	Body struct {
		Data []SourceState `json:"data"`
	}
}

func (s *Server) sourceOperations() {
	huma.Register(s.api, endpoint{"list-sources", "GET", "/v1/sources", "Sources", "How every source does, and whether anything is missing.", keys.ProfilesRead, nil}.operation(),
		func(ctx context.Context, _ *struct{}) (*sourcesOutput, error) {
			out := &sourcesOutput{}
			out.Body.Data = []SourceState{}
			for _, configured := range s.Sources {
				state, err := s.state(ctx, s.sources[configured.Name])
				if err != nil {
					return nil, s.fail(ctx, err)
				}
				out.Body.Data = append(out.Body.Data, state)
			}
			return out, nil
		})
	huma.Register(s.api, endpoint{"get-source", "GET", "/v1/sources/{name}", "Sources", "How one source does.", keys.ProfilesRead, []int{404}}.operation(),
		func(ctx context.Context, in *struct {
			Name string `path:"name" maxLength:"63"`
		}) (*sourceOutput, error) {
			source, ok := s.sources[in.Name]
			if !ok {
				return nil, s.fail(ctx, contact.NewError(contact.NotFound, "not_found", "no such source", nil))
			}
			state, err := s.state(ctx, source)
			if err != nil {
				return nil, s.fail(ctx, err)
			}
			return &sourceOutput{Body: state}, nil
		})
}

// state counts what became of a source's deliveries.
func (s *Server) state(ctx context.Context, source *source) (SourceState, error) {
	state := SourceState{Name: source.Name, Adapter: source.Adapter, Refused: source.refused.sum(time.Now()), Lost: source.lost.sum(time.Now()), Rejections: source.rejections()}
	if source.Webhook != nil {
		state.HookURL = source.PublicURL + "/" + source.Name
	}
	counts := &state.Completeness
	for outcome, n := range map[contact.Outcome]*int64{
		contact.Accepted: &counts.Pending, contact.Retrying: &counts.Pending, contact.Dead: &counts.Dead, contact.Recorded: &counts.Recorded,
		contact.Nothing: &counts.Nothing, contact.NotParsed: &counts.Unparsed, contact.Quarantined: &counts.Quarantined,
	} {
		found, err := s.DB.Deliveries.Count(ctx, "outcome", string(outcome), source.Name)
		if err != nil {
			return state, err
		}
		*n += found
		counts.Seen += found
	}
	polled, err := s.DB.Polled.FindAll(ctx, s.DB.PolledID(source.Name))
	if err != nil {
		return state, err
	}
	state.Units = polled[s.DB.PolledID(source.Name)].Units
	last, err := s.lastReceived(ctx, source.Name)
	state.LastReceived = last
	state.Health, state.HealthReason = health(state)
	return state, err
}

// lastReceived is when the newest delivery of a source that is done was received.
func (s *Server) lastReceived(ctx context.Context, name string) (*time.Time, error) {
	var last *time.Time
	for _, outcome := range contact.Outcomes {
		newest, _, err := s.DB.Deliveries.List(ctx, store.Range{Index: "outcome", Equal: []any{string(outcome), name}, Descending: true, Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(newest) > 0 && (last == nil || newest[0].ReceivedAt.After(*last)) {
			last = &newest[0].ReceivedAt
		}
	}
	return last, nil
}

// health is red when something was lost or is dead, or when nothing can come in; yellow when something waits for a person or requests were refused lately.
func health(s SourceState) (color, reason string) {
	if color, reason = unitsHealth(s); color == "red" {
		return color, reason
	}
	switch {
	case s.Lost > 0:
		return "red", "calls were answered that could not be stored"
	case s.Completeness.Dead > 0:
		return "red", "deliveries are dead; see /v1/deliveries?state=dead"
	case s.Completeness.Unparsed > 0:
		return "yellow", "deliveries could not be read; see /v1/deliveries?state=unparsed"
	case s.Refused > 0 && s.LastReceived == nil:
		return "red", "every request was refused; check the secret and the public URL"
	case s.Refused > 0:
		return "yellow", "requests were refused; see rejections"
	case color != "":
		return color, reason
	}
	return "green", ""
}

// unitsHealth is how the worst part of a polled source does; empty if all are well.
func unitsHealth(s SourceState) (color, reason string) {
	var stored int64
	for _, u := range s.Units {
		stored += u.Stored
		switch {
		case u.Red != "":
			return "red", u.Name + ": " + u.Red
		case u.State == contact.BackingOff, u.Quarantined > 0, u.Error != "":
			color, reason = "yellow", u.Name+": "+cmp.Or(u.Error, "some could not be fetched; see units")
		}
	}
	if s.Completeness.Seen < stored {
		return "red", "less is in the inbox than was fetched"
	}
	return color, reason
}
