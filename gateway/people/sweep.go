package people

import (
	"context"
	"log/slog"
	"time"
)

// sweepEvery is how long a decision stays unapplied, at most, if whoever made it stopped. Readers and deciders apply it before.
const sweepEvery = 5 * time.Second

// Run sweeps at the start and every few seconds, until ctx ends.
func (p *People) Run(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := p.Sweep(ctx); err != nil && ctx.Err() == nil {
			log.Warn("applying last decision", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Sweep applies the last decision, if whoever made it stopped before doing so. Those before it are applied: nobody commits before.
func (p *People) Sweep(ctx context.Context) error {
	last, err := p.tail(ctx)
	if err != nil {
		return err
	}
	return p.apply(ctx, last)
}
