package contact

import (
	"cmp"
	"slices"
)

// How many events an interaction keeps, so that it stays one document (16 MB at most on MongoDB): its first and its last ones. Large events are few.
const (
	MaxEvents      = 500
	MaxLargeEvents = 8
	largeEvent     = 8 << 10 // bytes as JSON
)

// Fold joins two sets of events of one interaction: the union, and of two versions of one event the one of the higher normaliser revision, then the one that was received first: an event that is sent again with other content changes nothing.
// It is commutative, associative and idempotent, so neither order nor repeats of deliveries matter. The result is sorted by key and bounded; what is left out of a set is left out of every larger one.
func Fold(a, b []Event) []Event {
	all := slices.Concat(a, b)
	slices.SortStableFunc(all, func(x, y Event) int {
		if c := cmp.Compare(x.Key, y.Key); c != 0 {
			return c
		}
		return compareVersions(y, x) // the winner of a key comes first
	})
	all = slices.CompactFunc(all, func(x, y Event) bool { return x.Key == y.Key })
	if len(all) <= MaxLargeEvents {
		return all
	}
	return bounded(all)
}

// bounded keeps the first and the last events in the order of time, of large and of small ones each by themselves: an edit that comes last must not be the one that is lost.
func bounded(all []Event) []Event {
	var small, large []Event
	for _, e := range all {
		if len(e.Inbound.canonical()) > largeEvent {
			large = append(large, e)
		} else {
			small = append(small, e)
		}
	}
	if len(large) <= MaxLargeEvents && len(small) <= MaxEvents {
		return all
	}
	kept := slices.Concat(ends(small, MaxEvents), ends(large, MaxLargeEvents))
	slices.SortFunc(kept, func(x, y Event) int { return cmp.Compare(x.Key, y.Key) })
	return kept
}

// ends are the earliest event and the n-1 latest.
func ends(events []Event, n int) []Event {
	slices.SortFunc(events, func(x, y Event) int {
		return cmp.Or(x.Inbound.Data.Times.OccurredAt.Compare(y.Inbound.Data.Times.OccurredAt), cmp.Compare(x.Key, y.Key))
	})
	if len(events) <= n {
		return events
	}
	return slices.Concat(events[:1], events[len(events)-n+1:])
}

// compareVersions orders two versions of one event.
func compareVersions(x, y Event) int {
	return cmp.Or(
		cmp.Compare(x.Revision, y.Revision),
		y.Inbound.Data.Times.ReceivedAt.Compare(x.Inbound.Data.Times.ReceivedAt),
		cmp.Compare(x.Inbound.canonical(), y.Inbound.canonical()),
		cmp.Compare(x.Delivery, y.Delivery),
	)
}

// Same reports whether two folded sets hold the same events.
func Same(a, b []Event) bool {
	return slices.EqualFunc(a, b, func(x, y Event) bool { return x.Key == y.Key && compareVersions(x, y) == 0 })
}
