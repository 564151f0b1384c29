package contact

import (
	"cmp"
	"slices"
)

// Fold joins two sets of events of one interaction: the union, and of two versions of one event the one of the higher normaliser revision, then of the greater bytes.
// It is commutative, associative and idempotent, so neither order nor repeats of deliveries matter. The result is sorted by key and holds at most MaxEvents.
func Fold(a, b []Event) []Event {
	all := slices.Concat(a, b)
	slices.SortStableFunc(all, func(x, y Event) int {
		if c := cmp.Compare(x.Key, y.Key); c != 0 {
			return c
		}
		return compareVersions(y, x) // the winner of a key comes first
	})
	all = slices.CompactFunc(all, func(x, y Event) bool { return x.Key == y.Key })
	return all[:min(len(all), MaxEvents)]
}

// compareVersions orders two versions of one event.
func compareVersions(x, y Event) int {
	return cmp.Or(
		cmp.Compare(x.Revision, y.Revision),
		cmp.Compare(x.Inbound.canonical(), y.Inbound.canonical()),
		cmp.Compare(x.Delivery, y.Delivery),
	)
}

// Same reports whether two folded sets hold the same events.
func Same(a, b []Event) bool {
	return slices.EqualFunc(a, b, func(x, y Event) bool { return x.Key == y.Key && compareVersions(x, y) == 0 })
}
