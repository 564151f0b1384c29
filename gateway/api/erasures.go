package api

import (
	"context"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/keys"
	"usher/gateway/people"
	"usher/gateway/store"
)

// Erasure is the erasing of one person, and how far it is.
type Erasure struct {
	ID           string     `json:"id" example:"ers_4k2m8q0w6e1r5t9y3u7i2o6p"`
	ProfileID    string     `json:"profile_id" doc:"The profile that spoke for the person."`
	DecisionID   string     `json:"decision_id" doc:"In the audit log: who, when and why."`
	State        string     `json:"state" enum:"running,done" doc:"done: nothing of the person is left. What somebody slow may store after that is looked for once more."`
	ErasedAt     time.Time  `json:"erased_at" doc:"What happened before is erased, and not taken in any more."`
	DoneAt       *time.Time `json:"done_at,omitempty"`
	Profiles     []string   `json:"profiles" doc:"The profiles that were the person."`
	Interactions int        `json:"interactions" doc:"How many were erased."`
	Deliveries   int        `json:"deliveries" doc:"How many lost their bodies."`
}

type erasureOutput struct {
	Location string `header:"Location"`
	Body     Erasure
}

func (s *Server) erasureOperations() {
	erase := endpoint{"erase-profile", "POST", "/v1/profiles/{id}/erase", "Privacy", "Erase a person, with all profiles that are merged into it: profile, contact points, interactions, files, bodies, evidence. It cannot be undone. What comes in later from before the erasure is not taken in; a contact from after it is somebody new's. An answer of 202 says that it is decided and begun; a person that is erased already answers with its erasure.", keys.PrivacyErase, []int{404, 409, 412}}.operation()
	erase.DefaultStatus = 202
	huma.Register(s.api, erase, s.erase)
	huma.Register(s.api, endpoint{"get-erasure", "GET", "/v1/erasures/{id}", "Privacy", "How far an erasure is.", keys.PrivacyErase, []int{404}}.operation(), s.getErasure)
}

func (s *Server) erase(ctx context.Context, in *struct {
	ID      string `path:"id" maxLength:"64"`
	Key     string `header:"Idempotency-Key" maxLength:"200"`
	IfMatch string `header:"If-Match" required:"true" minLength:"1" maxLength:"100" doc:"The ETag of the person as it was read before it was decided to erase it."`
	Body    *struct {
		Why string `json:"why,omitempty" maxLength:"200" doc:"It is in the audit log until the erasure is done."`
	} `required:"false"`
}) (*erasureOutput, error) {
	w := people.Wish{Op: s.operationOf(ctx, in.Key), Who: who(ctx)}
	if in.Body != nil {
		w.Why = in.Body.Why
	}
	e, err := s.people.Erase(ctx, w, in.ID, func(p people.Person) bool { return personTag(p) == strings.TrimPrefix(in.IfMatch, "W/") })
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("person erased", "decision_id", e.DecisionID, "profile_id", e.ProfileID, "who", w.Who)
	return showErasure(e), nil
}

func (s *Server) getErasure(ctx context.Context, in *byID) (*erasureOutput, error) {
	e, err := s.people.Erasure(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return showErasure(e), nil
}

func showErasure(e store.Erasure) *erasureOutput {
	shown := Erasure{
		ID: e.ID, ProfileID: e.ProfileID, DecisionID: e.DecisionID, State: "running", ErasedAt: e.ErasedAt,
		Profiles: nonNil(e.Profiles), Interactions: e.Interactions, Deliveries: e.Deliveries,
	}
	if !e.DoneAt.IsZero() {
		shown.State, shown.DoneAt = "done", &e.DoneAt
	}
	return &erasureOutput{Location: "/v1/erasures/" + e.ID, Body: shown}
}
