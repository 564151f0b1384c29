package mention

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFaxIsNoPhone(t *testing.T) {
	t.Parallel()
	for word := range faxLabels {
		require.False(t, phoneLabels[word], word)
	}
}
