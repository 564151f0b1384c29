package main

import (
	"errors"
	"fmt"

	"usher/matching/evaluate"
	"usher/matching/weights"
)

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

func (t tables) input(c console, decisions string) (in evaluate.Input, read []evaluate.Table, err error) {
	in = evaluate.Input{Keep: t.Untrained, Progress: progressOn(c.err)}
	if in.Start, err = readModel(t.Model, weights.Shipped()); err != nil {
		return in, nil, err
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
