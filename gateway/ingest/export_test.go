package ingest

import (
	"context"

	"usher/gateway/lookup"
)

// WithoutMatching leaves out what comes after the protocol: nothing that it decides hangs on matching, whose steps would only multiply the schedules.
func (g *Ingest) WithoutMatching() *Ingest {
	g.learn = func(context.Context, lookup.News) error { return nil }
	return g
}
