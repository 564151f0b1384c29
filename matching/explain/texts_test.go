package explain

import (
	"testing"

	"github.com/stretchr/testify/require"

	"usher/matching/compare"
)

// A code without a text would be shown raw to people who read another language.
func TestEveryCodeHasATextInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, lang := range Languages {
		seen := map[string]string{}
		for f := range compare.Fields {
			for l := 1; l < len(f.Codes()); l++ {
				code := Code(f, compare.Level(l))
				text := Text(lang, code, "")
				require.NotEqual(t, code, text, "%s has no %s", lang, code)
				require.Empty(t, seen[text], "%s and %s read alike in %s", code, seen[text], lang)
				seen[text] = code
			}
		}
		for c := compare.MadeOfName; c <= compare.CountedOnce; c++ {
			require.Contains(t, Text(lang, "city_same", c.String()), " (", "%s has no %s", lang, c)
		}
		for _, code := range []string{"prior", "rare", "common"} {
			require.NotContains(t, []string{code, ""}, Text(lang, code, ""))
		}
	}
	require.Equal(t, "city: the same (it follows from the postcode)", Text("xx", "city_same", "by_postcode"))
	require.Equal(t, "Ort: gleich (folgt aus der Postleitzahl)", Text("de", "city_same", "by_postcode"))
	require.Equal(t, "identities_in_one_contact", Text("de", "identities_in_one_contact", ""))
}
