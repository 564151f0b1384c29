package inbox_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/inbox"
	"usher/gateway/store"
)

const month = 31 * 24 * time.Hour

// as is a handler that ends every delivery of a source in one way.
func as(outcomes map[string]contact.Outcome) inbox.Handler {
	return func(_ context.Context, d *contact.Delivery, _ contact.Body) (inbox.Result, error) {
		return inbox.Result{Outcome: outcomes[d.Key]}, nil
	}
}

// What is done loses its body when its time is over, whether it lies in its row or in chunks; what is young or unresolved keeps it, and every row stays.
func TestTidyDropsOldBodiesOfWhatIsDone(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	b := newInbox(db, "one")
	outcomes := map[string]contact.Outcome{"old": contact.Recorded, "large": contact.Nothing, "unparsed": contact.NotParsed, "quarantined": contact.Quarantined, "young": contact.Recorded}
	ids := map[string]string{}
	for key := range outcomes {
		a := arrival("a", key, strings.Repeat("x", map[string]int{"large": 1 << 20}[key]+5))
		if key != "young" {
			a.ReceivedAt = time.Now().Add(-month)
		}
		id, _, err := b.Accept(t.Context(), a)
		require.NoError(t, err)
		ids[key] = id
	}
	finish(t, db, b, outcomes)
	for range 2 { // the second run starts where the first ended
		require.NoError(t, b.Tidy(t.Context()))
	}
	for key, id := range ids {
		d, err := b.Find(t.Context(), id)
		require.NoError(t, err)
		gone := key == "old" || key == "large"
		require.Equal(t, gone, d.Gone, key)
		body, err := io.ReadAll(b.Body(t.Context(), d))
		require.NoError(t, err)
		require.Equal(t, gone, len(body) == 0, key)
		if gone {
			require.Equal(t, "body_gone", codeOf(t, b.Replay(t.Context(), id)))
		}
	}
	require.Zero(t, chunks(t, db))
}

// finish works the deliveries off without a retention, as if they were done when they were young.
func finish(t *testing.T, db *store.DB, b *inbox.Inbox, outcomes map[string]contact.Outcome) {
	all, err := b.Claim(t.Context(), 10)
	require.NoError(t, err)
	for _, d := range all {
		d.Queue, d.Lease, d.Due, d.Outcome = "", nil, time.Time{}, outcomes[d.Key]
		_, err := db.Deliveries.Swap(t.Context(), d)
		require.NoError(t, err)
	}
	require.Len(t, all, len(outcomes))
}

// A body is kept as long as one of a delivery's contacts waits in quarantine, also beside others that are recorded; once nothing waits, its time is over like that of the others.
func TestABodyIsKeptForWhatWaitsInQuarantine(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	b := newInbox(db, "one")
	results := map[string]inbox.Result{
		"waits":     {Outcome: contact.Quarantined, Code: "blocked", Waiting: 1},
		"partly":    {Outcome: contact.Recorded, Code: "blocked", Waiting: 1},
		"discarded": {Outcome: contact.Quarantined, Code: "blocked"},
	}
	ids := map[string]string{}
	for key := range results {
		a := arrival("a", key, "x")
		a.ReceivedAt = time.Now().Add(-month)
		id, _, err := b.Accept(t.Context(), a)
		require.NoError(t, err)
		ids[key] = id
	}
	work := func() {
		for n := 1; n > 0; {
			var err error
			n, err = b.Work(t.Context(), func(_ context.Context, d *contact.Delivery, _ contact.Body) (inbox.Result, error) {
				return results[d.Key], nil
			})
			require.NoError(t, err)
		}
		require.NoError(t, b.Tidy(t.Context()))
	}
	gone := func() map[string]bool {
		found := map[string]bool{}
		for key, id := range ids {
			d, err := b.Find(t.Context(), id)
			require.NoError(t, err)
			found[key] = d.Gone
		}
		return found
	}
	work()
	require.Equal(t, map[string]bool{"waits": false, "partly": false, "discarded": true}, gone())
	results["waits"], results["partly"] = inbox.Result{Outcome: contact.Quarantined}, inbox.Result{Outcome: contact.Recorded}
	require.NoError(t, b.Replay(t.Context(), ids["waits"]))
	require.NoError(t, b.Replay(t.Context(), ids["partly"]))
	work()
	require.Equal(t, map[string]bool{"waits": true, "partly": true, "discarded": true}, gone())
}

// A delivery that is resolved when its time is over, long after Tidy went by, is not forgotten.
func TestWhatIsResolvedLateLosesItsBodyAtOnce(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	b := newInbox(db, "one")
	require.NoError(t, b.Tidy(t.Context()))
	a := arrival("a", "late", "x")
	a.ReceivedAt = time.Now().Add(-month)
	id, _, err := b.Accept(t.Context(), a)
	require.NoError(t, err)
	run(t, b, as(map[string]contact.Outcome{"late": contact.Recorded}))
	drained(t, b)
	require.Eventually(t, func() bool {
		d, err := b.Find(t.Context(), id)
		return err == nil && d.Gone
	}, 10*time.Second, time.Millisecond)
}

// breaking is a body whose sender vanishes after some bytes.
type breaking struct{ left int }

var errVanished = errors.New("connection reset")

func (r *breaking) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, errVanished
	}
	n := min(len(p), r.left)
	r.left -= n
	return n, nil
}

// An upload that broke off leaves chunks; they are dropped after a day, and those of a stored delivery never.
func TestTidyDropsInterruptedUploads(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	b := newInbox(db, "one")
	id, _, err := b.Accept(t.Context(), arrival("a", "whole", strings.Repeat("x", 1<<20)))
	require.NoError(t, err)
	kept := chunks(t, db)
	broken := arrival("a", "broken", "")
	broken.Body = &breaking{left: 600 << 10}
	_, _, err = b.Accept(t.Context(), broken)
	require.ErrorIs(t, err, errVanished)
	require.NoError(t, b.Tidy(t.Context()))
	require.Greater(t, chunks(t, db), kept, "it may still be on its way")

	uploads, _, err := db.Uploads.List(t.Context(), store.Range{Index: "started", Limit: 10})
	require.NoError(t, err)
	require.Len(t, uploads, 2)
	for _, u := range uploads {
		u.StartedAt = u.StartedAt.Add(-48 * time.Hour)
		_, err := db.Uploads.Swap(t.Context(), u)
		require.NoError(t, err)
	}
	require.NoError(t, b.Tidy(t.Context()))
	require.Equal(t, kept, chunks(t, db))
	n, err := db.Uploads.Count(t.Context(), "started")
	require.NoError(t, err)
	require.Zero(t, n)
	d, err := b.Find(t.Context(), id)
	require.NoError(t, err)
	body, err := io.ReadAll(b.Body(t.Context(), d))
	require.NoError(t, err)
	require.Len(t, body, 1<<20)
}

func codeOf(t *testing.T, err error) string {
	var known *contact.Error
	require.ErrorAs(t, err, &known)
	return known.Code
}
