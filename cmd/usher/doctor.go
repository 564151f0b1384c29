package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	wrap "github.com/jedib0t/go-pretty/v6/text"

	"usher/adapters/all"
	"usher/config"
	"usher/gateway"
	"usher/gateway/store"
)

type doctorCommand struct {
	settings `embed:""`
	Ready    bool   `help:"Only ask the running gateway whether it is ready, as health checks do."`
	Gateway  string `help:"Address of the running gateway. Default: where it says itself that it listens (listen.announce), else where the configuration says so." placeholder:"URL"`
	Key      string `help:"An API key (scope profiles:read): also ask the running gateway how its sources do and what it refused." placeholder:"KEY"`
	Store    bool   `help:"Also check what is stored: that every holder exists, that no identity is left undecided, and the like."`
}

// finding is one thing that was checked.
type finding struct {
	what, state, detail string
}

// errUnhealthy ends a doctor's visit that found something; the table says what.
var errUnhealthy = errors.New("something is wrong; see above")

// Run checks everything that can be checked from here and prints a table.
func (d doctorCommand) Run(ctx context.Context, c console) error {
	if d.Ready {
		return d.ready(ctx, c)
	}
	findings := d.examine(ctx, c)
	if err := show(c.out, findings); err != nil {
		return err
	}
	if slices.ContainsFunc(findings, func(f finding) bool { return f.state == "wrong" }) {
		return errUnhealthy
	}
	return nil
}

// The width of the table in columns, of what is between its three cells, of the states, and of what was checked at most.
const (
	tableWidth   = 100
	tableBorders = 10
	stateWidth   = 7
	checkedWidth = 40
)

// show prints what was found, in lines that fit a terminal.
func show(out io.Writer, findings []finding) error {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"checked", "", "detail"})
	checked := 0
	for _, f := range findings {
		t.AppendRow(table.Row{f.what, f.state, f.detail})
		checked = max(checked, min(checkedWidth, wrap.StringWidth(f.what)))
	}
	t.SetColumnConfigs([]table.ColumnConfig{
		{Number: 1, WidthMax: checked, WidthMaxEnforcer: wrap.WrapSoft},
		{Number: 3, WidthMax: tableWidth - tableBorders - stateWidth - checked, WidthMaxEnforcer: wrap.WrapSoft},
	})
	_, err := fmt.Fprintln(out, t.Render())
	return err
}

// ready asks a gateway whether it is ready and examines nothing else: containers do it every few seconds.
func (d doctorCommand) ready(ctx context.Context, c console) error {
	if d.Gateway != "" {
		return askReady(ctx, d.Gateway)
	}
	cfg, err := d.load(c)
	if err != nil {
		return err
	}
	return askReady(ctx, runningAddress(cfg))
}

func (d doctorCommand) examine(ctx context.Context, c console) []finding {
	cfg, err := d.load(c)
	if err != nil {
		return []finding{{"configuration", "wrong", err.Error()}}
	}
	if err := cfg.Validate(all.Names()); err != nil {
		return []finding{{"configuration", "wrong", err.Error()}}
	}
	findings := []finding{{"configuration", "ok", fmt.Sprintf("%d sources", len(cfg.Sources))}}
	for _, w := range cfg.Warnings() {
		findings = append(findings, finding{"configuration", "warning", w})
	}
	findings = append(findings, examineModel(cfg))
	findings = append(findings, examineSources(ctx, cfg)...)
	return append(findings, d.examineRunning(ctx, c, cfg)...)
}

// examineModel reads the model as serve would.
func examineModel(cfg config.Config) finding {
	m, err := gateway.ModelOf(cfg)
	if err != nil {
		return finding{"model", "wrong", err.Error()}
	}
	detail := m.Version + ", the one that Usher comes with"
	if cfg.Matching.Model != "" {
		detail = m.Version + " of " + cfg.Matching.Model
	}
	return finding{"model", "ok", detail}
}

// examineRunning checks the store, and the gateway that has it.
func (d doctorCommand) examineRunning(ctx context.Context, c console, cfg config.Config) []finding {
	db, err := gateway.OpenStore(ctx, cfg.Store.URI.Reveal())
	if errors.Is(err, store.ErrInUse) {
		findings := []finding{{"store", "ok", "in use by a running gateway"}}
		if d.Store {
			findings = append(findings, finding{"content", "warning", "not checked: stop the gateway first"})
		}
		return append(findings, askGateway(ctx, cmp.Or(d.Gateway, runningAddress(cfg)), d.Key)...)
	}
	if err != nil {
		return []finding{{"store", "wrong", err.Error()}}
	}
	defer func() { _ = db.Close() }()
	findings := []finding{examineStore(ctx, db)}
	if d.Store {
		findings = append(findings, examineContent(ctx, db, onTerminal(c.err))...)
	}
	if d.Key != "" || d.Gateway != "" { // a store that gateways share
		findings = append(findings, askGateway(ctx, cmp.Or(d.Gateway, runningAddress(cfg)), d.Key)...)
	}
	return findings
}

// examineSources builds every source as serve would.
func examineSources(ctx context.Context, cfg config.Config) []finding {
	ctx, cancel := context.WithTimeout(ctx, sourcesTime)
	defer cancel()
	var findings []finding
	for _, check := range gateway.CheckSources(ctx, cfg) {
		findings = append(findings, examineSource(cfg, check)...)
	}
	return findings
}

// sourcesTime bounds trying all sources that are polled.
const sourcesTime = 2 * time.Minute

func examineSource(cfg config.Config, check gateway.SourceCheck) []finding {
	name := "source " + check.Source.Name
	switch {
	case check.Err != nil:
		return []finding{{name, "wrong", check.Err.Error()}}
	case check.Polled:
		var findings []finding
		for _, f := range check.Findings {
			findings = append(findings, finding{name + ": " + f.What, f.State, f.Detail})
		}
		return findings
	}
	detail := "hook " + gateway.HooksURL(cfg, check.Source) + "/" + check.Source.Name
	switch public := cfg.PublicURL(check.Source); {
	case public == "":
		return []finding{{name, "warning", detail + ": no public_url, so providers that sign their address will be refused"}}
	case strings.HasPrefix(public, "http://"):
		return []finding{{name, "warning", detail + ": not https: webhooks travel in the clear up to the proxy"}}
	}
	return []finding{{name, "ok", detail}}
}

func examineStore(ctx context.Context, db *store.DB) finding {
	began := time.Now()
	if err := db.Ping(ctx); err != nil {
		return finding{"store", "wrong", err.Error()}
	}
	return finding{"store", "ok", "a write took " + time.Since(began).Round(10*time.Microsecond).String()}
}

// examineContent checks the invariants of what is stored.
func examineContent(ctx context.Context, db *store.DB, progress io.Writer) []finding {
	report, err := gateway.Examine(ctx, db, progress)
	if err != nil {
		return []finding{{"content", "wrong", err.Error()}}
	}
	var findings []finding
	for _, r := range report {
		state := "ok"
		if len(r.Violations) > 0 {
			state = "wrong"
		}
		findings = append(findings, finding{r.Rule, state, strings.TrimSpace(fmt.Sprintf("%d checked %s", r.Checked, strings.Join(r.Violations, " ")))})
	}
	return findings
}
