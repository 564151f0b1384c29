package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/gateway"
	"usher/gateway/learning"
	"usher/matching/calibrate"
	"usher/matching/evaluate"
	"usher/matching/weights"
)

// lessons say what is learned from: a table, or the store.
type lessons struct {
	settings `embed:""`
	Table    string `arg:"" optional:"" help:"A CSV file with a head. Without one it is the store that is learned from; an SQLite file must not be in use." type:"existingfile"`
	TableB   string `arg:"" optional:"" help:"A second one: then only pairs across the two count." type:"existingfile"`
	columns  `embed:""`
	Profiles int    `default:"100000" help:"At most so many profiles of the store are learned from, the youngest; each takes some 15 KB of memory."`
	Model    string `help:"A model file to begin from. Default: the one the configuration names, else the one Usher comes with." type:"existingfile"`
	Out      string `required:"" help:"Where the model goes, as JSON."`
	Name     string `required:"" help:"The version that every score of the model will name."`
}

// matchTrain learns weights.
type matchTrain struct {
	lessons `embed:""`
}

// Run trains and writes the model.
func (m matchTrain) Run(ctx context.Context, c console) error {
	return during(ctx, "training", m.run(ctx, c))
}

func (m matchTrain) run(ctx context.Context, c console) error {
	began := time.Now()
	in, err := m.input(ctx, c, noDecisions)
	if err != nil {
		return err
	}
	scored, err := evaluate.Score(ctx, in)
	if err != nil {
		return err
	}
	if scored.Training.Rounds == 0 {
		return errFewPairs
	}
	printScored(c.out, scored, time.Since(began))
	return m.write(c, scored.Model)
}

// matchCalibrate learns how likely a score is.
type matchCalibrate struct {
	lessons   `embed:""`
	Decisions string `help:"A CSV file of decisions, as id_l,id_r,same (yes or no). Without it those about the store's flags." type:"existingfile"`
}

// Run learns from the decisions and writes the model.
func (m matchCalibrate) Run(ctx context.Context, c console) error {
	return during(ctx, "calibrating", m.run(ctx, c))
}

func (m matchCalibrate) run(ctx context.Context, c console) error {
	if m.Table != "" && m.Decisions == "" {
		return errors.New("a table needs --decisions, a file of decisions about its records")
	}
	in, err := m.input(ctx, c, m.decisions)
	if err != nil {
		return err
	}
	scored, err := evaluate.Calibrate(ctx, in)
	if err != nil {
		return err
	}
	if n := scored.Calibrated.Decisions; n < calibrate.MinDecisions {
		return fmt.Errorf("%d decisions, and it takes %d; %d more are about unknown records", n, calibrate.MinDecisions, scored.Unknown)
	}
	printDecisions(c.out, scored)
	return m.write(c, scored.Model)
}

// decisions are read from the file, else from the store.
func (m matchCalibrate) decisions(ctx context.Context, from *learning.Learning) ([]evaluate.Decision, error) {
	if m.Decisions != "" {
		return readDecisions(m.Decisions)
	}
	return from.Decisions(ctx)
}

// decider tells what was decided; from is nil where a table is learned from.
type decider func(ctx context.Context, from *learning.Learning) ([]evaluate.Decision, error)

// noDecisions is for what learns without labels.
func noDecisions(context.Context, *learning.Learning) ([]evaluate.Decision, error) { return nil, nil }

func (l lessons) input(ctx context.Context, c console, decisions decider) (evaluate.Input, error) {
	if err := l.check(); err != nil {
		return evaluate.Input{}, err
	}
	if l.Table != "" {
		return l.fromTables(ctx, c, decisions)
	}
	return l.fromStore(ctx, c, decisions)
}

// check fails for what would come out only when the work is done.
func (l lessons) check() error {
	if l.Profiles < 1 {
		return errors.New("--profiles: at least one")
	}
	if err := checkName(l.Name); err != nil {
		return err
	}
	if err := checkOut(l.Out); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	return nil
}

func (l lessons) fromTables(ctx context.Context, c console, decisions decider) (in evaluate.Input, err error) {
	in = evaluate.Input{Progress: progressOn(c.err)}
	if in.Start, err = readModel(l.Model, weights.Shipped()); err != nil {
		return in, err
	}
	if in.Decisions, err = decisions(ctx, nil); err != nil {
		return in, err
	}
	if _, err = l.read(&in, l.Table, l.TableB); err == nil {
		l.tellUnread(c, in)
	}
	return in, err
}

func (l lessons) fromStore(ctx context.Context, c console, decisions decider) (in evaluate.Input, err error) {
	cfg, err := l.load(c)
	if err != nil {
		return in, err
	}
	db, err := gateway.OpenExisting(ctx, cfg.Store.URI.Reveal())
	if err != nil {
		return in, err
	}
	defer func() { _ = db.Close() }() // it was only read
	look, err := gateway.NewLookup(db, cfg)
	if err != nil {
		return in, err
	}
	in = evaluate.Input{Honest: true, Progress: progressOn(c.err)} // as it is for the pairs of contacts' profiles that it was made for, or was taught by decisions about these
	if in.Start, err = readModel(l.Model, look.Model); err != nil {
		return in, err
	}
	if in.Frequencies, err = look.Frequencies(ctx); err != nil {
		return in, err
	}
	from := learning.New(db, look)
	if in.Decisions, err = decisions(ctx, from); err != nil {
		return in, err
	}
	all, err := db.Profiles.Count(ctx, "created")
	if err != nil {
		return in, err
	}
	read := 0
	in.Left, err = from.Profiles(ctx, l.Profiles, in.Decisions, func(n int) { read += n; in.Progress("profiles", read, min(int(all), l.Profiles)) })
	if err == nil && len(in.Left) == 0 {
		err = errNoProfiles
	}
	return in, err
}

// errNoProfiles ends what works on the profiles of a store where there are none.
var errNoProfiles = errors.New("the store holds no profiles")

func (l lessons) write(c console, m *weights.Model) error {
	if err := writeModel(l.Out, l.Name, m); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.out, "written      %s; matching.model in the configuration makes a gateway score by it, and usher match rematch what is there already\n", l.Out)
	return err
}
