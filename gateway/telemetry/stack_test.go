package telemetry

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A stack may be shorter than what is kept of it: cutting it must not panic in the handler of a panic.
func TestAStackIsCutToWhatThereIs(t *testing.T) {
	t.Parallel()
	require.Contains(t, Stack(), "TestAStackIsCutToWhatThereIs")
	require.Equal(t, "short", cut([]byte("short")))
	require.Len(t, cut([]byte(strings.Repeat("x", 2*maxStack))), maxStack)
}
