package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/store"
)

// How much each loop posts, and how often it kills the program meanwhile.
const (
	posted  = 240
	senders = 12
	kills   = 5
	posters = 8
)

const killSettings = `
workspace: {region: US, own: {numbers: ["+14155550100"]}}
listen: {address: "127.0.0.1:0", public_url: "https://usher.example"}
limits: {ingest_per_second: 0}
inbox: {lease: 5s}
log: {level: error}
store: {uri: %q}
sources:
  - {name: tw, adapter: twilio, secrets: [%s], twilio: {account: %s}}
`

// Whatever moment the program dies in: what it had acknowledged is there, and redelivering everything leaves each message recorded exactly once, on its sender's only profile.
func TestKilledAtAnyMomentLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		p := &provider{random: rand.New(rand.NewPCG(seed, 0)), acknowledged: make([]atomic.Bool, posted)}
		settings := write(t, fmt.Sprintf(killSettings, uri, gatewaytest.TwilioToken, gatewaytest.Account))
		for range kills {
			running := serve(t, "--config", settings)
			p.postUntilKilled(t, running)
			requireStored(t, uri, p)
		}
		last := serve(t, "--config", settings)
		p.postAll(t, last.address)
		last.stop(t)
		requireEachOnce(t, uri)
	})
}

// provider posts messages and remembers which were acknowledged.
type provider struct {
	random       *rand.Rand
	acknowledged []atomic.Bool
}

// postUntilKilled posts what was not acknowledged yet, several at a time, and kills the program after a random number of acknowledgements.
func (p *provider) postUntilKilled(t *testing.T, running *child) {
	until := int64(1 + p.random.IntN(posted/kills))
	var count atomic.Int64
	var once sync.Once
	p.each(p.random.Perm(posted), func(n int) {
		if !p.acknowledged[n].Load() && deliver(t, running.address, n) == nil {
			p.acknowledged[n].Store(true)
			if count.Add(1) >= until {
				once.Do(func() { running.kill(t) })
			}
		}
	})
	once.Do(func() { running.kill(t) })
}

// postAll redelivers everything, in another order.
func (p *provider) postAll(t *testing.T, address string) {
	p.each(p.random.Perm(posted), func(n int) {
		if err := deliver(t, address, n); err != nil {
			t.Errorf("posting message %d: %v", n, err)
		}
	})
}

// each calls do for all numbers, as many at once as there are posters.
func (p *provider) each(order []int, do func(int)) {
	work := make(chan int)
	var group sync.WaitGroup
	for range posters {
		group.Go(func() {
			for n := range work {
				do(n)
			}
		})
	}
	for _, n := range order {
		work <- n
	}
	close(work)
	group.Wait()
}

func sidOf(n int) string { return fmt.Sprintf("SM%032d", n) }

// deliver is nil when the message was acknowledged.
func deliver(t *testing.T, address string, n int) error {
	request := gatewaytest.TwilioRequest(t, address, "message", "MessageSid", sidOf(n), "From", fmt.Sprintf("+1415555%04d", 200+n%senders), "To", "+14155550100", "Body", "hello")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	response, err := http.DefaultClient.Do(request.WithContext(ctx))
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, response.Body) // only so that the connection can be used again
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("answered %d", response.StatusCode)
	}
	return nil
}

// requireStored looks for everything acknowledged, before anything is delivered again.
func requireStored(t *testing.T, uri string, p *provider) {
	db, err := gateway.OpenStore(t.Context(), uri)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	var keys []string
	for n := range p.acknowledged {
		if p.acknowledged[n].Load() {
			keys = append(keys, sidOf(n))
		}
	}
	stored := map[string]bool{}
	for _, outcome := range contact.Outcomes {
		all, _, err := db.Deliveries.List(t.Context(), store.Range{Index: "outcome", Equal: []any{string(outcome)}, Limit: store.MaxLimit})
		require.NoError(t, err)
		for _, d := range all {
			stored[d.Key] = true
		}
	}
	for _, key := range keys {
		require.True(t, stored["message|"+key], "acknowledged and lost: %s", key)
	}
}

// requireEachOnce works off what is left and counts.
func requireEachOnce(t *testing.T, uri string) {
	g := gatewaytest.Start(t, uri, "US")
	g.Settled()
	interactions, _, err := g.DB.Interactions.List(t.Context(), store.Range{Index: "occurred", Limit: store.MaxLimit})
	require.NoError(t, err)
	require.Len(t, interactions, posted)
	holders := map[string]string{}
	for _, i := range interactions {
		require.Len(t, i.Events, 1, i.Key)
		require.NotEmpty(t, i.ProfileID, i.Key)
		sender := i.IdentityID
		if before, ok := holders[sender]; ok {
			require.Equal(t, before, i.ProfileID, "one sender, two profiles")
		}
		holders[sender] = i.ProfileID
	}
	require.Len(t, holders, senders)
	profiles, _, err := g.DB.Profiles.List(t.Context(), store.Range{Index: "created", Limit: store.MaxLimit})
	require.NoError(t, err)
	require.Len(t, profiles, senders)
	rules, err := gateway.Examine(t.Context(), g.DB, io.Discard)
	require.NoError(t, err)
	for _, r := range rules {
		require.Empty(t, r.Violations, r.Rule)
	}
}
