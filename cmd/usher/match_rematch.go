package main

import (
	"context"
	"fmt"

	"usher/gateway"
)

// matchRematch holds all profiles of a store against each other with the model that the configuration names.
type matchRematch struct {
	settings `embed:""`
}

// Run goes on where an earlier run was stopped.
func (m matchRematch) Run(ctx context.Context, c console) error {
	err := during(ctx, "matching again", m.run(ctx, c))
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w; run it again: it goes on where it was", err)
	}
	return err
}

func (m matchRematch) run(ctx context.Context, c console) error {
	cfg, err := m.load(c)
	if err != nil {
		return err
	}
	db, err := gateway.OpenExisting(ctx, cfg.Store.URI.Reveal())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // what was written is durable
	all, err := db.Profiles.Count(ctx, "created")
	if err == nil && all == 0 {
		err = errNoProfiles
	}
	if err != nil {
		return err
	}
	look, err := gateway.NewLookup(db, cfg)
	if err != nil {
		return err
	}
	if err := look.Count(ctx); err != nil {
		return err
	}
	bar, done := newBar(c.err, "profiles", all), 0
	if err := look.Rematch(ctx, func(n int) { done += n; _ = bar.Add(n) }); err != nil { // a bar that cannot be drawn is no reason to stop
		return err
	}
	_, err = fmt.Fprintf(c.out, "%s matched with model %s\n", share(done, int(all)), look.Model.Version)
	return err
}

// share tells how many of all profiles a run went through that may have gone on where another was stopped.
func share(done, all int) string {
	if done >= all {
		return fmt.Sprintf("%d profiles", done)
	}
	return fmt.Sprintf("%d of %d profiles, the others before,", done, all)
}
