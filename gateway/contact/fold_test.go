package contact

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// events draws sets of events of one interaction: few keys, several versions of each, as repeats and mended parsers make them.
func events() *rapid.Generator[[]Event] {
	one := rapid.Custom(func(t *rapid.T) Event {
		e := Event{
			Key: rapid.SampledFrom([]string{"ring", "answer", "hangup", "rec", "rec2", "text", "edit"}).Draw(t, "key"), Revision: rapid.IntRange(1, 3).Draw(t, "revision"),
			Delivery: rapid.SampledFrom([]string{"d1", "d2"}).Draw(t, "delivery"),
		}
		d := &e.Inbound.Data
		e.Inbound.Type = rapid.SampledFrom([]Type{CallStarted, CallEnded, CallUpdated, RecordingAvailable, MessageReceived, MessageEdited, MessageDeleted, ReactionAdded, ReactionRemoved}).Draw(t, "type")
		d.Times.OccurredAt = time.UnixMilli(rapid.Int64Range(0, 3).Draw(t, "time")).UTC()
		d.Call = &Call{State: rapid.SampledFrom(callStates).Draw(t, "state"), DurationS: rapid.IntRange(0, 9).Draw(t, "duration"), Sequence: rapid.IntRange(0, 3).Draw(t, "sequence")}
		d.Recording = &Recording{ID: rapid.SampledFrom([]string{"r1", "r2"}).Draw(t, "recording"), State: rapid.SampledFrom(recordingStates).Draw(t, "recorded")}
		d.Content = []Part{{Kind: "text", Text: rapid.SampledFrom([]string{"a", "b", ""}).Draw(t, "text")}}
		d.Status = &Status{State: rapid.SampledFrom(messageStates).Draw(t, "status")}
		d.RelatesTo = &Relation{Kind: "reacts", Emoji: rapid.SampledFrom([]string{"+1", "x"}).Draw(t, "emoji")}
		return e
	})
	return rapid.SliceOfN(one, 0, 12)
}

func TestFoldIsCommutativeAssociativeAndIdempotent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := events().Draw(t, "a"), events().Draw(t, "b"), events().Draw(t, "c")
		require.Equal(t, Fold(a, b), Fold(b, a))
		require.Equal(t, Fold(Fold(a, b), c), Fold(a, Fold(b, c)))
		require.Equal(t, Fold(a, b), Fold(Fold(a, b), b))
	})
}

// A call that rings, is answered, hangs up and is transcribed shows the same whatever order its events come in and however often.
func TestViewDoesNotDependOnOrderAndRepeats(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := events().Draw(t, "events")
		var straight, shuffled Interaction
		for _, e := range all {
			straight.Events = Fold(straight.Events, []Event{e})
		}
		twice := slices.Concat(all, all)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		rng.Shuffle(len(twice), func(i, j int) { twice[i], twice[j] = twice[j], twice[i] })
		for _, e := range twice {
			shuffled.Events = Fold(shuffled.Events, []Event{e})
		}
		require.Equal(t, straight.View(), shuffled.View())
	})
}

// The bound on events must not depend on order either; what began the interaction and what came last stay.
func TestFoldKeepsTheSameEventsBeyondItsBound(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", largeEvent)
	for name, text := range map[string]string{"small": "", "large": long} {
		var many []Event
		for i := range MaxEvents + 100 {
			e := Event{Key: fmt.Sprintf("%06d", (i*7919)%1000)}
			e.Inbound.Data.Times.OccurredAt = time.UnixMilli(int64(i)).UTC()
			e.Inbound.Subject = text
			many = append(many, e)
		}
		if name == "large" {
			many = many[:3*MaxLargeEvents]
		}
		rng := rand.New(rand.NewPCG(1, 2))
		shuffled := slices.Clone(many)
		rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		var up, down []Event
		for i := range many {
			up, down = Fold(up, many[i:i+1]), Fold(down, shuffled[i:i+1])
		}
		bound := map[string]int{"small": MaxEvents, "large": MaxLargeEvents}[name]
		require.Len(t, up, bound, name)
		require.Equal(t, up, down, name)
		keys := func(e Event) string { return e.Key }
		require.Contains(t, mapped(up, keys), many[0].Key, name)
		require.Contains(t, mapped(up, keys), many[len(many)-1].Key, name)
		require.Equal(t, up, Fold(up, many), name)
	}
}

func mapped[T, V any](all []T, f func(T) V) []V {
	out := make([]V, len(all))
	for i, v := range all {
		out[i] = f(v)
	}
	return out
}

// A replay with a mended parser replaces what an older one read; one with an older parser changes nothing.
func TestFoldPrefersTheHigherRevision(t *testing.T) {
	t.Parallel()
	old := Event{Key: "k", Revision: 1, Inbound: Inbound{Subject: "zzz"}}
	mended := Event{Key: "k", Revision: 2, Inbound: Inbound{Subject: "aaa"}}
	require.Equal(t, []Event{mended}, Fold([]Event{old}, []Event{mended}))
	require.Equal(t, []Event{mended}, Fold([]Event{mended}, []Event{old}))
}

func TestIDsSeparateTheirParts(t *testing.T) {
	t.Parallel()
	s := Salt("salt")
	require.NotEqual(t, s.ID("x_", "a", "bc"), s.ID("x_", "ab", "c"))
	require.NotEqual(t, s.ID("x_", "a"), Salt("other").ID("x_", "a"))
	require.Regexp(t, `^x_[0-9a-z]{24}$`, s.ID("x_", "a"))
}
