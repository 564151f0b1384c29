package evaluate

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/matching/calibrate"
	"usher/matching/compare"
	"usher/matching/weights"
)

// namesakes are people, each of whom stands there twice.
func namesakes(people int) []compare.Profile {
	var all []compare.Profile
	for i := range 2 * people {
		name := fmt.Sprintf("Ann%c Berg%c", 'a'+i/2%26, 'a'+i/52)
		all = append(all, compare.Profile{ID: fmt.Sprint(i), Values: []compare.Value{{Field: compare.Name, Text: name}}})
	}
	return all
}

// Each step is told of up to its end, also the rounds, which seldom are as many as they may be: a bar that is drawn for it would stay.
func TestScoreTellsOfTheEndOfEachStep(t *testing.T) {
	t.Parallel()
	left := map[string]int{}
	_, err := Score(t.Context(), Input{Left: namesakes(60), Start: weights.Shipped(), Progress: func(step string, done, of int) { left[step] = of - done }})
	require.NoError(t, err)
	require.Equal(t, map[string]int{"records": 0, "lookups": 0, "pairs": 0, "strangers": 0, "rounds": 0}, left)
}

// Who is told to stop neither finishes the step nor begins another.
func TestScoreStopsInEveryStep(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"records", "lookups", "pairs", "strangers", "rounds"} {
		ctx, cancel := context.WithCancel(t.Context())
		last, told := "", 0
		_, err := Score(ctx, Input{Left: namesakes(60), Start: weights.Shipped(), Progress: func(now string, _, _ int) {
			last = now
			if now == step {
				cancel()
				told++
			}
		}})
		cancel()
		require.ErrorIs(t, err, context.Canceled, step)
		require.Equal(t, step, last)
		require.Equal(t, 1, told, "%s went on", step)
	}
}

func TestCalibrateStopsBetweenRounds(t *testing.T) {
	t.Parallel()
	in := Input{Left: namesakes(calibrate.MinDecisions), Start: weights.Shipped()}
	for i := range calibrate.MinDecisions {
		in.Decisions = append(in.Decisions, Decision{Left: fmt.Sprint(2 * i), Right: fmt.Sprint(2*i + 1), Same: i%2 == 0})
	}
	in.Decisions = append(in.Decisions, Decision{Left: "0", Right: "nobody"})
	done, err := Calibrate(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, calibrate.MinDecisions, done.Calibrated.Decisions)
	require.Equal(t, 1, done.Unknown)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	in.Progress = func(string, int, int) {}
	s, err := prepared(ctx, in)
	require.NoError(t, err)
	cancel()
	_, _, err = calibrate.Fit(ctx, in.Start, s.examples(in.Decisions))
	require.ErrorIs(t, err, context.Canceled)
	_, err = Calibrate(ctx, in)
	require.ErrorIs(t, err, context.Canceled)
	_, _, err = Bootstrap(ctx, goldenPairs(t), goldenTruth(t))
	require.ErrorIs(t, err, context.Canceled)
}

// A second table in which nobody stands has no pairs, however large the first is.
func TestScoreLinksToNobody(t *testing.T) {
	t.Parallel()
	scored, err := Score(t.Context(), Input{Left: namesakes(600), Right: []compare.Profile{}, Start: weights.Shipped()})
	require.NoError(t, err)
	require.Empty(t, scored.Pairs)
}
