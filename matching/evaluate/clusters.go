package evaluate

import (
	"math"
	"slices"
)

// sweep are the quantiles of the true pairs' scores that are tried as thresholds of the best clustering.
var sweep = []float64{0, .01, .02, .05, .1, .15, .2, .3, .4, .5, .6, .7}

// clusters joins what scores at least a threshold and compares the groups with the true ones: at the threshold of the best F1, and at the best of a sweep.
func (m *Metrics) clusters(pairs []Pair, hits []bool, truth Truth) {
	if len(pairs) == 0 {
		return
	}
	m.Cluster = grouped(pairs, m.Threshold, truth)
	for i, t := range thresholds(pairs, hits) {
		if c := grouped(pairs, t, truth); i == 0 || round4(c.PairF1) > round4(m.BestCluster.PairF1) {
			m.BestCluster, m.BestClusterAt = c, t
		}
	}
}

func thresholds(pairs []Pair, hits []bool) []float64 {
	var scores []float64
	for i, p := range pairs {
		if hits[i] {
			scores = append(scores, p.Score)
		}
	}
	if len(scores) == 0 {
		for _, p := range pairs {
			scores = append(scores, p.Score)
		}
	}
	slices.Sort(scores)
	all := make([]float64, len(sweep))
	for i, q := range sweep {
		all[i] = round4(quantile(scores, q))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func round4(x float64) float64 { return math.RoundToEven(x*1e4) / 1e4 }

// quantile interpolates between the two nearest of sorted values.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (sorted[i+1]-sorted[i])*(at-float64(i))
}

func grouped(pairs []Pair, threshold float64, truth Truth) ClusterScore {
	parent := map[string]string{}
	var find func(string) string
	find = func(x string) string {
		p, ok := parent[x]
		if !ok {
			return x
		}
		root := find(p)
		parent[x] = root
		return root
	}
	for _, p := range pairs {
		if p.Score < threshold {
			continue
		}
		if a, b := find(p.Left), find(p.Right); a != b {
			parent[a] = b
		}
	}
	return compareGroups(truth.Cluster, find)
}

func compareGroups(cluster map[string]string, group func(string) string) ClusterScore {
	wanted, got, both := map[string]int{}, map[string]int{}, map[[2]string]int{}
	for id, c := range cluster {
		g := group(id)
		wanted[c]++
		got[g]++
		both[[2]string{c, g}]++
	}
	joined := 0
	var c ClusterScore
	for key, n := range both {
		joined += choose2(n)
		c.CubeP += float64(n*n) / float64(got[key[1]]) / float64(len(cluster))
		c.CubeR += float64(n*n) / float64(wanted[key[0]]) / float64(len(cluster))
	}
	c.PairP, c.PairR = whole(joined, inside(got)), whole(joined, inside(wanted))
	c.PairF1, c.CubeF1 = f1(c.PairP, c.PairR), f1(c.CubeP, c.CubeR)
	return c
}

// whole is a ratio that is one where there is nothing to find.
func whole(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return ratio(a, b)
}

func inside(groups map[string]int) (pairs int) {
	for _, n := range groups {
		pairs += choose2(n)
	}
	return pairs
}
