package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"usher/matching/evaluate"
)

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
