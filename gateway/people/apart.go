package people

import (
	"context"
	"errors"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// StandingBetween is what tells the people of two profiles apart, nil if nothing does. Conflict, already_merged, if they are one.
func (p *People) StandingBetween(ctx context.Context, a, b string) (found *contact.NotSame, err error) {
	err = p.Trees(ctx, func(t *Trees) error {
		left, err := t.Person(ctx, a)
		if err != nil {
			return err
		}
		right, err := t.Person(ctx, b)
		if err != nil {
			return err
		}
		if left.Is(right) {
			return samePerson()
		}
		found, err = p.between(ctx, left.Profiles, right.Profiles)
		return err
	})
	return found, err
}

// TakeBack takes back all that tells two people apart. Conflict, already_merged, if they are one.
func (p *People) TakeBack(ctx context.Context, w Wish, a, b string) error {
	for range maxRestarts {
		standing, err := p.StandingBetween(ctx, a, b)
		if err != nil || standing == nil {
			return err
		}
		one := w
		if w.Op != "" {
			one.Op = p.db.Salt.ID(contact.OperationPrefix, w.Op, contact.TreeDecisionID(standing.Seq))
		}
		_, err = p.TellApart(ctx, one, contact.DistinctUndone, standing.A, standing.B)
		if err != nil && contact.KindOf(err) != contact.Conflict { // a conflict: somebody else took it back
			return err
		}
	}
	return busy()
}

// Apart are the standing decisions that profiles of a person are not some others.
func (p *People) Apart(ctx context.Context, person Person) ([]contact.NotSame, error) {
	var standing []contact.NotSame
	for _, id := range person.IDs() {
		found, err := p.toldApart(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, n := range found {
			if n.Standing {
				standing = append(standing, n)
			}
		}
	}
	return standing, nil
}

// PairOf reads what is decided about a pair by its id, NotFound if it was never decided.
func (p *People) PairOf(ctx context.Context, id string) (contact.NotSame, error) {
	n, err := p.db.NotSame.Find(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = contact.NewError(contact.NotFound, "not_found", "no such decision", err)
	}
	return n, err
}
