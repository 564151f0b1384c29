package events

import (
	"context"
	"time"

	"usher/gateway/contact"
	"usher/gateway/people"
	"usher/gateway/store"
)

// Teller makes events of decisions. Whoever tells of one does it once, by the events' ids.
type Teller struct {
	db     *store.DB
	people *people.People
}

// NewTeller tells of the decisions of one store.
func NewTeller(db *store.DB) *Teller { return &Teller{db, people.New(db)} }

// Tell records the events of a decision, stamped later than a time, unless that was done before: first those of the flags it settles, as they stand now, and last its own, by which others know. It says when the decision was told, zero if nobody follows its kind.
func (t *Teller) Tell(ctx context.Context, d contact.Decision, after time.Time) (time.Time, error) {
	own, flags, ok := t.eventOf(d)
	if !ok {
		return time.Time{}, nil
	}
	told, err := t.toldAt(ctx, own)
	if err != nil || !told.IsZero() {
		return told, err
	}
	if d.Kind == contact.Erased {
		if err := t.tellErased(ctx, d, after); err != nil {
			return told, err
		}
	}
	if flags != "" {
		if after, err = t.tellFlags(ctx, d, flags, after); err != nil {
			return told, err
		}
	}
	if err := RecordAfter(ctx, t.db, after, own); err != nil {
		return told, err
	}
	return t.toldAt(ctx, own)
}

// toldAt is the stamp of the latest of some events, zero if none is recorded.
func (t *Teller) toldAt(ctx context.Context, all ...store.Event) (at time.Time, err error) {
	found, err := t.db.Events.FindAll(ctx, ids(all)...)
	for _, e := range found {
		if e.At.After(at) {
			at = e.At
		}
	}
	return at, err
}

// eventOf is the event of a decision, and what is said of the flags that it settles or opens again; not ok for a kind that nobody follows.
func (t *Teller) eventOf(d contact.Decision) (own store.Event, flags Type, ok bool) {
	decision := contact.Pair{Name: "decision_id", Value: d.ID}
	into := []contact.Pair{decision, {Name: "into", Value: d.B}}
	pair := []contact.Pair{decision, {Name: "a", Value: d.A}, {Name: "b", Value: d.B}}
	switch d.Kind {
	case contact.Merged:
		return New(t.db, ProfileMerged, d.A, into, d.ID), DuplicateMerged, true
	case contact.MergeUndone:
		return New(t.db, ProfileUnmerged, d.A, into, d.ID), DuplicateReopened, true
	case contact.Erased:
		return t.erased(d, d.A), "", true
	case contact.Distinct:
		return New(t.db, NotSameAdded, t.db.Salt.NotSameID(d.A, d.B), pair, d.ID), DuplicateDismissed, true
	case contact.DistinctUndone:
		return New(t.db, NotSameRemoved, t.db.Salt.NotSameID(d.A, d.B), pair, d.ID), DuplicateReopened, true
	}
	of, ok := subjects[d.Kind]
	data := []contact.Pair{decision, {Name: "kind", Value: d.Kind}, {Name: "object", Value: d.Object}, {Name: "from", Value: d.From}, {Name: "to", Value: d.To}}
	return New(t.db, of, d.Subject, data, d.ID), "", ok
}

// subjects are what the events of a decision about one thing are called, by the decision's kind.
var subjects = map[string]Type{
	contact.Attached: InteractionAttached, contact.AttachUndone: InteractionAttached,
	contact.Edited: ProfileUpdated, contact.NoteAdded: ProfileUpdated, contact.NoteEdited: ProfileUpdated, contact.NoteGone: ProfileUpdated, contact.Deleted: ProfileDeleted,
	contact.Added: IdentityAdded, contact.Removed: IdentityRemoved, contact.Moved: IdentityMoved, contact.Verified: IdentityVerified, contact.Unverified: IdentityVerified,
	contact.Shared: SharedChanged, contact.Unshared: SharedChanged, contact.Primary: IdentityUpdated, contact.Secondary: IdentityUpdated, contact.Validity: IdentityUpdated,
	contact.BlockMade: BlockAdded, contact.BlockUndone: BlockRemoved, contact.ReleaseMade: QuarantineReleased, contact.DiscardMade: QuarantineDiscarded, contact.ConsentMade: ConsentChanged,
}

// tellFlags tells of each flag between the two people of a decision. One that is open although the decision told them apart gained what was not seen before anybody could know of the decision: that comes after.
func (t *Teller) tellFlags(ctx context.Context, d contact.Decision, is Type, after time.Time) (time.Time, error) {
	flags, err := t.people.FlagsBetween(ctx, d.A, d.B)
	if err != nil || len(flags) == 0 {
		return after, err
	}
	all := t.flagEvents(d, is, flags)
	if err := RecordAfter(ctx, t.db, after, all...); err != nil || is != DuplicateDismissed {
		return after, err
	}
	open, err := t.open(ctx, flags)
	if err != nil || len(open) == 0 {
		return after, err
	}
	if after, err = t.toldAt(ctx, all...); err != nil {
		return after, err
	}
	return after, RecordAfter(ctx, t.db, after, t.flagEvents(d, DuplicateReopened, open)...)
}

// open are those of some flags that have evidence which was not seen when their people were told apart.
func (t *Teller) open(ctx context.Context, flags []contact.Duplicate) (open []contact.Duplicate, err error) {
	err = t.people.Trees(ctx, func(trees *people.Trees) error {
		open = nil
		for _, flag := range flags {
			fresh, err := trees.Fresh(ctx, flag)
			if err != nil {
				return err
			}
			if len(fresh) > 0 {
				open = append(open, flag)
			}
		}
		return nil
	})
	return open, err
}

func (t *Teller) flagEvents(d contact.Decision, is Type, flags []contact.Duplicate) (all []store.Event) {
	for _, flag := range flags {
		data := []contact.Pair{{Name: "decision_id", Value: d.ID}, {Name: "a", Value: flag.A}, {Name: "b", Value: flag.B}}
		all = append(all, New(t.db, is, flag.ID, data, flag.ID, d.ID))
	}
	return all
}

// tellErased tells of all profiles of an erased person but the one that spoke for it, whose event is the decision's own.
func (t *Teller) tellErased(ctx context.Context, d contact.Decision, after time.Time) error {
	members, err := t.people.Below(ctx, d.A)
	if err != nil {
		return err
	}
	var all []store.Event
	for _, m := range members[1:] {
		all = append(all, t.erased(d, m.ID))
	}
	return RecordAfter(ctx, t.db, after, all...)
}

func (t *Teller) erased(d contact.Decision, profile string) store.Event {
	return New(t.db, ProfileErased, profile, []contact.Pair{{Name: "decision_id", Value: d.ID}}, d.ID, profile)
}
