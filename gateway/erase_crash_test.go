package gateway_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/inbox"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/gateway/store/schedule"
	"usher/gateway/store/sqlite"
)

// A process that dies between any two writes of an erasure, while the person goes on writing, has kept nothing of before and lost nothing of after once another has gone on.
func TestACrashBetweenAnyTwoWritesOfAnErasureIsRepaired(t *testing.T) {
	t.Parallel()
	_, writes := eraseUntil(t, forever)
	t.Logf("%d writes", writes)
	require.Greater(t, writes, int64(40))
	share := int64(schedule.Part(12))
	for k := 1 + rand.Int64N(share); k <= writes; k += share {
		left, _ := eraseUntil(t, k)
		require.Equal(t, []string{"other", "Wafter0", "Wafter1"}, left, "died after write %d", k)
	}
}

// eraseUntil erases a person in a process that dies after some writes and in another that goes on. What is left are the keys of the interactions.
func eraseUntil(t *testing.T, writes int64) (left []string, made int64) {
	uri := gatewaytest.SQLite(t)
	first, m := mortalGateway(t, uri)
	arrive(t, first, "other", "+4915123450000", time.Now())
	for n := range 3 {
		arrive(t, first, fmt.Sprint("Wbefore", n), "+4915123450987", time.Now())
	}
	work(t, first)
	p := people.New(first.DB)
	held, err := p.Holders(t.Context(), contact.Tel, "+4915123450987")
	require.NoError(t, err)
	require.Len(t, held, 1)
	early := time.Now().Add(-10 * time.Millisecond)

	m.left.Store(writes)
	e, err := p.Erase(t.Context(), people.Wish{Op: "once"}, held[0].ProfileID, func(people.Person) bool { return true })
	if err == nil { // on their way in the moment it begins: they were read before it and are recorded after it
		_ = tryArrive(t.Context(), first, "Wbefore9", "+4915123450987", early)
		_ = tryArrive(t.Context(), first, "Wafter0", "+4915123450987", time.Now().Add(time.Second))
		for err == nil && e.State == store.ErasureRunning {
			_, err = first.Work(t.Context())
			if err == nil {
				err = first.Erase(t.Context())
			}
			if err == nil {
				e, err = first.DB.Erasures.Find(t.Context(), e.ID)
			}
		}
	}
	made = writes - max(0, m.left.Load())
	require.NoError(t, first.Close())

	second, _ := mortalGateway(t, uri)
	defer func() { require.NoError(t, second.Close()) }()
	p = people.New(second.DB)
	e, err = p.Erase(t.Context(), people.Wish{Op: "once"}, held[0].ProfileID, func(people.Person) bool { return true })
	require.NoError(t, err)
	arrive(t, second, "Wbefore9", "+4915123450987", early)
	arrive(t, second, "Wafter0", "+4915123450987", time.Now().Add(time.Second))
	for e.State == store.ErasureRunning {
		work(t, second)
		require.NoError(t, second.Erase(t.Context()))
		e, err = second.DB.Erasures.Find(t.Context(), e.ID)
		require.NoError(t, err)
	}
	arrive(t, second, "Wafter1", "+4915123450987", time.Now().Add(time.Second))
	work(t, second)
	interactions, _, err := second.DB.Interactions.List(t.Context(), store.Range{Index: "occurred", Limit: 100})
	require.NoError(t, err)
	for _, i := range interactions {
		left = append(left, i.Key)
		require.NotEqual(t, held[0].ProfileID, i.ProfileID)
		require.NotEmpty(t, i.ProfileID)
	}
	report, err := gateway.Examine(t.Context(), second.DB, t.Output())
	require.NoError(t, err)
	for _, r := range report {
		require.Empty(t, r.Violations, r.Rule)
	}
	slices.SortFunc(left, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return left, made
}

func mortalGateway(t *testing.T, uri string) (*gateway.Gateway, *mortal) {
	t.Helper()
	driver, err := sqlite.Open(strings.TrimPrefix(uri, "sqlite://"))
	require.NoError(t, err)
	m := &mortal{Driver: driver, died: make(chan struct{})}
	m.left.Store(forever)
	db, err := store.Open(t.Context(), m)
	require.NoError(t, err)
	g, err := gateway.New(db, gatewaytest.Settings(t, uri, "DE"), "test", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, g.Inbox.Release(t.Context())) // as Run does
	return g, m
}

func work(t *testing.T, g *gateway.Gateway) {
	t.Helper()
	for {
		n, err := g.Work(t.Context())
		require.NoError(t, err)
		if n == 0 {
			return
		}
	}
}

func arrive(t *testing.T, g *gateway.Gateway, key, number string, when time.Time) {
	t.Helper()
	require.NoError(t, tryArrive(t.Context(), g, key, number, when))
}

// tryArrive stores a message as the source "web" brings it, from a number and two accounts that nobody had.
func tryArrive(ctx context.Context, g *gateway.Gateway, key, number string, when time.Time) error {
	body := fmt.Sprintf(`[{"specversion":"1.0","id":%q,"type":"contact.message.received.v1","time":%q,"data":{"channel":"sms","from":{"display_name":"Person %s","identifiers":[{"scheme":"tel","value":%q},{"scheme":"telegram","value":"a%s"},{"scheme":"telegram","value":"b%s"}]},"content":[{"kind":"text","text":"hi"}]}}]`,
		key, when.UTC().Format(time.RFC3339Nano), number, number, key, key)
	_, _, err := g.Inbox.Accept(ctx, inbox.Arrival{Source: "web", Adapter: "standard", Key: key, Method: "POST", ContentType: "application/json", Body: strings.NewReader(body), ReceivedAt: time.Now()})
	return err
}
