package lookup

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// The pair alone decides, from whichever side it is seen, and as many are drawn as are wanted.
func TestDrawnIsAShareOfAllPairs(t *testing.T) {
	t.Parallel()
	drew := 0
	for i := range 20_000 {
		a, b := fmt.Sprint("prf_", i%200), fmt.Sprint("prf_", 1000+i/200)
		require.Equal(t, drawn(a, b, .05), drawn(b, a, .05))
		if drawn(a, b, .05) {
			drew++
			require.True(t, drawn(a, b, .1), "a greater share holds the smaller")
		}
		require.False(t, drawn(a, b, 0))
		require.True(t, drawn(a, b, 1))
	}
	require.InDelta(t, 1000, drew, 120)
}
