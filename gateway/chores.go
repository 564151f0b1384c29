package gateway

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"usher/gateway/events"
	"usher/gateway/quarantine"
)

// chore is work that is looked for at the start and then again and again: most of it is what a process left that stopped. Any number of gateways may do it.
type chore struct {
	doing string // for the log
	every time.Duration
	woken <-chan struct{} // asks for it before its time; nil: nobody does
	work  func(context.Context) error
}

// chores are the gateway's own work beside that of its sources and clients.
func (g *Gateway) chores() []chore {
	return []chore{
		{doing: "tidying", every: time.Hour, work: g.tidy},
		{doing: "applying last decision", every: 5 * time.Second, work: g.people.Sweep}, // readers and deciders apply it before
		{doing: "going on with entries", every: time.Second, work: g.resume},
		{doing: "following decisions", every: time.Second, work: events.NewFollower(g.DB).Follow},
		{doing: "completing verdicts", every: 5 * time.Second, work: quarantine.New(g.DB, g.Inbox).Sweep},
		{doing: "applying domains", every: 5 * time.Second, woken: g.organizations.Woken(), work: g.organizations.Work},
		{doing: "looking again at profiles", every: 5 * time.Second, work: g.ingest.Relook},
		{doing: "counting names", every: 24 * time.Hour, work: g.lookup.Count},
		{doing: "erasing", every: time.Second, work: g.privacy.Work},
		{doing: "overwriting what was erased", every: time.Second, work: g.privacy.Overwrite},
	}
}

// repeat does a chore until ctx ends. What fails is tried again the next time.
func (c chore) repeat(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(c.every)
	defer tick.Stop()
	for {
		if err := c.work(ctx); err != nil && ctx.Err() == nil {
			log.Warn(c.doing, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-c.woken:
		}
	}
}

// underway is how long the request of an entry is left to itself. It may take longer: then it is helped.
const underway = 3 * time.Second

// resume goes on with entries whose requests have stopped.
func (g *Gateway) resume(ctx context.Context) error {
	return g.ingest.Resume(ctx, time.Now().Add(-underway))
}

// tidy drops what has had its time.
func (g *Gateway) tidy(ctx context.Context) error {
	return errors.Join(g.Inbox.Tidy(ctx), g.API.Tidy(ctx), g.Transfer.Tidy(ctx), g.outbound.Tidy(ctx, g.kept.Events), g.privacy.Tidy(ctx, g.kept))
}
