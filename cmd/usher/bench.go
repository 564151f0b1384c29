package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"usher/config"
	"usher/gateway"
)

// benchCommand measures against a bare baseline in the same run, in turns, since machines are noisy: only the ratio says something.
type benchCommand struct {
	Accept benchAccept `cmd:"" help:"Webhook accept (signature, durable write, 2xx) against a bare handler with the same HMAC and one group-committed insert."`
	Ingest benchIngest `cmd:"" help:"The whole way (accept to flagged) against a bare writer of the same rows."`
	Lookup benchLookup `cmd:"" help:"How long looking takes in a store of many profiles: duplicates, resolve, search, timelines."`
	Import benchImport `cmd:"" help:"Importing a file into a store with people against a bare writer of the same rows."`
	IMAP   benchIMAP   `cmd:"" name:"imap" help:"Reading a mailbox into the inbox against a bare client of the same server that writes the same rows."`

	IMAPRead benchIMAPRead `cmd:"" name:"imap-read" hidden:""`
}

// benchStore is which store is measured.
type benchStore struct {
	Store  string `help:"URI of the store to measure. Default: an SQLite file in a temporary folder." placeholder:"URI"`
	Rounds int    `default:"5" help:"Rounds of both sides, in turn."`
}

// benchSecret signs the benchmark's webhooks; nothing outside this process knows its gateway.
const (
	benchSecret  = "usher-bench-auth-token-0123456789" //nolint:gosec // a stand-in, for this process alone
	benchAccount = "AC00000000000000000000000000000000"
	benchSource  = "bench"
)

// open starts a gateway for one source of signed SMS on a fresh store, and says how to remove it.
func (b benchStore) open(ctx context.Context, address string) (*gateway.Gateway, func(), error) {
	uri, remove := b.Store, func() {}
	if uri == "" {
		dir, err := os.MkdirTemp("", "usher-bench-")
		if err != nil {
			return nil, nil, fmt.Errorf("making folder: %w", err)
		}
		uri, remove = "sqlite://"+filepath.Join(dir, "usher.db"), func() { _ = os.RemoveAll(dir) }
	}
	cfg, err := config.Parse("bench", fmt.Appendf(nil, benchConfig, address, benchSource, benchSecret, benchAccount), nil)
	if err != nil {
		remove()
		return nil, nil, err
	}
	cfg.Store.URI = config.NewURI(uri)
	g, err := gateway.Open(ctx, cfg, versionName(), slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		remove()
		return nil, nil, err
	}
	return g, func() { _ = g.Close(); remove() }, nil
}

const benchConfig = `
workspace: {region: US}
listen: {address: %q}
limits: {ingest_per_second: 0, api_per_second: 0}
inbox: {workers: 32}
log: {level: error}
sources:
  - {name: %s, adapter: twilio, secrets: [%s], twilio: {account: %s}}
`

// report prints both sides and the ratio of their medians.
func report(out io.Writer, unit string, ours, bare []float64) {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.AppendHeader(table.Row{"", "min", "median", "max"})
	for _, side := range []struct {
		name string
		all  []float64
	}{{"usher " + unit, ours}, {"bare " + unit, bare}} {
		t.AppendRow(table.Row{side.name, fmt.Sprintf("%.0f", slices.Min(side.all)), fmt.Sprintf("%.0f", median(side.all)), fmt.Sprintf("%.0f", slices.Max(side.all))})
	}
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = ours[i] / bare[i]
	}
	t.AppendFooter(table.Row{"ratio, round by round", fmt.Sprintf("%.2f", slices.Min(ratios)), fmt.Sprintf("%.2f", median(ratios)), fmt.Sprintf("%.2f", slices.Max(ratios))})
	t.Render()
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// percentile of durations, p from 0 to 1.
func percentile(all []time.Duration, p float64) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}
