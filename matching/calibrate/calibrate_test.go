package calibrate

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/matching/compare"
	"usher/matching/weights"
)

// decisions are about pairs with equal numbers, of which the model is sure and people only in 60 of 100 cases.
func decisions(n int) []Example {
	r := rand.New(rand.NewPCG(1, 2))
	all := make([]Example, n)
	for i := range all {
		name, often := compare.FullExact, .95
		if i%2 == 0 {
			name, often = compare.GivenWeakFamily, .25
		}
		all[i] = Example{Left: fmt.Sprint("l", i), Right: fmt.Sprint("r", i), Same: r.Float64() < often}
		all[i].Pattern[compare.Name] = compare.Outcome{Level: name}
		all[i].Pattern[compare.Phone] = compare.Outcome{Level: compare.PhoneSame}
	}
	return all
}

func TestDecisionsMakeProbabilitiesHonest(t *testing.T) {
	t.Parallel()
	m, report := Fit(weights.Shipped(), decisions(600))
	require.Equal(t, 600, report.Decisions)
	require.Greater(t, report.Before.ECE, .2)
	require.Less(t, report.After.ECE, .06)
	require.Less(t, report.After.Brier, report.Before.Brier)
	p := decisions(2)[1].Pattern
	require.InDelta(t, .95, m.Probability(m.Score(&p)), .05)
	require.Equal(t, 600, m.Shifts.Decisions)
	require.Nil(t, weights.Shipped().Shifts, "the shipped model is left as it is")
}

func TestFewDecisionsChangeNothing(t *testing.T) {
	t.Parallel()
	m, report := Fit(weights.Shipped(), decisions(MinDecisions-1))
	require.Same(t, weights.Shipped(), m)
	require.Equal(t, MinDecisions-1, report.Decisions)
}

// A decision that is taken again, or the other way round, is one vote.
func TestAPairVotesOnceByItsLastDecision(t *testing.T) {
	t.Parallel()
	kept := last([]Example{{Left: "a", Right: "b", Same: true}, {Left: "b", Right: "a", Same: false}})
	require.Len(t, kept, 1)
	require.False(t, kept[0].Same)
}

// A decision that stands for several pairs counts as so many: shifts and figures are those of the pairs themselves.
func TestAWeightIsSoManyPairs(t *testing.T) {
	t.Parallel()
	weighted, repeated := decisions(300), decisions(300)
	for i := range 40 {
		weighted[i].Weight = 3
		for n := range 2 {
			again := repeated[i]
			again.Right += fmt.Sprint(" again ", n) // the same record's, so that it falls into the same fold
			repeated = append(repeated, again)
		}
	}
	a, first := Fit(weights.Shipped(), weighted)
	b, second := Fit(weights.Shipped(), repeated)
	require.InDelta(t, b.Shifts.Constant, a.Shifts.Constant, 1e-9)
	require.InDelta(t, second.After.ECE, first.After.ECE, 1e-9)
	require.InDelta(t, second.Before.Brier, first.Before.Brier, 1e-9)
	require.NotEqual(t, first.After.ECE, func() float64 { _, r := Fit(weights.Shipped(), decisions(300)); return r.After.ECE }())
}
