package weights

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/matching/compare"
)

// A model file is written by hand or by training; a slip in it must not be read as nothing.
func TestParseRefusesWhatIsNoModel(t *testing.T) {
	t.Parallel()
	const rest = `"weights":{"phone":{"same":1}}`
	for text, want := range map[string]string{
		`bits`:                            "invalid character",
		`{"version":"x"}`:                 "no weights",
		`{` + rest + `}`:                  "no version",
		`{"version":"x",` + rest + `} {}`: "follows its end",
		`{"version":"x",` + rest + `,"wieghts":{}}`:                                                      "wieghts",
		`{"version":"x","weights":null}`:                                                                 "no weights",
		`{"version":"x","weights":{}}`:                                                                   "no weights",
		`{"version":"a b",` + rest + `}`:                                                                 "its version",
		`{"version":"` + strings.Repeat("x", 65) + `",` + rest + `}`:                                     "its version",
		`{"version":"same-contact-1",` + rest + `}`:                                                      "no model scored",
		`{"version":"x",` + rest + `,"prior":1e308}`:                                                     "prior",
		`{"version":"x","weights":{"nose":{"same":1}}}`:                                                  `no field "nose"`,
		`{"version":"x","weights":{"phone":{"equal":1}}}`:                                                `no level "equal"`,
		`{"version":"x","weights":{"phone":{"same":13}}}`:                                                "beyond 12",
		`{"version":"x","weights":{"phone":{"same":1,"shared":2}}}`:                                      "level above it",
		`{"version":"x","weights":{"phone":{"null":1}}}`:                                                 "null has a weight",
		`{"version":"x",` + rest + `,"caps":{"phone":{"same":13}}}`:                                      "caps",
		`{"version":"x",` + rest + `,"shifts":{"constant":65}}`:                                          "constant",
		`{"version":"x",` + rest + `,"shifts":{"levels":{"phone":{"same":-65}}}}`:                        "beyond 64",
		`{"version":"x",` + rest + `,"shifts":{"pears":[]}}`:                                             "pears",
		`{"version":"x",` + rest + `,"shifts":{"pairs":[` + pairShift("loud", "1") + `]}}`:               "no pair of levels",
		`{"version":"x",` + rest + `,"shifts":{"pairs":[` + pairShift("full_exact", "1e308") + `]}}`:     "beyond 64",
		`{"version":"x",` + rest + `,"shifts":{"pairs":[` + twice(pairShift("full_exact", "1")) + `]}}`:  "stands twice",
		`{"version":"x",` + rest + `,"calibration":[{"bits":1,"probability":-3}]}`:                       "no probability",
		`{"version":"x",` + rest + `,"calibration":[{"bits":1,"probability":17}]}`:                       "no probability",
		`{"version":"x",` + rest + `,"calibration":[{"bits":1e308,"probability":1}]}`:                    "beyond 1000",
		`{"version":"x",` + rest + `,"calibration":[` + knot("1", "0.9") + `,` + knot("2", "0.1") + `]}`: "does not rise",
		`{"version":"x",` + rest + `}` + strings.Repeat(" ", 1<<20):                                      "larger than",
	} {
		_, err := Parse([]byte(text))
		require.ErrorContains(t, err, want, text[:min(len(text), 200)])
	}
	_, err := Parse([]byte(`{"version":"x",` + rest + `}`))
	require.NoError(t, err, "what all those begin from is a model")
}

func pairShift(name, bits string) string {
	return `{"name":"` + name + `","field":"phone","level":"same","bits":` + bits + `}`
}

func twice(s string) string { return s + "," + s }

func knot(bits, probability string) string {
	return `{"bits":` + bits + `,"probability":` + probability + `}`
}

// Whatever is read as a model gives a finite score and a probability to all that can be compared.
func FuzzParseGivesFiniteScores(f *testing.F) {
	full := Shipped().With(&Shifts{Constant: -MaxShift, Pairs: []PairShift{{Name: "full_exact", Field: "phone", Level: "same", Bits: MaxShift}}})
	for _, m := range []*Model{Shipped(), full} {
		data, err := json.Marshal(m)
		require.NoError(f, err)
		var compact bytes.Buffer
		require.NoError(f, json.Compact(&compact, data))
		f.Add(compact.Bytes())
	}
	f.Add([]byte(`{"version":"x","weights":{"phone":{"same":12}},"calibration":[{"bits":-1000,"probability":0},{"bits":1000,"probability":1}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse(data)
		if err != nil {
			return
		}
		for level := range compare.MaxLevels {
			for _, rarity := range []float64{0, 1e9, -1e9} {
				p := patternOf(level, rarity)
				score := m.Score(&p)
				require.False(t, math.IsNaN(score) || math.IsInf(score, 0), "%v", score)
				probability := m.Probability(score)
				require.True(t, probability >= 0 && probability <= 1, "%v", probability)
			}
		}
	})
}

// patternOf compares every field at a level, or at the last it has.
func patternOf(level int, rarity float64) (p compare.Pattern) {
	for f := range compare.Fields {
		p[f].Level, p[f].Rarity = compare.Level(min(level, len(f.Codes())-1)), rarity
	}
	return p
}
