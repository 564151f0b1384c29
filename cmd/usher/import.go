package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	cells "github.com/jedib0t/go-pretty/v6/text"
	"github.com/schollz/progressbar/v3"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/gateway/transfer"
	"usher/gateway/transfer/mapping"
	layouts "usher/gateway/transfer/rows" // rows are those of a benchmark here
)

// importCommand works on the store directly. While a gateway has an SQLite store, its API does the same.
type importCommand struct {
	settings  `embed:""`
	File      string            `arg:"" optional:"" type:"existingfile" help:"CSV, NDJSON, JSON or vCard, in any usual encoding; exports of Zendesk, Google, Outlook and address books go in as they are."`
	Resume    string            `placeholder:"JOB" help:"Go on with a job that was stopped."`
	DryRun    bool              `help:"Write nothing of the rows; say what would become of each."`
	Map       map[string]string `mapsep:"none" placeholder:"COLUMN=MEANING" help:"What a column means: name, given_name, family_name, email, phone, external_id:SYSTEM, organization, tag, note, language, city, postcode, field:NAME, ignore, ... May be given several times."`
	Format    string            `enum:",csv,ndjson,json,vcard" default:"" help:"Default: found out, as the encoding, the delimiter and the source."`
	Encoding  string            `placeholder:"NAME" help:"Such as utf-8 or windows-1252."`
	Delimiter string            `help:"Of CSV: a comma, a semicolon, a tab or a bar."`
	Source    string            `help:"Whose export it is: zendesk, zendesk_organizations, google, outlook, vcard, usher, other."`
	Region    string            `placeholder:"DE" help:"For national numbers. Default: the workspace's."`
	Rejects   string            `type:"path" placeholder:"FILE" help:"Write the rejected rows there, as CSV with code and reason."`
}

// Run imports a file and shows what became of its rows.
func (i importCommand) Run(ctx context.Context, c console) error {
	if (i.File == "") == (i.Resume == "") {
		return errors.New("importing: say a file, or with --resume a job")
	}
	g, err := i.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { _ = g.Close() }() // every write was durable when it was answered
	if i.Rejects == "" {
		return i.run(ctx, c, g, nothingRejected)
	}
	file, err := createWhole(i.Rejects) // before the first row: an import is not taken back because of it
	if err != nil {
		return fmt.Errorf("writing rejects: %w", err)
	}
	err = i.run(ctx, c, g, func(job contact.Job) error {
		if err := g.Transfer.Rejects(context.WithoutCancel(ctx), job.ID, file); err != nil {
			return fmt.Errorf("writing rejects: %w", err)
		}
		return file.keep()
	})
	if err != nil {
		file.drop() // unless it was kept
	}
	return err
}

func nothingRejected(contact.Job) error { return nil }

// run works on a job, shows what became of it, and has its rejects written.
func (i importCommand) run(ctx context.Context, c console, g *gateway.Gateway, rejects func(contact.Job) error) error {
	if err := g.CountNames(ctx); err != nil {
		return fmt.Errorf("importing: %w", err)
	}
	id := i.Resume
	if id == "" {
		var err error
		if id, err = i.store(ctx, g.Transfer); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(c.err, "importing as %s\n", id) // whoever is killed goes on with it
	}
	job, err := finish(ctx, g.Transfer, id, c.err)
	var refused *contact.Error
	switch {
	case errors.As(err, &refused) && refused.Kind == contact.NotFound, errors.As(err, &refused) && refused.Code == "not_running":
		return fmt.Errorf("importing: %w", err)
	case err != nil:
		return fmt.Errorf("importing: %w (go on with --resume %s)", err, id)
	}
	showImport(c.out, job)
	if err := rejects(job); err != nil {
		return err
	}
	switch job.State {
	case contact.JobDone:
		return nil
	case contact.JobFailed:
		return fmt.Errorf("importing: %s", job.Error)
	}
	return fmt.Errorf("importing: stopped behind row %d; go on with: usher import --resume %s", job.Row, job.ID)
}

// open opens the gateway of the settings, without serving.
func (s settings) open(ctx context.Context, c console) (*gateway.Gateway, error) {
	cfg, err := s.load(c)
	if err != nil {
		return nil, err
	}
	g, err := gateway.Open(ctx, cfg, versionName(), slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if errors.Is(err, store.ErrInUse) {
		return nil, fmt.Errorf("%w: a running gateway has the store. Ask it, with a key: POST %[2]s/v1/imports, GET %[2]s/v1/export (%[2]s/docs)", err, runningAddress(cfg))
	}
	return g, err
}

// store hands the file in.
func (i importCommand) store(ctx context.Context, t *transfer.Transfer) (string, error) {
	file, err := os.Open(i.File)
	if err != nil {
		return "", fmt.Errorf("importing: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	job, err := t.Import(ctx, transfer.Wish{
		Layout: layouts.Layout{Format: layouts.Format(i.Format), Encoding: i.Encoding, Delimiter: i.Delimiter},
		Source: i.Source, Mapping: i.Map, Region: i.Region, DryRun: transfer.DryRun(i.DryRun), Who: "usher import",
	}, file)
	if err != nil {
		return "", fmt.Errorf("importing: %w", err)
	}
	return job.ID, nil
}

// followEvery is how often a job is looked at that a gateway works on.
const followEvery = 500 * time.Millisecond

// finish works on a job, or follows the gateway that does.
func finish(ctx context.Context, t *transfer.Transfer, id string, progress io.Writer) (contact.Job, error) {
	bar := barFor(progress)
	watch := func(job contact.Job) {
		bar.ChangeMax64(job.Size)
		_ = bar.Set64(job.Read) // a bar that cannot be drawn is no reason to stop
	}
	defer func() { _ = bar.Finish() }()
	job, err := t.Finish(ctx, id, watch)
	for {
		var refused *contact.Error
		taken := errors.As(err, &refused) && refused.Code == "busy" || err == nil && job.State == contact.Running
		if !taken {
			return job, err
		}
		select {
		case <-ctx.Done():
			return t.Find(context.WithoutCancel(ctx), id)
		case <-time.After(followEvery):
		}
		if job, err = t.Find(ctx, id); err == nil {
			watch(job)
		}
	}
}

// barFor draws on a terminal, and nowhere else.
func barFor(w io.Writer) *progressbar.ProgressBar {
	return progressbar.NewOptions64(1, progressbar.OptionSetWriter(onTerminal(w)), progressbar.OptionSetDescription("importing"), progressbar.OptionShowBytes(true), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
}

// showImport shows what became of a job's rows.
func showImport(out io.Writer, job contact.Job) {
	showColumns(out, job)
	title, flagged := "imported", "entered; somebody else may be the same person"
	if job.DryRun {
		title, flagged = "would be imported", "somebody else may be the same person; rows that share no contact point are not held against each other"
	}
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.AppendHeader(table.Row{"rows " + title, "", "what it means"})
	for _, o := range []struct {
		outcome contact.RowOutcome
		means   string
	}{
		{contact.RowCreated, "new people"}, {contact.RowUpdated, "known people who learned something"}, {contact.RowMatched, "known people, nothing new"},
		{contact.RowFlagged, flagged}, {contact.RowRejected, "nothing was written; --rejects FILE says why"},
		{contact.RowSkipped, "history in Usher's own export: nothing to import"},
	} {
		t.AppendRow(table.Row{o.outcome, *job.Counts.Of(o.outcome), o.means})
	}
	t.AppendFooter(table.Row{job.ID, job.Counts.Sum(), readAs(job)})
	t.Style().Format.Footer = cells.FormatDefault // a job's id is its letters
	t.Render()
	if layouts.Guess(job.Guess) == layouts.Guessed {
		_, _ = fmt.Fprintf(out, "The encoding was guessed. Where names are broken, import the file again with --encoding, such as windows-1250 or utf-8.\n")
	}
}

// showColumns shows what each column was taken for.
func showColumns(out io.Writer, job contact.Job) {
	if len(job.Columns) == 0 {
		return
	}
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.AppendHeader(table.Row{"column", "read as"})
	for _, c := range job.Columns {
		t.AppendRow(table.Row{c.Name, c.Value})
	}
	t.Render()
}

// readAs is what a file was taken for, as far as that was found out.
func readAs(job contact.Job) string {
	shown := strings.TrimSpace(job.Encoding + " " + job.Format)
	if job.Source != "" && job.Source != string(mapping.Other) && job.Source != job.Format {
		shown += ", an export of " + job.Source
	}
	return shown
}
