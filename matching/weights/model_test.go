package weights

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/matching/compare"
)

func TestTheShippedModelKeepsWhatIsPromised(t *testing.T) {
	t.Parallel()
	m := Shipped()
	require.NotEmpty(t, m.Version)
	for f := range compare.Fields {
		for l := 1; l < len(f.Codes()); l++ {
			bits, limit := m.Weights[f][l], m.Caps[f][l]
			require.False(t, limit > 0 && bits > limit || limit < 0 && bits < limit, "%s %s is beyond its cap", f, f.Codes()[l])
		}
	}
	require.Less(t, m.Probability(-30), 0.001)
	require.Greater(t, m.Probability(30), 0.99)
}

func TestAModelSurvivesItsFile(t *testing.T) {
	t.Parallel()
	shifts := &Shifts{Constant: .5, Decisions: 300, Pairs: []PairShift{{Name: "full_exact", Field: "phone", Level: "same", Bits: 2}}}
	shifts.Levels[compare.Phone][compare.PhoneSame] = -1
	m := Shipped().With(shifts)
	data, err := json.Marshal(m)
	require.NoError(t, err)
	again, err := Parse(data)
	require.NoError(t, err)
	p := compare.Pattern{compare.Name: {Level: compare.FullExact}, compare.Phone: {Level: compare.PhoneSame}}
	require.InDelta(t, m.Score(&p), again.Score(&p), 1e-9)
	require.InDelta(t, Shipped().Score(&p)+.5-1+2, again.Score(&p), 1e-9)
	require.True(t, again.Calibrated())
	require.Equal(t, Odds(3), again.Probability(3))
}

func TestRarityIsBoundedAndFollowsTheCounts(t *testing.T) {
	t.Parallel()
	c := NewCounts()
	require.Zero(t, c.Rarity(compare.City, "berlin"))
	for range 90 {
		c.Add(compare.Prepare(compare.Profile{Values: []compare.Value{{Field: compare.City, Text: "Berlin"}}}))
	}
	for range 10 {
		c.Add(compare.Prepare(compare.Profile{Values: []compare.Value{{Field: compare.City, Text: "Kiel"}}}))
	}
	require.Less(t, c.Rarity(compare.City, "berlin"), 0.0)
	require.Greater(t, c.Rarity(compare.City, "kiel"), c.Rarity(compare.City, "berlin"))
	require.GreaterOrEqual(t, c.Rarity(compare.City, "unseen"), c.Rarity(compare.City, "kiel"))
	p := compare.Pattern{compare.City: {Level: compare.TextSame, Rarity: 100}}
	term := Shipped().Term(&p, compare.City)
	require.Equal(t, MaxRarity, term.Rarity)
}

// A store's first profiles are judged by how common names are elsewhere, and a store of many by its own. What the list lacks is no rarer for it.
func TestNamesAreKnownBeforeTheyAreCounted(t *testing.T) {
	t.Parallel()
	c := KnownNames()
	smith, rare, unlisted := c.Rarity(compare.Name, "smith"), c.Rarity(compare.Name, "abernathy"), c.Rarity(compare.Name, "ivanov")
	require.Less(t, smith, -1.0)
	require.Greater(t, rare, 1.0)
	require.InDelta(t, 0, unlisted, 1e-9)
	add := func(name string, times int) {
		for range times {
			c.Add(compare.Prepare(compare.Profile{Values: []compare.Value{{Field: compare.Name, Text: name}}}))
		}
	}
	add("Ivanov", 400)
	add("Abernathy", 400)
	for i := range 400 {
		add("Smith Q"+string(rune('a'+i%26))+string(rune('a'+i/26)), i/399)
	}
	require.Less(t, c.Rarity(compare.Name, "ivanov"), unlisted)
	require.Less(t, c.Rarity(compare.Name, "abernathy"), 0.0)
	require.Greater(t, c.Rarity(compare.Name, "smith"), smith, "who has one Smith among eight hundred is not where Smith is common")
	require.LessOrEqual(t, len(names), 200_000)
}
