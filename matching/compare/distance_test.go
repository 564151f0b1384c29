package compare

import (
	"testing"

	"github.com/agnivade/levenshtein"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestEditsCountsAnExchangeOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"ana", "ana", 0}, {"ana", "anna", 1}, {"jmaes", "james", 1}, {"ana", "", 3}, {"", "abcdef", 5},
		{"schmidt", "schmitd", 1}, {"abcd", "badc", 2}, {"kitten", "sitting", 3}, {"abcdefgh", "ijklmnop", 5},
	} {
		require.Equal(t, c.want, edits(c.a, c.b, 4), "%s / %s", c.a, c.b)
	}
}

// The banded table against the whole one: optimal string alignment is never more than Levenshtein's distance, and never less than half of it.
func TestEditsAgreesWithTheWholeTable(t *testing.T) {
	t.Parallel()
	word := rapid.StringOfN(rapid.RuneFrom([]rune("abc")), 0, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		limit := rapid.IntRange(0, maxEdits).Draw(t, "limit")
		got, whole := edits(a, b, limit), alignment(a, b)
		if got != min(whole, limit+1) || edits(b, a, limit) != got {
			t.Fatalf("edits(%q, %q, %d) = %d, the whole table says %d", a, b, limit, got, whole)
		}
		if l := levenshtein.ComputeDistance(a, b); whole > l || 2*whole < l {
			t.Fatalf("%q %q: %d, and Levenshtein's distance is %d", a, b, whole, l)
		}
	})
}

// alignment is the textbook's table.
func alignment(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		for j := range d[i] {
			switch {
			case i == 0 || j == 0:
				d[i][j] = i + j
				continue
			case a[i-1] == b[j-1]:
				d[i][j] = d[i-1][j-1]
			default:
				d[i][j] = 1 + min(d[i-1][j-1], d[i-1][j], d[i][j-1])
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
