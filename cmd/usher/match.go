package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"usher/matching/calibrate"
	"usher/matching/evaluate"
	"usher/matching/weights"
)

// matchCommand measures and trains the matcher, on files and on what is stored.
type matchCommand struct {
	Eval      matchEval      `cmd:"" help:"Score the pairs of a table, or of two, and measure them where the truth is known."`
	Explain   matchExplain   `cmd:"" help:"Tell how the score of one pair of a table comes about: each field's level, values and bits."`
	Train     matchTrain     `cmd:"" help:"Learn a model without labels, from the profiles of the store or from a table."`
	Replay    matchReplay    `cmd:"" help:"Put a file of contacts through the whole gateway, and measure who was attached to whom and what was flagged."`
	Rematch   matchRematch   `cmd:"" help:"Hold all profiles of the store against each other again, after matching.model or a new version brought another model. It can be stopped and goes on where it was."`
	Calibrate matchCalibrate `cmd:"" help:"Learn from decisions how likely a score really is: from those about the store's flags, or from a file about a table."`
}

// tables says what is scored.
type tables struct {
	Table     string `arg:"" help:"A CSV file with a head." type:"existingfile"`
	TableB    string `arg:"" optional:"" help:"A second one: then only pairs across the two are scored." type:"existingfile"`
	columns   `embed:""`
	Model     string `help:"A model file to begin from. Default: the one Usher comes with." type:"existingfile"`
	Untrained bool   `help:"Score by the model as it is: learn nothing from the table."`
}

// columns say what stands in a table.
type columns struct {
	ID     string   `help:"The column that names a record."`
	Map    []string `help:"COLUMN=FIELD, several separated by commas. Fields: given_name, family_name, name, email, phone, handle, organization, street, city, region, postcode, country, birth_date, language, reference, other."`
	Region string   `help:"In which country's way telephone numbers are written, as DE."`
}

type matchEval struct {
	tables     `embed:""`
	Truth      string `help:"The column that names the person; it is read after everything is scored."`
	TruthRegex string `help:"Which part of that column names the person: the first group, or the whole match."`
	Pairs      string `help:"Where the scored pairs go, as id_l,id_r,score,prob."`
	Decisions  string `help:"A CSV file of decisions, as id_l,id_r,same (yes or no). Without it no labels are used." type:"existingfile"`
}

// Run scores, writes and measures.
func (m matchEval) Run(ctx context.Context, c console) error {
	return during(ctx, "evaluating", m.run(ctx, c))
}

func (m matchEval) run(ctx context.Context, c console) error {
	began := time.Now()
	if m.Pairs != "" {
		if err := checkOut(m.Pairs); err != nil {
			return fmt.Errorf("--pairs: %w", err)
		}
	}
	in, read, err := m.input(c, m.Decisions)
	if err != nil {
		return err
	}
	part, err := m.checkTruth(read)
	if err != nil {
		return err
	}
	scored, err := evaluate.Score(ctx, in)
	if err != nil {
		return err
	}
	m.tellUntrained(c, scored)
	if m.Pairs != "" {
		if err := writePairs(m.Pairs, scored.Pairs); err != nil {
			return err
		}
	}
	printScored(c.out, scored, time.Since(began))
	if m.Decisions != "" {
		printDecisions(c.out, scored)
	}
	if m.Truth == "" {
		return nil
	}
	truth, err := m.truth(read, part)
	if err != nil {
		return err
	}
	return printMetrics(ctx, c.out, scored.Pairs, truth)
}

// during tells what a command failed at. Of one that was told to stop it tells no more than that.
func during(ctx context.Context, doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: stopped", doing)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// checkTruth fails for a truth that could not be measured by, before anything is scored, and for one that would be matched by.
func (m matchEval) checkTruth(read []evaluate.Table) (*regexp.Regexp, error) {
	part, err := regexp.Compile(m.TruthRegex)
	if err != nil {
		return nil, fmt.Errorf("--truth-regex: %w", err)
	}
	if m.Truth == "" {
		return part, nil
	}
	for _, one := range m.Map {
		if column, _, _ := strings.Cut(one, "="); strings.TrimSpace(column) == m.Truth {
			return nil, fmt.Errorf("--map %s: that column is the truth, by which nothing may be matched", one)
		}
	}
	for _, t := range read {
		if err := t.Has(m.Truth); err != nil {
			return nil, fmt.Errorf("--truth: %w", err)
		}
	}
	return part, nil
}

// truth reads which records are one person's: the only place where that column is looked at.
func (m matchEval) truth(read []evaluate.Table, part *regexp.Regexp) (evaluate.Truth, error) {
	truth := evaluate.Truth{Cluster: map[string]string{}}
	if len(read) > 1 {
		truth.Left = map[string]bool{}
	}
	for i, t := range read {
		column, err := t.Column(m.ID, m.Truth)
		if err != nil {
			return truth, err
		}
		for id, value := range column {
			if value == "" {
				return truth, fmt.Errorf("--truth %s: it is empty for %q: who is nobody's would count as one person's", m.Truth, id)
			}
			truth.Cluster[id] = personOf(part, value)
			if i == 0 && truth.Left != nil {
				truth.Left[id] = true
			}
		}
	}
	return truth, nil
}

func personOf(part *regexp.Regexp, value string) string {
	found := part.FindStringSubmatch(value)
	switch {
	case part.String() == "" || found == nil:
		return value
	case len(found) > 1:
		return found[1]
	}
	return found[0]
}

func (t tables) input(c console, decisions string) (in evaluate.Input, read []evaluate.Table, err error) {
	in = evaluate.Input{Start: weights.Shipped(), Keep: t.Untrained, Progress: progressOn(c.err)}
	if t.Model != "" {
		if in.Start, err = readModel(t.Model); err != nil {
			return in, nil, err
		}
	}
	if decisions != "" {
		if in.Decisions, err = readDecisions(decisions); err != nil {
			return in, nil, err
		}
	}
	if read, err = t.read(&in, t.Table, t.TableB); err == nil {
		t.tellUnread(c, in)
	}
	return in, read, err
}

// tellUnread tells how many telephone numbers say nothing.
func (c columns) tellUnread(to console, in evaluate.Input) {
	numbers, unread := evaluate.UnreadNumbers(in.Left, in.Right)
	if unread == 0 {
		return
	}
	_, _ = fmt.Fprintf(to.err, "usher: %d of %d telephone numbers were not understood and are not compared", unread, numbers)
	if c.Region == "" {
		_, _ = fmt.Fprint(to.err, "; --region says in which country's way those without a country code are written")
	}
	_, _ = fmt.Fprintln(to.err)
}

// read reads tables into the input's profiles; the second may be "".
func (c columns) read(in *evaluate.Input, paths ...string) (read []evaluate.Table, err error) {
	if c.ID == "" || len(c.Map) == 0 {
		return nil, errors.New("a table needs --id and --map, which say what its columns are")
	}
	mapping, err := mappings(c.Map)
	if err != nil {
		return nil, err
	}
	for i, path := range paths {
		if path == "" {
			continue
		}
		table, err := readTable(path)
		if err != nil {
			return nil, err
		}
		profiles, err := table.Profiles(c.ID, c.Region, mapping)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		read = append(read, table)
		if i == 0 {
			in.Left = profiles
			continue
		}
		in.Right = profiles
		if err := evaluate.Apart(in.Left, in.Right); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return read, nil
}

// tellUntrained tells that a table was too small to learn from.
func (t tables) tellUntrained(c console, s evaluate.Scored) {
	if !t.Untrained && s.Training.Rounds == 0 {
		_, _ = fmt.Fprintf(c.err, "usher: %v: it is scored by the model as it is\n", errFewPairs)
	}
}

var errFewPairs = fmt.Errorf("too few records to learn from: there must be %d pairs, those of some hundred records", evaluate.MinPairs)

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
	if s.Training.Rounds == 0 {
		return s.Model.Version
	}
	return fmt.Sprintf("%s, trained on these records in %d rounds", s.Model.Version, s.Training.Rounds)
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
