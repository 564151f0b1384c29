package api

import (
	"context"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/people"
	"usher/gateway/store"
)

// NotSame is a standing decision that two profiles are different people.
type NotSame struct {
	ID         string    `json:"id" example:"nsm_4k2m8q0w6e1r5t9y3u7i2o6p"`
	Profiles   []string  `json:"profiles"`
	DecisionID string    `json:"decision_id"`
	Who        string    `json:"who"`
	Why        string    `json:"why,omitempty"`
	At         time.Time `json:"at"`
}

type notSameOutput struct{ Body NotSame }

func (s *Server) reviewOperations() {
	post := func(id, action, description string, scope keys.Scope, errors ...int) huma.Operation {
		return endpoint{id, "POST", "/v1/duplicates/{id}/" + action, "Duplicates", description, scope, append(errors, 404, 409)}.operation()
	}
	merge := post("merge-duplicate", "merge", "Merge the people of a flag.", keys.ProfilesMerge, 412)
	merge.DefaultStatus = 201
	huma.Register(s.api, merge, s.mergeDuplicate)
	huma.Register(s.api, post("dismiss-duplicate", "dismiss", "They are different people: for ever, whatever is merged or undone around them, until somebody takes it back, or strong evidence comes that was not there: then it is open again and new_evidence says what.", keys.DuplicatesReview), s.dismissDuplicate)
	huma.Register(s.api, post("snooze-duplicate", "snooze", "Not now: hide a flag until a time.", keys.DuplicatesReview), s.snoozeDuplicate)
	huma.Register(s.api, post("assign-duplicate", "assign", "Give a flag to an agent, or to nobody.", keys.DuplicatesReview), s.assignDuplicate)
	huma.Register(s.api, post("reopen-duplicate", "reopen", "Show a flag again that was dismissed or snoozed.", keys.DuplicatesReview), s.reopenDuplicate)
	huma.Register(s.api, endpoint{"list-not-same", "GET", "/v1/not_same", "Duplicates", "Standing decisions that two profiles are different people.", keys.ProfilesRead, []int{404}}.operation(), s.listNotSame)
	create := endpoint{"create-not-same", "POST", "/v1/not_same", "Duplicates", "Decide that two profiles are different people.", keys.DuplicatesReview, []int{404, 409}}.operation()
	create.DefaultStatus = 201
	huma.Register(s.api, create, s.createNotSame)
	huma.Register(s.api, endpoint{"delete-not-same", "DELETE", "/v1/not_same/{id}", "Duplicates", "Take the decision back.", keys.DuplicatesReview, []int{404, 409}}.operation(), s.deleteNotSame)
}

func (s *Server) mergeDuplicate(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Key  string `header:"Idempotency-Key" maxLength:"200"`
	Body *struct {
		Into         string `json:"into,omitempty" maxLength:"64" doc:"Which of the two survives; empty or auto: as suggested."`
		PreviewToken string `json:"preview_token,omitempty" maxLength:"64"`
		Blocks       string `json:"blocks,omitempty" enum:"keep,lift" doc:"What becomes of the blocks of profiles, as at POST /v1/merges."`
		Why          string `json:"why,omitempty" maxLength:"1000"`
	} `required:"false"`
}) (*mergesOutput, error) {
	d, err := s.review.Flag(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	w := people.Wish{Op: s.operationOf(ctx, in.Key), From: []string{d.A, d.B}, Into: people.Auto, Who: who(ctx), Seen: d.Evidence, Flag: d.ID}
	if in.Body != nil {
		w.Token, w.Why, w.Blocks = in.Body.PreviewToken, in.Body.Why, in.Body.Blocks
		if into := in.Body.Into; into != "" && into != people.Auto {
			if w.From, err = s.others(ctx, d, into); err != nil {
				return nil, s.fail(ctx, err)
			}
			w.Into = into
		}
	}
	if err := s.people.Outweigh(ctx, w, d); err != nil {
		return nil, s.fail(ctx, err)
	}
	return s.mergeAs(ctx, w)
}

// others is the side of a flag that does not survive.
func (s *Server) others(ctx context.Context, d contact.Duplicate, into string) ([]string, error) {
	survivor, err := s.people.Person(ctx, into)
	if err != nil {
		return nil, err
	}
	for _, side := range [][2]string{{d.A, d.B}, {d.B, d.A}} {
		if slices.Contains(survivor.IDs(), side[0]) {
			return []string{side[1]}, nil
		}
	}
	return nil, contact.NewError(contact.Invalid, "validation_failed", "into is neither of the two people of this flag", nil)
}

func (s *Server) dismissDuplicate(ctx context.Context, in *undoInput) (*duplicateOutput, error) {
	w := people.Wish{Op: s.operationOf(ctx, in.Key), Who: who(ctx), Why: in.why()}
	if err := s.review.Dismiss(ctx, w, in.ID); err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("duplicate dismissed", "duplicate_id", in.ID, "who", w.Who)
	return s.getDuplicate(ctx, &byID{in.ID})
}

func (s *Server) reopenDuplicate(ctx context.Context, in *undoInput) (*duplicateOutput, error) {
	w := people.Wish{Op: s.operationOf(ctx, in.Key), Who: who(ctx), Why: in.why()}
	if err := s.review.Reopen(ctx, w, in.ID); err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("duplicate reopened", "duplicate_id", in.ID, "who", w.Who)
	return s.getDuplicate(ctx, &byID{in.ID})
}

func (s *Server) snoozeDuplicate(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Until time.Time `json:"until" doc:"When to show it again."`
	}
}) (*duplicateOutput, error) {
	if !in.Body.Until.After(time.Now()) {
		return nil, s.fail(ctx, contact.NewError(contact.Invalid, "validation_failed", "until is not in the future", nil))
	}
	d, err := s.review.Snooze(ctx, in.ID, in.Body.Until)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return s.duplicateOutput(ctx, d)
}

func (s *Server) assignDuplicate(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Assignee string `json:"assignee" maxLength:"100" doc:"An agent of the workspace; empty: nobody."`
	}
}) (*duplicateOutput, error) {
	agent := in.Body.Assignee
	if agent != "" && !s.isAgent(agent) {
		return nil, s.fail(ctx, contact.NewError(contact.Invalid, "validation_failed", "assignee is no agent of this workspace", nil))
	}
	d, err := s.review.Assign(ctx, in.ID, agent)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return s.duplicateOutput(ctx, d)
}

func (s *Server) isAgent(id string) bool {
	for _, a := range s.Config.Workspace.Agents {
		if a.ID == id {
			return true
		}
	}
	return false
}

func (s *Server) listNotSame(ctx context.Context, in *struct {
	Page
	ProfileID string `query:"profile_id" maxLength:"64" doc:"Of the person that this profile belongs to, whatever the page's limit."`
}) (out *listOutput[NotSame], err error) {
	if in.ProfileID != "" {
		out, err = s.notSameOf(ctx, in.ProfileID)
	} else {
		out, err = page(ctx, s, in.Page, listing[contact.NotSame, *contact.NotSame, NotSame]{
			address: "/v1/not_same", collection: s.DB.NotSame, of: store.Range{Index: "a"},
			keep: func(n contact.NotSame) bool { return n.Standing },
			show: func(n contact.NotSame) (NotSame, error) { return s.showNotSame(ctx, n) },
		})
	}
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

func (s *Server) notSameOf(ctx context.Context, profile string) (*listOutput[NotSame], error) {
	person, err := s.people.Person(ctx, profile)
	if err != nil {
		return nil, err
	}
	apart, err := s.people.Apart(ctx, person)
	if err != nil {
		return nil, err
	}
	out := &listOutput[NotSame]{Body: List[NotSame]{Data: []NotSame{}}}
	for _, n := range apart {
		shown, err := s.showNotSame(ctx, n)
		if err != nil {
			return nil, err
		}
		out.Body.Data = append(out.Body.Data, shown)
	}
	return out, nil
}

func (s *Server) showNotSame(ctx context.Context, n contact.NotSame) (NotSame, error) {
	d, basis, err := s.people.Decision(ctx, contact.TreeDecisionID(n.Seq))
	return NotSame{ID: n.ID, Profiles: []string{n.A, n.B}, DecisionID: d.ID, Who: d.Who, Why: basis.Why, At: d.At}, err
}

func (s *Server) createNotSame(ctx context.Context, in *struct {
	Key  string `header:"Idempotency-Key" maxLength:"200"`
	Body struct {
		Profiles []string `json:"profiles" minItems:"2" maxItems:"2" doc:"The two."`
		Why      string   `json:"why,omitempty" maxLength:"1000"`
	}
}) (*notSameOutput, error) {
	w := people.Wish{Op: s.operationOf(ctx, in.Key), Who: who(ctx), Why: in.Body.Why}
	d, err := s.people.TellApart(ctx, w, contact.Distinct, in.Body.Profiles[0], in.Body.Profiles[1])
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("profiles told apart", "decision_id", d.ID, "who", d.Who)
	return &notSameOutput{NotSame{ID: s.DB.Salt.NotSameID(d.A, d.B), Profiles: []string{d.A, d.B}, DecisionID: d.ID, Who: d.Who, Why: w.Why, At: d.At}}, nil
}

func (s *Server) deleteNotSame(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"64"`
}) (*struct{ Body TreeDecision }, error) {
	n, err := s.people.PairOf(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	d, err := s.people.TellApart(ctx, people.Wish{Who: who(ctx)}, contact.DistinctUndone, n.A, n.B)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("profiles told apart no longer", "decision_id", d.ID, "who", d.Who)
	return &struct{ Body TreeDecision }{showDecision(d, contact.Basis{})}, nil
}
