package lookup

import (
	"hash/fnv"

	"usher/gateway/contact"
	"usher/matching"
)

// chosen are those of a lookup that are flagged: the likely ones, and in the places that they leave, those that are drawn. They come the likeliest first.
func (l *Lookup) chosen(profile string, scored []matching.Scored) []matching.Scored {
	var chosen []matching.Scored
	for _, s := range scored {
		if len(chosen) < maxFlags && (s.Probability >= l.Review.Least || drawn(profile, s.Record.ID, l.Review.Sample)) {
			chosen = append(chosen, s)
		}
	}
	return chosen
}

// drawn reports whether a pair is among a share of all pairs. The pair alone decides, so that a rerun draws the same, and from whichever side it is seen.
func drawn(a, b string, share float64) bool {
	a, b = contact.OrderedPair(a, b)
	h := fnv.New64a()
	_, _ = h.Write([]byte(a + "\x00" + b)) // a hash's Write cannot fail
	return float64(mixed(h.Sum64())>>11)/(1<<53) < share
}

// mixed spreads a sum over all its bits (the finisher of SplitMix64): FNV's high bits change little between ids that differ at the end.
func mixed(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
