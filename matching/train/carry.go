package train

import (
	"cmp"
	"slices"

	"usher/matching/compare"
	"usher/matching/weights"
)

// Of a calibration that is carried over.
const (
	knotPairs = 100 // candidates that make one knot
	knotBits  = 0.5 // and how many bits a knot spans at least
)

// Carry gives a trained model the calibration of the one it was trained from, if that one states honest probabilities of these candidates: among those of about one new score, the mean of what the old model states is honest too. A model that was never calibrated, and too few candidates, carry nothing over.
func Carry(old, fresh *weights.Model, candidates []compare.Pattern) *weights.Model {
	m := *fresh
	if (len(old.Calibration) > 0 || old.Shifts != nil) && len(candidates) >= 2*knotPairs {
		m.Calibration = carried(old, fresh, candidates)
	}
	return &m
}

func carried(old, fresh *weights.Model, candidates []compare.Pattern) []weights.Knot {
	type scored struct{ bits, stated float64 }
	all := make([]scored, len(candidates))
	for i := range candidates {
		all[i] = scored{fresh.Score(&candidates[i]), old.Probability(old.Score(&candidates[i]))}
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(a.bits, b.bits) })
	var pools []pool
	bits := []float64{}
	for begin := 0; begin < len(all); {
		end, sum, stated := begin, 0.0, 0.0
		for end < len(all) && (end-begin < knotPairs || all[end].bits-all[begin].bits < knotBits || len(all)-end < knotPairs) {
			sum += all[end].bits
			stated += all[end].stated
			end++
		}
		n := float64(end - begin)
		bits = append(bits, sum/n)
		pools = joined(pools, pool{mean: -stated / n, mass: n, n: 1}) // falling, turned over
		begin = end
	}
	var knots []weights.Knot
	i := 0
	for _, p := range pools {
		for range p.n {
			knots = append(knots, weights.Knot{Bits: bits[i], Probability: -p.mean})
			i++
		}
	}
	return knots
}
