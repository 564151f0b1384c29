package people

import (
	"context"
	"errors"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Flag reads a flagged pair, NotFound if there is none.
func (p *People) Flag(ctx context.Context, id string) (contact.Duplicate, error) {
	d, err := p.db.Duplicates.Find(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = contact.NewError(contact.NotFound, "not_found", "no such duplicate", err)
	}
	return d, err
}

// Snooze hides a flag until a time. Conflict if the two were merged: then there is nothing to look at.
func (p *People) Snooze(ctx context.Context, id string, until time.Time) (contact.Duplicate, error) {
	return p.changeOpen(ctx, id, func(d *contact.Duplicate) { d.SnoozedUntil = contact.Instant(until) })
}

// Assign gives a flag to an agent; "" to nobody. Conflict as Snooze.
func (p *People) Assign(ctx context.Context, id, agent string) (contact.Duplicate, error) {
	return p.changeOpen(ctx, id, func(d *contact.Duplicate) { d.Assignee = agent })
}

// changeOpen is changeFlag of two people who were not merged.
func (p *People) changeOpen(ctx context.Context, id string, change func(*contact.Duplicate)) (contact.Duplicate, error) {
	d, err := p.Flag(ctx, id)
	if err != nil {
		return d, err
	}
	if _, err := p.standingBetween(ctx, d); err != nil {
		return d, err
	}
	return p.changeFlag(ctx, id, change)
}

func (p *People) changeFlag(ctx context.Context, id string, change func(*contact.Duplicate)) (contact.Duplicate, error) {
	for range maxTries {
		d, err := p.Flag(ctx, id)
		if err != nil {
			return d, err
		}
		before := d
		change(&d)
		if d.Assignee == before.Assignee && d.SnoozedUntil.Equal(before.SnoozedUntil) {
			return d, nil
		}
		d.UpdatedAt = store.Now()
		if d, err = p.db.Duplicates.Swap(ctx, d); !errors.Is(err, store.ErrStale) {
			return d, err
		}
	}
	return contact.Duplicate{}, busy()
}

// Dismiss decides that the two of a flag are different people: for ever, whatever is merged or undone around them, until somebody takes it back or strong evidence comes that was not there (Trees.Fresh). Twice is no mistake.
func (p *People) Dismiss(ctx context.Context, w Wish, id string) error {
	d, err := p.Flag(ctx, id)
	if err != nil {
		return err
	}
	if err := p.Outweigh(ctx, w, d); err != nil {
		return err
	}
	w.Seen, w.Flag = d.Evidence, d.ID
	_, err = p.TellApart(ctx, w, contact.Distinct, d.A, d.B)
	var refusal *contact.Error
	if errors.As(err, &refusal) && refusal.Code == "already_distinct" {
		return nil
	}
	return err
}

// Reopen shows a flag again: it ends a snooze, and takes back what tells the two people apart. Conflict if they were merged: then the merge is what to undo.
func (p *People) Reopen(ctx context.Context, w Wish, id string) error {
	d, err := p.Flag(ctx, id)
	if err != nil {
		return err
	}
	if err := p.takeBack(ctx, w, d); err != nil {
		return err
	}
	_, err = p.changeFlag(ctx, id, func(d *contact.Duplicate) { d.SnoozedUntil = time.Time{} })
	return err
}

// takeBack takes back all that tells the two people of a flag apart.
func (p *People) takeBack(ctx context.Context, w Wish, d contact.Duplicate) error {
	for range maxRestarts {
		standing, err := p.standingBetween(ctx, d)
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

// standingBetween is what tells the people of a flag apart, nil if nothing does.
func (p *People) standingBetween(ctx context.Context, d contact.Duplicate) (found *contact.NotSame, err error) {
	err = p.Trees(ctx, func(t *Trees) error {
		a, err := t.Person(ctx, d.A)
		if err != nil {
			return err
		}
		b, err := t.Person(ctx, d.B)
		if err != nil {
			return err
		}
		if samePeople(a, b) {
			return samePerson()
		}
		found, err = p.between(ctx, a.Profiles, b.Profiles)
		return err
	})
	return found, err
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
