package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"usher/gateway"
	"usher/gateway/api"
	"usher/gateway/contact"
	"usher/gateway/inbox"
	"usher/gateway/lookup"
	"usher/gateway/store"
	"usher/matching/evaluate"
)

// replay is one run and what came of it.
type replay struct {
	gateway     *gateway.Gateway
	assignments []evaluate.Assignment
	flags       []evaluate.Flag
	looked      []lookup.Looked
}

// all takes every contact its way before the next one arrives.
func (r *replay) all(ctx context.Context, lines []contactLine, progress io.Writer) error {
	bar := newBar(progress, "contacts", int64(len(lines)))
	seen := map[string]bool{}
	for _, l := range lines {
		profile, err := r.one(ctx, l)
		if err != nil {
			return fmt.Errorf("contact %s: %w", l.id, err)
		}
		outcome := map[bool]string{false: "new", true: "attached"}[seen[profile]]
		if profile == "" {
			outcome = "none"
		}
		seen[profile] = true
		r.assignments = append(r.assignments, evaluate.Assignment{ID: l.id, Profile: profile, Outcome: outcome})
		_ = bar.Add(1) // a bar that cannot be drawn is no reason to stop
	}
	return nil
}

// one hands a contact in and returns whose profile it was recorded with; empty: nobody's.
func (r *replay) one(ctx context.Context, l contactLine) (string, error) {
	body, err := json.Marshal(replayed(l))
	if err != nil {
		return "", err
	}
	id, fresh, err := r.gateway.Inbox.Accept(ctx, inbox.Arrival{
		Source: api.OwnSource, Adapter: "standard", Key: l.id, Method: "POST", ContentType: "application/json", Body: bytes.NewReader(body), ReceivedAt: time.Now(),
	})
	if err != nil {
		return "", err
	}
	if !fresh {
		return "", errors.New("its id is not its own")
	}
	if _, err := r.gateway.Work(ctx); err != nil {
		return "", err
	}
	d, err := r.gateway.Inbox.Find(ctx, id)
	if err != nil {
		return "", err
	}
	if d.Outcome != contact.Recorded || len(d.Plan) != 1 {
		return "", fmt.Errorf("its delivery ended as %s: %s", d.Outcome, d.Error)
	}
	i, err := r.gateway.DB.Interactions.Find(ctx, d.Plan[0].Interaction)
	return i.ProfileID, err
}

// readFlags reads every pair that was flagged, with its latest probability.
func (r *replay) readFlags(ctx context.Context) error {
	page := store.Range{Index: "a", Limit: store.MaxLimit}
	for {
		flags, next, err := r.gateway.DB.Duplicates.List(ctx, page)
		if err != nil {
			return err
		}
		for _, d := range flags {
			r.flags = append(r.flags, evaluate.Flag{Left: d.A, Right: d.B, Probability: d.Probability})
		}
		if next == nil {
			return nil
		}
		page.After = next
	}
}

func (r *replay) write(dir string) error {
	assignments := [][]string{{"id", "profile_id", "outcome"}}
	for _, a := range r.assignments {
		assignments = append(assignments, []string{a.ID, a.Profile, a.Outcome})
	}
	flags := [][]string{{"profile_l", "profile_r", "probability"}}
	for _, f := range r.flags {
		flags = append(flags, []string{f.Left, f.Right, strconv.FormatFloat(f.Probability, 'g', -1, 64)})
	}
	return errors.Join(writeRows(filepath.Join(dir, assignmentsFile), assignments), writeRows(filepath.Join(dir, flagsFile), flags))
}

// report prints what the replay took.
func (r *replay) report(w io.Writer, took time.Duration) {
	_, _ = fmt.Fprintf(w, "model        %s\ncontacts     %d in %.1f s, %d flags\n", r.gateway.Model(), len(r.assignments), took.Seconds(), len(r.flags))
	if len(r.looked) == 0 {
		return
	}
	sum, hot := 0, 0
	for _, l := range r.looked {
		sum += l.Compared
		hot += l.Ignored
	}
	slices.SortFunc(r.looked, func(a, b lookup.Looked) int { return cmp.Compare(a.Compared, b.Compared) })
	at := func(p float64) lookup.Looked { return r.looked[min(len(r.looked)-1, int(p*float64(len(r.looked))))] }
	_, _ = fmt.Fprintf(w, "lookups      %d\ncandidates   %.1f a lookup, p50 %d, p95 %d, most %d; %.1f hot keys ignored\n",
		len(r.looked), float64(sum)/float64(len(r.looked)), at(.5).Compared, at(.95).Compared, at(1).Compared, float64(hot)/float64(len(r.looked)))
	slices.SortFunc(r.looked, func(a, b lookup.Looked) int { return cmp.Compare(a.Took, b.Took) })
	_, _ = fmt.Fprintf(w, "lookup time  p50 %s, p95 %s, p99 %s, with the store and its writes\n", at(.5).Took.Round(time.Microsecond), at(.95).Took.Round(time.Microsecond), at(.99).Took.Round(time.Microsecond))
}

// measure prints the figures of the reference scorer as one line of JSON.
func (r *replay) measure(w io.Writer, contacts, truth evaluate.Table) error {
	figures, err := evaluate.Replay(contacts, truth, r.assignments, r.flags)
	if err != nil {
		return fmt.Errorf("measuring: %w", err)
	}
	line, err := json.Marshal(figures)
	if err != nil {
		return fmt.Errorf("measuring: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s\n", line)
	return err
}
