package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/adapters/email/dovecottest"
	"usher/gateway"
	"usher/gateway/api"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/store"
	"usher/gateway/store/mongo/mongotest"
)

const (
	mailKills = 10
	writers   = 40 // who write the mails
)

const killMailSettings = `
workspace: {region: DE, own: {emails: [support@acme.example]}}
listen: {address: "127.0.0.1:0"}
limits: {api_per_second: 0}
inbox: {lease: 5s}
log: {level: error}
store: {uri: %q}
sources:
  - {name: mail, adapter: email, secrets: [%s], email: %s}
`

// Whatever moment the program dies in, and wherever the connection breaks: every mail of the mailbox is recorded exactly once, on its writer's only profile, and marked.
func TestMailsSurviveKillsAndCuts(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		if testing.Short() {
			mailKill{n: 1000, uri: gatewaytest.SQLite(t), binary: os.Args[0]}.run(t)
			return
		}
		mailKill{n: 10_000, uri: gatewaytest.SQLite(t), binary: built(t)}.run(t)
	})
	t.Run("mongodb", func(t *testing.T) {
		t.Parallel()
		mailKill{n: 1000, uri: mongotest.URI(t), binary: os.Args[0]}.run(t)
	})
}

// mailKill is one run on one store.
type mailKill struct {
	n      int
	uri    string
	binary string
}

func (k mailKill) run(t *testing.T) {
	m := dovecottest.New(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	size := int64(0)
	var mails []string
	for i := range k.n {
		mails = append(mails, killMail(i))
		size += int64(len(mails[i]))
	}
	m.Deliver(mails...)
	line := startCutter(t, m.Address, rand.New(rand.NewPCG(seed, 1)))
	settings := write(t, fmt.Sprintf(killMailSettings, k.uri, m.Password, m.SectionAt(line.listener.Addr().String(), "tls: none, start_from: all")))
	key := ""
	for range mailKills {
		// What is fetched anew after a kill comes on top, so there is something left to fetch at every one.
		reached := line.plan(1+random.Int64N(size/mailKills), random.IntN(3))
		running := serveBy(t, k.binary, "--config", settings)
		awaitIt(t, reached, "so much was fetched")
		running.kill(t)
		if _, after, ok := strings.Cut(running.greeting, "first key  "); ok {
			key = strings.Fields(after)[0]
		}
		k.expire(t)
	}
	require.NotEmpty(t, key)
	line.plan(size/mailKills, 2)
	last := serveBy(t, k.binary, "--config", settings)
	state := k.settled(t, last, key)
	require.EqualValues(t, k.n, state.Completeness.Seen)
	require.EqualValues(t, k.n, state.Completeness.Recorded, "%+v", state)
	require.Len(t, state.Units, 1)
	unit := state.Units[0]
	require.EqualValues(t, k.n, unit.Seen, "%+v", unit)
	require.EqualValues(t, k.n, unit.Stored, "%+v", unit)
	require.Zero(t, unit.Quarantined, "%+v", unit)
	require.Positive(t, line.made)
	last.stop(t)
	require.Equal(t, k.n, m.Count("INBOX", "$Ingested"))
	k.requireEachOnce(t)
}

// killMail is the nth mail, of about 1 KB, with its number in it.
func killMail(n int) string {
	return fmt.Sprintf("From: Writer %d <writer%d@example.com>\r\nTo: support@acme.example\r\nSubject: Order %d\r\nMessage-ID: <%d.kill@example.com>\r\nDate: Mon, 23 Nov 2026 10:%02d:%02d +0000\r\n\r\nWhere is my order %d?\r\n%s",
		n%writers, n%writers, n, n, n/60%60, n%60, n, strings.Repeat("All of it is wanted, and none of it twice.\r\n", 15))
}

// awaitIt waits for one thing to happen.
func awaitIt(t *testing.T, happened <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-happened:
	case <-time.After(time.Minute):
		require.FailNow(t, "never: "+what)
	}
}

// expire lets a killed gateway's lease on the mailbox run out; another that finds it would have to wait for it.
func (k mailKill) expire(t *testing.T) {
	t.Helper()
	db, err := gateway.OpenStore(t.Context(), k.uri)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	polled, err := db.Polled.Find(t.Context(), db.PolledID("mail"))
	require.NoError(t, err)
	polled.Until = store.Now().Add(-time.Hour)
	_, err = db.Polled.Swap(t.Context(), polled)
	require.NoError(t, err)
}

// settled waits until the mailbox is read to its end and everything is worked off, and returns what the gateway says of it.
func (k mailKill) settled(t *testing.T, running *child, key string) api.SourceState {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		state := sourceState(ctx, t, running, key)
		if len(state.Units) == 1 && state.Units[0].State == contact.Waiting && state.Completeness.Pending == 0 && state.Completeness.Seen >= int64(k.n) {
			return state
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			require.FailNow(t, "it does not settle", "%+v", state)
		}
	}
}

func sourceState(ctx context.Context, t *testing.T, running *child, key string) api.SourceState {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, running.address+"/v1/sources", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, string(text))
	var all struct{ Data []api.SourceState }
	require.NoError(t, json.NewDecoder(bytes.NewReader(text)).Decode(&all))
	for _, state := range all.Data {
		if state.Name == "mail" {
			return state
		}
	}
	require.FailNow(t, "the source is not listed", string(text))
	return api.SourceState{}
}

// requireEachOnce counts what is in the store: each mail is one delivery, byte for byte, and one interaction.
func (k mailKill) requireEachOnce(t *testing.T) {
	t.Helper()
	db, err := gateway.OpenStore(t.Context(), k.uri)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	deliveries := map[string]int{}
	interactions := map[string]string{} // the delivery of each
	for _, d := range everything(t, db.Deliveries.List, store.Range{Index: "outcome", Equal: []any{string(contact.Recorded), "mail"}}) {
		deliveries[d.SHA256]++
		require.Len(t, d.Plan, 1, d.Key)
		interactions[d.Plan[0].Interaction] = d.ID
	}
	require.Len(t, deliveries, k.n)
	for i := range k.n {
		sum := sha256.Sum256([]byte(killMail(i)))
		require.Equal(t, 1, deliveries[hex.EncodeToString(sum[:])], "mail %d", i)
	}
	holders := map[string]string{}
	recorded := everything(t, db.Interactions.List, store.Range{Index: "occurred"})
	require.Len(t, recorded, k.n)
	for _, i := range recorded {
		require.Len(t, i.Events, 1, i.Key)
		require.Equal(t, interactions[i.ID], i.Events[0].Delivery, i.Key)
		require.NotEmpty(t, i.ProfileID, i.Key)
		if before, ok := holders[i.IdentityID]; ok {
			require.Equal(t, before, i.ProfileID, "one writer, two profiles")
		}
		holders[i.IdentityID] = i.ProfileID
	}
	require.Len(t, holders, writers)
	require.Len(t, everything(t, db.Profiles.List, store.Range{Index: "created"}), writers)
	rules, err := gateway.Examine(t.Context(), db, io.Discard)
	require.NoError(t, err)
	for _, r := range rules {
		require.Empty(t, r.Violations, r.Rule)
	}
}

// everything reads all pages of a range.
func everything[T any](t *testing.T, list func(context.Context, store.Range) ([]T, []any, error), of store.Range) []T {
	t.Helper()
	of.Limit = store.MaxLimit
	var all []T
	for {
		page, next, err := list(t.Context(), of)
		require.NoError(t, err)
		all = append(all, page...)
		if next == nil {
			return all
		}
		of.After = next
	}
}
