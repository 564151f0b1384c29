package calibrate

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

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
	m, report, err := Fit(t.Context(), weights.Shipped(), decisions(600))
	require.NoError(t, err)
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
	m, report, err := Fit(t.Context(), weights.Shipped(), decisions(MinDecisions-1))
	require.NoError(t, err)
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

// What was decided about records that decisions connect is judged by a layer that has seen none of it.
func TestFoldsKeepConnectedRecordsTogether(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching("[a-e][0-9]?")
		var examples []Example
		for range rapid.IntRange(1, 40).Draw(t, "decisions") {
			examples = append(examples, Example{Left: id.Draw(t, "left"), Right: id.Draw(t, "right")})
		}
		group, judgedOnce := groups(examples), 0
		for fold := range uint32(folds) {
			training, judged := split(examples, group, fold)
			judgedOnce += len(judged)
			known := map[string]bool{}
			for _, e := range training {
				known[e.Left], known[e.Right] = true, true
			}
			for _, e := range judged {
				if known[e.Left] || known[e.Right] {
					t.Fatalf("%s and %s are on both sides", e.Left, e.Right)
				}
			}
		}
		if judgedOnce != len(examples) {
			t.Fatalf("%d of %d were judged", judgedOnce, len(examples))
		}
	})
}
