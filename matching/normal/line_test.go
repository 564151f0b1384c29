package normal

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A desk's number and a pocket's are told apart where the numbering plan does; where it does not, a number is taken for a person's.
func TestFixedLineFollowsTheNumberingPlan(t *testing.T) {
	t.Parallel()
	for number, fixed := range map[string]bool{
		"+493012345678":  true,  // Berlin
		"+442070313000":  true,  // London
		"+390612345678":  true,  // Rome
		"+551133334444":  true,  // São Paulo
		"+498001234567":  true,  // freephone
		"+4917612345678": false, // German mobile
		"+447911123456":  false, // British mobile
		"+5511987654321": false, // Brazilian mobile
		"+14155550123":   false, // North America: either
		"+4915":          false,
		"":               false,
		"anonymous":      false,
	} {
		require.Equal(t, fixed, FixedLine(number), number)
	}
}
