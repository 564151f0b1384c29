package lookup

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// markID is the place of the job for a model: another begins from the start, also one that bears the same name.
func (l *Lookup) markID() (string, error) {
	model, err := json.Marshal(l.Model)
	if err != nil {
		return "", fmt.Errorf("telling model %s from others: %w", l.Model.Version, err)
	}
	sum := sha256.Sum256(model)
	return fmt.Sprintf("rematch:%s:%x", l.Model.Version, sum[:8]), nil
}

// rematchPage is how many profiles are gone through between two marks.
const rematchPage = 100

// maxIdentities bounds the contact points that a profile is held against others by.
const maxIdentities = contact.MaxPoints

// Rematch goes through all profiles in the order in which they were made: each gets the keys it lacks, the flags that the model raises, and its open flags the model's score. It goes on where it was stopped, and begins anew after it came to the end; done is told how many it has gone through.
// A profile that was made meanwhile has been matched already.
func (l *Lookup) Rematch(ctx context.Context, done func(profiles int)) error {
	mark, err := l.marked(ctx)
	if err != nil {
		return err
	}
	r := store.Range{Index: "created", Limit: rematchPage}
	if !mark.At.IsZero() {
		r.Lower = mark.At // what was made in that very millisecond is done again, and changes nothing
	}
	for {
		page, next, err := l.db.Profiles.List(ctx, r)
		if err != nil {
			return err
		}
		for _, p := range page {
			if err := l.rematchOne(ctx, p); err != nil {
				return fmt.Errorf("matching %s again: %w", p.ID, err)
			}
		}
		done(len(page))
		if next == nil {
			_, err := l.moveMark(ctx, mark, time.Time{})
			return err
		}
		if mark, err = l.moveMark(ctx, mark, page[len(page)-1].CreatedAt); err != nil {
			return err
		}
		r.Lower, r.After = nil, next
	}
}

// marked is how far the job has come.
func (l *Lookup) marked(ctx context.Context) (store.Mark, error) {
	id, err := l.markID()
	mark := store.Mark{Document: contact.Document{ID: id}}
	if err != nil {
		return mark, err
	}
	if err := l.db.Marks.Insert(ctx, mark); err != nil && !errors.Is(err, store.ErrExists) {
		return mark, err
	}
	return l.db.Marks.Find(ctx, mark.ID)
}

// moveMark notes how far the job has come. Two that run at once do the same work, and either may note it.
func (l *Lookup) moveMark(ctx context.Context, mark store.Mark, at time.Time) (store.Mark, error) {
	mark.At = at
	moved, err := l.db.Marks.Swap(ctx, mark)
	if errors.Is(err, store.ErrStale) {
		return l.marked(ctx)
	}
	return moved, err
}

// rematchOne holds a profile against the others with the contact points that it holds today.
func (l *Lookup) rematchOne(ctx context.Context, p contact.Profile) error {
	if p.Erased() {
		return nil
	}
	p, err := l.withPoints(ctx, p)
	if err != nil {
		return err
	}
	none := contact.Profile{}
	return l.Learn(ctx, News{Before: &none, Profile: p, At: store.Now()})
}

// withPoints gives a profile the contact points that it holds and was not seen with: an older version kept none on the profile. A change that comes between is left alone: whoever made it matches it.
func (l *Lookup) withPoints(ctx context.Context, p contact.Profile) (contact.Profile, error) {
	held, _, err := l.db.Identities.List(ctx, store.Range{Index: "profile", Equal: []any{p.ID}, Limit: maxIdentities})
	if err != nil {
		return p, err
	}
	known := map[string]bool{}
	for _, point := range p.Points {
		known[point.ID] = true
	}
	before := len(p.Points)
	for _, i := range held {
		if !known[i.ID] && !i.Removed && i.Value != "" && len(p.Points) < contact.MaxPoints {
			p.Points = append(p.Points, contact.Point{ID: i.ID, Scheme: i.Scheme, Value: i.Value, Scope: i.Scope, Provenance: i.Provenance})
		}
	}
	if len(p.Points) == before {
		return p, nil
	}
	saved, err := l.db.Profiles.Swap(ctx, p)
	if errors.Is(err, store.ErrStale) {
		return p, nil
	}
	return saved, err
}
