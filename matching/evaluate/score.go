package evaluate

import (
	"context"
	"slices"

	"usher/matching/calibrate"
	"usher/matching/compare"
	"usher/matching/explain"
	"usher/matching/train"
	"usher/matching/weights"
)

// Input is one table, or two of which only pairs across are wanted.
type Input struct {
	Left, Right []compare.Profile   // Right is nil for one table
	Start       *weights.Model      // what training begins from
	Keep        bool                // score by Start as it is, without training
	Honest      bool                // Start states honest probabilities of these profiles: what is trained from it takes its calibration over
	Decisions   []Decision          // labels; none are used unless they are given
	Explain     [][2]string         // pairs of ids whose score is to be explained
	Frequencies compare.Frequencies // how common values are; nil: as common as they are among these profiles
	Progress    Progress            // may be nil
}

// Progress is told how far a step has come.
type Progress func(step string, done, of int)

// Decision is what people said of two records.
type Decision struct {
	Left, Right string
	Same        bool
}

// Scored is what came of it.
type Scored struct {
	Pairs      []Pair
	Model      *weights.Model
	Training   train.Report // no rounds: the model is Start
	Calibrated calibrate.Report
	Unknown    int                   // decisions about records that are not there
	Candidates []int                 // of each lookup, ascending
	Hot        map[string]int        // how often a key of a kind was ignored, because too many records have it
	Explained  []explain.Explanation // of the pairs that were asked for
}

// MinPairs is how many pairs there must be, those of some hundred records, before weights are learned from them: a handful, taken for a draw of all, would say that everybody is one person.
const MinPairs = 5000

// Score proposes pairs by their keys, learns weights from the table itself unless it has fewer than MinPairs, and scores them. It stops when ctx ends.
func Score(ctx context.Context, in Input) (Scored, error) {
	out := Scored{Model: in.Start}
	s, err := prepared(ctx, in)
	if err != nil {
		return out, err
	}
	proposed, err := s.propose(ctx, &out)
	if err != nil {
		return out, err
	}
	patterns, err := s.patterns(ctx, "pairs", proposed)
	if err != nil {
		return out, err
	}
	if err := s.learn(ctx, in, patterns, &out); err != nil {
		return out, err
	}
	for i, p := range proposed {
		score := out.Model.Score(&patterns[i])
		out.Pairs = append(out.Pairs, Pair{Left: s.records[p[0]].ID, Right: s.records[p[1]].ID, Score: score, Probability: out.Model.Probability(score)})
	}
	out.Explained = s.explain(out.Model, in.Explain)
	return out, nil
}

// learn makes the model that scores: from the pairs that were proposed, then from what was decided.
func (s *scoring) learn(ctx context.Context, in Input, proposed []compare.Pattern, out *Scored) error {
	if !in.Keep && s.all() >= MinPairs {
		strangers, err := s.patterns(ctx, "strangers", s.random())
		if err != nil {
			return err
		}
		sample := train.Sample{Candidates: proposed, Random: strangers, Pairs: s.all()}
		out.Model, out.Training, err = train.Fit(ctx, in.Start, sample, func(r train.Report) { s.progress("rounds", r.Rounds, train.MaxRounds) })
		if err != nil {
			return err
		}
		s.progress("rounds", train.MaxRounds, train.MaxRounds) // it may have settled before
		if in.Honest {
			out.Model = train.Carry(in.Start, out.Model, proposed)
		}
	}
	return s.calibrate(ctx, in.Decisions, out)
}

// Calibrate learns from decisions how likely the scores of a model are, and scores nothing else. It stops when ctx ends.
func Calibrate(ctx context.Context, in Input) (Scored, error) {
	out := Scored{Model: in.Start}
	s, err := prepared(ctx, in)
	if err != nil {
		return out, err
	}
	return out, s.calibrate(ctx, in.Decisions, &out)
}

func (s *scoring) calibrate(ctx context.Context, decisions []Decision, out *Scored) (err error) {
	examples := s.examples(decisions)
	out.Unknown = len(decisions) - len(examples)
	out.Model, out.Calibrated, err = calibrate.Fit(ctx, out.Model, examples)
	return err
}

// prepared brings all records into comparable forms and counts their values.
func prepared(ctx context.Context, in Input) (scoring, error) {
	s := scoring{linked: in.Right != nil, left: len(in.Left), frequencies: in.Frequencies, progress: in.Progress}
	if s.progress == nil {
		s.progress = func(string, int, int) {}
	}
	all := slices.Concat(in.Left, in.Right)
	for i, p := range all {
		s.records = append(s.records, compare.Prepare(p))
		if err := s.tell(ctx, "records", i+1, len(all)); err != nil {
			return s, err
		}
	}
	compare.Share(s.records)
	if s.frequencies == nil {
		s.frequencies = counted(s.records)
	}
	return s, nil
}

func counted(records []*compare.Record) *weights.Counts {
	counts := weights.NewCounts()
	for _, r := range records {
		counts.Add(r)
	}
	return counts
}

// tell tells of some of many, and of the last, and fails then if ctx has ended.
func (s *scoring) tell(ctx context.Context, step string, done, of int) error {
	if done%1024 != 0 && done != of {
		return nil
	}
	s.progress(step, done, of)
	return ctx.Err()
}

// explain tells how scores come about. A pair of which a record is not there is left out.
func (s *scoring) explain(m *weights.Model, pairs [][2]string) []explain.Explanation {
	at := s.byID()
	var all []explain.Explanation
	for _, p := range pairs {
		if a, b := at[p[0]], at[p[1]]; a != nil && b != nil {
			pattern := compare.Compare(a, b, s.frequencies)
			all = append(all, explain.Explain(m, &pattern, a, b))
		}
	}
	return all
}

func (s *scoring) byID() map[string]*compare.Record {
	at := make(map[string]*compare.Record, len(s.records))
	for _, r := range s.records {
		at[r.ID] = r
	}
	return at
}

type scoring struct {
	records []*compare.Record
	linked  bool
	left    int // how many records the first table has

	frequencies compare.Frequencies
	progress    Progress
}

// examples compares the pairs that were decided. A decision about a record that is not there is left out.
func (s *scoring) examples(decisions []Decision) []calibrate.Example {
	at := s.byID()
	var all []calibrate.Example
	for _, d := range decisions {
		if a, b := at[d.Left], at[d.Right]; a != nil && b != nil {
			all = append(all, calibrate.Example{Left: d.Left, Right: d.Right, Same: d.Same, Pattern: compare.Compare(a, b, s.frequencies)})
		}
	}
	return all
}
