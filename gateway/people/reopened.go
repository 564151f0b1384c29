package people

import (
	"context"
	"errors"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// reopenFrom is the probability from which new evidence opens a dismissed flag again: one that reviewers nearly always agree with.
const reopenFrom = 0.9

// Fresh is the strong evidence of a flag that was not there when its people were told apart: nil where it is not told apart, or nothing is new.
func (t *Trees) Fresh(ctx context.Context, d contact.Duplicate) ([]contact.Evidence, error) {
	fresh, _, err := t.fresh(ctx, d)
	return fresh, err
}

// fresh is Fresh with the decision that told them apart.
func (t *Trees) fresh(ctx context.Context, d contact.Duplicate) (fresh []contact.Evidence, decision contact.Decision, err error) {
	if d.Probability < reopenFrom || len(contact.Strong(d.Evidence)) == 0 {
		return nil, decision, nil
	}
	apart, err := t.apartOf(ctx, d)
	if err != nil || apart == nil {
		return nil, decision, err
	}
	return t.people.freshSince(ctx, d, *apart)
}

// apartOf is what tells the people of a flag apart, nil if nothing does or they are one by now.
func (t *Trees) apartOf(ctx context.Context, d contact.Duplicate) (*contact.NotSame, error) {
	a, err := t.Person(ctx, d.A)
	if err != nil {
		return nil, err
	}
	b, err := t.Person(ctx, d.B)
	if err != nil || a.Root().ID == b.Root().ID {
		return nil, err
	}
	return t.toldApart(ctx, a, b)
}

// ToldApart is when the people of a flag were told apart; zero if they are not.
func (p *People) ToldApart(ctx context.Context, d contact.Duplicate) (at time.Time, err error) {
	var apart *contact.NotSame
	err = p.Trees(ctx, func(t *Trees) (err error) {
		apart, err = t.apartOf(ctx, d)
		return err
	})
	if err != nil || apart == nil {
		return at, err
	}
	decision, _, err := p.Decision(ctx, contact.TreeDecisionID(apart.Seq))
	return decision.At, err
}

// freshSince is what of a flag's strong evidence a decision did not see. A decision that saw none, because there was no flag or it was erased, cannot be outweighed: nobody could say what is new. One that was about another flag of the same people saw nothing of this one, and only what this one has gained since is new.
func (p *People) freshSince(ctx context.Context, d contact.Duplicate, apart contact.NotSame) ([]contact.Evidence, contact.Decision, error) {
	decision, basis, err := p.Decision(ctx, contact.TreeDecisionID(apart.Seq))
	if errors.Is(err, store.ErrNotFound) || err == nil && (len(basis.Seen) == 0 || basis.Flag != d.ID && !d.GainedAt.After(decision.At)) {
		return nil, decision, nil
	}
	return contact.Beyond(contact.Strong(d.Evidence), basis.Seen), decision, err
}

// Outweigh takes back what tells the people of a flag apart if new evidence has opened it again: whoever decides about the flag now has seen that, and decides anew.
func (p *People) Outweigh(ctx context.Context, w Wish, d contact.Duplicate) error {
	var fresh []contact.Evidence
	err := p.Trees(ctx, func(t *Trees) (err error) {
		fresh, err = t.Fresh(ctx, d)
		return err
	})
	if err != nil || len(fresh) == 0 {
		return err
	}
	w.Seen, w.Flag = fresh, d.ID
	return p.TakeBack(ctx, w, d.A, d.B)
}

// Overturns is the decision that a flag's new evidence is about to outweigh: the flag was dismissed as it stood. Nil: none.
func (p *People) Overturns(ctx context.Context, before, after contact.Duplicate) (overturned *contact.Decision, err error) {
	if after.Probability < reopenFrom { // as most: nothing is to be read
		return nil, nil
	}
	err = p.Trees(ctx, func(t *Trees) error {
		overturned = nil
		fresh, decision, err := t.fresh(ctx, after)
		if err != nil || len(fresh) == 0 {
			return err
		}
		known, err := t.Fresh(ctx, before)
		if len(known) == 0 {
			overturned = &decision
		}
		return err
	})
	return overturned, err
}
