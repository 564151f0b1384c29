package events_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/gateway/store/schedule"
)

// slow is a store that takes its time for what is inserted into a collection: the document was stamped before, and is there after. The clock is the test's own.
type slow struct {
	store.Driver
	collection string
	takes      time.Duration
}

func (s slow) wait(ctx context.Context, c *store.Schema) {
	if c.Name != s.collection {
		return
	}
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
	}
}

func (s slow) Insert(ctx context.Context, c *store.Schema, doc contact.Stored) error {
	s.wait(ctx, c)
	return s.Driver.Insert(ctx, c, doc)
}

func (s slow) InsertMissing(ctx context.Context, c *store.Schema, docs []contact.Stored) error {
	s.wait(ctx, c)
	return s.Driver.InsertMissing(ctx, c, docs)
}

// opened is a store that takes its time, and the same one at its usual speed.
func opened(t *testing.T, collection string, takes time.Duration) (late, usual *store.DB) {
	driver := schedule.NewMemory()
	usual, err := store.Open(t.Context(), driver)
	require.NoError(t, err)
	late, err = store.Open(t.Context(), slow{driver, collection, takes})
	require.NoError(t, err)
	return late, usual
}

// reader follows the feed as the API serves it: what is settled, from behind the last that it had.
type reader struct {
	db    *store.DB
	after []any
	seen  map[string]int
}

func (r *reader) read(t *testing.T) {
	settled := events.Settled()
	settled.After, settled.Limit = r.after, store.MaxLimit
	page, _, err := r.db.Events.List(t.Context(), settled)
	require.NoError(t, err)
	for _, e := range page {
		r.seen[e.Subject]++
		r.after = []any{e.At, e.ID}
	}
}

// every does something again and again until a time is over.
func every(interval, until time.Duration, do func(n int)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for n := range int(until / interval) {
		<-tick.C
		do(n)
	}
}

// Whoever follows without a pause sees an event that was stamped before others and stored after them, however long that took; and none that was stored in time twice.
func TestAReaderMissesNothingThatIsStoredLate(t *testing.T) {
	t.Parallel()
	for _, takes := range []time.Duration{0, 300 * time.Millisecond, 950 * time.Millisecond, 1050 * time.Millisecond, 1900 * time.Millisecond, 5 * time.Second, time.Minute} {
		for _, together := range []int{1, 3} { // one insert, or several in one step
			t.Run(fmt.Sprint(takes, together), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					late, usual := opened(t, "events", takes)
					done := make(chan error, 1)
					go func() {
						var all []store.Event
						for k := range together {
							all = append(all, events.New(late, events.InteractionRecorded, fmt.Sprint("late", k), nil, fmt.Sprint("late", k)))
						}
						done <- events.Record(t.Context(), late, all...)
					}()
					r := reader{db: usual, seen: map[string]int{}}
					every(50*time.Millisecond, takes+5*time.Second, func(n int) {
						subject := fmt.Sprint("int_", n)
						require.NoError(t, events.Record(t.Context(), usual, events.New(usual, events.InteractionRecorded, subject, nil, subject)))
						r.read(t)
					})
					require.NoError(t, <-done)
					for k := range together {
						require.Positive(t, r.seen[fmt.Sprint("late", k)])
						delete(r.seen, fmt.Sprint("late", k))
					}
					require.NotEmpty(t, r.seen)
					for subject, n := range r.seen {
						require.Equal(t, 1, n, subject)
					}
				})
			})
		}
	}
}

// A decision that is stamped before others and listed after they were followed is told all the same, once: no request lasts as long as followers look back.
func TestFollowersTellADecisionThatIsListedLate(t *testing.T) {
	t.Parallel()
	for _, takes := range []time.Duration{0, 3 * time.Second, time.Minute, 119 * time.Second} {
		t.Run(takes.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				late, usual := opened(t, "decisions", takes)
				block := func(db *store.DB, domain string) error {
					_, err := people.New(db).Block(t.Context(), people.Barring{Kind: contact.DomainBlock, Target: domain, Who: "anna"})
					return err
				}
				done := make(chan error, 1)
				go func() { done <- block(late, "late.example") }()
				followers := []*events.Follower{events.NewFollower(usual), events.NewFollower(usual)}
				every(time.Second, takes+5*time.Second, func(n int) {
					require.NoError(t, block(usual, fmt.Sprintf("d%d.example", n)))
					require.NoError(t, followers[n%2].Follow(t.Context()))
				})
				require.NoError(t, <-done)
				told := map[string]int{}
				for _, e := range stored(t, usual) {
					require.Equal(t, string(events.BlockAdded), e.Type)
					told[e.Subject]++
				}
				require.Equal(t, 1, told[usual.Salt.BlockID(contact.DomainBlock, "late.example")])
				require.Len(t, told, int(takes/time.Second)+6)
			})
		})
	}
}
