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

// A row of a file names a person by all words of a name, each by itself: letters within other words are nobody's name.
func TestARowNamesAPersonByWholeWords(t *testing.T) {
	t.Parallel()
	person := ingest.Trace{Called: []string{"Jo An", "山田 太郎", "Ana-Lía d'Été", "Madonna"}, Words: []string{"jo.an@mail.example", "+4915123450987"}}
	for row, named := range map[string]bool{
		`"Johanna Brandt,johanna.brandt@private.example`: false,
		`Joan Smith`:            false,
		`Jo Brandt,Anna`:        false,
		`"Jo An,broken`:         true,
		`An;Jo;Berlin`:          true,
		`{"note":"by\nJo\tAn"}`: true,
		`jo_an2`:                true,
		`山田太郎さん`:                true,
		`山田花子`:                  false,
		`d'Été,Ana-Lía`:         true,
		`Ana-Líara d'Été`:       false,
		`Madonna`:               false,
		`x,jo.an@mail.example`:  true,
		`x,0151/23450987`:       true,
		``:                      false,
	} {
		require.Equal(t, named, person.InRow(row), row)
	}
}

// A row is the person's alone only with a name and a contact point of theirs, and no contact point of anybody else, however alike.
func TestARowIsAPersonsAlone(t *testing.T) {
	t.Parallel()
	person := ingest.Trace{Called: []string{"Jo An"}, Words: []string{"jo.an@mail.example", "an@mail.example", "+4915123450987"}}
	for row, alone := range map[string]bool{
		`"Jo An,jo.an@mail.example,0151 2345 0987`:      true,
		`Jo An <Jo.An@Mail.example>;jo.an@mail.example`: true,
		`Jo An,+49 (151) 234-50987`:                     true,
		`Jo An,0049 151 23450987,2026-01-31`:            true,
		`Jo An`:                                         false,
		`Johanna Brandt,jo.an@mail.example`:             false,
		`Jo An,joan@mail.example`:                       false,
		`Jo An,jo.an@mail.example,+49 30 1234567`:       false,
		`Jo An,jo.an@mail.example,+43 151 23450987`:     false,
		`Jo An,jo.an@mail.example,hildegard@private`:    false,
		`Jo An,jo.an@mail.example,491771234567`:         false,
		`Jo An,jo.an@mail.example.org`:                  false,
	} {
		require.Equal(t, alone, person.OwnRow(row), row)
	}
}
