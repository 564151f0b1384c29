// Package train learns a model from records without labels: how often strangers agree from random pairs, and how often a person's own records agree by expectation maximisation.
package train

import (
	"context"
	"math"

	"usher/matching/compare"
	"usher/matching/weights"
)

// Sample is what is learned from.
type Sample struct {
	Candidates []compare.Pattern // the pairs that blocking proposes
	Random     []compare.Pattern // pairs drawn at random
	Pairs      float64           // how many pairs there are in all; those that blocking does not propose are taken for strangers
}

// Report says how training went.
type Report struct {
	Rounds  int
	Matches float64 // how many pairs the model takes for one person's
	Moved   float64 // by how many bits the weight that moved most did in the last round
}

// MaxRounds is how many rounds training takes at most.
const MaxRounds = 60

// Limits of training.
const (
	settled  = 0.005 // bits
	faith    = 4.0   // how many matches the starting weights are worth
	minPairs = 30    // sightings of a field among matches below which its starting weights stay
)

// Fit learns weights. It begins from a model's, keeps its caps, and reports each round to progress, which may be nil. What it makes knows nothing of decisions, and states probabilities as the odds that it learned (see Carry). Between two rounds it stops if ctx has ended.
func Fit(ctx context.Context, start *weights.Model, s Sample, progress func(Report)) (*weights.Model, Report, error) {
	m := &weights.Model{Version: start.Version, Prior: start.Prior, Weights: start.Weights, Caps: start.Caps}
	report := Report{}
	for report.Rounds < MaxRounds {
		if err := ctx.Err(); err != nil {
			return start, report, err
		}
		report.Rounds++
		matches, expected := share(m, s.Candidates)
		strangers, _ := share(m, s.Random)
		before := m.Weights
		m.Prior = logOdds(expected, s.Pairs)
		m.Weights = learn(start, matches, strangers)
		report.Matches, report.Moved = expected, moved(before, m.Weights)
		if progress != nil {
			progress(report)
		}
		if report.Moved < settled {
			break
		}
	}
	return m, report, nil
}

// logOdds are the odds that a pair drawn at random is one person's.
func logOdds(matches, pairs float64) float64 {
	p := max(matches, 0.5) / max(pairs, 1)
	return math.Log2(p / max(1-p, 1e-9))
}

// shares is how much of the pairs at each level is matches, and how much strangers.
type shares struct{ match, stranger weights.Table }

// share weighs each pattern by how likely it is a match.
func share(m *weights.Model, patterns []compare.Pattern) (s shares, matches float64) {
	for i := range patterns {
		p := weights.Odds(m.Score(&patterns[i]))
		matches += p
		for f := range compare.Fields {
			if o := patterns[i][f]; o.Level != compare.Null && o.Cause == compare.NoCause {
				s.match[f][o.Level] += p
				s.stranger[f][o.Level] += 1 - p
			}
		}
	}
	return s, matches
}

// learn makes the weights of what matches and strangers look like. The matches among the random pairs do not count as strangers.
func learn(start *weights.Model, candidates, random shares) weights.Table {
	var table weights.Table
	for f := range compare.Fields {
		table[f] = start.Weights[f]
		seen, strangers := sum(candidates.match[f]), sum(random.stranger[f])
		if seen < minPairs || strangers < minPairs || f == compare.Mentioned { // which is compared only where it agrees
			continue
		}
		levels := len(f.Codes())
		var mass [compare.MaxLevels]float64
		for l := 1; l < levels; l++ {
			u := (random.stranger[f][l] + 0.5) / (strangers + 0.5*float64(levels-1))
			expected := faith * min(1, u*math.Exp2(start.Weights[f][l]))
			m := (candidates.match[f][l] + expected + 0.05) / (seen + faith + 0.05*float64(levels-1))
			table[f][l] = capped(math.Log2(m/u), start.Caps[f][l])
			mass[l] = candidates.match[f][l] + random.stranger[f][l]*seen/strangers + 0.1
		}
		falling(table[f][1:levels], mass[1:levels])
	}
	return table
}

func sum(levels [compare.MaxLevels]float64) (total float64) {
	for _, n := range levels[1:] {
		total += n
	}
	return total
}

// capped keeps a weight within what any may be and within its own cap.
func capped(bits, limit float64) float64 {
	bits = max(-weights.MaxBits, min(weights.MaxBits, bits))
	switch {
	case limit > 0:
		return min(bits, limit)
	case limit < 0:
		return max(bits, limit)
	}
	return bits
}

// falling makes weights fall from level to level: neighbours that rise are given their mean (pool adjacent violators).
func falling(bits, mass []float64) {
	var pools []pool
	for i := range bits {
		pools = joined(pools, pool{bits[i], mass[i], 1})
	}
	i := 0
	for _, p := range pools {
		for range p.n {
			bits[i] = p.mean
			i++
		}
	}
}

// pool is neighbours that share their mean.
type pool struct {
	mean, mass float64
	n          int
}

// joined adds a pool behind others, and joins them from behind until their means fall.
func joined(pools []pool, next pool) []pool {
	pools = append(pools, next)
	for len(pools) > 1 && pools[len(pools)-1].mean > pools[len(pools)-2].mean {
		a, b := pools[len(pools)-2], pools[len(pools)-1]
		pools = append(pools[:len(pools)-2], pool{(a.mean*a.mass + b.mean*b.mass) / (a.mass + b.mass), a.mass + b.mass, a.n + b.n})
	}
	return pools
}

func moved(a, b weights.Table) (most float64) {
	for f := range a {
		for l := range a[f] {
			most = max(most, math.Abs(a[f][l]-b[f][l]))
		}
	}
	return most
}
