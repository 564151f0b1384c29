package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"usher/config"
	"usher/gateway"
	"usher/gateway/api"
	"usher/gateway/contact"
	"usher/gateway/inbox"
	"usher/gateway/lookup"
	"usher/gateway/store"
	"usher/matching/evaluate"
)

// matchReplay puts a file of contacts through the real ingest path.
type matchReplay struct {
	Contacts string `arg:"" help:"A CSV file of contacts in the order of time (else they are sorted by t), with the columns id, t (a fraction of two years), channel, display_name, email, phone, handle, sig_name, sig_phone, sig_email, org, city, postcode, lang." type:"existingfile"`
	Out      string `required:"" help:"The folder that assignments.csv and flags.csv go to." type:"path"`
	Store    string `help:"URI of an empty store. Default: an SQLite file in a temporary folder." placeholder:"URI"`
	Truth    string `help:"A CSV file with the columns id, person_id, tags: then the metrics are printed." type:"existingfile"`
	Config   string `short:"c" type:"path" help:"Configuration file (YAML) whose section matching is used, so that a model can be tried before a gateway scores by it." placeholder:"FILE"`
	Region   string `default:"DE" help:"In which country's way telephone numbers are written."`
}

// Run replays, writes and measures.
func (m matchReplay) Run(ctx context.Context, c console) error {
	err := during(ctx, "replaying", m.run(ctx, c))
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w; run it again, with an empty store: a replay begins at the first contact", err)
	}
	return err
}

func (m matchReplay) run(ctx context.Context, c console) error {
	contacts, err := readTable(m.Contacts)
	if err != nil {
		return err
	}
	lines, err := contactLines(contacts)
	if err != nil {
		return fmt.Errorf("%s: %w", m.Contacts, err)
	}
	inOrder(c.err, lines)
	var truth evaluate.Table
	if m.Truth != "" {
		if truth, err = readTable(m.Truth); err != nil {
			return err
		}
		if err := evaluate.CheckTruth(contacts, truth); err != nil {
			return err
		}
	}
	if err := m.makeOut(); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	cfg, err := m.settings(c)
	if err != nil {
		return err
	}
	model, err := gateway.ModelOf(cfg)
	if err != nil {
		return err
	}
	g, remove, err := m.open(ctx, cfg)
	if err != nil {
		return err
	}
	defer remove()
	r := replay{gateway: g, model: model.Version}
	g.WatchLookups(func(l lookup.Looked) { r.looked = append(r.looked, l) })
	began := time.Now()
	if err := r.all(ctx, lines, c.err); err != nil {
		return err
	}
	took := time.Since(began)
	if err := r.readFlags(ctx); err != nil {
		return err
	}
	if err := r.write(m.Out); err != nil {
		return err
	}
	r.report(c.out, took)
	if m.Truth == "" {
		return nil
	}
	return r.measure(c.out, contacts, truth)
}

// makeOut makes the folder of the results, and fails if they could not be written later.
func (m matchReplay) makeOut() error {
	if err := os.MkdirAll(m.Out, 0o700); err != nil {
		return err
	}
	return errors.Join(checkOut(filepath.Join(m.Out, assignmentsFile)), checkOut(filepath.Join(m.Out, flagsFile)))
}

// What a replay writes.
const (
	assignmentsFile = "assignments.csv"
	flagsFile       = "flags.csv"
)

const replayConfig = `
workspace: {region: %q}
inbox: {workers: 1}
log: {level: error}
`

// settings are those of a gateway that matches as the configuration says and does nothing else.
func (m matchReplay) settings(c console) (config.Config, error) {
	cfg, err := config.Parse("replay", fmt.Appendf(nil, replayConfig, m.Region), nil)
	if err != nil || m.Config == "" {
		return cfg, err
	}
	given, err := config.Load(m.Config, c.environ)
	cfg.Matching = given.Matching
	return cfg, err
}

func (m matchReplay) open(ctx context.Context, cfg config.Config) (*gateway.Gateway, func(), error) {
	uri, remove := m.Store, func() {}
	if uri == "" {
		dir, err := os.MkdirTemp("", "usher-replay-")
		if err != nil {
			return nil, nil, err
		}
		uri, remove = "sqlite://"+filepath.Join(dir, "usher.db"), func() { _ = os.RemoveAll(dir) }
	}
	cfg.Store.URI = config.NewURI(uri)
	g, err := gateway.Open(ctx, cfg, versionName(), slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		remove()
		return nil, nil, err
	}
	closed := func() { _ = g.Close(); remove() }
	n, err := g.DB.Profiles.Count(ctx, "created")
	if err == nil && n > 0 {
		err = fmt.Errorf("the store holds %d profiles, and must be empty", n)
	}
	if err != nil {
		closed()
		return nil, nil, err
	}
	return g, closed, nil
}

// replay is one run and what came of it.
type replay struct {
	gateway     *gateway.Gateway
	model       string // its version
	assignments []evaluate.Assignment
	flags       []evaluate.Flag
	looked      []lookup.Looked
}

// inOrder sorts contacts by time where they are not, and says so.
func inOrder(w io.Writer, lines []contactLine) {
	earlier := func(a, b contactLine) int { return cmp.Compare(a.t, b.t) }
	if slices.IsSortedFunc(lines, earlier) {
		return
	}
	slices.SortStableFunc(lines, earlier)
	_, _ = fmt.Fprintln(w, "usher: the contacts are not in the order of time: they are replayed sorted by t")
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
	_, _ = fmt.Fprintf(w, "model        %s\ncontacts     %d in %.1f s, %d flags\n", r.model, len(r.assignments), took.Seconds(), len(r.flags))
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
