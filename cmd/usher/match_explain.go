package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"usher/matching/evaluate"
	"usher/matching/explain"
)

// matchExplain tells how the score of one pair comes about.
type matchExplain struct {
	tables    `embed:""`
	Left      string `required:"" help:"The id of the one record."`
	Right     string `required:"" help:"The id of the other."`
	Language  string `help:"In which language the reasons are told." enum:"en,de" default:"en"`
	Decisions string `help:"A CSV file of decisions, as id_l,id_r,same (yes or no). Without it no labels are used." type:"existingfile"`
}

// Run scores the table as eval does, and explains the pair.
func (m matchExplain) Run(ctx context.Context, c console) error {
	return during(ctx, "explaining", m.run(ctx, c))
}

func (m matchExplain) run(ctx context.Context, c console) error {
	in, _, err := m.input(c, m.Decisions)
	if err != nil {
		return err
	}
	in.Explain = [][2]string{{m.Left, m.Right}}
	scored, err := evaluate.Score(ctx, in)
	if err != nil {
		return err
	}
	if len(scored.Explained) == 0 {
		return errors.New("no two records of these ids")
	}
	m.tellUntrained(c, scored)
	m.print(c.out, scored)
	if m.Decisions != "" {
		printDecisions(c.out, scored)
	}
	if !proposed(scored.Pairs, m.Left, m.Right) {
		_, err = fmt.Fprintln(c.out, "no key brings the two together: they would not be compared")
	}
	return err
}

// print writes a line for each part of the score, then their sum.
func (m matchExplain) print(w io.Writer, s evaluate.Scored) {
	e := s.Explained[0]
	line := func(bits float64, code, text string) { _, _ = fmt.Fprintf(w, "%+7.2f  %-28s %s\n", bits, code, text) }
	line(e.Start, "prior", explain.Text(m.Language, "prior", ""))
	for _, t := range e.Terms {
		text := explain.Text(m.Language, t.Code, t.Cause)
		line(t.Bits(), strings.TrimSpace(t.Code+" "+t.Cause), fmt.Sprintf("%s: %q / %q%s", text, t.Left, t.Right, m.rarity(t)))
	}
	line(e.Score, "sum", fmt.Sprintf("probability %.4f, model %s", e.Probability, scoredBy(s)))
}

// rarity tells what of a term is the level's and what the value's.
func (m matchExplain) rarity(t explain.Term) string {
	code := "rare"
	switch {
	case t.Rarity == 0:
		return ""
	case t.Rarity < 0:
		code = "common"
	}
	return fmt.Sprintf(" (%+.2f, then %+.2f %s)", t.Base+t.Shift, t.Rarity, explain.Text(m.Language, code, ""))
}

func proposed(pairs []evaluate.Pair, a, b string) bool {
	for _, p := range pairs {
		if p.Left == a && p.Right == b || p.Left == b && p.Right == a {
			return true
		}
	}
	return false
}
