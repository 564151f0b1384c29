// Package review is what people do with suspected duplicates: they look through the queue, take a flag on, put it off, say that the two are different people, or take that back. That two are one person is people's to carry out.
package review

import (
	"context"
	"errors"
	"time"

	"usher/gateway/contact"
	"usher/gateway/people"
	"usher/gateway/store"
)

// Review is the flags of one store.
type Review struct {
	db     *store.DB
	people *people.People
}

// New reads and decides about the flags of a store.
func New(db *store.DB, p *people.People) *Review { return &Review{db: db, people: p} }

// Flag reads a flagged pair, NotFound if there is none.
func (r *Review) Flag(ctx context.Context, id string) (contact.Duplicate, error) {
	d, err := r.db.Duplicates.Find(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = contact.NewError(contact.NotFound, "not_found", "no such duplicate", err)
	}
	return d, err
}

// Snooze hides a flag until a time. Conflict if the two were merged: then there is nothing to look at.
func (r *Review) Snooze(ctx context.Context, id string, until time.Time) (contact.Duplicate, error) {
	return r.changeOpen(ctx, id, func(d *contact.Duplicate) { d.SnoozedUntil = contact.Instant(until) })
}

// Assign gives a flag to an agent; "" to nobody. Conflict as Snooze.
func (r *Review) Assign(ctx context.Context, id, agent string) (contact.Duplicate, error) {
	return r.changeOpen(ctx, id, func(d *contact.Duplicate) { d.Assignee = agent })
}

// changeOpen is changeFlag of two people who were not merged.
func (r *Review) changeOpen(ctx context.Context, id string, change func(*contact.Duplicate)) (contact.Duplicate, error) {
	d, err := r.Flag(ctx, id)
	if err != nil {
		return d, err
	}
	if _, err := r.people.StandingBetween(ctx, d.A, d.B); err != nil {
		return d, err
	}
	return r.changeFlag(ctx, id, change)
}

// maxTries is how often a change is made again because somebody else was faster.
const maxTries = 8

func (r *Review) changeFlag(ctx context.Context, id string, change func(*contact.Duplicate)) (contact.Duplicate, error) {
	for range maxTries {
		d, err := r.Flag(ctx, id)
		if err != nil {
			return d, err
		}
		before := d
		change(&d)
		if d.Assignee == before.Assignee && d.SnoozedUntil.Equal(before.SnoozedUntil) {
			return d, nil
		}
		d.UpdatedAt = store.Now()
		if d, err = r.db.Duplicates.Swap(ctx, d); !errors.Is(err, store.ErrStale) {
			return d, err
		}
	}
	return contact.Duplicate{}, contact.NewError(contact.Conflict, "busy", "others are changing the same", nil)
}

// Dismiss decides that the two of a flag are different people: for ever, whatever is merged or undone around them, until somebody takes it back or strong evidence comes that was not there (people.Trees.Fresh). Twice is no mistake.
func (r *Review) Dismiss(ctx context.Context, w people.Wish, id string) error {
	d, err := r.Flag(ctx, id)
	if err != nil {
		return err
	}
	if err := r.people.Outweigh(ctx, w, d); err != nil {
		return err
	}
	w.Seen, w.Flag = d.Evidence, d.ID
	_, err = r.people.TellApart(ctx, w, contact.Distinct, d.A, d.B)
	var refusal *contact.Error
	if errors.As(err, &refusal) && refusal.Code == "already_distinct" {
		return nil
	}
	return err
}

// Reopen shows a flag again: it ends a snooze, and takes back what tells the two people apart. Conflict if they were merged: then the merge is what to undo.
func (r *Review) Reopen(ctx context.Context, w people.Wish, id string) error {
	d, err := r.Flag(ctx, id)
	if err != nil {
		return err
	}
	if err := r.people.TakeBack(ctx, w, d.A, d.B); err != nil {
		return err
	}
	_, err = r.changeFlag(ctx, id, func(d *contact.Duplicate) { d.SnoozedUntil = time.Time{} })
	return err
}
