package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/people"
)

// MergePreview is what a merge would do, as things stand.
type MergePreview struct {
	Into         string            `json:"into" doc:"The profile that survives and speaks for the person."`
	From         []string          `json:"from" doc:"The profiles that are merged into it."`
	Allowed      bool              `json:"allowed"`
	Refusal      *MergeRefusal     `json:"refusal,omitempty"`
	Fields       []people.Field    `json:"fields" doc:"What becomes of each field. Nothing is dropped."`
	Counts       people.Counts     `json:"counts" doc:"How much joins the survivor."`
	Blocks       []people.Blocking `json:"blocks" doc:"Who of them is blocked. The block of a contact point stays on it."`
	ChooseBlocks bool              `json:"choose_blocks" doc:"One of them is blocked and another is not: the merge has to say what becomes of the blocks of profiles."`
	PreviewToken string            `json:"preview_token" doc:"Stands for the versions that were seen: a merge with it is refused once they have changed."`
}

// MergeRefusal says why a merge is not possible.
type MergeRefusal struct {
	Code     string         `json:"code" example:"merge_contradicts_decision"`
	Detail   string         `json:"detail"`
	Path     []contact.Step `json:"path,omitempty"`
	Survivor string         `json:"survivor,omitempty"`
}

// Merge is one decision that two people are one.
type Merge struct {
	ID       string    `json:"id" example:"dec_000000000012"`
	From     string    `json:"from"`
	Into     string    `json:"into"`
	Who      string    `json:"who"`
	Why      string    `json:"why,omitempty"`
	At       time.Time `json:"at"`
	Stands   bool      `json:"stands"`
	UndoneBy string    `json:"undone_by,omitempty"`
}

// TreeDecision is one decision about which profiles are one person.
type TreeDecision struct {
	ID       string             `json:"id"`
	Kind     string             `json:"kind" enum:"merge,undo,not_same,not_same_undo"`
	From     string             `json:"from" doc:"The profile that is merged, or stands alone again; of not_same one of the two."`
	Into     string             `json:"into"`
	Of       string             `json:"of,omitempty" doc:"The merge that is undone."`
	Who      string             `json:"who"`
	Why      string             `json:"why,omitempty"`
	Evidence []contact.Evidence `json:"evidence,omitempty" doc:"What was seen when it was decided."`
	At       time.Time          `json:"at"`
}

// UndoPreview is what taking a merge back would do.
type UndoPreview struct {
	Allowed  bool              `json:"allowed"`
	Blockers []contact.Blocker `json:"blockers"`
	Leaves   []string          `json:"leaves" doc:"The profiles that stand apart again, the first for all of them."`
	Stays    []string          `json:"stays"`
	Counts   people.Counts     `json:"counts" doc:"How much leaves with them, what arrived since the merge included."`
}

// MergeRequest names who is merged into whom.
type MergeRequest struct {
	From []string `json:"from" minItems:"1" maxItems:"50" doc:"The people who are merged: any of their profiles."`
	Into string   `json:"into" minLength:"1" maxLength:"64" doc:"Who survives; auto: who of them has more contact points, else the older."`
}

type previewOutput struct{ Body MergePreview }

type mergesOutput struct {
	Body struct {
		Into string  `json:"into"`
		Data []Merge `json:"data" doc:"A decision for each, since each can be undone by itself; of who was merged into the survivor before, the one that stands."`
	}
}

type mergeOutput struct{ Body Merge }

type historyOutput struct {
	Body struct {
		Data []TreeDecision `json:"data"`
	}
}

func (s *Server) mergeOperations() {
	huma.Register(s.api, endpoint{"preview-merge", "POST", "/v1/merges/preview", "Merges", "What a merge would do. Nothing is changed.", keys.ProfilesMerge, []int{404}}.operation(), s.previewMerge)
	merge := endpoint{"merge-profiles", "POST", "/v1/merges", "Merges", "Merge people into one. No profile is rewritten, and each merge can be undone exactly, in any order. Who is merged into the survivor already counts as done, so a request that was cut short is finished by sending it again, as it was: with its preview_token, and with its Idempotency-Key if it had one, which is 409 busy for up to a minute. A preview_token without that key, or where others changed these people meanwhile, is 412. If nobody is left, 409 already_merged names what stands in done; a request with an Idempotency-Key or a preview_token is answered as it was.", keys.ProfilesMerge, []int{404, 409, 412}}.operation()
	merge.DefaultStatus = 201
	huma.Register(s.api, merge, s.merge)
	huma.Register(s.api, endpoint{"get-merge", "GET", "/v1/merges/{id}", "Merges", "One merge, and whether it stands.", keys.ProfilesRead, []int{404}}.operation(), s.getMerge)
	huma.Register(s.api, endpoint{"preview-undo-merge", "POST", "/v1/merges/{id}/undo/preview", "Merges", "What taking a merge back would do. Nothing is changed.", keys.ProfilesUndo, []int{404}}.operation(), s.previewUndo)
	huma.Register(s.api, endpoint{"undo-merge", "POST", "/v1/merges/{id}/undo", "Merges", "Take a merge back: its people stand alone again, with what arrived for them meanwhile.", keys.ProfilesUndo, []int{404, 409}}.operation(), s.undoMerge)
	huma.Register(s.api, endpoint{"get-merge-history", "GET", "/v1/profiles/{id}/merge_history", "Merges", "The decisions about a person's profiles, the oldest first.", keys.ProfilesRead, []int{404}}.operation(), s.mergeHistory)
}

func (s *Server) previewMerge(ctx context.Context, in *struct{ Body MergeRequest }) (*previewOutput, error) {
	v, err := s.people.Preview(ctx, in.Body.From, in.Body.Into)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &previewOutput{showPreview(v)}, nil
}

func (s *Server) merge(ctx context.Context, in *struct {
	Key  string `header:"Idempotency-Key" maxLength:"200"`
	Body struct {
		MergeRequest
		PreviewToken string `json:"preview_token,omitempty" maxLength:"64" doc:"Of the preview that was seen. Without it: as things stand."`
		Blocks       string `json:"blocks,omitempty" enum:"keep,lift" doc:"What becomes of the blocks of profiles: keep, and they hold for the whole person; lift, and they hold for nobody while the merge stands. Needed where the preview says choose_blocks."`
		Why          string `json:"why,omitempty" maxLength:"1000"`
	}
}) (*mergesOutput, error) {
	w := people.Wish{Op: s.operationOf(ctx, in.Key), From: in.Body.From, Into: in.Body.Into, Token: in.Body.PreviewToken, Blocks: in.Body.Blocks, Who: who(ctx), Why: in.Body.Why}
	return s.mergeAs(ctx, w)
}

// mergeAs carries out a wish; one that was seen otherwise is answered with how things are now.
func (s *Server) mergeAs(ctx context.Context, w people.Wish) (*mergesOutput, error) {
	made, err := s.people.Merge(ctx, w)
	if err != nil {
		return nil, s.failWithPreview(ctx, err, w)
	}
	basis, err := s.people.Basis(ctx, made...)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out := &mergesOutput{}
	out.Body.Data = []Merge{}
	for _, d := range made {
		s.Log.Info("profiles merged", "decision_id", d.ID, "profile_id", d.A, "into", d.B, "who", d.Who)
		out.Body.Into = d.B
		out.Body.Data = append(out.Body.Data, Merge{ID: d.ID, From: d.A, Into: d.B, Who: d.Who, Why: basis[d.EvidenceID].Why, At: d.At, Stands: true})
	}
	return out, nil
}

func (s *Server) failWithPreview(ctx context.Context, err error, w people.Wish) error {
	if contact.KindOf(err) != contact.Stale {
		return s.fail(ctx, err)
	}
	v, failed := s.people.Preview(ctx, w.From, w.Into)
	if failed != nil {
		return s.fail(ctx, failed)
	}
	p := problemOf(err).of(ctx)
	fresh := showPreview(v)
	p.Preview = &fresh
	return p
}

func (s *Server) getMerge(ctx context.Context, in *byID) (*mergeOutput, error) {
	m, err := s.people.MergeOf(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	d := m.Decision
	return &mergeOutput{Merge{ID: d.ID, From: d.A, Into: d.B, Who: d.Who, Why: m.Basis.Why, At: d.At, Stands: m.Stands, UndoneBy: m.UndoneBy}}, nil
}

func (s *Server) previewUndo(ctx context.Context, in *byID) (*struct{ Body UndoPreview }, error) {
	v, err := s.people.PreviewUndo(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &struct{ Body UndoPreview }{UndoPreview{
		Allowed: len(v.Blockers) == 0, Blockers: nonNil(v.Blockers), Leaves: v.Leaves.IDs(), Stays: v.Stays.IDs(), Counts: v.Counts,
	}}, nil
}

type undoInput struct {
	ID   string `path:"id" maxLength:"64"`
	Key  string `header:"Idempotency-Key" maxLength:"200"`
	Body *struct {
		Why string `json:"why,omitempty" maxLength:"1000"`
	} `required:"false"`
}

func (in *undoInput) why() string {
	if in.Body == nil {
		return ""
	}
	return in.Body.Why
}

func (s *Server) undoMerge(ctx context.Context, in *undoInput) (*struct{ Body TreeDecision }, error) {
	d, err := s.people.UndoMerge(ctx, people.Wish{Op: s.operationOf(ctx, in.Key), Who: who(ctx), Why: in.why()}, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("merge undone", "decision_id", d.ID, "profile_id", d.A, "who", d.Who)
	return &struct{ Body TreeDecision }{showDecision(d, contact.Basis{Why: in.why()})}, nil
}

func (s *Server) mergeHistory(ctx context.Context, in *byID) (*historyOutput, error) {
	person, err := s.people.Person(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	decisions, err := s.people.History(ctx, person)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	basis, err := s.people.Basis(ctx, decisions...)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out := &historyOutput{}
	out.Body.Data = []TreeDecision{}
	for _, d := range decisions {
		out.Body.Data = append(out.Body.Data, showDecision(d, basis[d.EvidenceID]))
	}
	return out, nil
}

func showDecision(d contact.Decision, basis contact.Basis) TreeDecision {
	return TreeDecision{ID: d.ID, Kind: d.Kind, From: d.A, Into: d.B, Of: d.Of, Who: d.Who, Why: basis.Why, Evidence: basis.Seen, At: d.At}
}

func showPreview(v people.Preview) MergePreview {
	shown := MergePreview{
		Into: v.Into.Root().ID, From: []string{}, Allowed: v.Refusal == nil, Fields: nonNil(v.Fields), Counts: v.Counts, PreviewToken: v.Token,
		Blocks: nonNil(v.Blocks), ChooseBlocks: v.Undecided,
	}
	for _, p := range v.From {
		shown.From = append(shown.From, p.Root().ID)
	}
	if r := v.Refusal; r != nil {
		shown.Refusal = &MergeRefusal{Code: r.Code, Detail: r.Message, Path: r.Details.Path, Survivor: r.Details.Survivor}
	}
	return shown
}
