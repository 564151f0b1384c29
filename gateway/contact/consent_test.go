package contact

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// said draws what one contact point said: few keys, times and revisions, so that repeats, ties and mended readings are common.
func said() *rapid.Generator[[]Said] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Said {
		return Said{
			Key: rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "key"), Revision: rapid.IntRange(1, 2).Draw(t, "revision"),
			Action:  rapid.SampledFrom([]string{OptIn, OptOut, ClearConsent}).Draw(t, "action"),
			Keyword: rapid.SampledFrom([]string{"", Again}).Draw(t, "keyword"),
			At:      time.UnixMilli(rapid.Int64Range(0, 3).Draw(t, "at")).UTC(),
		}
	}), 0, 8)
}

func TestConsentIsASetWhoseOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := said().Draw(t, "a"), said().Draw(t, "b"), said().Draw(t, "c")
		require.True(t, SameSaid(JoinSaid(a, b), JoinSaid(b, a)))
		require.True(t, SameSaid(JoinSaid(JoinSaid(a, b), c), JoinSaid(a, JoinSaid(b, c))))
		once := JoinSaid(a, nil)
		require.True(t, SameSaid(once, JoinSaid(once, a)))
	})
}

// Of what was said at one time the no wins, and a later word wins over an earlier one.
func TestTheLatestWordHoldsAndOfEqualOnesTheNo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := Consents{Said: JoinSaid(said().Draw(t, "said"), nil)}
		state, _ := c.Holds()
		if len(c.Said) == 0 {
			require.Equal(t, UnknownConsent, state)
			return
		}
		last := c.Said[len(c.Said)-1].At
		var no, yes bool
		for _, s := range c.Said {
			no = no || s.Action == OptOut && s.At.Equal(last)
			yes = yes || s.Action == OptIn && s.Keyword == "" && s.At.Equal(last)
		}
		switch {
		case no:
			require.Equal(t, OptedOut, state)
		case yes:
			require.Equal(t, OptedIn, state)
		}
	})
}

// "Yes" by itself answers any question; only after a no it is a yes to being written to.
func TestYesAloneIsNoConsent(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(0).UTC()
	yes := Said{Key: "y", Action: OptIn, Keyword: Again, At: at.Add(2)}
	state, _ := Consents{Said: []Said{yes}}.Holds()
	require.Equal(t, UnknownConsent, state)
	state, _ = Consents{Said: []Said{{Key: "n", Action: OptOut, At: at}, yes}}.Holds()
	require.Equal(t, OptedIn, state)
}

// A set keeps its latest: what is left out of a set is left out of every larger one.
func TestConsentsAreBounded(t *testing.T) {
	t.Parallel()
	var whole []Said
	for i := range 3 * MaxSaid {
		whole = JoinSaid(whole, []Said{{Key: string(rune('a' + i)), Action: OptOut, At: time.UnixMilli(int64(i * 7 % 191)).UTC()}})
		require.LessOrEqual(t, len(whole), MaxSaid)
	}
	require.Len(t, whole, MaxSaid)
	require.EqualValues(t, 190, whole[MaxSaid-1].At.UnixMilli())
}
