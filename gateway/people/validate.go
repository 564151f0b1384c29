package people

import (
	"context"
	"errors"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// validate decides whether a change can be made on the trees as they are, which the last decision must have been applied to. It only reads.
func (p *People) validate(ctx context.Context, c Change) (contact.Decision, error) {
	switch c.Kind {
	case contact.Merged:
		return c.entry(), p.checkMerge(ctx, c.A, c.B)
	case contact.MergeUndone:
		return p.checkUndo(ctx, c)
	case contact.Distinct:
		return c.entry(), p.checkDistinct(ctx, c.A, c.B)
	case contact.Erased:
		return p.checkErase(ctx, c)
	}
	return c.entry(), p.checkDistinctUndone(ctx, c.A, c.B)
}

// checkMerge wants two people that nobody has told apart.
func (p *People) checkMerge(ctx context.Context, a, b string) error {
	if a == b {
		return mergeSelf()
	}
	for _, id := range []string{a, b} {
		profile, err := p.Profile(ctx, id)
		if err != nil {
			return err
		}
		if profile.MergedInto != "" {
			return contact.NewError(contact.Conflict, "already_merged", "the profile is merged into another already", nil).With(contact.Details{Survivor: profile.MergedInto})
		}
	}
	path, err := p.contradiction(ctx, a, b)
	if err != nil || path == nil {
		return err
	}
	return contradicts(path)
}

func mergeSelf() *contact.Error {
	return contact.NewError(contact.Invalid, "merge_self", "a profile cannot be merged into itself", nil)
}

func contradicts(path []contact.Step) *contact.Error {
	return contact.NewError(contact.Conflict, "merge_contradicts_decision", "two of these profiles were found to be different people", nil).With(contact.Details{Path: path})
}

// checkUndo wants the merge to be what put the profile where it is.
func (p *People) checkUndo(ctx context.Context, c Change) (contact.Decision, error) {
	d := c.entry()
	merge, err := p.db.Decisions.Find(ctx, c.Of)
	if errors.Is(err, store.ErrNotFound) {
		return d, contact.NewError(contact.NotFound, "not_found", "no such decision", err)
	}
	if err != nil {
		return d, err
	}
	d.A, d.B = merge.A, merge.B
	blocker, err := p.undoBlocker(ctx, merge)
	if err != nil || blocker == nil {
		return d, err
	}
	return d, contact.NewError(contact.Conflict, "undo_not_possible", "the merge does not stand", nil).With(contact.Details{Blockers: []contact.Blocker{*blocker}})
}

// undoBlocker is what keeps a merge from being undone: that it does not stand, or that its person was erased. What was merged before or since, above or below it, does not matter.
func (p *People) undoBlocker(ctx context.Context, merge contact.Decision) (*contact.Blocker, error) {
	if merge.Kind != contact.Merged {
		return &contact.Blocker{Code: "not_a_merge", DecisionID: merge.ID}, nil
	}
	profile, err := p.db.Profiles.Find(ctx, merge.A)
	if err != nil {
		return nil, err
	}
	_, err = p.up(ctx, merge.A)
	if contact.KindOf(err) == contact.NotFound { // of an erased person nothing is undone: its tree stays what was erased
		return &contact.Blocker{Code: "erased", ProfileID: profile.ID}, nil
	}
	if err != nil {
		return nil, err
	}
	if profile.MergedInto == merge.B && profile.TreeSeq == merge.N {
		return nil, nil
	}
	return &contact.Blocker{Code: "decided_since", DecisionID: contact.TreeDecisionID(profile.TreeSeq), ProfileID: profile.ID}, nil
}

// checkDistinct wants two people that are told apart for the first time.
func (p *People) checkDistinct(ctx context.Context, a, b string) error {
	if a == b {
		return contact.NewError(contact.Invalid, "validation_failed", "a profile cannot be told apart from itself", nil)
	}
	for _, id := range []string{a, b} {
		if _, err := p.Profile(ctx, id); err != nil {
			return err
		}
	}
	there, err := p.pair(ctx, a, b)
	if err != nil {
		return err
	}
	if there.Standing {
		return contact.NewError(contact.Conflict, "already_distinct", "the two were told apart already", nil)
	}
	rootA, err := p.up(ctx, a)
	if err != nil {
		return err
	}
	rootB, err := p.up(ctx, b)
	if err != nil {
		return err
	}
	if rootA.ID == rootB.ID {
		return samePerson()
	}
	return nil
}

func samePerson() *contact.Error {
	return contact.NewError(contact.Conflict, "already_merged", "the two are one person now; undo that merge first", nil)
}

func (p *People) checkDistinctUndone(ctx context.Context, a, b string) error {
	there, err := p.pair(ctx, a, b)
	if err != nil {
		return err
	}
	if !there.Standing {
		return contact.NewError(contact.Conflict, "undo_not_possible", "the two are not told apart", nil).With(contact.Details{Blockers: []contact.Blocker{{Code: "not_standing"}}})
	}
	return nil
}

// pair is what is decided about two profiles; zero if nothing is.
func (p *People) pair(ctx context.Context, a, b string) (contact.NotSame, error) {
	id := p.db.Salt.NotSameID(a, b)
	found, err := p.db.NotSame.FindAll(ctx, id)
	return found[id], err
}
