package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"usher/matching/calibrate"
	"usher/matching/evaluate"
	"usher/matching/weights"
)

// matchCommand measures and trains the matcher on files.
type matchCommand struct {
	Eval      matchEval      `cmd:"" help:"Score the pairs of a table, or of two, and measure them where the truth is known."`
	Train     matchTrain     `cmd:"" help:"Learn a model from a table without labels."`
	Calibrate matchCalibrate `cmd:"" help:"Learn from decisions about a table's records how likely a score really is."`
}

// tables says what is scored.
type tables struct {
	Data      string   `arg:"" help:"A CSV file with a head." type:"existingfile"`
	DataB     string   `arg:"" optional:"" help:"A second one: then only pairs across the two are scored." type:"existingfile"`
	ID        string   `required:"" help:"The column that names a record."`
	Map       []string `required:"" help:"COLUMN=FIELD, several separated by commas. Fields: given_name, family_name, name, email, phone, handle, organization, street, city, region, postcode, country, birth_date, language, reference, other."`
	Region    string   `help:"In which country's way telephone numbers are written, as DE."`
	Model     string   `help:"A model file to begin from. Default: the one Usher comes with." type:"existingfile"`
	Untrained bool     `help:"Score by the model as it is: learn nothing from the table."`
}

type matchEval struct {
	tables     `embed:""`
	Truth      string `help:"The column that names the person; it is read after everything is scored."`
	TruthRegex string `help:"Which part of that column names the person: the first group, or the whole match."`
	Pairs      string `help:"Where the scored pairs go, as id_l,id_r,score,prob."`
	Decisions  string `help:"A CSV file of decisions, as id_l,id_r,same (yes or no). Without it no labels are used." type:"existingfile"`
}

// Run scores, writes and measures.
func (m matchEval) Run(c console) error {
	began := time.Now()
	in, read, err := m.input(m.Decisions)
	if err != nil {
		return fmt.Errorf("evaluating: %w", err)
	}
	scored := evaluate.Score(in)
	if m.Pairs != "" {
		if err := writePairs(m.Pairs, scored.Pairs); err != nil {
			return fmt.Errorf("evaluating: %w", err)
		}
	}
	printScored(c.out, scored, time.Since(began))
	if m.Truth == "" {
		return nil
	}
	truth, err := m.truth(read)
	if err != nil {
		return fmt.Errorf("evaluating: %w", err)
	}
	return printMetrics(c.out, evaluate.Measure(scored.Pairs, truth))
}

type matchTrain struct {
	tables `embed:""`
	Out    string `required:"" help:"Where the model goes, as JSON."`
	Name   string `required:"" help:"The version that every score of the model will name."`
}

// Run trains and writes the model.
func (m matchTrain) Run(c console) error {
	began := time.Now()
	in, _, err := m.input("")
	if err != nil {
		return fmt.Errorf("training: %w", err)
	}
	scored := evaluate.Score(in)
	printScored(c.out, scored, time.Since(began))
	return writeModel(m.Out, m.Name, scored.Model)
}

type matchCalibrate struct {
	tables    `embed:""`
	Decisions string `required:"" help:"A CSV file of decisions, as id_l,id_r,same (yes or no)." type:"existingfile"`
	Out       string `required:"" help:"Where the model goes, as JSON."`
	Name      string `required:"" help:"The version that every score of the model will name."`
}

// Run learns from the decisions and writes the model.
func (m matchCalibrate) Run(c console) error {
	in, _, err := m.input(m.Decisions)
	if err != nil {
		return fmt.Errorf("calibrating: %w", err)
	}
	in.Keep = true
	scored := evaluate.Score(in)
	r := scored.Calibrated
	if r.Decisions < calibrate.MinDecisions {
		return fmt.Errorf("calibrating: %d decisions about records of the table, and it takes %d", r.Decisions, calibrate.MinDecisions)
	}
	if err := writeModel(m.Out, m.Name, scored.Model); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "decisions    %d\nbefore       ECE %.4f, Brier %.5f\nafter        ECE %.4f, Brier %.5f (on decisions that were left out of training)\n",
		r.Decisions, r.Before.ECE, r.Before.Brier, r.After.ECE, r.After.Brier)
	return err
}

func (t tables) input(decisions string) (in evaluate.Input, read []evaluate.Table, err error) {
	in = evaluate.Input{Start: weights.Shipped(), Keep: t.Untrained}
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
	read, err = t.read(&in)
	return in, read, err
}

// read reads the tables into the input's profiles.
func (t tables) read(in *evaluate.Input) (read []evaluate.Table, err error) {
	mapping, err := mappings(t.Map)
	if err != nil {
		return nil, err
	}
	for i, path := range t.files() {
		table, err := readTable(path)
		if err != nil {
			return nil, err
		}
		profiles, err := table.Profiles(t.ID, t.Region, mapping)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		read = append(read, table)
		if i == 0 {
			in.Left = profiles
			continue
		}
		in.Right = profiles
	}
	return read, nil
}

func (t tables) files() []string {
	if t.DataB == "" {
		return []string{t.Data}
	}
	return []string{t.Data, t.DataB}
}

func mappings(pairs []string) ([]evaluate.Mapping, error) {
	all := make([]evaluate.Mapping, 0, len(pairs))
	for _, p := range pairs {
		column, field, ok := strings.Cut(p, "=")
		if !ok {
			return nil, fmt.Errorf("--map %s: it must be COLUMN=FIELD", p)
		}
		all = append(all, evaluate.Mapping{Column: strings.TrimSpace(column), Field: strings.TrimSpace(field)})
	}
	return all, nil
}

func readModel(path string) (*weights.Model, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return weights.Parse(data)
}

func writeModel(path, version string, m *weights.Model) error {
	named := *m
	named.Version = version
	data, err := json.MarshalIndent(named, "", " ")
	if err != nil {
		return fmt.Errorf("writing model: %w", err)
	}
	if err := os.WriteFile(path, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing model: %w", err)
	}
	return nil
}

// readDecisions reads id_l,id_r,same.
func readDecisions(path string) ([]evaluate.Decision, error) {
	t, err := readTable(path)
	if err != nil {
		return nil, err
	}
	var all []evaluate.Decision
	for i, row := range t.Rows {
		if len(row) < 3 {
			return nil, fmt.Errorf("reading %s: row %d has %d columns, not id_l,id_r,same", path, i+2, len(row))
		}
		same, ok := yesOrNo[strings.ToLower(strings.TrimSpace(row[2]))]
		if !ok {
			return nil, fmt.Errorf("reading %s: row %d: %q is neither yes nor no", path, i+2, row[2])
		}
		all = append(all, evaluate.Decision{Left: strings.TrimSpace(row[0]), Right: strings.TrimSpace(row[1]), Same: same})
	}
	return all, nil
}

var yesOrNo = map[string]bool{"yes": true, "true": true, "1": true, "same": true, "no": false, "false": false, "0": false, "different": false}

func readTable(path string) (evaluate.Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return evaluate.Table{}, err
	}
	defer func() { _ = f.Close() }() // it was only read
	r := csv.NewReader(f)
	r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = -1, true, true
	rows, err := r.ReadAll()
	if err != nil {
		return evaluate.Table{}, fmt.Errorf("reading %s: %w", path, err)
	}
	if len(rows) == 0 {
		return evaluate.Table{}, fmt.Errorf("reading %s: it has no head", path)
	}
	rows[0][0] = strings.TrimPrefix(rows[0][0], "\ufeff")
	return evaluate.Table{Head: rows[0], Rows: rows[1:]}, nil
}

// truth reads which records are one person's: the only place where that column is looked at.
func (m matchEval) truth(read []evaluate.Table) (evaluate.Truth, error) {
	truth := evaluate.Truth{Cluster: map[string]string{}}
	part, err := regexp.Compile(m.TruthRegex)
	if err != nil {
		return truth, fmt.Errorf("--truth-regex: %w", err)
	}
	if len(read) > 1 {
		truth.Left = map[string]bool{}
	}
	for i, t := range read {
		column, err := t.Column(m.ID, m.Truth)
		if err != nil {
			return truth, err
		}
		for id, value := range column {
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

func writePairs(path string, pairs []evaluate.Pair) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if closing := f.Close(); err == nil {
			err = closing
		}
	}()
	w := csv.NewWriter(f)
	if err := w.Write([]string{"id_l", "id_r", "score", "prob"}); err != nil {
		return err
	}
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	for _, p := range pairs {
		if err := w.Write([]string{p.Left, p.Right, number(p.Score), number(p.Probability)}); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func printScored(w io.Writer, s evaluate.Scored, took time.Duration) {
	sum := 0
	for _, n := range s.Candidates {
		sum += n
	}
	n := len(s.Candidates)
	if n == 0 {
		_, _ = fmt.Fprintln(w, "no records")
		return
	}
	_, _ = fmt.Fprintf(w, "model        %s, %d rounds of training\n", s.Model.Version, s.Training.Rounds)
	_, _ = fmt.Fprintf(w, "records      %d\npairs scored %d\ncandidates   %.1f a lookup, p50 %d, p95 %d, most %d\nseconds      %.2f\n",
		n, len(s.Pairs), float64(sum)/float64(n), s.Candidates[n/2], s.Candidates[n*95/100], s.Candidates[n-1], took.Seconds())
}

func printMetrics(w io.Writer, m evaluate.Metrics) error {
	_, err := fmt.Fprintf(w, "true pairs   %d, proposed %.4f\nAP           %.6f\nbest F1      %.6f (P %.4f, R %.4f) at %.4f\nclusters     %.6f pairwise F1 at that threshold, %.6f at the best (%.4f)\ncalibration  ECE %.4f, above .01 %.4f, Brier %.5f\n",
		m.TruePairs, m.BlockingRecall, m.AP, m.BestF1, m.Precision, m.Recall, m.Threshold, m.Cluster.PairF1, m.BestCluster.PairF1, m.BestClusterAt, m.ECE, m.ECELikely, m.Brier)
	return err
}
