package people

import (
	"context"
	"errors"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Wish is an agent's wish to merge people.
type Wish struct {
	Op    string   // names the wish; run again, it goes on where it stopped. Empty: the token does, and without one it is run once
	From  []string // profiles that stand for the people who are merged
	Into  string   // a profile that stands for the one who survives, or Auto
	Token string   // of the preview that was seen; empty: as things stand
	Who   string
	Why   string
	Seen  []contact.Evidence
	Flag  string // the duplicate whose evidence was seen
	// Blocks says what becomes of the blocks of profiles: KeepBlocks or LiftBlocks. It has to be said where one of the people is blocked and another is not.
	Blocks string
}

// What a merge may do with the blocks of profiles.
const (
	KeepBlocks = "keep" // they hold for the whole person
	LiftBlocks = "lift" // they hold for nobody while the merge stands
)

// Merge merges people into one: a decision for each, since each can be undone by itself. Who is merged into the survivor already, by an earlier run or by hand, counts as done, and the decision that stands is among those it returns. If one of them is refused because others decided meanwhile, those made before it stand, and the error names them.
// Errors: NotFound, Stale if what was seen has changed, Conflict and Invalid as Preview says, and Invalid with blocks_undecided.
func (p *People) Merge(ctx context.Context, w Wish) ([]contact.Decision, error) {
	bySight := w.Op == "" && w.Token != ""
	if bySight {
		w.Op = p.db.Salt.ID(contact.OperationPrefix, "seen", w.Token, w.Who)
	}
	done, err := p.doneBefore(ctx, w)
	if err == nil && bySight {
		err = p.stillStand(ctx, done)
	}
	if err != nil {
		return nil, err
	}
	left, into := w.From, w.Into
	if len(done) > 0 { // the wish was found to be possible, and as it was seen, when it began
		left, into, w.Token = w.left(done), done[0].B, ""
	}
	if len(left) == 0 {
		return done, nil
	}
	v, err := p.Preview(ctx, left, into)
	if err != nil {
		return nil, err
	}
	if v.Refusal != nil && len(done) == 0 {
		return nil, v.Refusal
	}
	if w.Token != "" && w.Token != v.Token {
		return nil, changedSince()
	}
	if v.Undecided && w.Blocks == "" {
		return nil, contact.NewError(contact.Invalid, "blocks_undecided", "one of these people is blocked: say whether the block is kept or lifted", nil)
	}
	stands, err := p.db.Decisions.FindAll(ctx, v.Stands...)
	if err != nil {
		return nil, err
	}
	for _, id := range v.Stands {
		done = withDecision(done, stands[id])
	}
	return p.mergeAll(ctx, w, v, done)
}

func changedSince() *contact.Error {
	return contact.NewError(contact.Stale, "stale_version", "these people have changed since the preview", nil)
}

// stillStand refuses a wish that was carried out and taken back since: what was seen is past.
func (p *People) stillStand(ctx context.Context, done []contact.Decision) error {
	for _, d := range done {
		undone, err := p.undoneBy(ctx, d)
		if err != nil {
			return err
		}
		if undone != "" {
			return changedSince()
		}
	}
	return nil
}

func withDecision(done []contact.Decision, d contact.Decision) []contact.Decision {
	return unite(done, []contact.Decision{d}, func(a, b contact.Decision) bool { return a.ID == b.ID })
}

// doneBefore are the decisions that an earlier run of the wish made; each is brought about.
func (p *People) doneBefore(ctx context.Context, w Wish) ([]contact.Decision, error) {
	var done []contact.Decision
	for _, from := range w.From {
		if w.Op == "" {
			break
		}
		d, err := p.byOperation(ctx, p.opOf(w, from))
		if err != nil {
			return nil, err
		}
		if d.N == 0 {
			continue
		}
		if err := p.apply(ctx, d); err != nil {
			return nil, err
		}
		done = append(done, d)
	}
	return done, nil
}

// left are those of the wish that no earlier run has merged.
func (w Wish) left(done []contact.Decision) []string {
	var left []string
	for _, id := range w.From {
		if !slices.ContainsFunc(done, func(d contact.Decision) bool { return d.A == id || d.B == id }) {
			left = append(left, id)
		}
	}
	return left
}

func (p *People) opOf(w Wish, from string) string {
	if w.Op == "" {
		return ""
	}
	return p.db.Salt.ID(contact.OperationPrefix, w.Op, contact.Merged, from, w.Into)
}

func (p *People) mergeAll(ctx context.Context, w Wish, v Preview, done []contact.Decision) ([]contact.Decision, error) {
	into := v.Into.Root().ID
	for _, person := range v.From {
		root := person.Root().ID
		if root == into {
			continue
		}
		c := Change{Op: p.opOf(w, w.named(person)), Kind: contact.Merged, A: root, B: into, Who: w.Who, Why: w.Why, Seen: w.Seen, Flag: w.Flag}
		if w.Blocks == LiftBlocks {
			c.Lifts = v.liftable(person)
		}
		d, err := p.Decide(ctx, c)
		if err != nil {
			d, err = p.mergedMeanwhile(ctx, c, err)
		}
		if err != nil {
			return nil, naming(err, done)
		}
		done = withDecision(done, d)
	}
	return done, nil
}

// mergedMeanwhile is the decision by which somebody else did what a change wanted, while it was wanted; else the refusal.
func (p *People) mergedMeanwhile(ctx context.Context, c Change, refusal error) (contact.Decision, error) {
	var known *contact.Error
	if !errors.As(refusal, &known) || known.Code != "already_merged" {
		return contact.Decision{}, refusal
	}
	person, err := p.Person(ctx, c.B)
	if err != nil {
		return contact.Decision{}, err
	}
	i := slices.IndexFunc(person.Profiles, func(m contact.Profile) bool { return m.ID == c.A && m.MergedInto != "" })
	if i < 0 {
		return contact.Decision{}, refusal
	}
	return p.decisionOf(ctx, contact.TreeDecisionID(person.Profiles[i].TreeSeq))
}

// named is the profile that stands for a person in the wish.
func (w Wish) named(person Person) string {
	for _, id := range w.From {
		for _, m := range person.IDs() {
			if m == id {
				return id
			}
		}
	}
	return person.Root().ID
}

// naming adds to a refusal what was decided before it.
func naming(err error, done []contact.Decision) error {
	var refusal *contact.Error
	if !errors.As(err, &refusal) {
		return err
	}
	details := refusal.Details
	for _, d := range done {
		details.Done = append(details.Done, d.ID)
	}
	return refusal.With(details)
}

// UndoMerge takes back a merge: its people stand alone again, with what arrived for them meanwhile.
func (p *People) UndoMerge(ctx context.Context, w Wish, decision string) (contact.Decision, error) {
	op := ""
	if w.Op != "" {
		op = p.db.Salt.ID(contact.OperationPrefix, w.Op, contact.MergeUndone, decision)
	}
	return p.Decide(ctx, Change{Op: op, Kind: contact.MergeUndone, Of: decision, Who: w.Who, Why: w.Why})
}

// TellApart decides that two profiles are different people, or with Undone that this is open again.
func (p *People) TellApart(ctx context.Context, w Wish, kind, a, b string) (contact.Decision, error) {
	a, b = contact.OrderedPair(a, b)
	op := ""
	if w.Op != "" {
		op = p.db.Salt.ID(contact.OperationPrefix, w.Op, kind, a, b)
	}
	return p.Decide(ctx, Change{Op: op, Kind: kind, A: a, B: b, Who: w.Who, Why: w.Why, Seen: w.Seen, Flag: w.Flag})
}

// Standing is a merge with what became of it.
type Standing struct {
	Decision contact.Decision
	Basis    contact.Basis
	Stands   bool
	UndoneBy string // the decision that took it back
}

// MergeOf reads a merge, NotFound if the decision is none.
func (p *People) MergeOf(ctx context.Context, id string) (Standing, error) {
	d, basis, err := p.Decision(ctx, id)
	s := Standing{Decision: d, Basis: basis}
	if err != nil {
		return s, err
	}
	if d.Kind != contact.Merged {
		return s, contact.NewError(contact.NotFound, "not_found", "no such merge", nil)
	}
	s.UndoneBy, err = p.undoneBy(ctx, d)
	s.Stands = s.UndoneBy == ""
	return s, err
}

// undoneBy is the decision that took a merge back: the log says so, applied or not.
func (p *People) undoneBy(ctx context.Context, merge contact.Decision) (string, error) {
	later, err := all(ctx, p.db.Decisions, store.Range{Index: "a", Equal: []any{merge.A}, Lower: merge.N + 1, Limit: 200})
	if err != nil {
		return "", err
	}
	for _, d := range later {
		if d.Kind == contact.MergeUndone && d.Of == merge.ID {
			return d.ID, nil
		}
	}
	return "", nil
}
