package review

import (
	"context"

	"usher/gateway/contact"
	"usher/gateway/people"
	"usher/gateway/store"
)

// Figures are how the queue of flags stands, and how far what was decided agrees with the probabilities that were stated.
type Figures struct {
	Open, Snoozed, Assigned int // assigned ones are open
	Merged, Dismissed       int
	Agreed                  int      // decided as the probability said: merged from a half on, dismissed below
	Tenths                  [10]Band // by stated probability
	Partial                 bool     // only the most probable MaxFigures flags were counted
}

// Band is the flags whose stated probability lies in one tenth.
type Band struct {
	Undecided, Merged, Dismissed int
	Stated                       float64 // the sum of the stated probabilities of those decided
}

// MaxFigures is how many flags are counted.
const MaxFigures = 5000

// Figures counts the flags, the most probable first.
func (r *Review) Figures(ctx context.Context) (f Figures, err error) {
	err = r.people.Trees(ctx, func(t *people.Trees) error {
		f, err = r.figures(ctx, t)
		return err
	})
	return f, err
}

func (r *Review) figures(ctx context.Context, t *people.Trees) (f Figures, err error) {
	of := store.Range{Index: "rank", Equal: []any{string(contact.DuplicateOpen)}, Descending: true, Limit: 500}
	for counted := 0; counted < MaxFigures; counted += of.Limit {
		page, next, err := r.db.Duplicates.List(ctx, of)
		if err != nil {
			return f, err
		}
		for _, d := range page {
			status, err := t.Status(ctx, d)
			if err != nil {
				return f, err
			}
			f.count(d, status)
		}
		if next == nil {
			return f, nil
		}
		of.After = next
	}
	f.Partial = true
	return f, nil
}

func (f *Figures) count(d contact.Duplicate, status contact.DuplicateStatus) {
	band := &f.Tenths[min(9, max(0, int(d.Probability*10)))]
	switch status {
	case contact.DuplicateMerged:
		f.Merged++
		band.Merged++
		f.agree(d.Probability >= .5)
	case contact.DuplicateDismissed:
		f.Dismissed++
		band.Dismissed++
		f.agree(d.Probability < .5)
	case contact.DuplicateSnoozed:
		f.Snoozed++
		band.Undecided++
		return
	case contact.DuplicateOpen:
		f.Open++
		band.Undecided++
		if d.Assignee != "" {
			f.Assigned++
		}
		return
	}
	band.Stated += d.Probability
}

func (f *Figures) agree(as bool) {
	if as {
		f.Agreed++
	}
}
