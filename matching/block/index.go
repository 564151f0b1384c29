package block

import (
	"cmp"
	"math"
	"slices"
)

// Index is an index in memory, as the store keeps one on disk: which profiles hold a key.
type Index struct {
	holders  map[uint64][]int32
	profiles int
}

// NewIndex makes an empty index.
func NewIndex() *Index { return &Index{holders: map[uint64][]int32{}} }

// Add puts a profile under its keys.
func (x *Index) Add(profile int32, keys []Key) {
	x.profiles++
	for _, k := range keys {
		x.holders[k.Hash] = append(x.holders[k.Hash], profile)
	}
}

// Lookup finds the profiles that are worth comparing, the most promising first, and the keys that were ignored because too many hold them.
func (x *Index) Lookup(keys []Key) (candidates []int32, ignored []Key) {
	usable, hot := Usable(keys, func(k Key) bool { return len(x.holders[k.Hash]) > k.Cap() })
	slices.SortStableFunc(usable, func(a, b Key) int { return cmp.Compare(len(x.holders[a.Hash]), len(x.holders[b.Hash])) })
	lists := make([][]int32, 0, len(usable))
	rows := 0
	for _, k := range usable {
		list := x.holders[k.Hash]
		if rows += len(list); rows > MaxRows {
			break
		}
		lists = append(lists, list)
	}
	return Rank(lists, x.profiles), hot
}

// Usable parts the keys from those that are hot: held by more profiles than their cap.
func Usable(keys []Key, hot func(Key) bool) (usable, ignored []Key) {
	for _, k := range keys {
		if hot(k) {
			ignored = append(ignored, k)
			continue
		}
		usable = append(usable, k)
	}
	return usable, ignored
}

// Rank orders the profiles that were found under some keys, each key's as a list, by how much their common keys tell together: a key of few holders tells more. Who shares only what many share is left out, and of those whose keys together do not single them out only the first few stay. Profiles are how many there are in all.
func Rank[P comparable](lists [][]P, profiles int) []P {
	profiles = max(profiles, fewProfiles)
	told := map[P]float64{}
	var found []P
	for _, list := range lists {
		bits := math.Log2(float64(profiles) / float64(max(len(list), 1)))
		for _, p := range list {
			if _, seen := told[p]; !seen {
				found = append(found, p)
			}
			told[p] += bits
		}
	}
	all := math.Log2(float64(profiles))
	found = slices.DeleteFunc(found, func(p P) bool { return told[p] < leastShare*all })
	slices.SortStableFunc(found, func(a, b P) int { return cmp.Compare(told[b], told[a]) })
	promising, _ := slices.BinarySearchFunc(found, all, func(p P, all float64) int {
		if told[p] >= all {
			return -1
		}
		return 1
	})
	return found[:min(len(found), max(promising, fewCandidates), MaxCandidates)]
}
