package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"usher/config"
	"usher/gateway"
	"usher/gateway/keys"
	"usher/gateway/store"
	"usher/gateway/telemetry"
)

type serveCommand struct {
	settings    `embed:""`
	PrintConfig bool `help:"Check the settings, print those in force, secrets hidden, and stop. Opens no store."`
}

// Run serves until it is told to stop, then finishes what it has accepted.
func (s serveCommand) Run(ctx context.Context, c console) error {
	cfg, err := s.load(c)
	if err != nil {
		return err
	}
	log, err := telemetry.NewLogger(c.err, cfg.Log.Level, cfg.Log.Format)
	if err != nil {
		return err
	}
	if s.PrintConfig {
		if err := gateway.Check(cfg); err != nil {
			return err
		}
		return config.Print(c.out, cfg)
	}
	g, err := gateway.Open(ctx, cfg, versionName(), log)
	if errors.Is(err, store.ErrInUse) {
		return fmt.Errorf("%w: a running gateway has the store, and answers at %s. Stop it, or name another store with --data or store.uri", err, runningAddress(cfg))
	}
	if err != nil {
		return err
	}
	defer func() { _ = g.Close() }() // nothing is lost by it: every write was durable when it was answered
	address, err := g.API.Listen(ctx)
	if err != nil {
		return err
	}
	defer sayAddress(cfg, address, log)()
	if err := greet(ctx, c, g, cfg, address); err != nil {
		return err
	}
	return g.Run(ctx)
}

// greet says where the gateway is, and on the very first start its first key, which is shown once.
func greet(ctx context.Context, c console, g *gateway.Gateway, cfg config.Config, address string) error {
	secret, first, err := keys.First(ctx, g.DB)
	if err != nil {
		return fmt.Errorf("making the first key: %w", err)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "Usher %s\n  address    http://%s\n  API docs   http://%s/docs\n  store      %s\n", versionName(), address, address, cfg.Store.URI)
	for _, s := range cfg.Sources {
		fmt.Fprintf(&text, "  source     %s (%s)\n", s.Name, s.Adapter)
	}
	if len(cfg.Sources) == 0 {
		text.WriteString("  sources    none configured; POST /v1/interactions takes contacts with a key\n")
	}
	if first {
		fmt.Fprintf(&text, "  first key  %s\n             It may do everything and is not shown again.\n", secret)
	}
	_, err = fmt.Fprint(c.out, text.String())
	return err
}
