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

// Duplicate is a pair of people who may be one, and why. It names the profiles that were flagged and the people they belong to now.
type Duplicate struct {
	ID            string             `json:"id" example:"dup_4k2m8q0w6e1r5t9y3u7i2o6p"`
	Status        string             `json:"status" enum:"open,merged,dismissed,snoozed" doc:"As it follows from what was decided: it is stored nowhere."`
	Probability   float64            `json:"probability"`
	Band          string             `json:"band" enum:"certain,likely,possible"`
	Calibrated    bool               `json:"calibrated" doc:"Whether the probability was checked against decisions."`
	Model         string             `json:"model"`
	Sampled       bool               `json:"sampled" doc:"It is too improbable to be worth a review, and was drawn so that decisions tell of such pairs too."`
	Profiles      []DuplicateProfile `json:"profiles"`
	SuggestedInto string             `json:"suggested_into,omitempty" doc:"The profile to keep: with more contact points, else the older."`
	CreatedBy     string             `json:"created_by" doc:"The interaction that raised it."`
	Assignee      string             `json:"assignee,omitempty"`
	SnoozedUntil  *time.Time         `json:"snoozed_until,omitempty"`
	Evidence      []contact.Evidence `json:"evidence"`
	NewEvidence   []contact.Evidence `json:"new_evidence,omitempty" doc:"Why a flag that was dismissed is open again: strong evidence that was not there then. Merging or dismissing it takes the earlier decision back."`
	Ignored       []contact.Ignored  `json:"ignored"`
	Blockers      []string           `json:"blockers"`
	AskNext       string             `json:"ask_next,omitempty"`
	FlaggedAt     time.Time          `json:"flagged_at"`
	UpdatedAt     time.Time          `json:"updated_at"`
}

// DuplicateProfile is one side of a flagged pair.
type DuplicateProfile struct {
	ID          string     `json:"id" doc:"The profile that speaks for the person now."`
	FlaggedID   string     `json:"flagged_id" doc:"The profile that was flagged."`
	DisplayName string     `json:"display_name"`
	Identities  []Identity `json:"identities"`
}

type duplicateOutput struct {
	ETag string `header:"ETag"`
	Body Duplicate
}

// DuplicateCluster is the people that open flags join to one another.
type DuplicateCluster struct {
	Profiles    []string    `json:"profiles" doc:"Of each person the profile that speaks for it."`
	Links       []Duplicate `json:"links" doc:"The open flags between them, the most probable first."`
	WeakestLink string      `json:"weakest_link,omitempty" doc:"The least probable flag without which the cluster falls apart: look at it before merging all."`
	More        bool        `json:"more" doc:"There are more people than are shown."`
}

func (s *Server) duplicateOperations() {
	huma.Register(s.api, endpoint{"list-duplicates", "GET", "/v1/duplicates", "Duplicates", "Flagged pairs.", keys.ProfilesRead, nil}.operation(), s.listDuplicates)
	huma.Register(s.api, endpoint{"get-duplicate", "GET", "/v1/duplicates/{id}", "Duplicates", "One flagged pair, and why.", keys.ProfilesRead, []int{404}}.operation(), s.getDuplicate)
	huma.Register(s.api, endpoint{"get-duplicate-cluster", "GET", "/v1/duplicates/{id}/cluster", "Duplicates", "The people that open flags join to those of this one.", keys.ProfilesRead, []int{404}}.operation(), s.getCluster)
	s.reviewOperations()
}

type duplicateQuery struct {
	Page
	Status         string  `query:"status" enum:"open,merged,dismissed,snoozed" default:"open"`
	ProfileID      string  `query:"profile_id" maxLength:"64" doc:"Of the person that this profile belongs to."`
	MinProbability float64 `query:"min_probability" minimum:"0" maximum:"1"`
	Assignee       string  `query:"assignee" maxLength:"100"`
	Reason         string  `query:"reason" maxLength:"100" doc:"A kind of evidence." example:"identities_in_one_contact"`
	Sort           string  `query:"sort" enum:"newest,probability" default:"newest"`
}

func (in *duplicateQuery) address() string {
	minimum := ""
	if in.MinProbability > 0 {
		minimum = etag(contact.RankOf(in.MinProbability))
	}
	return address("/v1/duplicates", "status", in.Status, "profile_id", in.ProfileID, "min_probability", minimum, "assignee", in.Assignee, "reason", in.Reason, "sort", in.Sort)
}

// keeps applies what needs no look at the trees.
func (in *duplicateQuery) keeps(d contact.Duplicate) bool {
	return d.Probability >= in.MinProbability && (in.Assignee == "" || d.Assignee == in.Assignee) &&
		(in.Reason == "" || slices.ContainsFunc(d.Evidence, func(e contact.Evidence) bool { return e.Kind == in.Reason }))
}

// index is the order that was asked for.
func (in *duplicateQuery) index() string {
	if in.Sort == "probability" {
		return "rank"
	}
	return "status"
}

func (s *Server) listDuplicates(ctx context.Context, in *duplicateQuery) (out *listOutput[Duplicate], err error) {
	err = s.people.Trees(ctx, func(t *people.Trees) error {
		if in.ProfileID != "" {
			out, err = s.duplicatesOf(ctx, t, in)
		} else {
			out, err = s.duplicateQueue(ctx, t, in)
		}
		return err
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

// duplicateQueue reads the flags in their order, each as it stands.
func (s *Server) duplicateQueue(ctx context.Context, t *people.Trees, in *duplicateQuery) (*listOutput[Duplicate], error) {
	var failed error
	out, err := page(ctx, s, in.Page, listing[contact.Duplicate, *contact.Duplicate, Duplicate]{
		address: in.address(), collection: s.DB.Duplicates, of: store.Range{Index: in.index(), Equal: []any{string(contact.DuplicateOpen)}, Descending: true},
		keep: func(d contact.Duplicate) bool {
			if failed != nil || !in.keeps(d) {
				return false
			}
			var status contact.DuplicateStatus
			status, failed = t.Status(ctx, d)
			return failed == nil && string(status) == in.Status
		},
		show: func(d contact.Duplicate) (Duplicate, error) { return s.showDuplicate(ctx, t, d) },
	})
	if failed != nil {
		return nil, failed
	}
	return out, err
}

// maxFlags bounds the flags of one person.
const maxFlags = 1000

// duplicatesOf are the flags of one person.
func (s *Server) duplicatesOf(ctx context.Context, t *people.Trees, in *duplicateQuery) (*listOutput[Duplicate], error) {
	after, err := s.after(in.address(), in.After)
	if err != nil {
		return nil, err
	}
	person, err := t.Person(ctx, in.ProfileID)
	if err != nil {
		return nil, err
	}
	flags, err := t.Flags(ctx, person, contact.DuplicateStatus(in.Status), maxFlags)
	if err != nil {
		return nil, err
	}
	flags = slices.DeleteFunc(flags, func(d contact.Duplicate) bool { return !in.keeps(d) })
	slices.SortFunc(flags, func(a, b contact.Duplicate) int { return in.compare(a, b) })
	if len(after) == 2 {
		i := slices.IndexFunc(flags, func(d contact.Duplicate) bool { return d.ID == after[1] })
		flags = flags[i+1:] // the flag is gone from the list when somebody decided meanwhile: from the start
	}
	out := &listOutput[Duplicate]{Body: List[Duplicate]{Data: []Duplicate{}}}
	for _, d := range flags[:min(len(flags), in.Limit)] {
		shown, err := s.showDuplicate(ctx, t, d)
		if err != nil {
			return nil, err
		}
		out.Body.Data = append(out.Body.Data, shown)
	}
	if len(flags) > in.Limit {
		last := flags[in.Limit-1]
		out.Body.more(in.address(), in.Page, s.cursor(in.address(), []any{last.FlaggedAt, last.ID}))
	}
	return out, nil
}

// compare orders as the queue does.
func (in *duplicateQuery) compare(a, b contact.Duplicate) int {
	order := b.FlaggedAt.Compare(a.FlaggedAt)
	if in.Sort == "probability" {
		order = int(b.Rank - a.Rank)
	}
	if order == 0 && a.ID > b.ID {
		return -1
	}
	if order == 0 {
		return 1
	}
	return order
}

func (s *Server) getDuplicate(ctx context.Context, in *byID) (*duplicateOutput, error) {
	d, err := s.review.Flag(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return s.duplicateOutput(ctx, d)
}

func (s *Server) duplicateOutput(ctx context.Context, d contact.Duplicate) (*duplicateOutput, error) {
	out := &duplicateOutput{ETag: etag(d.Version)}
	err := s.people.Trees(ctx, func(t *people.Trees) (err error) {
		out.Body, err = s.showDuplicate(ctx, t, d)
		return err
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

func (s *Server) getCluster(ctx context.Context, in *byID) (*struct{ Body DuplicateCluster }, error) {
	c, err := s.review.Cluster(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	shown := DuplicateCluster{Profiles: []string{}, Links: []Duplicate{}, WeakestLink: c.Weakest, More: c.More}
	for _, p := range c.People {
		shown.Profiles = append(shown.Profiles, p.Root().ID)
	}
	err = s.people.Trees(ctx, func(t *people.Trees) error {
		shown.Links = shown.Links[:0]
		for _, d := range c.Links {
			one, err := s.showDuplicate(ctx, t, d)
			if err != nil {
				return err
			}
			shown.Links = append(shown.Links, one)
		}
		return nil
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &struct{ Body DuplicateCluster }{shown}, nil
}

// showDuplicate shows a flag with the people that its profiles belong to.
func (s *Server) showDuplicate(ctx context.Context, t *people.Trees, d contact.Duplicate) (Duplicate, error) {
	shown := Duplicate{
		ID: d.ID, Probability: d.Probability, Band: d.Band, Calibrated: d.Calibrated, Model: d.Model, Sampled: d.Sampled, CreatedBy: d.CreatedBy, Assignee: d.Assignee,
		Evidence: nonNil(d.Evidence), Ignored: nonNil(d.Ignored), Blockers: []string{}, FlaggedAt: d.FlaggedAt, UpdatedAt: d.UpdatedAt,
	}
	if !d.SnoozedUntil.IsZero() {
		shown.SnoozedUntil = &d.SnoozedUntil
	}
	status, err := t.Status(ctx, d)
	if err != nil {
		return shown, err
	}
	shown.Status = string(status)
	if shown.NewEvidence, err = t.Fresh(ctx, d); err != nil {
		return shown, err
	}
	var both []people.Person
	for _, id := range []string{d.A, d.B} {
		person, err := t.Person(ctx, id)
		if err != nil {
			return shown, err
		}
		both = append(both, person)
		side, err := s.showSide(ctx, person, id)
		if err != nil {
			return shown, err
		}
		shown.Profiles = append(shown.Profiles, side)
	}
	best, err := t.Suggest(ctx, both)
	if err != nil {
		return shown, err
	}
	shown.SuggestedInto = best.Root().ID
	held, err := s.people.Identities(ctx, best.IDs()...)
	if missing := people.Missing(held); len(missing) > 0 {
		shown.AskNext = missing[0]
	}
	if status == contact.DuplicateDismissed {
		shown.Blockers = append(shown.Blockers, "merge_contradicts_decision")
	}
	return shown, err
}

func (s *Server) showSide(ctx context.Context, person people.Person, flagged string) (DuplicateProfile, error) {
	held, err := s.people.Identities(ctx, person.IDs()...)
	record, _ := person.United()
	shown := showProfile(people.Card{Profile: record, Person: person, Identities: held})
	return DuplicateProfile{ID: shown.ID, FlaggedID: flagged, DisplayName: shown.DisplayName, Identities: shown.Identities}, err
}
