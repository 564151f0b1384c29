// Package events records what happened, for programs of others to follow: a feed that is read by cursor and skips nothing. Events carry ids and codes, and nothing of what customers wrote.
package events

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Type says what happened.
type Type string

// The types. The subject of an event is what it happened to.
const (
	InteractionRecorded Type = "interaction.recorded"
	InteractionUpdated  Type = "interaction.updated"  // more of it arrived: the end of a call, the state of a message
	InteractionAttached Type = "interaction.attached" // it was placed by hand, or that was taken back
	ProfileCreated      Type = "profile.created"
	ProfileUpdated      Type = "profile.updated"
	ProfileDeleted      Type = "profile.deleted"
	ProfileMerged       Type = "profile.merged"
	ProfileUnmerged     Type = "profile.unmerged"
	ProfileErased       Type = "profile.erased" // one for each profile of the person
	IdentityAdded       Type = "identity.added"
	IdentityRemoved     Type = "identity.removed"
	IdentityMoved       Type = "identity.moved"
	IdentityVerified    Type = "identity.verified"
	IdentityUpdated     Type = "identity.updated" // first or not of the person's, valid from and until
	SharedChanged       Type = "identity.shared_changed"
	ConsentChanged      Type = "consent.changed" // by an agent; what customers say is in their interactions
	BlockAdded          Type = "block.added"
	BlockRemoved        Type = "block.removed"
	QuarantineAdded     Type = "quarantine.added"
	QuarantineReleased  Type = "quarantine.released"
	QuarantineDiscarded Type = "quarantine.discarded"
	NotSameAdded        Type = "not_same.added"
	NotSameRemoved      Type = "not_same.removed"
	DuplicateFlagged    Type = "duplicate.flagged"
	DuplicateUpdated    Type = "duplicate.updated"
	DuplicateMerged     Type = "duplicate.merged"
	DuplicateDismissed  Type = "duplicate.dismissed"
	DuplicateReopened   Type = "duplicate.reopened"
	SourceHealthChanged Type = "source.health_changed" // a part of a polled source began or ceased to be red
)

// Types are all of them.
var Types = []Type{
	InteractionRecorded, InteractionUpdated, InteractionAttached,
	ProfileCreated, ProfileUpdated, ProfileDeleted, ProfileMerged, ProfileUnmerged, ProfileErased,
	IdentityAdded, IdentityRemoved, IdentityMoved, IdentityVerified, IdentityUpdated, SharedChanged, ConsentChanged,
	BlockAdded, BlockRemoved, QuarantineAdded, QuarantineReleased, QuarantineDiscarded, NotSameAdded, NotSameRemoved,
	DuplicateFlagged, DuplicateUpdated, DuplicateMerged, DuplicateDismissed, DuplicateReopened, SourceHealthChanged,
}

// settle is how old an event is before it is served: one that was stamped before another may be stored after it, and a reader that has passed the later one would never see it.
const settle = 2 * time.Second

// sure is within what time after its stamp an event has to be stored. One that took longer, or that whoever wrote it may not have seen stored, is stamped again: readers may see it twice and do not miss it.
const sure = settle / 2

// Late reports whether what was recorded before it was done, at a time, has taken so long that it may have been served meanwhile. Then it has to be recorded again, for those who looked and saw nothing of it.
func Late(recorded time.Time) bool { return time.Since(recorded) > sure }

// again is how long after its stamp an event that is recorded once more may be the work of somebody who stopped in between; after that it is a replay, and old news.
const again = time.Hour

// New is an event; the key says which one of its type it is, so that recording it again changes nothing. Data without a value is left out.
func New(db *store.DB, t Type, subject string, data []contact.Pair, key ...string) store.Event {
	data = slices.DeleteFunc(slices.Clone(data), func(p contact.Pair) bool { return p.Value == "" })
	e := store.Event{Type: string(t), Subject: subject, Data: data}
	e.ID = db.Salt.ID(contact.EventPrefix, append([]string{string(t)}, key...)...)
	return e
}

// Record keeps events, each once, and leaves in them when they are told. Those of another type than the one before them come later in the feed: what follows from something is named after it.
func Record(ctx context.Context, db *store.DB, events ...store.Event) error {
	return RecordAfter(ctx, db, time.Time{}, events...)
}

// RecordAfter is Record of what follows from what was told at a time: events of one millisecond come in any order.
func RecordAfter(ctx context.Context, db *store.DB, after time.Time, events ...store.Event) error {
	stampAll(after, events)
	all, err := insert(ctx, db, events)
	if err == nil && (!all || slices.ContainsFunc(events, late)) {
		err = restamp(ctx, db, after, events)
	}
	if err != nil {
		return fmt.Errorf("recording events: %w", err)
	}
	return nil
}

// stampAll gives events the present time, and those of another type than the one before them a later one.
func stampAll(after time.Time, events []store.Event) {
	at := stamp(after)
	for i := range events {
		if i > 0 && events[i].Type != events[i-1].Type {
			at = at.Add(time.Millisecond)
		}
		events[i].At = at
	}
}

func late(e store.Event) bool { return Late(e.At) }

// standing are the events of some that are of the same work, and the latest stamp of the others. It is right if no reader may have missed one and each follows those of others that are named before it.
func standing(events []store.Event, found map[string]store.Event) (own []store.Event, others time.Time, right bool) {
	right = true
	for _, e := range events {
		stored := found[e.ID]
		if stored.By == e.By && time.Since(stored.At) <= again {
			own = append(own, stored)
			right = right && !late(stored) && stored.At.After(others)
		} else if stored.At.After(others) {
			others = stored.At
		}
	}
	return own, others, right
}

// stamp is the present time, or if a clock is behind the first one after another.
func stamp(after time.Time) time.Time {
	now := store.Now()
	if now.After(after) {
		return now
	}
	return after.Add(time.Millisecond)
}

// insert adds those that are missing; all says that none was there.
func insert(ctx context.Context, db *store.DB, events []store.Event) (all bool, err error) {
	if len(events) != 1 {
		return false, db.Events.InsertMissing(ctx, events)
	}
	err = db.Events.Insert(ctx, events[0])
	if errors.Is(err, store.ErrExists) {
		return false, nil
	}
	return true, err
}

// restamp gives the present time to events of which readers may have passed one before it was stored, or which somebody else told a part of later: those of the same work, that is not done for the first time or took long. All of them are stamped, so that they stay in their order.
func restamp(ctx context.Context, db *store.DB, after time.Time, events []store.Event) error {
	for range maxStamps {
		found, err := db.Events.FindAll(ctx, ids(events)...)
		if err != nil {
			return err
		}
		for i := range events {
			events[i].At = found[events[i].ID].At
		}
		own, others, right := standing(events, found)
		if right {
			return nil
		}
		if others.After(after) {
			after = others
		}
		stampAll(after, own)
		for _, e := range own {
			if _, err := db.Events.Swap(ctx, e); err != nil && !errors.Is(err, store.ErrStale) { // stale: somebody else stamped it
				return err
			}
		}
	}
	return fmt.Errorf("the store takes longer than %s: %w", sure, store.ErrUnavailable)
}

// maxStamps is how often a store may be too slow for an event.
const maxStamps = 10

func ids(events []store.Event) []string {
	var all []string
	for _, e := range events {
		all = append(all, e.ID)
	}
	return all
}

// Settled is the range of the events that can be served, oldest first.
func Settled() store.Range {
	return store.Range{Index: "at", Upper: contact.Instant(time.Now().Add(-settle))}
}
