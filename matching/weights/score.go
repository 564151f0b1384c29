package weights

import (
	"math"
	"sort"

	"usher/matching/compare"
)

// Term is what one field adds to a score.
type Term struct {
	Field  compare.Field
	Level  compare.Level
	Cause  compare.Cause
	Base   float64 // the level's weight
	Rarity float64 // because the value is rarer or more common than others
	Shift  float64 // because decisions have taught so
}

// Bits is the sum of a term's parts.
func (t Term) Bits() float64 { return t.Base + t.Rarity + t.Shift }

// Start is what a score begins with.
func (m *Model) Start() float64 {
	if m.Shifts == nil {
		return m.Prior
	}
	return m.Prior + m.Shifts.Constant
}

// Term is what a field adds. A field that is explained by another adds nothing.
func (m *Model) Term(p *compare.Pattern, f compare.Field) Term {
	o := &p[f]
	t := Term{Field: f, Level: o.Level, Cause: o.Cause}
	if o.Level == compare.Null || o.Cause != compare.NoCause {
		return t
	}
	t.Base = m.Weights[f][o.Level]
	t.Rarity = max(-MaxRarity, min(MaxRarity, o.Rarity))
	if m.Shifts != nil {
		t.Shift = m.Shifts.of(p, f)
	}
	return t
}

// of is the shift of a field's level, and of its meeting with the name's.
func (s *Shifts) of(p *compare.Pattern, f compare.Field) float64 {
	shift := s.Levels[f][p[f].Level]
	if Interacts(f) && p[compare.Name].Level != compare.Null {
		shift += s.pairs[pairKey(p[compare.Name].Level, f, p[f].Level)]
	}
	return shift
}

// Interacts reports whether a field's levels say more or less together with the name's.
func Interacts(f compare.Field) bool { return f == compare.Phone || f == compare.Mail }

// Score is the log-odds in bits that two profiles are one person's: the start and the sum of the terms.
func (m *Model) Score(p *compare.Pattern) float64 {
	score := m.Start()
	for f := range compare.Fields {
		if p[f].Level != compare.Null {
			score += m.Term(p, f).Bits()
		}
	}
	return score
}

// Calibrated reports whether decisions have trained the model.
func (m *Model) Calibrated() bool { return m.Shifts != nil }

// Probability is how likely two profiles of a score are one person's.
func (m *Model) Probability(score float64) float64 {
	if m.Shifts != nil || len(m.Calibration) == 0 {
		return Odds(score)
	}
	return interpolate(m.Calibration, score)
}

// Odds is the probability of log-odds in bits.
func Odds(bits float64) float64 { return 1 / (1 + math.Exp2(-bits)) }

// interpolate draws a straight line between two knots; beyond the ends it stays.
func interpolate(knots []Knot, bits float64) float64 {
	i := sort.Search(len(knots), func(i int) bool { return knots[i].Bits >= bits })
	switch {
	case i == 0:
		return knots[0].Probability
	case i == len(knots):
		return knots[i-1].Probability
	}
	a, b := knots[i-1], knots[i]
	return a.Probability + (b.Probability-a.Probability)*(bits-a.Bits)/(b.Bits-a.Bits)
}
