package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"usher/matching/calibrate"
	"usher/matching/evaluate"
)

func printScored(w io.Writer, s evaluate.Scored, took time.Duration) {
	sum := 0
	for _, n := range s.Candidates {
		sum += n
	}
	n := len(s.Candidates) // a table without rows was refused
	_, _ = fmt.Fprintf(w, "model        %s\n", scoredBy(s))
	_, _ = fmt.Fprintf(w, "records      %d\npairs scored %d\ncandidates   %.1f a lookup, p50 %d, p95 %d, most %d\nhot keys     %s\nseconds      %.2f\n",
		n, len(s.Pairs), float64(sum)/float64(n), s.Candidates[n/2], s.Candidates[n*95/100], s.Candidates[n-1], hotKeys(s.Hot), took.Seconds())
}

// scoredBy names the model of scores: what was trained and not saved has no version of its own.
func scoredBy(s evaluate.Scored) string {
	name := s.Model.Version
	if s.Training.Rounds > 0 {
		name += fmt.Sprintf(", trained on these records in %d rounds", s.Training.Rounds)
	}
	if s.Calibrated.Decisions >= calibrate.MinDecisions {
		name += fmt.Sprintf(", calibrated by %d decisions", s.Calibrated.Decisions)
	}
	return name
}

// hotKeys names the kinds of keys that were ignored, the most ignored first.
func hotKeys(hot map[string]int) string {
	kinds := slices.SortedFunc(maps.Keys(hot), func(a, b string) int { return cmp.Or(cmp.Compare(hot[b], hot[a]), cmp.Compare(a, b)) })
	for i, kind := range kinds {
		kinds[i] = fmt.Sprintf("%s %d", kind, hot[kind])
	}
	return cmp.Or(strings.Join(kinds, ", "), "none")
}

// printDecisions tells what came of the decisions that were given.
func printDecisions(w io.Writer, s evaluate.Scored) {
	r := s.Calibrated
	if r.Decisions < calibrate.MinDecisions {
		_, _ = fmt.Fprintf(w, "decisions    %d, which were not used: it takes %d; %d more about unknown records\n", r.Decisions, calibrate.MinDecisions, s.Unknown)
		return
	}
	_, _ = fmt.Fprintf(w, "decisions    %d used, %d more about unknown records\nbefore       ECE %.4f, Brier %.5f\nafter        ECE %.4f, Brier %.5f (on decisions that were left out of training)\n",
		r.Decisions, s.Unknown, r.Before.ECE, r.Before.Brier, r.After.ECE, r.After.Brier)
}

func printMetrics(ctx context.Context, w io.Writer, pairs []evaluate.Pair, truth evaluate.Truth) error {
	m := evaluate.Measure(pairs, truth)
	ap, best, err := evaluate.Bootstrap(ctx, pairs, truth)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, `true pairs   %d, proposed %.4f
AP           %.6f (95 of 100 draws of the persons: %.4f to %.4f)
best F1      %.6f (%.4f to %.4f; P %.4f, R %.4f) at %.4f
clusters     %.6f pairwise F1 at that threshold, %.6f at the best (%.4f)
calibration  ECE %.4f, above .01 %.4f, Brier %.5f
`, m.TruePairs, m.BlockingRecall, m.AP, ap.Low, ap.High, m.BestF1, best.Low, best.High, m.Precision, m.Recall, m.Threshold,
		m.Cluster.PairF1, m.BestCluster.PairF1, m.BestClusterAt, m.ECE, m.ECELikely, m.Brier)
	return err
}
