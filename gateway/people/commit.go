package people

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Change is one decision about trees that somebody wants: PROTOCOLS.md 2's operation.
type Change struct {
	Op    string // names it: run again, it finds what it did. Empty: it is run once
	Kind  string // contact.Merged, MergeUndone, Distinct, DistinctUndone or Erased
	A, B  string // A is merged into B; or the pair that is told apart; or A is erased
	Of    string // the merge that is undone
	Who   string
	Why   string
	Seen  []contact.Evidence // what it was decided on
	Flag  string             // the duplicate whose evidence that is
	Lifts []string           // of a merge: the decisions that blocked a profile, and do not hold while it stands
	As    *Person            // of an erasure: the person as it was seen; nil: as it is
}

// errRestart: somebody else decided meanwhile; what was read may be past.
var errRestart = errors.New("decided meanwhile")

// maxRestarts bounds how often others may be faster. Each time somebody was.
const maxRestarts = 200

// Decide commits a change, or refuses it with a code. Any process may stop between any two of its calls: whoever comes next completes what was committed, and running the operation again ends the same.
func (p *People) Decide(ctx context.Context, c Change) (contact.Decision, error) {
	if c.Op == "" {
		c.Op = contact.OperationPrefix + uuid.NewString()
	}
	if c.Kind == contact.Distinct || c.Kind == contact.DistinctUndone {
		c.A, c.B = contact.OrderedPair(c.A, c.B)
	}
	for range maxRestarts {
		d, err := p.decide(ctx, c)
		if !errors.Is(err, errRestart) {
			return d, err
		}
	}
	return contact.Decision{}, busy()
}

func busy() error {
	return contact.NewError(contact.Conflict, "busy", "others are deciding about these people; try again", nil)
}

// decide is one attempt; the numbers are the protocol's steps.
func (p *People) decide(ctx context.Context, c Change) (contact.Decision, error) {
	last, mine, err := p.look(ctx, c.Op) // 1, 2
	if err != nil {
		return mine, err
	}
	if mine.N > 0 {
		return mine, p.apply(ctx, mine)
	}
	if err := p.apply(ctx, last); err != nil { // 3
		return mine, err
	}
	next, err := p.validate(ctx, c) // 4
	if errors.Is(err, errTorn) {    // the trees were not as the last decision left them
		return mine, errRestart
	}
	if refusal := (*contact.Error)(nil); errors.As(err, &refusal) {
		return mine, p.refuse(ctx, last, refusal) // 5
	}
	if err != nil {
		return mine, err
	}
	if next.EvidenceID, err = p.keepBasis(ctx, c, next); err != nil {
		return mine, err
	}
	next.N, next.ID = last.N+1, contact.TreeDecisionID(last.N+1)
	err = p.db.Decisions.Insert(ctx, next) // 6: this commits
	if errors.Is(err, store.ErrExists) {
		return mine, errRestart
	}
	if err != nil {
		return mine, fmt.Errorf("committing decision: %w", err)
	}
	return next, p.apply(ctx, next) // 7
}

// look reads the tail, and only then whether the operation was run before: the other way round, it could be committed and undone in between, and would be committed again.
func (p *People) look(ctx context.Context, op string) (last, mine contact.Decision, err error) {
	if last, err = p.tail(ctx); err != nil { // 1
		return last, mine, err
	}
	mine, err = p.byOperation(ctx, op) // 2
	return last, mine, err
}

// refuse stands by a refusal only if no decision fell into the reading that led to it.
func (p *People) refuse(ctx context.Context, last contact.Decision, refusal *contact.Error) error {
	now, err := p.tail(ctx)
	if err != nil {
		return err
	}
	if now.N != last.N {
		return errRestart
	}
	return refusal
}

// keepBasis keeps what was seen and said, apart from the decision so that it can be erased. There is none if there is nothing to keep.
func (p *People) keepBasis(ctx context.Context, c Change, d contact.Decision) (string, error) {
	if c.Why == "" && len(c.Seen) == 0 {
		return "", nil
	}
	b := contact.Basis{A: d.A, B: d.B, Why: c.Why, Seen: c.Seen, Flag: c.Flag, At: d.At}
	b.ID = p.db.Salt.ID(contact.EvidencePrefix, c.Op)
	if err := p.db.Evidence.Insert(ctx, b); err != nil && !errors.Is(err, store.ErrExists) {
		return "", fmt.Errorf("keeping evidence: %w", err)
	}
	return b.ID, nil
}

// Decision reads a decision about trees and what it was made on, NotFound if there is none.
func (p *People) Decision(ctx context.Context, id string) (contact.Decision, contact.Basis, error) {
	d, err := p.db.Decisions.Find(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && d.N == 0 {
		return d, contact.Basis{}, contact.NewError(contact.NotFound, "not_found", "no such decision", err)
	}
	if err != nil {
		return d, contact.Basis{}, err
	}
	basis, err := p.Basis(ctx, d)
	return d, basis[d.EvidenceID], err
}

// Basis reads what decisions were made on, by evidence id; what was erased is not there.
func (p *People) Basis(ctx context.Context, decisions ...contact.Decision) (map[string]contact.Basis, error) {
	var ids []string
	for _, d := range decisions {
		if d.EvidenceID != "" {
			ids = append(ids, d.EvidenceID)
		}
	}
	return p.db.Evidence.FindAll(ctx, ids...)
}

// entry is the decision that a change becomes.
func (c Change) entry() contact.Decision {
	d := contact.Decision{Op: c.Op, Kind: c.Kind, A: c.A, B: c.B, Of: c.Of, Lifts: c.Lifts, Who: cmp.Or(c.Who, "usher"), At: store.Now()}
	d.Version = 1
	return d
}
