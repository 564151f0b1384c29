package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"usher/config"
)

type voice string

type leaky struct{}

func (*leaky) UnmarshalText(text []byte) error { return errors.New("bad value " + string(text)) }

// wide has a field of every kind that Decode documents.
type wide struct {
	Text    string            `yaml:"text"`
	Voice   voice             `yaml:"voice"`
	Block   string            `yaml:"block"`
	Count   int               `yaml:"count"`
	Small   uint8             `yaml:"small"`
	Share   float64           `yaml:"share"`
	On      bool              `yaml:"on"`
	Wait    time.Duration     `yaml:"wait"`
	Most    config.Size       `yaml:"most"`
	Key     config.Secret     `yaml:"key"`
	Address config.URI        `yaml:"address"`
	List    []wide            `yaml:"list"`
	Table   map[string]string `yaml:"table"`
	Maybe   *wide             `yaml:"maybe"`
	Leaky   leaky             `yaml:"leaky"`
	Channel chan int          `yaml:"channel"`
	skipped string            //nolint:unused // shows that it is no key
}

func decodeWide(t *testing.T, section string) (wide, error) {
	t.Helper()
	cfg, err := config.Parse("usher.yaml", []byte("sources:\n- name: a\n  w:\n"+section+"\n  adapter: w\n"), []string{"KEY=k"})
	require.NoError(t, err)
	into := wide{Text: "default", Count: 3}
	return into, cfg.Sources[0].Decode(&into)
}

func TestDecodeFillsEveryKind(t *testing.T) {
	t.Parallel()
	cfg, err := config.Parse("usher.yaml", []byte(`
sources:
- name: a
  w: {voice: alice, block: "x\ny", small: 7, share: 0.5, on: true, wait: 1d12h, most: 3KB, key: {env: KEY},
      address: "https://u:p@h/", list: [{text: one}], table: {a: b, 1: 2}, maybe: {count: -1}}
  adapter: w
`), []string{"KEY=k"})
	require.NoError(t, err)
	into := wide{Text: "default"}
	require.NoError(t, cfg.Sources[0].Decode(&into))
	require.Equal(t, "default", into.Text)
	require.Equal(t, voice("alice"), into.Voice)
	require.Equal(t, "x\ny", into.Block)
	require.Equal(t, uint8(7), into.Small)
	require.InDelta(t, 0.5, into.Share, 0)
	require.True(t, into.On)
	require.Equal(t, 36*time.Hour, into.Wait)
	require.Equal(t, config.Size(3000), into.Most)
	require.Equal(t, "k", string(into.Key.Reveal()))
	require.Equal(t, "https://u:p@h/", into.Address.Reveal())
	require.Equal(t, []wide{{Text: "one"}}, into.List)
	require.Equal(t, map[string]string{"a": "b", "1": "2"}, into.Table)
	require.Equal(t, -1, into.Maybe.Count)
}

func TestDecodeNamesEachMistakeInTheSection(t *testing.T) {
	t.Parallel()
	mistakes := map[string]string{
		"small: 300":           "expected a whole number in range, not negative",
		"small: -1":            "expected a whole number in range, not negative",
		"share: much":          "expected a number, found text",
		"leaky: hunter2":       "not a valid value",
		"table: []":            "expected keys and values, found a list",
		"channel: 1":           "cannot be configured: chan is not supported",
		"maybe: {count: {}}":   "expected a whole number in range, found keys and values",
		"list: [{text: true}]": "expected text, found true or false",
		"key: {env: ABSENT}":   "no such environment variable",
		"address: {env: 1, b}": "expected one of file and env",
		"wait: -9223372036s9h": "expected a duration such as 30s, 10m, 12h or 30d",
		"skipped: hunter2":     "unknown key (known here: text, voice",
		"wait: 5":              "expected a duration such as 30s, 10m, 12h or 30d",
		"table: {<<: {a: b}}":  "anchors and aliases are not supported",
	}
	for section, want := range mistakes {
		_, err := decodeWide(t, "    "+section)
		require.ErrorContains(t, err, want, section)
		require.ErrorContains(t, err, "usher.yaml:4:", section)
		require.ErrorContains(t, err, "sources[0].w.", section)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

func TestDecodeKeepsTheDefaultsWithoutASection(t *testing.T) {
	t.Parallel()
	cfg, err := config.Parse("usher.yaml", []byte("sources: [{name: a, adapter: w}, {name: b, adapter: w, w: }]"), nil)
	require.NoError(t, err)
	for _, source := range cfg.Sources {
		into := wide{Count: 3}
		require.NoError(t, source.Decode(&into))
		require.Equal(t, 3, into.Count)
	}
	require.ErrorContains(t, cfg.Sources[0].Decode(wide{}), "is no pointer to a struct")
	require.ErrorContains(t, cfg.Sources[0].Decode(nil), "is no pointer to a struct")
}

func TestSizesAndDurationsReadBackAsPrinted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		size := config.Size(rapid.Int64Min(0).Draw(t, "size"))
		again, err := config.ParseSize(size.String())
		require.NoError(t, err)
		require.Equal(t, size, again)
	})
	for _, text := range []string{"", "-1", "1.5MiB", "MiB", "9223372036854775807KiB", "1 XiB"} {
		_, err := config.ParseSize(text)
		require.Error(t, err, text)
	}
	for _, text := range []string{"", "d", "30", "1.5d", "-1d", "99999999d", "1d1d", "106751d9999999h"} {
		_, err := config.ParseDuration(text)
		require.Error(t, err, text)
	}
	for text, want := range map[string]time.Duration{"30d": 720 * time.Hour, "1d12h": 36 * time.Hour, "0s": 0, "65535d": 65535 * 24 * time.Hour} {
		got, err := config.ParseDuration(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestParseStopsListingMistakesAtTwenty(t *testing.T) {
	t.Parallel()
	var keys strings.Builder
	for i := range 50 {
		fmt.Fprintf(&keys, "key%d: 1\n", i)
	}
	_, err := config.Parse("usher.yaml", []byte(keys.String()), nil)
	require.Error(t, err)
	require.Len(t, strings.Split(err.Error(), "\n"), 20)
}

// The parser recurses: deep nesting must be an error, not the end of the process.
func TestParseSurvivesDeepNesting(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"[", "{a: ", "- ", "a:\n "} {
		_, err := config.Parse("usher.yaml", []byte(strings.Repeat(text, 3_000)), nil)
		require.Error(t, err)
	}
}
