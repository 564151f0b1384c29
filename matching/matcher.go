package matching

import (
	"cmp"
	"slices"

	"usher/gateway/contact"
	"usher/matching/block"
	"usher/matching/compare"
	"usher/matching/explain"
	"usher/matching/weights"
)

// Matcher scores people against each other. It holds no state: its model and frequencies are given.
type Matcher struct {
	Model       *weights.Model
	Frequencies compare.Frequencies // nil: all values are taken for equally common
}

// Scored is a candidate and how likely it is the same person.
type Scored struct {
	Record      *compare.Record
	Pattern     compare.Pattern
	Score       float64 // log-odds in bits
	Probability float64
}

// Score holds two people against each other. It is symmetric.
func (m Matcher) Score(a, b *compare.Record) Scored {
	s := Scored{Record: b, Pattern: compare.Compare(a, b, m.Frequencies)}
	s.Score = m.Model.Score(&s.Pattern)
	s.Probability = m.Model.Probability(s.Score)
	return s
}

// Rank scores candidates and returns those of at least a probability, the likeliest first, of equals the smaller id; at most limit.
func (m Matcher) Rank(of *compare.Record, candidates []*compare.Record, least float64, limit int) []Scored {
	var found []Scored
	for _, c := range candidates {
		if c.ID == of.ID {
			continue
		}
		if s := m.Score(of, c); s.Probability >= least {
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b Scored) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Record.ID, b.Record.ID))
	})
	return found[:min(len(found), limit)]
}

// Bands of probability, as agents see them.
const (
	certain = 0.98
	likely  = 0.8
)

// Band names a probability.
func Band(probability float64) string {
	switch {
	case probability >= certain:
		return "certain"
	case probability >= likely:
		return "likely"
	}
	return "possible"
}

// Verdict explains a score as it is stored and shown: the start, then every field, with the cause where one says nothing; and the keys that were ignored because too many share them.
func (m Matcher) Verdict(of *compare.Record, s Scored, hot []block.Key) Verdict {
	e := explain.Explain(m.Model, &s.Pattern, of, s.Record)
	v := Verdict{Score: e.Score, Probability: e.Probability, Band: Band(e.Probability), Model: e.Model, Calibrated: m.Model.Calibrated()}
	v.Evidence = append(v.Evidence, contact.Evidence{Kind: "prior", WeightBits: e.Start})
	for _, t := range e.Terms {
		v.Evidence = append(v.Evidence, contact.Evidence{Kind: t.Code, WeightBits: t.Bits(), Left: t.Left, Right: t.Right, Via: t.Cause})
	}
	for _, k := range hot {
		v.Ignored = append(v.Ignored, contact.Ignored{Key: k.Kind + " " + k.Text, Reason: "held_by_many"})
	}
	return v
}
