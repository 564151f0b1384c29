package evaluate

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
)

// Interval is where a figure lies in 95 of 100 draws.
type Interval struct{ Low, High float64 }

// draws is how often the persons are drawn again.
const draws = 200

// Bootstrap draws the persons again and again, with replacement, and tells within what the average precision and the best F1 lie. Pairs of one person stand and fall together, so persons are drawn and not pairs. The draw is the same every time. Between two draws it stops if ctx has ended.
func Bootstrap(ctx context.Context, pairs []Pair, truth Truth) (ap, best Interval, err error) {
	pairs = unique(pairs)
	slices.SortStableFunc(pairs, func(a, b Pair) int { return cmp.Compare(b.Score, a.Score) })
	b := newBootstrap(pairs, truth)
	r := rand.New(rand.NewPCG(3, 4))
	var aps, bests []float64
	for range draws {
		if err := ctx.Err(); err != nil {
			return ap, best, err
		}
		times := make([]float64, len(b.pairs))
		for range times {
			times[r.IntN(len(times))]++
		}
		a, f := b.draw(times)
		aps, bests = append(aps, a), append(bests, f)
	}
	return interval(aps), interval(bests), nil
}

func interval(all []float64) Interval {
	slices.Sort(all)
	return Interval{Low: quantile(all, .025), High: quantile(all, .975)}
}

// bootstrap is the scored pairs by the persons they are of.
type bootstrap struct {
	scored []drawnPair
	pairs  []float64 // how many true pairs each person has
}

type drawnPair struct {
	left, right int // persons
	hit, last   bool
}

func newBootstrap(pairs []Pair, truth Truth) bootstrap {
	number := map[string]int{}
	for _, cluster := range truth.Cluster {
		number[cluster] = 0
	}
	clusters := make([]string, 0, len(number))
	for cluster := range number {
		clusters = append(clusters, cluster)
	}
	slices.Sort(clusters)
	for i, cluster := range clusters {
		number[cluster] = i
	}
	b := bootstrap{pairs: make([]float64, len(clusters))}
	for cluster, n := range truth.perPerson() {
		b.pairs[number[cluster]] = float64(n)
	}
	for i, p := range pairs {
		b.scored = append(b.scored, drawnPair{
			left: number[truth.Cluster[p.Left]], right: number[truth.Cluster[p.Right]], hit: truth.same(p),
			last: i+1 == len(pairs) || pairs[i+1].Score != p.Score,
		})
	}
	return b
}

// draw walks down the scores with each person counted as often as it was drawn.
func (b bootstrap) draw(times []float64) (ap, best float64) {
	wanted, found, seen, before := 0.0, 0.0, 0.0, 0.0
	for i, n := range b.pairs {
		wanted += n * times[i]
	}
	if wanted == 0 {
		return 0, 0
	}
	for _, p := range b.scored {
		switch {
		case p.hit:
			found += times[p.left]
			seen += times[p.left]
		default:
			seen += times[p.left] * times[p.right]
		}
		if !p.last || seen == 0 {
			continue
		}
		precision, recall := found/seen, found/wanted
		ap += precision * (recall - before)
		before = recall
		best = max(best, f1(precision, recall))
	}
	return ap, best
}
