package evaluate

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// The numbers were computed once by the reference scorer, evaluate.py, without its rounding. Ties, repeated pairs and pairs that were never proposed are among them.
func TestMeasureAgreesWithTheReferenceScorer(t *testing.T) {
	t.Parallel()
	m := Measure(goldenPairs(t), goldenTruth(t))
	data, err := os.ReadFile("testdata/golden.json")
	require.NoError(t, err)
	var want map[string]any
	require.NoError(t, json.Unmarshal(data, &want))
	for key, got := range map[string]float64{
		"records": float64(m.Records), "true_pairs": float64(m.TruePairs), "pairs_scored": float64(m.PairsScored), "blocking_recall": m.BlockingRecall,
		"AP": m.AP, "bestF1": m.BestF1, "P": m.Precision, "R": m.Recall, "threshold": m.Threshold,
		"cl_pair_P": m.Cluster.PairP, "cl_pair_R": m.Cluster.PairR, "cl_pair_F1": m.Cluster.PairF1, "b3_P": m.Cluster.CubeP, "b3_R": m.Cluster.CubeR, "b3_F1": m.Cluster.CubeF1,
		"bestCl_t": m.BestClusterAt, "bestCl_pair_F1": m.BestCluster.PairF1, "bestCl_pair_P": m.BestCluster.PairP, "bestCl_b3_F1": m.BestCluster.CubeF1,
		"ECE_all": m.ECE, "ECE_p>=.01": m.ECELikely, "Brier": m.Brier,
	} {
		require.InDelta(t, want[key], got, 1e-6, key)
	}
}

func goldenPairs(t *testing.T) []Pair {
	var pairs []Pair
	for _, row := range rows(t, "testdata/pairs.csv") {
		score, err := strconv.ParseFloat(row[2], 64)
		require.NoError(t, err)
		probability, err := strconv.ParseFloat(row[3], 64)
		require.NoError(t, err)
		pairs = append(pairs, Pair{Left: row[0], Right: row[1], Score: score, Probability: probability})
	}
	return pairs
}

func goldenTruth(t *testing.T) Truth {
	truth := Truth{Cluster: map[string]string{}}
	for _, row := range rows(t, "testdata/truth.csv") {
		truth.Cluster[row[0]] = row[1]
	}
	return truth
}

func rows(t *testing.T, path string) [][]string {
	f, err := os.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	all, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	return all[1:]
}

// Of two tables only pairs across count, in the truth and among the hits.
func TestMeasureOfTwoTablesCountsPairsAcross(t *testing.T) {
	t.Parallel()
	truth := Truth{Cluster: map[string]string{"a1": "x", "a2": "x", "b1": "x", "b2": "y"}, Left: map[string]bool{"a1": true, "a2": true}}
	m := Measure([]Pair{{Left: "a1", Right: "b1", Score: 3}, {Left: "a1", Right: "a2", Score: 2}, {Left: "a2", Right: "b1", Score: 1}}, truth)
	require.Equal(t, 2, m.TruePairs)
	require.InDelta(t, 0.5*1+0.5*2.0/3, m.AP, 1e-12)
}

func TestMeasureOfNothingIsDefined(t *testing.T) {
	t.Parallel()
	require.Zero(t, Measure(nil, Truth{}).AP)
	require.Zero(t, Measure(nil, Truth{Cluster: map[string]string{"a": "x"}}).BestF1)
}

func TestBootstrapSurroundsTheFigures(t *testing.T) {
	t.Parallel()
	m := Measure(goldenPairs(t), goldenTruth(t))
	ap, best, err := Bootstrap(t.Context(), goldenPairs(t), goldenTruth(t))
	require.NoError(t, err)
	require.Less(t, ap.Low, m.AP)
	require.Greater(t, ap.High, m.AP)
	require.Less(t, best.Low, m.BestF1)
	require.Greater(t, best.High, m.BestF1)
	require.Less(t, ap.High-ap.Low, .3)
	again, _, err := Bootstrap(t.Context(), goldenPairs(t), goldenTruth(t))
	require.NoError(t, err)
	require.Equal(t, ap, again)
}

// With every person drawn once the figures are those of the pairs themselves.
func TestBootstrapDrawsAgreeWithMeasure(t *testing.T) {
	t.Parallel()
	pairs := unique(goldenPairs(t))
	slices.SortStableFunc(pairs, func(a, b Pair) int { return cmp.Compare(b.Score, a.Score) })
	b := newBootstrap(pairs, goldenTruth(t))
	times := make([]float64, len(b.pairs))
	for i := range times {
		times[i] = 1
	}
	ap, best := b.draw(times)
	m := Measure(pairs, goldenTruth(t))
	require.InDelta(t, m.AP, ap, 1e-9)
	require.InDelta(t, m.BestF1, best, 1e-9)
}
