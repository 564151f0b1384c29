package ingest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"usher/gateway/ingest"
)

// What cannot be read is searched for a person's contact points in the spellings that people and forms use.
func TestAPersonIsFoundInText(t *testing.T) {
	t.Parallel()
	person := ingest.Trace{Words: []string{"+4915123450987", "+14155550123", "Ana.Diaz@example.com", "ana77x", "short"}}
	for text, found := range map[string]bool{
		"From=%2B4915123450987&x":              true,
		"call 0151 2345-0987 back":             true,
		"(0151) 234.50.987":                    true,
		"+1 (415) 555-0123":                    true,
		"4155550123":                           true,
		"0049 151/23450987":                    true,
		"ana.diaz@EXAMPLE.com":                 true,
		"user=Ana.Diaz%40example.com":          true,
		"ana77x":                               true,
		"0151 2345 0986":                       false,
		"1512345 and 0987 apart, 50987":        false,
		"ana@example.com, too short to search": false,
		"":                                     false,
	} {
		require.Equal(t, found, person.Names([]byte(text)), text)
	}
}

// However a number's digits are set apart, it is found.
func TestANumberIsFoundInAnySpelling(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`[1-9][0-9]{11,13}`).Draw(t, "number")
		var text strings.Builder
		for _, digit := range number[3:] {
			text.WriteString(rapid.SampledFrom([]string{"", "", " ", "-", ".", "/", ") "}).Draw(t, "between"))
			text.WriteRune(digit)
		}
		require.True(t, ingest.Trace{Words: []string{"+" + number}}.Names([]byte("tel. 0"+text.String()+", thanks")))
	})
}
