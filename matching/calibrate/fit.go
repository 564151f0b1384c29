package calibrate

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"usher/matching/compare"
	"usher/matching/weights"
)

// Ridge is how strongly a shift is drawn to nothing, in decisions: a pair of levels more than a level, and the constant hardly.
const (
	ridgeConstant = 0.1
	ridgeLevel    = 1.0
	ridgePair     = 2.0
	rounds        = 60
)

// feature is one thing that a shift belongs to. The zero value is the constant.
type feature struct {
	field compare.Field
	level compare.Level
	name  compare.Level // the name's level it meets; Null for a level alone
}

// layer is the logistic regression while it is trained.
type layer struct {
	shifts   map[feature]float64
	examples map[feature][]int // which examples have the feature
	bits     []float64         // the score of each example with the shifts
	same     []float64
}

// fit moves one shift after the other to where the likelihood under the ridge is highest, by Newton's step, for some rounds.
func fit(ctx context.Context, m *weights.Model, examples []Example) (*weights.Model, error) {
	base := *m
	base.Shifts = nil
	l := layer{shifts: map[feature]float64{}, examples: map[feature][]int{}}
	for i, e := range examples {
		l.bits = append(l.bits, base.Score(&e.Pattern))
		l.same = append(l.same, 0)
		if e.Same {
			l.same[i] = 1
		}
		for _, f := range features(&e.Pattern) {
			l.examples[f] = append(l.examples[f], i)
		}
	}
	order := slices.SortedFunc(maps.Keys(l.examples), func(a, b feature) int {
		return cmp.Or(cmp.Compare(a.field, b.field), cmp.Compare(a.level, b.level), cmp.Compare(a.name, b.name))
	})
	for range rounds {
		if err := ctx.Err(); err != nil {
			return m, err
		}
		for _, f := range order {
			l.step(f)
		}
	}
	return withShifts(base, l.shifts, len(examples)), nil
}

// features are what a pattern has: the constant, each level that counts, and its meetings with the name's.
func features(p *compare.Pattern) []feature {
	all := []feature{{}}
	for f := range compare.Fields {
		if p[f].Level == compare.Null || p[f].Cause != compare.NoCause {
			continue
		}
		all = append(all, feature{field: f, level: p[f].Level})
		if weights.Interacts(f) && p[compare.Name].Level != compare.Null {
			all = append(all, feature{field: f, level: p[f].Level, name: p[compare.Name].Level})
		}
	}
	return all
}

// step moves one shift.
func (l *layer) step(f feature) {
	slope, curve := -ridge(f)*l.shifts[f], ridge(f)
	for _, i := range l.examples[f] {
		p := weights.Odds(l.bits[i])
		slope += (l.same[i] - p) * math.Ln2
		curve += p * (1 - p) * math.Ln2 * math.Ln2
	}
	move := max(-1, min(1, slope/curve))
	l.shifts[f] += move
	for _, i := range l.examples[f] {
		l.bits[i] += move
	}
}

func ridge(f feature) float64 {
	switch {
	case f == feature{}:
		return ridgeConstant
	case f.name != compare.Null:
		return ridgePair
	}
	return ridgeLevel
}

func withShifts(m weights.Model, found map[feature]float64, decisions int) *weights.Model {
	s := &weights.Shifts{Decisions: decisions}
	for f, bits := range found {
		switch {
		case f == feature{}:
			s.Constant = bits
		case f.name != compare.Null:
			s.Pairs = append(s.Pairs, weights.PairShift{Name: compare.Name.Codes()[f.name], Field: f.field.String(), Level: f.field.Codes()[f.level], Bits: bits})
		default:
			s.Levels[f.field][f.level] = bits
		}
	}
	slices.SortFunc(s.Pairs, func(a, b weights.PairShift) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Level, b.Level))
	})
	return m.With(s)
}
