package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/config"
	"usher/gateway"
)

// Only a source that is called needs an address to be called at.
func TestDoctorWantsAPublicURLForWhatIsCalled(t *testing.T) {
	t.Parallel()
	called := gateway.SourceCheck{Source: config.Source{Name: "chat"}}
	read := gateway.SourceCheck{Source: config.Source{Name: "mail"}, Polled: true, Findings: []adapters.Finding{{What: "name", State: "ok"}}}
	for public, state := range map[string]string{"": "warning", "http://usher.acme.example": "warning", "https://usher.acme.example": "ok"} {
		cfg := config.Config{Listen: config.Listen{PublicURL: public}, Sources: []config.Source{called.Source, read.Source}}
		require.Empty(t, cfg.Warnings())
		require.Equal(t, state, examineSource(cfg, called)[0].state, public)
		require.Equal(t, []finding{{"source mail: name", "ok", ""}}, examineSource(cfg, read))
	}
}

// The table fits a terminal of a hundred columns, however long a rule or a list of violations is, and nothing of it is cut.
func TestTheDoctorsTableFitsATerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	rule := "every profile has a contact point or an interaction, or was entered or imported"
	require.NoError(t, show(&out, []finding{
		{"store", "ok", "a write took 1ms"}, {rule, "warning", strings.Repeat("prf_4k2m8q0w6e1r5t9y3u7i2o6p ", 40)}, {"content", "refused", strings.Repeat("x", 300)},
	}))
	var words strings.Builder
	for line := range strings.Lines(out.String()) {
		require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 100, line)
		for _, cell := range strings.Split(line, "|") {
			words.WriteString(strings.TrimSpace(cell))
		}
	}
	require.Equal(t, 40, strings.Count(words.String(), "prf_4k2m8q0w6e1r5t9y3u7i2o6p"))
	require.Equal(t, 300, strings.Count(words.String(), "x"))
}

// Help is to be had as most programs give it, of everything and of one command.
func TestHelpIsACommandToo(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"help"}, {"help", "doctor"}, {"help", "key", "create"}} {
		code, out, errs := usher(t, args...)
		require.Zero(t, code, errs)
		_, flag, _ := usher(t, append(slices.Clone(args[1:]), "--help")...)
		require.Equal(t, flag, out)
		require.Contains(t, out, "Usage: usher")
	}
	code, _, _ := usher(t, "help", "nothing")
	require.NotZero(t, code)
}
