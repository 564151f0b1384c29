package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"usher/gateway/transfer"
)

// exportCommand works on the store directly. While a gateway has an SQLite store, its API does the same.
type exportCommand struct {
	settings `embed:""`
	Profile  string `placeholder:"ID" help:"Everything of one person, by any of the person's profiles."`
	Out      string `type:"path" placeholder:"FILE" help:"Where to. Default: the standard output."`
	Format   string `enum:"ndjson,csv,vcard" default:"ndjson" help:"ndjson is everything, and can be imported again; csv and vcard are the people alone."`
}

// Run writes an export.
func (e exportCommand) Run(ctx context.Context, c console) error {
	if e.Profile != "" && e.Format != string(transfer.AsNDJSON) {
		return errors.New("exporting: one person is exported as ndjson")
	}
	g, err := e.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { _ = g.Close() }() // nothing was written
	if e.Out == "" {
		err = e.write(ctx, g.Transfer, c.out)
	} else {
		err = e.writeFile(ctx, g.Transfer)
	}
	if err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	return nil
}

func (e exportCommand) writeFile(ctx context.Context, t *transfer.Transfer) error {
	file, err := createWhole(e.Out)
	if err != nil {
		return err
	}
	if err := e.write(ctx, t, file); err != nil {
		file.drop()
		return err
	}
	return file.keep()
}

func (e exportCommand) write(ctx context.Context, t *transfer.Transfer, out io.Writer) error {
	if e.Profile != "" {
		return t.ExportPerson(ctx, out, e.Profile)
	}
	return t.Export(ctx, out, transfer.ExportFormat(e.Format))
}
