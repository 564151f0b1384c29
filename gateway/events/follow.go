package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/gateway/contact"
	"usher/gateway/people"
	"usher/gateway/store"
)

// Follower makes events of the decisions that people take. Whoever decides need not think of it, and may stop right after deciding: the decision is the truth, and this follows.
type Follower struct {
	db     *store.DB
	people *people.People
	told   map[string]time.Time // decisions whose events were recorded, and until when of the mark they are met
}

// NewFollower follows the decisions of one store. Any number may: each event is recorded once.
func NewFollower(db *store.DB) *Follower {
	return &Follower{db: db, people: people.New(db), told: map[string]time.Time{}}
}

// overlap is how far back it looks each time: a decision is stamped before it is stored, and no request lasts that long.
const overlap = 2 * store.Late

// placeID names the mark of how far the decisions were followed.
const placeID = "events.decisions"

// Follow makes the events of all decisions since the last time, and of those shortly before. Those that were listed late, whose time was passed long ago, it finds by when they were listed; their events come where the feed is now, as those of all others do. Where it fails it goes on the next time.
func (f *Follower) Follow(ctx context.Context) error {
	mark, err := f.mark(ctx)
	if err != nil {
		return err
	}
	from := mark.At.Add(-overlap)
	for id, at := range f.told {
		if at.Before(from) {
			delete(f.told, id)
		}
	}
	pass := func([]contact.Decision) error { return nil } // the mark stays until all that is behind it was told
	if err := f.each(ctx, "late", from, pass); err != nil {
		return err
	}
	return f.each(ctx, "at", from, func(page []contact.Decision) (err error) {
		for _, d := range page {
			if d.At.After(mark.At) {
				mark.At = d.At
			}
		}
		mark, err = f.move(ctx, mark)
		return err
	})
}

// each tells of the decisions of an index from a time on, and after each page says so.
func (f *Follower) each(ctx context.Context, index string, from time.Time, told func([]contact.Decision) error) error {
	r := store.Range{Index: index, Lower: contact.Instant(from), Limit: 200}
	for {
		page, next, err := f.db.Decisions.List(ctx, r)
		if err != nil {
			return err
		}
		for _, d := range page {
			if err := f.tell(ctx, d); err != nil {
				return fmt.Errorf("telling of decision %s: %w", d.ID, err)
			}
		}
		if err := told(page); err != nil || next == nil {
			return err
		}
		r.After = next
	}
}

func (f *Follower) mark(ctx context.Context) (store.Mark, error) {
	mark, err := f.db.Marks.Find(ctx, placeID)
	if errors.Is(err, store.ErrNotFound) {
		mark = store.Mark{Document: contact.Document{ID: placeID}, At: contact.Instant(time.Unix(0, 0).Add(overlap))}
		if err = f.db.Marks.Insert(ctx, mark); errors.Is(err, store.ErrExists) {
			return f.db.Marks.Find(ctx, placeID)
		}
		mark.Version = 1
	}
	return mark, err
}

// move keeps how far it is. Another gateway may be further: then the next look begins there.
func (f *Follower) move(ctx context.Context, mark store.Mark) (store.Mark, error) {
	stored, err := f.db.Marks.Find(ctx, placeID)
	if err != nil || !mark.At.After(stored.At) {
		return stored, err
	}
	stored.At = mark.At
	moved, err := f.db.Marks.Swap(ctx, stored)
	if errors.Is(err, store.ErrStale) {
		return stored, nil
	}
	return moved, err
}

// tell records the events of one decision, unless that was done before: first those of the flags it settles, as they stand now, and last its own, by which others know.
func (f *Follower) tell(ctx context.Context, d contact.Decision) error {
	own, flags, ok := f.eventOf(d)
	if _, told := f.told[d.ID]; told || !ok {
		return nil
	}
	_, err := f.db.Events.Find(ctx, own.ID)
	if errors.Is(err, store.ErrNotFound) {
		err = f.record(ctx, d, own, flags)
	}
	if err == nil {
		f.told[d.ID] = d.At
		if d.Late.After(d.At) {
			f.told[d.ID] = d.Late
		}
	}
	return err
}

func (f *Follower) record(ctx context.Context, d contact.Decision, own store.Event, flags Type) error {
	if d.Kind == contact.Erased {
		if err := f.tellErased(ctx, d); err != nil {
			return err
		}
	}
	if flags != "" {
		settled, err := f.flagEvents(ctx, d, flags)
		if err != nil {
			return err
		}
		if err := Record(ctx, f.db, settled...); err != nil {
			return err
		}
	}
	return Record(ctx, f.db, own)
}

// eventOf is the event of a decision, and what is said of the flags that it settles or opens again; not ok for a kind that nobody follows.
func (f *Follower) eventOf(d contact.Decision) (own store.Event, flags Type, ok bool) {
	decision := contact.Pair{Name: "decision_id", Value: d.ID}
	into := []contact.Pair{decision, {Name: "into", Value: d.B}}
	pair := []contact.Pair{decision, {Name: "a", Value: d.A}, {Name: "b", Value: d.B}}
	switch d.Kind {
	case contact.Merged:
		return New(f.db, ProfileMerged, d.A, into, d.ID), DuplicateMerged, true
	case contact.MergeUndone:
		return New(f.db, ProfileUnmerged, d.A, into, d.ID), DuplicateReopened, true
	case contact.Erased:
		return f.erased(d, d.A), "", true
	case contact.Distinct:
		return New(f.db, NotSameAdded, f.db.Salt.NotSameID(d.A, d.B), pair, d.ID), DuplicateDismissed, true
	case contact.DistinctUndone:
		return New(f.db, NotSameRemoved, f.db.Salt.NotSameID(d.A, d.B), pair, d.ID), DuplicateReopened, true
	}
	t, ok := subjects[d.Kind]
	data := []contact.Pair{decision, {Name: "kind", Value: d.Kind}, {Name: "object", Value: d.Object}, {Name: "from", Value: d.From}, {Name: "to", Value: d.To}}
	return New(f.db, t, d.Subject, data, d.ID), "", ok
}

// tellErased tells of all profiles of an erased person but the one that spoke for it, whose event is the decision's own.
func (f *Follower) tellErased(ctx context.Context, d contact.Decision) error {
	members, err := f.people.Below(ctx, d.A)
	if err != nil {
		return err
	}
	var all []store.Event
	for _, m := range members[1:] {
		all = append(all, f.erased(d, m.ID))
	}
	return Record(ctx, f.db, all...)
}

func (f *Follower) erased(d contact.Decision, profile string) store.Event {
	return New(f.db, ProfileErased, profile, []contact.Pair{{Name: "decision_id", Value: d.ID}}, d.ID, profile)
}

// subjects are what the events of a decision about one thing are called, by the decision's kind.
var subjects = map[string]Type{
	contact.Attached: InteractionAttached, contact.AttachUndone: InteractionAttached,
	contact.Edited: ProfileUpdated, contact.NoteAdded: ProfileUpdated, contact.NoteEdited: ProfileUpdated, contact.NoteGone: ProfileUpdated, contact.Deleted: ProfileDeleted,
	contact.Added: IdentityAdded, contact.Removed: IdentityRemoved, contact.Moved: IdentityMoved, contact.Verified: IdentityVerified, contact.Unverified: IdentityVerified,
	contact.Shared: SharedChanged, contact.Unshared: SharedChanged, contact.Primary: IdentityUpdated, contact.Secondary: IdentityUpdated, contact.Validity: IdentityUpdated,
	contact.BlockMade: BlockAdded, contact.BlockUndone: BlockRemoved, contact.ReleaseMade: QuarantineReleased, contact.DiscardMade: QuarantineDiscarded, contact.ConsentMade: ConsentChanged,
}

// flagEvents are an event for each flag between the two people of a decision.
func (f *Follower) flagEvents(ctx context.Context, d contact.Decision, t Type) (all []store.Event, err error) {
	flags, err := f.people.FlagsBetween(ctx, d.A, d.B)
	for _, flag := range flags {
		data := []contact.Pair{{Name: "decision_id", Value: d.ID}, {Name: "a", Value: flag.A}, {Name: "b", Value: flag.B}}
		all = append(all, New(f.db, t, flag.ID, data, flag.ID, d.ID))
	}
	return all, err
}
