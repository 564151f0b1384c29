package gateway_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/gateway/store/schedule"
	"usher/gateway/store/sqlite"
)

// pausing is a store that does something else before one of its calls, once.
type pausing struct {
	store.Driver
	left int // calls until then; negative: never
	then func()
}

func (p *pausing) call() {
	p.left--
	if p.left == 0 {
		p.then()
	}
}

func (p *pausing) Insert(ctx context.Context, s *store.Schema, doc contact.Stored) error {
	p.call()
	return p.Driver.Insert(ctx, s, doc)
}

func (p *pausing) InsertMissing(ctx context.Context, s *store.Schema, docs []contact.Stored) error {
	p.call()
	return p.Driver.InsertMissing(ctx, s, docs)
}

func (p *pausing) Swap(ctx context.Context, s *store.Schema, doc contact.Stored, old int64) error {
	p.call()
	return p.Driver.Swap(ctx, s, doc, old)
}

func (p *pausing) Read(ctx context.Context, s *store.Schema, ids []string, found func(store.Decode) error) error {
	p.call()
	return p.Driver.Read(ctx, s, ids, found)
}

func (p *pausing) Range(ctx context.Context, s *store.Schema, r store.Range, found func(store.Decode) error) error {
	p.call()
	return p.Driver.Range(ctx, s, r, found)
}

func (p *pausing) Ranges(ctx context.Context, s *store.Schema, all []store.Range, found func(store.Decode) error) error {
	p.call()
	return p.Driver.Ranges(ctx, s, all, found)
}

// A worker is at a contact of the person, has read who it is, and is overtaken by the erasure at any of its calls to the store. What it then stores of before is found and erased; what is from after the erasure is worked on again and is a stranger's.
func TestAnErasureOvertakesAWorkerAtAnyCall(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprint("after ", after), func(t *testing.T) {
			t.Parallel()
			share := schedule.Part(4)
			for k := 1 + rand.IntN(share); ; k += share {
				if !overtaken(t, k, after) {
					require.Greater(t, k, 8)
					return
				}
			}
		})
	}
}

// overtaken has one contact overtaken before call k; false if it makes fewer calls.
func overtaken(t *testing.T, k int, after bool) (reached bool) {
	uri := gatewaytest.SQLite(t)
	driver, err := sqlite.Open(strings.TrimPrefix(uri, "sqlite://"))
	require.NoError(t, err)
	p := &pausing{Driver: driver, left: -1}
	db, err := store.Open(t.Context(), p)
	require.NoError(t, err)
	g, err := gateway.New(db, gatewaytest.Settings(t, uri, "DE"), "test", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer func() { require.NoError(t, g.Close()) }()
	const number = "+4915123450987"
	arrive(t, g, "first", number, time.Now().Add(-time.Minute))
	work(t, g)
	who := people.New(db)
	held, err := who.Holders(t.Context(), contact.Tel, number)
	require.NoError(t, err)
	var e store.Erasure
	decide := func() {
		e, err = who.Erase(t.Context(), people.Wish{}, held[0].ProfileID, func(people.Person) bool { return true })
		require.NoError(t, err)
	}
	when := time.Now().Add(-10 * time.Millisecond)
	if after {
		decide()
		when = time.Now().Add(time.Second)
	}
	arrive(t, g, "second", number, when)
	p.then = func() {
		reached, p.left = true, -1
		if !after {
			decide()
		}
		require.NoError(t, g.Erase(t.Context()))
	}
	p.left = k
	work(t, g)
	if !reached {
		return false
	}
	require.Eventually(t, func() bool {
		work(t, g)
		require.NoError(t, g.Erase(t.Context()))
		e, err = db.Erasures.Find(t.Context(), e.ID)
		require.NoError(t, err)
		return e.State != store.ErasureRunning
	}, 20*time.Second, 10*time.Millisecond)
	work(t, g)
	interactions, _, err := db.Interactions.List(t.Context(), store.Range{Index: "occurred", Limit: 100})
	require.NoError(t, err)
	profiles, _, err := db.Profiles.List(t.Context(), store.Range{Index: "created", Limit: 100})
	require.NoError(t, err)
	if !after {
		require.Empty(t, interactions, "call %d", k)
		require.Len(t, profiles, 1, "call %d", k)
		require.Equal(t, profiles[0].Shell(), profiles[0], "call %d", k)
		return true
	}
	require.Len(t, interactions, 1, "call %d", k)
	require.Equal(t, "second", interactions[0].Key)
	require.NotEqual(t, held[0].ProfileID, interactions[0].ProfileID, "call %d", k)
	require.NotEmpty(t, interactions[0].ProfileID, "call %d", k)
	report, err := gateway.Examine(t.Context(), db, t.Output())
	require.NoError(t, err)
	for _, r := range report {
		require.Empty(t, r.Violations, "%s, call %d", r.Rule, k)
	}
	return true
}
