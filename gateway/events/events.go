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

// Record keeps events, each once.
func Record(ctx context.Context, db *store.DB, events ...store.Event) error {
	return RecordAfter(ctx, db, time.Time{}, events...)
}

// RecordAfter is Record of what follows from what was told at a time: events of one millisecond come in any order.
func RecordAfter(ctx context.Context, db *store.DB, after time.Time, events ...store.Event) error {
	at := stamp(after)
	for i := range events {
		events[i].At = at
	}
	all, err := insert(ctx, db, events)
	if err == nil && (!all || time.Since(at) > sure) {
		err = restamp(ctx, db, after, events)
	}
	if err != nil {
		return fmt.Errorf("recording events: %w", err)
	}
	return nil
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

// restamp gives the present time to events that readers may have passed before they were stored: those of the same work, that is not done for the first time or took long.
func restamp(ctx context.Context, db *store.DB, after time.Time, events []store.Event) error {
	for range maxStamps {
		found, err := db.Events.FindAll(ctx, ids(events)...)
		if err != nil {
			return err
		}
		late := false
		for _, e := range events {
			stored := found[e.ID]
			if age := time.Since(stored.At); stored.By != e.By || age <= sure || age > again {
				continue
			}
			late = true
			stored.At = stamp(after)
			if _, err := db.Events.Swap(ctx, stored); err != nil && !errors.Is(err, store.ErrStale) { // stale: somebody else stamped it
				return err
			}
		}
		if !late {
			return nil
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
