package mapping_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"usher/gateway/contact"
	"usher/gateway/transfer/mapping"
	"usher/gateway/transfer/rows"
)

var update = flag.Bool("update", false, "write the golden files")

// golden is what a file was read as.
type golden struct {
	Layout  rows.Layout      `json:"layout"`
	Source  mapping.Source   `json:"source"`
	Ignored []string         `json:"ignored,omitempty"`
	People  []mapping.Person `json:"people"`
}

// Exports of the usual programs are read as they are.
func TestExportsAreReadWithoutEditing(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*")
	require.NoError(t, err)
	read := 0
	for _, name := range files {
		if strings.HasSuffix(name, ".golden") {
			continue
		}
		read++
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			file, err := os.ReadFile(name)
			require.NoError(t, err)
			got, err := json.MarshalIndent(readFile(t, file), "", "  ")
			require.NoError(t, err)
			if *update {
				require.NoError(t, os.WriteFile(name+".golden", append(got, '\n'), 0o600))
			}
			want, err := os.ReadFile(name + ".golden")
			require.NoError(t, err)
			require.Equal(t, string(want), string(got)+"\n")
		})
	}
	require.Greater(t, read, 10)
}

func readFile(t *testing.T, file []byte) (g golden) {
	var err error
	g.Layout, err = rows.Inspect(bytes.NewReader(file), rows.Layout{})
	require.NoError(t, err)
	r, err := rows.Open(bytes.NewReader(file), g.Layout)
	require.NoError(t, err)
	var all []rows.Row
	columns := r.Header()
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		require.Empty(t, row.Code)
		all = append(all, row)
		if r.Header() == nil {
			for _, f := range row.Fields {
				columns = append(columns, f.Name)
			}
		}
	}
	g.Source = mapping.Recognize(columns)
	if g.Layout.Format == rows.VCard {
		g.Source = mapping.Cards
	}
	m, err := mapping.New(g.Source, nil)
	require.NoError(t, err)
	if r.Header() != nil {
		g.Ignored = slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return m.Of(c) != mapping.Ignore })
	}
	for _, row := range all {
		g.People = append(g.People, m.Read(row.Fields))
	}
	return g
}

func TestWhatIsSaidOfAColumnStands(t *testing.T) {
	t.Parallel()
	m, err := mapping.New(mapping.Other, map[string]string{"Nr.": "external_id:crm", "e-mail": "ignore", "Farbe": "field:colour"})
	require.NoError(t, err)
	p := m.Read([]contact.Pair{{Name: "NR", Value: "7"}, {Name: "E-Mail", Value: "x@y.example"}, {Name: "Farbe", Value: "blue"}, {Name: "Size", Value: "L"}, {Name: "Size", Value: "M"}})
	require.Equal(t, mapping.Person{
		External: []contact.Identifier{{Scheme: contact.External, Scope: "crm", Value: "7"}},
		Fields:   []contact.Pair{{Name: "colour", Value: "blue"}, {Name: "Size", Value: "L, M"}},
	}, p)
	for _, wrong := range []string{"mail", "", "field:", "external_id:", "external_id:a b"} {
		_, err := mapping.New(mapping.Other, map[string]string{"a": wrong})
		require.Error(t, err, wrong)
	}
}

// Every value of a row is somewhere, unless its column is ignored.
func TestNoValueIsLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		source := rapid.SampledFrom([]mapping.Source{mapping.Other, mapping.Zendesk, mapping.Google, mapping.Outlook, mapping.Cards}).Draw(t, "source")
		m, err := mapping.New(source, nil)
		require.NoError(t, err)
		fields := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) contact.Pair {
			return contact.Pair{
				Name:  rapid.OneOf(rapid.SampledFrom([]string{"Name", "Given Name", "Last Name", "E-mail 1 - Value", "Email", "Phone", "Phone 2 - Value", "Company", "Notes", "Language", "City", "Middle Name", "Nickname"}), rapid.String()).Draw(t, "name"),
				Value: rapid.StringMatching(`[a-z0-9]{3,8}`).Draw(t, "value"),
			}
		}), 0, 12).Draw(t, "fields")
		kept, err := json.Marshal(m.Read(fields))
		require.NoError(t, err)
		for _, f := range fields {
			switch m.Of(f.Name) {
			case mapping.Ignore, mapping.Kind, mapping.Role, mapping.Active, mapping.BirthDate:
			default:
				require.Contains(t, string(kept), f.Value, f.Name)
			}
		}
	})
}

// Whatever a column is called, it has one meaning, and that can be said in words again.
func FuzzMeaning(f *testing.F) {
	f.Add("E-mail 1 - Value", "zendesk")
	f.Add("\x00\u202e", "other")
	f.Add(strings.Repeat("x", 63)+" cut behind the space", "zendesk")
	f.Fuzz(func(t *testing.T, column, source string) {
		m, err := mapping.New(mapping.Source(source), nil)
		if err != nil {
			return
		}
		meaning := m.Of(column)
		require.Equal(t, meaning, m.Of(column))
		parsed, err := mapping.Parse(string(meaning))
		require.NoError(t, err)
		require.Equal(t, meaning, parsed)
	})
}
