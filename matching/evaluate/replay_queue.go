package evaluate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// judgedFlag is a flag and whether its profiles belong to one person.
type judgedFlag struct {
	Flag

	same bool
}

// queue measures the review queue, the best first.
func (r *replay) queue(flags []Flag, contacts int) error {
	all, err := r.judged(flags)
	if err != nil {
		return err
	}
	f := &r.figures
	f.Flagged = len(all)
	f.ReviewsPer1000 = rounded(1000*float64(len(all))/float64(max(contacts, 1)), 1)
	r.cost = costWrongAttach*f.WrongAttaches + len(all)
	if len(all) == 0 || f.DuplicatePairs == 0 {
		r.cost += costDuplicateLeft * f.SurplusProfiles
		f.CostPer1000 = rounded(1000*float64(r.cost)/float64(max(contacts, 1)), 1)
		return nil
	}
	r.curve(all)
	for _, cut := range []struct {
		n                  int
		precision, removed *float64
	}{{500, &f.PrecisionAt500, &f.RemovedAt500}, {1000, &f.PrecisionAt1000, &f.RemovedAt1000}, {2000, &f.PrecisionAt2000, &f.RemovedAt2000}, {4000, &f.PrecisionAt4000, &f.RemovedAt4000}} {
		first := all[:min(cut.n, len(all))]
		*cut.precision = rounded(float64(countSame(first))/float64(len(first)), 4)
		*cut.removed = rounded(float64(joins(first))/float64(f.SurplusProfiles), 4)
	}
	r.reliability(all)
	for _, one := range all {
		if one.Probability >= .5 && !one.same {
			r.cost += costFalseAccept
		}
	}
	r.cost += costDuplicateLeft * (f.SurplusProfiles - joins(all))
	f.CostPer1000 = rounded(1000*float64(r.cost)/float64(contacts), 1)
	return nil
}

// judged are the flags of each pair's latest probability, the likeliest first.
func (r *replay) judged(flags []Flag) ([]judgedFlag, error) {
	latest := map[[2]string]int{}
	for i, one := range flags {
		latest[[2]string{min(one.Left, one.Right), max(one.Left, one.Right)}] = i
	}
	var all []judgedFlag
	for i, one := range flags {
		if one.Left == one.Right || latest[[2]string{min(one.Left, one.Right), max(one.Left, one.Right)}] != i {
			continue
		}
		left, right := r.profiles[one.Left], r.profiles[one.Right]
		if left == nil || right == nil {
			return nil, fmt.Errorf("a flag names a profile that no contact was assigned to")
		}
		all = append(all, judgedFlag{one, left.majority() == right.majority()})
	}
	slices.SortStableFunc(all, func(a, b judgedFlag) int { return cmp.Compare(b.Probability, a.Probability) })
	return all, nil
}

// curve walks down the queue, ties taken whole.
func (r *replay) curve(all []judgedFlag) {
	f := &r.figures
	tp, before, area := 0, 0.0, 0.0
	for i, one := range all {
		if one.same {
			tp++
		}
		if i+1 < len(all) && all[i+1].Probability == one.Probability {
			continue
		}
		precision, recall := float64(tp)/float64(i+1), float64(tp)/float64(f.DuplicatePairs)
		area += precision * (recall - before)
		before = recall
		if f1 := 2 * precision * recall / (precision + recall + 1e-300); tp > 0 && f1 > f.BestF1 {
			f.BestF1, f.Precision, f.Recall, f.Threshold = f1, precision, recall, one.Probability
		}
		if precision >= .9 {
			f.RecallAtPrecision = max(f.RecallAtPrecision, recall)
		}
	}
	f.AP = rounded(area, 4)
	for _, v := range []*float64{&f.BestF1, &f.Precision, &f.Recall, &f.Threshold, &f.RecallAtPrecision} {
		*v = rounded(*v, 4)
	}
}

// reliability compares what was stated with what was seen.
func (r *replay) reliability(all []judgedFlag) {
	f := &r.figures
	error2, gap := 0.0, 0.0
	for bin := range 10 {
		n, same, stated := 0, 0, 0.0
		for _, one := range all {
			if min(int(one.Probability*10), 9) == bin {
				n, stated = n+1, stated+one.Probability
				if one.same {
					same++
				}
			}
		}
		if n > 0 {
			t := ReliableTenth{rounded(float64(bin)/10, 1), n, rounded(stated/float64(n), 4), rounded(float64(same)/float64(n), 4)}
			gap += float64(n) * math.Abs(t.Stated-t.Seen)
			f.Reliability = append(f.Reliability, t)
		}
	}
	for _, one := range all {
		d := one.Probability
		if one.same {
			d--
		}
		error2 += d * d
	}
	f.ECE, f.Brier = rounded(gap/float64(len(all)), 4), rounded(error2/float64(len(all)), 5)
}

func countSame(all []judgedFlag) (n int) {
	for _, one := range all {
		if one.same {
			n++
		}
	}
	return n
}

// joins is how many joins the true flags make: the size of a spanning forest.
func joins(all []judgedFlag) (n int) {
	parent := map[string]string{}
	var find func(string) string
	find = func(x string) string {
		if p, ok := parent[x]; ok && p != x {
			parent[x] = find(p)
			return parent[x]
		}
		parent[x] = x
		return x
	}
	for _, one := range all {
		if a, b := find(one.Left), find(one.Right); one.same && a != b {
			parent[a] = b
			n++
		}
	}
	return n
}
