package evaluate

import (
	"context"
	"math/rand/v2"
	"slices"

	"usher/matching/block"
	"usher/matching/compare"
)

// randomPairs is how many random pairs tell how strangers agree.
const randomPairs = 1_000_000

// wanted reports whether a pair may be one person's at all: of two tables, only pairs across.
func (s *scoring) wanted(a, b int32) bool {
	return a != b && (!s.linked || (int(a) < s.left) != (int(b) < s.left))
}

// all is how many pairs there are.
func (s *scoring) all() float64 {
	n, l := float64(len(s.records)), float64(s.left)
	if s.linked {
		return l * (n - l)
	}
	return n * (n - 1) / 2
}

// propose looks every record up among the others.
func (s *scoring) propose(ctx context.Context, out *Scored) ([][2]int32, error) {
	index := block.NewIndex()
	keys := make([][]block.Key, len(s.records))
	for i, r := range s.records {
		keys[i] = block.Keys(r)
		index.Add(int32(i), keys[i])
	}
	seen := map[[2]int32]bool{}
	var pairs [][2]int32
	out.Hot = map[string]int{}
	for i := range s.records {
		found, hot := index.Lookup(keys[i])
		for _, k := range hot {
			out.Hot[k.Kind]++
		}
		a, n := int32(i), 0
		for _, b := range found {
			if !s.wanted(a, b) {
				continue
			}
			n++
			if pair := [2]int32{min(a, b), max(a, b)}; !seen[pair] {
				seen[pair] = true
				pairs = append(pairs, pair)
			}
		}
		out.Candidates = append(out.Candidates, n)
		if err := s.tell(ctx, "lookups", i+1, len(s.records)); err != nil {
			return nil, err
		}
	}
	slices.Sort(out.Candidates)
	return pairs, nil
}

// random draws pairs; where there are few it takes them all. The draw is the same every time.
func (s *scoring) random() [][2]int32 {
	n := int32(len(s.records))
	left, right := n, int32(0) // where the first of a pair ends, and the second begins
	if s.linked {
		left, right = int32(s.left), int32(s.left)
	}
	var pairs [][2]int32
	if s.all() <= randomPairs {
		for a := range left {
			for b := max(a+1, right); b < n; b++ {
				pairs = append(pairs, [2]int32{a, b})
			}
		}
		return pairs
	}
	draw := rand.New(rand.NewPCG(1, 2))
	for len(pairs) < randomPairs {
		if a, b := draw.Int32N(left), right+draw.Int32N(n-right); a != b {
			pairs = append(pairs, [2]int32{a, b})
		}
	}
	return pairs
}

func (s *scoring) patterns(ctx context.Context, step string, pairs [][2]int32) ([]compare.Pattern, error) {
	all := make([]compare.Pattern, len(pairs))
	for i, p := range pairs {
		all[i] = compare.Compare(s.records[p[0]], s.records[p[1]], s.frequencies)
		if err := s.tell(ctx, step, i+1, len(pairs)); err != nil {
			return nil, err
		}
	}
	return all, nil
}
