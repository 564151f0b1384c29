package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"usher/matching/evaluate"
	"usher/matching/weights"
)

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

// checkName fails for a name that a new model cannot have.
func checkName(name string) error {
	if err := weights.CheckVersion(name); err != nil {
		return fmt.Errorf("--name: %w", err)
	}
	if name == weights.Shipped().Version {
		return fmt.Errorf("--name: %s is the model that Usher comes with", name)
	}
	return nil
}

// writeModel writes a model under a name, unless it is one that could not be read again.
func writeModel(path, name string, m *weights.Model) error {
	named := *m
	named.Version = name
	data, err := json.MarshalIndent(named, "", " ")
	if err == nil {
		_, err = weights.Parse(data)
	}
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
