// Package calibrate learns from decisions how likely a score really is: a logistic layer over the levels of the comparison, held near the weights it corrects, so that a score stays a sum that can be explained.
package calibrate

import (
	"context"
	"hash/fnv"
	"math"

	"usher/matching/compare"
	"usher/matching/weights"
)

// Example is a decision: what was compared, and whether people said it is one person.
type Example struct {
	Left, Right string // ids; a pair that was decided several times votes once, by the last
	Pattern     compare.Pattern
	Same        bool
}

// MinDecisions is how many decisions it takes before they are trusted over the shipped table.
const MinDecisions = 300

// Report says what calibrating brought, by examples that the judged layer had not seen.
type Report struct {
	Decisions int
	Before    Quality
	After     Quality
}

// Quality is how honest probabilities are.
type Quality struct {
	ECE   float64 // the expected calibration error over ten bins
	Brier float64
}

// Fit trains the logistic layer. The report comes from a cross-validation that keeps together what was decided about records that decisions connect. With fewer than MinDecisions the model comes back as it was. Between two rounds it stops if ctx has ended.
func Fit(ctx context.Context, m *weights.Model, examples []Example) (*weights.Model, Report, error) {
	examples = last(examples)
	report := Report{Decisions: len(examples)}
	if len(examples) < MinDecisions {
		return m, report, nil
	}
	var before, after []float64
	var same []bool
	group := groups(examples)
	for fold := range uint32(folds) {
		training, judged := split(examples, group, fold)
		layer, err := fit(ctx, m, training)
		if err != nil {
			return m, report, err
		}
		for _, e := range judged {
			before = append(before, m.Probability(m.Score(&e.Pattern)))
			after = append(after, weights.Odds(layer.Score(&e.Pattern)))
			same = append(same, e.Same)
		}
	}
	report.Before, report.After = quality(before, same), quality(after, same)
	layer, err := fit(ctx, m, examples)
	return layer, report, err
}

// last keeps the last decision of each pair, in the order of the first.
func last(examples []Example) []Example {
	at := map[[2]string]int{}
	var kept []Example
	for _, e := range examples {
		key := [2]string{min(e.Left, e.Right), max(e.Left, e.Right)}
		if i, ok := at[key]; ok {
			kept[i] = e
			continue
		}
		at[key] = len(kept)
		kept = append(kept, e)
	}
	return kept
}

// folds is how many parts the examples are cut into.
const folds = 5

// groups names for each record the smallest of those that decisions connect it with.
func groups(examples []Example) map[string]string {
	above := map[string]string{}
	var first func(string) string
	first = func(id string) string {
		up, ok := above[id]
		if !ok {
			return id
		}
		above[id] = first(up)
		return above[id]
	}
	for _, e := range examples {
		if a, b := first(e.Left), first(e.Right); a != b {
			above[max(a, b)] = min(a, b)
		}
	}
	group := map[string]string{}
	for _, e := range examples {
		group[e.Left] = first(e.Left)
	}
	return group
}

// split puts an example into the part that its group falls into, so that what is known of a record is not on both sides.
func split(examples []Example, group map[string]string, fold uint32) (training, judged []Example) {
	for _, e := range examples {
		h := fnv.New32a()
		_, _ = h.Write([]byte(group[e.Left])) // a hash never fails
		if h.Sum32()%folds == fold {
			judged = append(judged, e)
		} else {
			training = append(training, e)
		}
	}
	return training, judged
}

const bins = 10

func quality(stated []float64, same []bool) (q Quality) {
	var sum, seen [bins]float64
	for i, p := range stated {
		truth := 0.0
		if same[i] {
			truth = 1
		}
		bin := min(int(p*bins), bins-1)
		sum[bin] += p
		seen[bin] += truth
		q.Brier += (p - truth) * (p - truth) / float64(len(stated))
	}
	for b := range bins {
		q.ECE += math.Abs(sum[b]-seen[b]) / max(float64(len(stated)), 1)
	}
	return q
}
