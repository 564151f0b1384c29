package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAWindowForgets(t *testing.T) {
	t.Parallel()
	w := window{slot: time.Minute}
	start := time.Unix(1_800_000_000, 0)
	for minute := range 90 {
		w.add(start.Add(time.Duration(minute) * time.Minute))
	}
	end := start.Add(89 * time.Minute)
	require.EqualValues(t, 60, w.sum(end))
	require.EqualValues(t, 30, w.sum(end.Add(30*time.Minute)))
	require.Zero(t, w.sum(end.Add(time.Hour)))
}

func TestABurstIsOneLine(t *testing.T) {
	t.Parallel()
	var b burst
	start := time.Unix(1_800_000_000, 0)
	lines, skipped := 0, 0
	for n := range 1000 {
		if s, ok := b.say(start.Add(time.Duration(n) * 20 * time.Millisecond)); ok {
			lines, skipped = lines+1, skipped+s
		}
	}
	require.Equal(t, 2, lines)
	require.Equal(t, 499, skipped)
}

// Requests that anybody can send colour a source for an hour and not for ever, and those that prove nothing of its settings not at all.
func TestRefusalsAreForgottenAndJunkHidesNone(t *testing.T) {
	t.Parallel()
	s := newSource(Source{Name: "tw"})
	start := time.Unix(1_800_000_000, 0).UTC()
	s.rejected(Rejection{At: start, Reason: "bad_signature", URL: "https://wrong.example/hooks/tw"}, true)
	for n := range 500 {
		s.rejected(Rejection{At: start.Add(time.Duration(n) * time.Second), Reason: "unknown_purpose"}, false)
	}
	require.EqualValues(t, 1, s.refused.sum(start.Add(30*time.Minute)))
	require.Zero(t, s.refused.sum(start.Add(2*time.Hour)))
	kept := s.rejections()
	require.Len(t, kept, maxRejections+1)
	require.Equal(t, "bad_signature", kept[maxRejections].Reason, "the oldest of all, and still there")
	require.True(t, kept[0].At.After(kept[1].At), "the newest first")
}
