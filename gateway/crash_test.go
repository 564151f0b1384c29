package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/store"
	"usher/gateway/store/schedule"
	"usher/gateway/store/sqlite"
)

// mortal is a store whose process dies right after its last write: that one is done, nobody hears of it, and nothing works any more.
type mortal struct {
	store.Driver
	left atomic.Int64 // writes
	died chan struct{}
}

var errDead = errors.New("the process is dead")

func (m *mortal) write(do func() error) error {
	left := m.left.Add(-1)
	if left < 0 {
		return errDead
	}
	err := do()
	if left == 0 {
		close(m.died)
		return errDead
	}
	return err
}

func (m *mortal) Insert(ctx context.Context, s *store.Schema, doc contact.Stored) error {
	return m.write(func() error { return m.Driver.Insert(ctx, s, doc) })
}

// InsertMissing dies between any two of the documents.
func (m *mortal) InsertMissing(ctx context.Context, s *store.Schema, docs []contact.Stored) error {
	for _, doc := range docs {
		if err := m.Insert(ctx, s, doc); err != nil && !errors.Is(err, store.ErrExists) {
			return err
		}
	}
	return nil
}

func (m *mortal) Swap(ctx context.Context, s *store.Schema, doc contact.Stored, old int64) error {
	return m.write(func() error { return m.Driver.Swap(ctx, s, doc, old) })
}

func (m *mortal) Delete(ctx context.Context, s *store.Schema, id string, old int64) error {
	return m.write(func() error { return m.Driver.Delete(ctx, s, id, old) })
}

// Read fails once the process is dead: nobody waits for what it would have done.
func (m *mortal) Read(ctx context.Context, s *store.Schema, ids []string, found func(store.Decode) error) error {
	if m.left.Load() <= 0 {
		return errDead
	}
	return m.Driver.Read(ctx, s, ids, found)
}

// forever is more writes than any story makes.
const forever = 1 << 40

func point(scheme, value string) object {
	return object{"scheme": scheme, "value": value, "scope": map[string]string{"bsuid": "portfolio"}[scheme]}
}

// crashStory takes every branch of the resolve protocol: a first contact, one with two identities, a known sender with a new identity, a contact between two profiles, a call of several events, a withheld caller, a shared number, a repeat.
var crashStory = []func(*gatewaytest.Gateway){
	func(g *gatewaytest.Gateway) {
		g.Twilio("message", "MessageSid", "SM1", "From", "+14155550201", "To", "+14155550100", "Body", "one")
	},
	func(g *gatewaytest.Gateway) {
		g.Standard("E1", chat("W1", point("bsuid", "US.1"), point("tel", "+14155550202")))
	},
	func(g *gatewaytest.Gateway) {
		g.Standard("E2", chat("W2", point("bsuid", "US.2"), point("tel", "+14155550201")))
	},
	func(g *gatewaytest.Gateway) {
		g.Standard("E3", chat("W3", point("bsuid", "US.1"), point("tel", "+14155550201")))
	},
	func(g *gatewaytest.Gateway) {
		g.Twilio("voice", "CallSid", "CA1", "From", "+14155550203", "To", "+14155550100", "CallStatus", "ringing", "CallerName", "Ana Silva")
	},
	func(g *gatewaytest.Gateway) {
		g.Twilio("status", "CallSid", "CA1", "From", "+14155550203", "To", "+14155550100", "CallStatus", "completed", "CallDuration", "9", "SequenceNumber", "3")
	},
	func(g *gatewaytest.Gateway) {
		g.Twilio("voice", "CallSid", "CA2", "From", "+14155550203", "To", "+14155550100", "CallStatus", "ringing", "CallerName", "Bernd Otto")
	},
	func(g *gatewaytest.Gateway) {
		g.Twilio("voice", "CallSid", "CA3", "From", "+266696687", "To", "+14155550100", "CallStatus", "ringing")
	},
	func(g *gatewaytest.Gateway) { // two profiles of one name: keys, and a flag
		g.Standard("E4", said("W4", "telegram", "Wilhelmina Okonkwo", point("telegram", "4711")))
	},
	func(g *gatewaytest.Gateway) {
		g.Standard("E5", said("W5", "email", "Wilhelmina Okonkwo", point("mailto", "wil@web.example")))
	},
	func(g *gatewaytest.Gateway) { // one of them learns, and the flag is scored again
		g.Standard("E6", said("W6", "telegram", "Wilhelmina Okonkwo", point("telegram", "4711"), object{"scheme": "mailto", "value": "wil@web.example", "provenance": "claimed"}))
	},
	func(g *gatewaytest.Gateway) {
		g.Twilio("message", "MessageSid", "SM1", "From", "+14155550201", "To", "+14155550100", "Body", "one")
	},
}

// A process that dies between any two writes, whatever contact it was working on, has done no harm: the next one and a redelivery end where no crash ends.
func TestACrashBetweenAnyTwoWritesIsRepairedByRedelivery(t *testing.T) {
	t.Parallel()
	diesAnywhere(t, crashStory)
}

// diesAnywhere tells a story to gateways that die after one of its writes, and then whole to the next one: after every ninth write from a random one on, or with USHER_TEST_FULL_SEARCH after each.
func diesAnywhere(t *testing.T, story []func(*gatewaytest.Gateway)) {
	whole, writes := tellUntil(t, gatewaytest.SQLite(t), forever, story)
	require.NotEmpty(t, whole)
	t.Logf("%d writes", writes)
	require.Greater(t, writes, int64(30))
	share := int64(schedule.Part(9))
	for k := 1 + rand.Int64N(share); k <= writes; k += share {
		uri := gatewaytest.SQLite(t)
		_, _ = tellUntil(t, uri, k, story)
		repaired, _ := tellUntil(t, uri, forever, story)
		require.Equal(t, whole, repaired, "died after write %d", k)
	}
}

// tellUntil tells the story to a gateway that dies after some writes; the picture is what is stored at the end of a story that was told whole.
func tellUntil(t *testing.T, uri string, writes int64, story []func(*gatewaytest.Gateway)) (picture []string, made int64) {
	driver, err := sqlite.Open(strings.TrimPrefix(uri, "sqlite://"))
	require.NoError(t, err)
	m := &mortal{Driver: driver, died: make(chan struct{})}
	m.left.Store(forever) // until it serves
	db, err := store.Open(t.Context(), m)
	require.NoError(t, err)
	inner, err := gateway.New(db, gatewaytest.Settings(t, uri, "US"), "test", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	g, stop := gatewaytest.Run(t, inner)
	m.left.Store(writes)
	for _, post := range story {
		if post(g); !survived(t, m, g) {
			require.NoError(t, stop())
			return nil, 0
		}
	}
	made = writes - m.left.Load()
	picture = pictureOf(t, g)
	require.NoError(t, stop())
	return picture, made
}

// survived waits until the gateway has worked off what it accepted, or is dead.
func survived(t *testing.T, m *mortal, g *gatewaytest.Gateway) bool {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	drained := make(chan error, 1)
	go func() { drained <- g.Inbox.Drained(ctx) }()
	select {
	case <-m.died:
		cancel()
		err := <-drained
		t.Logf("died while the inbox was drained: %v", err) // nil: it had nothing left to do, and others wrote
		return false
	case err := <-drained:
		require.NoError(t, err)
		return m.left.Load() > 0
	}
}

// pictureOf is everything stored, in words that do not depend on the store's salt: a profile is the values of its contact points.
func pictureOf(t *testing.T, g *gatewaytest.Gateway) []string {
	whole := store.Range{Limit: store.MaxLimit}
	by := func(index string) store.Range { r := whole; r.Index = index; return r }
	identities, _, err := g.DB.Identities.List(t.Context(), by("profile"))
	require.NoError(t, err)
	names := map[string][]string{}
	for _, i := range identities {
		names[i.ProfileID] = append(names[i.ProfileID], i.Value+"/"+i.NameKey)
	}
	person := func(id string) string { slices.Sort(names[id]); return strings.Join(names[id], "+") }

	var picture []string
	interactions, _, err := g.DB.Interactions.List(t.Context(), by("occurred"))
	require.NoError(t, err)
	for _, i := range interactions {
		picture = append(picture, fmt.Sprintf("interaction %s: %d events, %s of %q", i.Key, len(i.Events), i.Class, person(i.ProfileID)))
	}
	profiles, _, err := g.DB.Profiles.List(t.Context(), by("created"))
	require.NoError(t, err)
	for _, p := range profiles {
		picture = append(picture, fmt.Sprintf("profile %q named %q", person(p.ID), p.Name))
	}
	duplicates, _, err := g.DB.Duplicates.List(t.Context(), by("status"))
	require.NoError(t, err)
	for _, d := range duplicates {
		pair := []string{person(d.A), person(d.B)}
		slices.Sort(pair)
		picture = append(picture, fmt.Sprintf("duplicate %s %q: %s, %.2f", d.Status, pair, d.Model, d.Probability))
	}
	keys, err := g.DB.BlockKeys.Count(t.Context(), "id")
	require.NoError(t, err)
	picture = append(picture, fmt.Sprintf("%d keys", keys))
	picture = append(picture, decidedOf(t, g)...)
	rules, err := gateway.Examine(t.Context(), g.DB, io.Discard)
	require.NoError(t, err)
	for _, r := range rules {
		require.Empty(t, r.Violations, r.Rule)
	}
	slices.Sort(picture)
	return picture
}

// decidedOf is who is kept out, what was decided about it, and what was said about being written to.
func decidedOf(t *testing.T, g *gatewaytest.Gateway) []string {
	var picture []string
	kept, _, err := g.DB.Quarantine.List(t.Context(), store.Range{Index: "at", Limit: store.MaxLimit})
	require.NoError(t, err)
	for _, q := range kept {
		picture = append(picture, fmt.Sprintf("quarantine %s of %s: %s %s", q.Code, q.Sender, q.State, q.Pending))
	}
	blocks, _, err := g.DB.Blocks.List(t.Context(), store.Range{Index: "state", Limit: store.MaxLimit})
	require.NoError(t, err)
	for _, b := range blocks {
		picture = append(picture, fmt.Sprintf("block of a %s: %s %s", b.Kind, b.State, b.Pending))
	}
	consents, _, err := g.DB.Consents.List(t.Context(), store.Range{Index: "identity", Limit: store.MaxLimit})
	require.NoError(t, err)
	for _, c := range consents {
		state, by := c.Holds()
		picture = append(picture, fmt.Sprintf("consent on %s: %s by %s %s", c.Channel, state, by.How, c.Pending))
	}
	decisions, _, err := g.DB.Decisions.List(t.Context(), store.Range{Index: "at", Limit: store.MaxLimit})
	require.NoError(t, err)
	for _, d := range decisions {
		picture = append(picture, "decision "+d.Kind)
	}
	return picture
}

// keptOut finds the contact in quarantine that came from a number; "none" if there is none yet.
func keptOut(g *gatewaytest.Gateway, from string) string {
	kept, _, err := g.DB.Quarantine.List(context.Background(), store.Range{Index: "at", Limit: store.MaxLimit})
	if err != nil {
		return "none"
	}
	for _, q := range kept {
		if q.Sender == from {
			return q.ID
		}
	}
	return "none"
}

// blockStory blocks, keeps out, releases and discards.
var blockStory = []func(*gatewaytest.Gateway){
	func(g *gatewaytest.Gateway) {
		g.API("POST", "/v1/blocks", object{"contact_point": object{"scheme": "tel", "value": "+14155550201"}, "why": "threats"})
	},
	func(g *gatewaytest.Gateway) {
		g.API("POST", "/v1/blocks", object{"contact_point": object{"scheme": "tel", "value": "+14155550202"}})
	},
	func(g *gatewaytest.Gateway) {
		g.Twilio("message", "MessageSid", "SM1", "From", "+14155550201", "To", "+14155550100", "Body", "STOP")
	},
	func(g *gatewaytest.Gateway) {
		g.Twilio("message", "MessageSid", "SM2", "From", "+14155550202", "To", "+14155550100", "Body", "two")
	},
	func(g *gatewaytest.Gateway) {
		g.API("POST", "/v1/quarantine/"+keptOut(g, "+14155550201")+"/release", object{"why": "a customer"})
	},
	func(g *gatewaytest.Gateway) {
		g.API("POST", "/v1/quarantine/"+keptOut(g, "+14155550202")+"/discard", nil)
	},
}

// A process that dies between any two writes of a block, a quarantine or a release has done no harm: the same requests again, or the next process by itself, end where no crash ends, with each decision listed once.
func TestACrashWithinABlockOrARelease(t *testing.T) {
	t.Parallel()
	diesAnywhere(t, blockStory)
}
