// Package inbox holds what arrived: whole deliveries, durable before they are answered, worked on by any number of workers and gateways until they are done, and replayed when a bug is mended.
// It knows nothing of people or interactions; a Handler does.
package inbox

import (
	"log/slog"
	"time"

	"usher/gateway/store"
	"usher/gateway/telemetry"
)

// Options bound an inbox's work.
type Options struct {
	Sources     []string      // whose deliveries are worked on here
	Workers     int           // deliveries worked on at the same time
	Lease       time.Duration // how long a claimed delivery is left alone by others
	MaxAttempts int           // after so many failures a delivery is dead
	Retention   time.Duration // how long the body of a delivery that is done is kept
	Owner       string        // this gateway, unique among those that share the store
}

// Inbox is the deliveries of one store.
type Inbox struct {
	db      *store.DB
	options Options
	log     *slog.Logger
	metrics *telemetry.Metrics
	arrived chan struct{} // signals that there may be work
	turn    int           // the source whose turn it is to be claimed from first
}

// New makes an inbox; Run works on it.
func New(db *store.DB, o Options, log *slog.Logger, m *telemetry.Metrics) *Inbox {
	return &Inbox{db: db, options: o, log: log, metrics: m, arrived: make(chan struct{}, 1)}
}

// wake lets the workers look for deliveries now instead of at the next poll.
func (b *Inbox) wake() {
	select {
	case b.arrived <- struct{}{}:
	default: // they have been told already
	}
}
