package main

import (
	"context"
	"fmt"

	"usher/gateway"
)

// matchRematch holds all profiles of a store against each other with the model of this version.
type matchRematch struct {
	settings `embed:""`
}

// Run goes on where an earlier run was stopped.
func (m matchRematch) Run(ctx context.Context, c console) error {
	cfg, err := m.load(c)
	if err != nil {
		return err
	}
	db, err := gateway.OpenStore(ctx, cfg.Store.URI.Reveal())
	if err != nil {
		return fmt.Errorf("matching again: %w", err)
	}
	defer func() { _ = db.Close() }() // what was written is durable
	all, err := db.Profiles.Count(ctx, "created")
	if err != nil {
		return fmt.Errorf("matching again: %w", err)
	}
	bar := newBar(c.err, "profiles", all)
	look, err := gateway.NewLookup(db, cfg)
	if err != nil {
		return fmt.Errorf("matching again: %w", err)
	}
	if err := look.Count(ctx); err != nil {
		return fmt.Errorf("matching again: %w", err)
	}
	done := 0
	err = look.Rematch(ctx, func(n int) { done += n; _ = bar.Add(n) }) // a bar that cannot be drawn is no reason to stop
	if err != nil {
		return fmt.Errorf("matching again: %w", err)
	}
	_, err = fmt.Fprintf(c.out, "%d profiles matched with model %s\n", done, look.Model.Version)
	return err
}
