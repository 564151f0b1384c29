package block

import (
	"cmp"
	"slices"
)

// Index is an index in memory, as the store keeps one on disk: which profiles hold a key.
type Index struct{ holders map[uint64][]int32 }

// NewIndex makes an empty index.
func NewIndex() *Index { return &Index{holders: map[uint64][]int32{}} }

// Add puts a profile under its keys.
func (x *Index) Add(profile int32, keys []Key) {
	for _, k := range keys {
		x.holders[k.Hash] = append(x.holders[k.Hash], profile)
	}
}

// Lookup finds the profiles that share a key with these, the rarest key first, at most MaxCandidates, and the keys that were ignored because too many hold them.
func (x *Index) Lookup(keys []Key) (candidates []int32, hot []Key) {
	usable := make([]Key, 0, len(keys))
	for _, k := range keys {
		if len(x.holders[k.Hash]) > k.Cap() {
			hot = append(hot, k)
			continue
		}
		usable = append(usable, k)
	}
	slices.SortStableFunc(usable, func(a, b Key) int { return cmp.Compare(len(x.holders[a.Hash]), len(x.holders[b.Hash])) })
	seen := map[int32]bool{}
	for _, k := range usable {
		for _, p := range x.holders[k.Hash] {
			if len(candidates) >= MaxCandidates {
				return candidates, hot
			}
			if !seen[p] {
				seen[p] = true
				candidates = append(candidates, p)
			}
		}
	}
	return candidates, hot
}
