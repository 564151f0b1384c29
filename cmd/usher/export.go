package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

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
func (e exportCommand) Run(ctx context.Context, c console) (err error) {
	if e.Profile != "" && e.Format != string(transfer.AsNDJSON) {
		return errors.New("exporting: one person is exported as ndjson")
	}
	g, err := e.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { _ = g.Close() }() // nothing was written
	out := c.out
	if e.Out != "" {
		file, err := os.OpenFile(e.Out, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return fmt.Errorf("exporting: %w", err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out = file
	}
	if err := e.write(ctx, g.Transfer, out); err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	return nil
}

func (e exportCommand) write(ctx context.Context, t *transfer.Transfer, out io.Writer) error {
	if e.Profile != "" {
		return t.ExportPerson(ctx, out, e.Profile)
	}
	return t.Export(ctx, out, transfer.ExportFormat(e.Format))
}
