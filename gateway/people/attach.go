package people

import (
	"context"
	"errors"
	"slices"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Placement is an agent's wish to place an interaction.
type Placement struct {
	Interaction string
	To          string // a profile; empty: nobody's
	Who         string
	Why         string
	IfVersion   int64 // the version it was seen in; 0: any
}

// Attach places an interaction with another profile, or with none. It moves this interaction only: the contact point stays whose it is. The decision is part of the interaction, so that it stands or falls with it, and is listed beside the others right after.
// Errors: NotFound for interaction or profile, Stale if it changed meanwhile, Conflict if it is there already.
func (p *People) Attach(ctx context.Context, w Placement) (contact.Interaction, contact.Decision, error) {
	there := []string{""}
	if w.To != "" { // what is written to a merged profile lands on who it is now
		person, err := p.Person(ctx, w.To)
		if err != nil {
			return contact.Interaction{}, contact.Decision{}, err
		}
		w.To, there = person.Root().ID, person.IDs()
	}
	return p.move(ctx, w.Interaction, w.IfVersion, func(i *contact.Interaction, now time.Time) (*contact.Pending, error) {
		if slices.Contains(there, i.ProfileID) {
			return nil, contact.NewError(contact.Conflict, "already_attached", "the interaction is with that profile already", nil)
		}
		if len(i.Moves) >= contact.MaxMoves {
			return nil, contact.NewError(contact.Conflict, "too_many_moves", "the interaction was moved too often", nil)
		}
		id, err := newDecisionID()
		if err != nil {
			return nil, err
		}
		made := &contact.Pending{Decision: contact.Decision{Document: contact.Document{ID: id}, Kind: contact.Attached, Subject: i.ID, From: i.ProfileID, To: w.To, Who: w.Who, At: now}}
		if w.Why != "" {
			made.Basis = &contact.Basis{A: i.ProfileID, B: w.To, Why: w.Why, At: now}
			made.Basis.ID = p.db.Salt.ID(contact.EvidencePrefix, id)
			made.Decision.EvidenceID = made.Basis.ID
		}
		i.Moves = append(i.Moves, contact.Move{ID: id, From: i.ProfileID, To: w.To, Who: w.Who, At: now, EvidenceID: made.Decision.EvidenceID})
		i.ProfileID = w.To
		return made, nil
	})
}

// Undo takes back the last placement of an interaction. An earlier one can only be undone after those that came later: Conflict, undo_not_possible.
func (p *People) Undo(ctx context.Context, interaction, decisionID, who string) (contact.Interaction, contact.Decision, error) {
	return p.move(ctx, interaction, 0, func(i *contact.Interaction, now time.Time) (*contact.Pending, error) {
		last := lastStanding(i.Moves)
		if last < 0 || i.Moves[last].ID != decisionID {
			return nil, contact.NewError(contact.Conflict, "undo_not_possible", "only the last placement that stands can be undone", nil)
		}
		if err := p.checkReturn(ctx, i.Moves[last].From); err != nil {
			return nil, err
		}
		id, err := newDecisionID()
		if err != nil {
			return nil, err
		}
		d := contact.Decision{Document: contact.Document{ID: id}, Kind: contact.AttachUndone, Subject: i.ID, From: i.ProfileID, To: i.Moves[last].From, Of: decisionID, Who: who, At: now}
		i.ProfileID = i.Moves[last].From
		i.Moves[last].Undone = d.ID
		return &contact.Pending{Decision: d}, nil
	})
}

// checkReturn wants a profile, if any, to be there that an interaction goes back to.
func (p *People) checkReturn(ctx context.Context, profile string) error {
	if profile == "" {
		return nil
	}
	_, err := p.Person(ctx, profile)
	if contact.KindOf(err) == contact.NotFound {
		return contact.NewError(contact.Conflict, "undo_not_possible", "the person that it was taken from was erased", nil).With(contact.Details{Blockers: []contact.Blocker{{Code: "erased", ProfileID: profile}}})
	}
	return err
}

// move changes an interaction by compare-and-set, the decision with it. One that an earlier run did not come to list is listed first. The same change is tried again when the interaction changed meanwhile, unless the caller named the version it means.
func (p *People) move(ctx context.Context, id string, version int64, change func(*contact.Interaction, time.Time) (*contact.Pending, error)) (contact.Interaction, contact.Decision, error) {
	for range maxTries {
		i, err := p.Interaction(ctx, id)
		if err != nil {
			return i, contact.Decision{}, err
		}
		if err := p.db.Conclude(ctx, i.Pending); err != nil {
			return i, contact.Decision{}, err
		}
		if version != 0 && version != i.Version {
			return i, contact.Decision{}, contact.NewError(contact.Stale, "stale_version", "the interaction has changed since", nil)
		}
		i.Pending, err = change(&i, store.Now())
		if err != nil {
			return i, contact.Decision{}, err
		}
		d := i.Pending.Decision
		i, err = store.SwapCarrying(ctx, p.db, p.db.Interactions, i, i.Pending)
		if !errors.Is(err, store.ErrStale) {
			return i, d, err
		}
	}
	return contact.Interaction{}, contact.Decision{}, contact.NewError(contact.Conflict, "busy", "others are changing the interaction", nil)
}

const maxTries = 8

// Interaction reads one interaction, NotFound if there is none.
func (p *People) Interaction(ctx context.Context, id string) (contact.Interaction, error) {
	i, err := p.db.Interactions.Find(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return i, contact.NewError(contact.NotFound, "not_found", "no such interaction", err)
	}
	return i, err
}

// lastStanding is the last move that was not undone, -1 if there is none.
func lastStanding(moves []contact.Move) int {
	for i := len(moves) - 1; i >= 0; i-- {
		if moves[i].Undone == "" {
			return i
		}
	}
	return -1
}
