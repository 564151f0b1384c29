package inbox

import (
	"context"
	"fmt"
	"time"
)

// settlePoll is how often Drained looks whether the queue is empty.
const settlePoll = 10 * time.Millisecond

// Drained returns when every delivery of the sources worked on here is done or dead, or with ctx's error. It is for those who have just posted something and want to see what became of it.
func (b *Inbox) Drained(ctx context.Context) error {
	tick := time.NewTicker(settlePoll)
	defer tick.Stop()
	for {
		open, err := b.Open(ctx)
		if err != nil || open == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %d deliveries: %w", open, ctx.Err())
		case <-tick.C:
		}
	}
}

// Open counts the deliveries that are still to be worked on.
func (b *Inbox) Open(ctx context.Context) (int64, error) {
	var open int64
	for _, source := range b.options.Sources {
		n, err := b.db.Deliveries.Count(ctx, "queue", source)
		if err != nil {
			return 0, err
		}
		open += n
	}
	return open, nil
}
