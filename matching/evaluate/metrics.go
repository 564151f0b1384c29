// Package evaluate measures matching: the quality of scored pairs against a truth, and tables of any columns scored without looking at it.
package evaluate

import (
	"cmp"
	"math"
	"slices"
)

// Pair is a scored pair of records.
type Pair struct {
	Left, Right string
	Score       float64
	Probability float64
}

// Truth is which records are one person's.
type Truth struct {
	Cluster map[string]string
	// Left marks the records of the first table where two are linked: then only pairs across the tables count. Nil for one table.
	Left map[string]bool
}

// Metrics are what evaluate.py computes, unrounded.
type Metrics struct {
	Records        int
	TruePairs      int
	PairsScored    int
	BlockingRecall float64
	AP             float64
	BestF1         float64
	Precision      float64
	Recall         float64
	Threshold      float64
	Cluster        ClusterScore // at the best threshold of F1
	BestCluster    ClusterScore // the best of a sweep of thresholds
	BestClusterAt  float64
	ECE            float64 // over all pairs, ten bins
	ECELikely      float64 // over the pairs of a probability of at least .01
	Brier          float64
}

// ClusterScore compares predicted groups with the true ones, by pairs and by records (B-cubed).
type ClusterScore struct {
	PairP, PairR, PairF1 float64
	CubeP, CubeR, CubeF1 float64
}

// Measure scores pairs against the truth. Recall counts every true pair, proposed or not; ties are taken whole.
func Measure(pairs []Pair, truth Truth) Metrics {
	pairs = unique(pairs)
	slices.SortStableFunc(pairs, func(a, b Pair) int { return cmp.Compare(b.Score, a.Score) })
	hits := make([]bool, len(pairs))
	found := 0
	for i, p := range pairs {
		if hits[i] = truth.same(p); hits[i] {
			found++
		}
	}
	m := Metrics{Records: len(truth.Cluster), TruePairs: truth.pairs(), PairsScored: len(pairs)}
	m.BlockingRecall = ratio(found, m.TruePairs)
	m.curve(pairs, hits)
	m.calibration(pairs, hits)
	m.clusters(pairs, hits, truth)
	return m
}

// unique keeps of each unordered pair the one of the highest score.
func unique(pairs []Pair) []Pair {
	best := map[[2]string]int{}
	var kept []Pair
	for _, p := range pairs {
		key := [2]string{min(p.Left, p.Right), max(p.Left, p.Right)}
		i, ok := best[key]
		switch {
		case !ok:
			best[key] = len(kept)
			kept = append(kept, p)
		case p.Score > kept[i].Score:
			kept[i] = p
		}
	}
	return kept
}

func (t Truth) same(p Pair) bool {
	if t.Left != nil && t.Left[p.Left] == t.Left[p.Right] {
		return false
	}
	return p.Left != p.Right && t.Cluster[p.Left] == t.Cluster[p.Right]
}

// pairs counts the true pairs.
func (t Truth) pairs() (total int) {
	for _, n := range t.perPerson() {
		total += n
	}
	return total
}

// perPerson counts each person's true pairs.
func (t Truth) perPerson() map[string]int {
	left, right := map[string]int{}, map[string]int{}
	for id, cluster := range t.Cluster {
		if t.Left == nil || t.Left[id] {
			left[cluster]++
		} else {
			right[cluster]++
		}
	}
	for cluster, n := range left {
		if t.Left == nil {
			left[cluster] = choose2(n)
		} else {
			left[cluster] = n * right[cluster]
		}
	}
	return left
}

func choose2(n int) int { return n * (n - 1) / 2 }

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func f1(p, r float64) float64 {
	if p+r == 0 {
		return 0
	}
	return 2 * p * r / (p + r)
}

// curve walks down the scores, a group of ties at a time.
func (m *Metrics) curve(pairs []Pair, hits []bool) {
	found, before := 0, 0.0
	for i := range pairs {
		if hits[i] {
			found++
		}
		if i+1 < len(pairs) && pairs[i+1].Score == pairs[i].Score {
			continue
		}
		p, r := ratio(found, i+1), ratio(found, m.TruePairs)
		m.AP += p * (r - before)
		before = r
		if f := f1(p, r); f > m.BestF1 || i+1 == len(pairs) && m.BestF1 == 0 {
			m.BestF1, m.Precision, m.Recall, m.Threshold = f, p, r, pairs[i].Score
		}
	}
}

// bins is how many bins a calibration error is taken over.
const bins = 10

// calibration compares the stated probabilities with what was seen.
func (m *Metrics) calibration(pairs []Pair, hits []bool) {
	m.ECE = expectedError(pairs, hits, 0)
	m.ECELikely = expectedError(pairs, hits, .01)
	for i, p := range pairs {
		m.Brier += math.Pow(p.Probability-seen(hits[i]), 2) / float64(len(pairs))
	}
}

func seen(hit bool) float64 {
	if hit {
		return 1
	}
	return 0
}

func expectedError(pairs []Pair, hits []bool, least float64) float64 {
	var stated, found [bins]float64
	n := 0
	for i, p := range pairs {
		if p.Probability < least {
			continue
		}
		bin := min(int(p.Probability*bins), bins-1)
		stated[bin] += p.Probability
		found[bin] += seen(hits[i])
		n++
	}
	sum := 0.0
	for b := range bins {
		sum += math.Abs(stated[b] - found[b])
	}
	return sum / max(float64(n), 1)
}
