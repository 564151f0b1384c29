package train

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/matching/compare"
	"usher/matching/weights"
)

// draw makes pairs of which one in a hundred is a match. Of matches nine in ten agree in the city, of strangers one in ten; a document's number and a day of birth are equal for nearly every match and hardly ever else.
func draw(n int) []compare.Pattern {
	r := rand.New(rand.NewPCG(1, 2))
	agree := func(often float64, no compare.Level) compare.Outcome {
		if r.Float64() < often {
			return compare.Outcome{Level: 1}
		}
		return compare.Outcome{Level: no}
	}
	all := make([]compare.Pattern, n)
	for i := range all {
		city, number, born := .1, .002, .004
		if i%100 == 0 {
			city, number, born = .9, .98, .96
		}
		all[i][compare.City] = agree(city, compare.TextOther)
		all[i][compare.Reference] = agree(number, compare.TextOther)
		all[i][compare.BirthDate] = agree(born, compare.DateOther)
	}
	return all
}

func TestFitFindsTheWeights(t *testing.T) {
	t.Parallel()
	sample := Sample{Candidates: draw(30000), Random: draw(30000), Pairs: 30000}
	rounds := 0
	m, report, err := Fit(t.Context(), weights.Shipped(), sample, func(Report) { rounds++ })
	require.NoError(t, err)
	require.Nil(t, m.Calibration, "the shipped table belongs to the shipped weights")
	require.Equal(t, rounds, report.Rounds)
	require.InDelta(t, 300, report.Matches, 50)                                    // the cap on another city lets a few more in
	require.InDelta(t, 3.17, m.Weights[compare.City][compare.TextSame], .3)        // log2(.9/.1)
	require.InDelta(t, 8.94, m.Weights[compare.Reference][compare.TextSame], 1.1)  // log2(.98/.002)
	require.InDelta(t, -4.64, m.Weights[compare.BirthDate][compare.DateOther], .8) // log2(.04/.996)
	require.Equal(t, m.Caps[compare.City][compare.TextOther], m.Weights[compare.City][compare.TextOther])
	require.Equal(t, weights.Shipped().Weights[compare.Name], m.Weights[compare.Name], "a field that was never seen keeps its weights")
}

// What a model knew of how likely a score is, from its table or from decisions, goes over to one that was trained from it.
func TestCarryKeepsHowManyAreThoughtToBeOnePersons(t *testing.T) {
	t.Parallel()
	sample := Sample{Candidates: draw(30000), Random: draw(30000), Pairs: 30000}
	for name, old := range map[string]*weights.Model{"by a table": weights.Shipped(), "by decisions": weights.Shipped().With(&weights.Shifts{Constant: -3})} {
		trained, _, err := Fit(t.Context(), old, sample, nil)
		require.NoError(t, err)
		m := Carry(old, trained, sample.Candidates)
		before, after := 0.0, 0.0
		for i := range sample.Candidates {
			p := &sample.Candidates[i]
			before += old.Probability(old.Score(p))
			after += m.Probability(m.Score(p))
		}
		require.NotEmpty(t, m.Calibration, name)
		require.InDelta(t, before, after, before/20, name)
		data, err := json.Marshal(m)
		require.NoError(t, err)
		_, err = weights.Parse(data)
		require.NoError(t, err, name)
		require.Nil(t, Carry(old, trained, sample.Candidates[:50]).Calibration, "too few to tell")
		require.Nil(t, Carry(trained, trained, sample.Candidates).Calibration, "one that never knew")
	}
}

func TestFitOfNothingKeepsTheWeights(t *testing.T) {
	t.Parallel()
	m, _, err := Fit(t.Context(), weights.Shipped(), Sample{}, nil)
	require.NoError(t, err)
	require.Equal(t, weights.Shipped().Weights, m.Weights)
}

// Levels are in order: a weaker agreement must not weigh more because of a few sightings.
func TestFallingPoolsWhatRises(t *testing.T) {
	t.Parallel()
	bits := []float64{3, 1, 2, -4}
	falling(bits, []float64{1, 3, 1, 1})
	require.Equal(t, []float64{3, 1.25, 1.25, -4}, bits)
}
