package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/config"
	"usher/gateway"
	"usher/gateway/api"
	"usher/matching/weights"
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

// What keeps serve from starting is told by doctor, and which model scores is seen.
func TestDoctorReadsTheModelAsServeWould(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	model := filepath.Join(dir, "ours.json")
	settings := write(t, "matching: {model: "+model+"}")
	doctor := []string{"doctor", "--config", settings, "--data", dir}
	for content, want := range map[string]string{
		"": "no such file", `{"version":"ours-1"}`: "no weights", `{"version":"ours-1","wieghts":{}}`: "wieghts",
	} {
		if content != "" {
			require.NoError(t, os.WriteFile(model, []byte(content), 0o600))
		}
		code, out, _ := usher(t, doctor...)
		require.Equal(t, 1, code, out)
		require.Regexp(t, "modelwrongmatching.model:.*"+plainTable(want), plainTable(out))
		code, _, errs := usher(t, "serve", "--config", settings, "--data", dir)
		require.Equal(t, 1, code)
		require.Contains(t, errs, want)
		require.NoError(t, os.RemoveAll(model))
	}
	require.NoError(t, writeModel(model, "ours-1", weights.Shipped()))
	code, out, _ := usher(t, doctor...)
	require.Zero(t, code, out)
	require.Contains(t, plainTable(out), "modelokours-1of"+model)
	code, out, _ = usher(t, "doctor", "--data", dir)
	require.Zero(t, code, out)
	require.Contains(t, plainTable(out), plainTable(weights.Shipped().Version+", the one that Usher comes with"))
}

// plainTable is what stands in a table, wherever its lines are broken.
func plainTable(out string) string {
	return strings.NewReplacer(" ", "", "|", "", "\n", "").Replace(out)
}

// An endpoint that nothing reaches any more is wrong, one that fails a warning, and one that somebody switched off is as they want it.
func TestDoctorSaysHowEndpointsDo(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, c := range map[string]struct {
		endpoint api.WebhookEndpoint
		state    string
	}{
		"new":          {api.WebhookEndpoint{}, "ok"},
		"waits":        {api.WebhookEndpoint{Delivery: api.WebhookDelivery{Waiting: 3}}, "ok"},
		"fails":        {api.WebhookEndpoint{Delivery: api.WebhookDelivery{Waiting: 3, FailingSince: &now, Reason: "timeout"}}, "warning"},
		"gave some up": {api.WebhookEndpoint{Delivery: api.WebhookDelivery{Failed: 1}}, "warning"},
		"gone":         {api.WebhookEndpoint{Status: "disabled", DisabledReason: "gone"}, "wrong"},
		"failed":       {api.WebhookEndpoint{Status: "disabled", DisabledReason: "failing"}, "wrong"},
		"switched off": {api.WebhookEndpoint{Status: "disabled", DisabledReason: "by_hand"}, "ok"},
	} {
		require.Equal(t, c.state, endpointFinding(c.endpoint).state, name)
	}
}
