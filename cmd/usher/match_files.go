package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"usher/gateway"
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

// readModel reads the model that learning or scoring begins from: a file, or without one the usual.
func readModel(path string, usual *weights.Model) (*weights.Model, error) {
	if path == "" {
		return usual, nil
	}
	return gateway.ReadModel(path)
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

// checkOut fails for a file that could not be written later. It writes nothing.
func checkOut(path string) error {
	if _, err := os.Stat(path); err == nil {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return f.Close()
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".usher-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
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
	if len(t.Head) < 3 {
		return nil, fmt.Errorf("reading %s: it has %d columns, not id_l,id_r,same", path, len(t.Head))
	}
	if _, decided := yesOrNo[plain(t.Head[2])]; decided && plain(t.Head[2]) != "same" {
		return nil, fmt.Errorf("reading %s: its first row is a decision, not the head id_l,id_r,same", path)
	}
	var all []evaluate.Decision
	for i, row := range t.Rows {
		d := evaluate.Decision{Left: strings.TrimSpace(row[0]), Right: strings.TrimSpace(row[1])}
		var ok bool
		if d.Same, ok = yesOrNo[plain(row[2])]; !ok {
			return nil, fmt.Errorf("reading %s: row %d: %q is neither yes nor no", path, evaluate.RowNumber(i), row[2])
		}
		if d.Left == d.Right {
			return nil, fmt.Errorf("reading %s: row %d: a record and itself are not to be decided about", path, evaluate.RowNumber(i))
		}
		all = append(all, d)
	}
	return all, nil
}

func plain(word string) string { return strings.ToLower(strings.TrimSpace(word)) }

var yesOrNo = map[string]bool{"yes": true, "true": true, "1": true, "same": true, "no": false, "false": false, "0": false, "different": false}

func readTable(path string) (evaluate.Table, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return evaluate.Table{}, err
	}
	t, err := parseTable(data)
	if err != nil {
		return evaluate.Table{}, fmt.Errorf("reading %s: %w", path, err)
	}
	return t, nil
}

// parseTable reads CSV as RFC 4180 has it. A row that is wider or narrower than the head, and a quote that is not closed, is an error of its line: what followed would stand in the wrong columns.
func parseTable(data []byte) (evaluate.Table, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	r.TrimLeadingSpace = true
	rows, err := r.ReadAll()
	switch {
	case err != nil:
		return evaluate.Table{}, err
	case len(rows) == 0:
		return evaluate.Table{}, errors.New("it has no head")
	case len(rows) == 1:
		return evaluate.Table{}, errors.New("it has no rows")
	}
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
