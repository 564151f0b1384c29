package reply

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew, to be judged by reading")

// piece is a part of a sample as its golden file shows it.
type piece struct {
	Kind Kind   `json:"kind"`
	Text string `json:"text"`
}

// golden is what is made of one sample.
type golden struct {
	Pieces    []piece     `json:"pieces"`
	Evidence  []foundText `json:"evidence,omitempty"`
	Forwarded *Header     `json:"forwarded,omitempty"`
}

// foundText is an evidence without its place.
type foundText struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
	Part  Kind   `json:"part"`
}

func goldenOf(text string) golden {
	p := Split(text)
	var g golden
	for _, s := range p.Spans {
		g.Pieces = append(g.Pieces, piece{s.Kind, text[s.Start:s.End]})
	}
	for _, e := range Signature(p, nil) {
		g.Evidence = append(g.Evidence, foundText{e.Kind, e.Value, e.Part})
	}
	if h, ok := Forwarded(text); ok {
		g.Forwarded = &h
	}
	return g
}

// Every sample is what a mail client of some language writes; its golden file was read by a person.
func TestSamplesComeApart(t *testing.T) {
	t.Parallel()
	samples, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(samples), 60)
	for _, path := range samples {
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			got := goldenOf(string(text))
			file := strings.TrimSuffix(path, ".txt") + ".json"
			if *update {
				writeGolden(t, file, got)
			}
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			var want golden
			require.NoError(t, json.Unmarshal(b, &want))
			require.Empty(t, cmp.Diff(want, got))
		})
	}
}

func writeGolden(t *testing.T, file string, g golden) {
	t.Helper()
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	require.NoError(t, enc.Encode(g))
	require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o600))
}
