package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"usher/config"
	"usher/gateway"
	"usher/gateway/lookup"
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
	g, remove, err := m.open(ctx, cfg)
	if err != nil {
		return err
	}
	defer remove()
	r := replay{gateway: g}
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

// inOrder sorts contacts by time where they are not, and says so.
func inOrder(w io.Writer, lines []contactLine) {
	earlier := func(a, b contactLine) int { return cmp.Compare(a.t, b.t) }
	if slices.IsSortedFunc(lines, earlier) {
		return
	}
	slices.SortStableFunc(lines, earlier)
	_, _ = fmt.Fprintln(w, "usher: the contacts are not in the order of time: they are replayed sorted by t")
}
