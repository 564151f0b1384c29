package events_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/ingest"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/gateway/store/schedule"
)

// slow is a store that takes its time for what is inserted into a collection, or changed in one: the document was stamped before, and is there after. The clock is the test's own.
type slow struct {
	store.Driver
	inserts, changes string
	takes            time.Duration
}

func (s slow) wait(ctx context.Context, collection, slow string) {
	if collection != slow {
		return
	}
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
	}
}

func (s slow) Insert(ctx context.Context, c *store.Schema, doc contact.Stored) error {
	s.wait(ctx, c.Name, s.inserts)
	return s.Driver.Insert(ctx, c, doc)
}

func (s slow) InsertMissing(ctx context.Context, c *store.Schema, docs []contact.Stored) error {
	s.wait(ctx, c.Name, s.inserts)
	return s.Driver.InsertMissing(ctx, c, docs)
}

func (s slow) Swap(ctx context.Context, c *store.Schema, doc contact.Stored, old int64) error {
	s.wait(ctx, c.Name, s.changes)
	return s.Driver.Swap(ctx, c, doc, old)
}

// opened is a store that takes its time, and the same one at its usual speed.
func opened(t *testing.T, s slow) (late, usual *store.DB) {
	s.Driver = schedule.NewMemory()
	usual, err := store.Open(t.Context(), s.Driver)
	require.NoError(t, err)
	late, err = store.Open(t.Context(), s)
	require.NoError(t, err)
	return late, usual
}

// reader follows the feed as the API serves it: what is settled, from behind the last that it had.
type reader struct {
	db    *store.DB
	after []any
	seen  map[string]int
	look  func(store.Event) // what the reader does at each; nil: nothing more
}

func (r *reader) read(t *testing.T) {
	settled := events.Settled()
	settled.After, settled.Limit = r.after, store.MaxLimit
	page, _, err := r.db.Events.List(t.Context(), settled)
	require.NoError(t, err)
	for _, e := range page {
		r.seen[e.Subject]++
		if r.look != nil {
			r.look(e)
		}
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
					late, usual := opened(t, slow{inserts: "events", takes: takes})
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

// What is told before it is done is told again if it took so long that a reader may have looked and seen nothing of it. Else it is told once: half of the time after which events are served is left for clocks that differ.
func TestAReaderWhoLookedTooEarlyIsToldAgain(t *testing.T) {
	t.Parallel()
	for _, takes := range []time.Duration{0, 950 * time.Millisecond, time.Second, time.Second + time.Millisecond, 1900 * time.Millisecond, 2100 * time.Millisecond, 5 * time.Second, time.Minute} {
		t.Run(takes.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				late, usual := opened(t, slow{changes: "profiles", takes: takes})
				began := time.Now()
				first, again := enter(t, usual, "first", "Ana Silva"), make(chan ingest.Entered, 1)
				require.Equal(t, ingest.Created, first.Outcome)
				go func() { again <- enter(t, late, "again", "Ana Maria Silva") }()
				found, told := map[bool]int{}, time.Time{} // whether the reader found it done, how often; and when it was told last
				r := reader{db: usual, seen: map[string]int{}, look: func(e store.Event) {
					p, err := usual.Profiles.Find(t.Context(), first.ProfileID)
					require.NoError(t, err)
					if e.Type == string(events.ProfileUpdated) {
						found[len(p.Names) == 2]++
						told = e.At
					}
				}}
				every(50*time.Millisecond, takes+5*time.Second, func(int) { r.read(t) })
				require.Equal(t, ingest.Updated, (<-again).Outcome)
				require.Equal(t, 1, found[true], "told when it was done")
				require.Equal(t, takes > 2*time.Second, found[false] == 1, "and to who was faster")
				require.Equal(t, takes > time.Second, told.After(began), "told again")

				began = time.Now()
				time.Sleep(takes)
				require.Equal(t, takes > time.Second, events.Late(began), "what was done in time costs no second telling")
			})
		})
	}
}

// enter lets an import tell of one whose number is known.
func enter(t *testing.T, db *store.DB, by, name string) ingest.Entered {
	e := contact.Entry{By: by, Provenance: contact.FromImport, DisplayName: name, At: store.Now(), Identifiers: []contact.Identifier{{Scheme: contact.Tel, Value: "+4915123456789"}}}
	entered, err := ingest.New(db, nil, ingest.Own{}, slog.New(slog.DiscardHandler)).Enter(t.Context(), e)
	assert.NoError(t, err)
	return entered
}

// A decision that is stamped before others and listed after they were followed is told all the same, once: no request lasts as long as followers look back.
func TestFollowersTellADecisionThatIsListedLate(t *testing.T) {
	t.Parallel()
	for _, takes := range []time.Duration{0, 3 * time.Second, time.Minute, 119 * time.Second} {
		t.Run(takes.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				late, usual := opened(t, slow{inserts: "decisions", takes: takes})
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
