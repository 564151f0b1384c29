package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/config"
	"usher/gateway"
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
		require.Regexp(t, `model +\| wrong +\| matching.model: .*`+want, out)
		code, _, errs := usher(t, "serve", "--config", settings, "--data", dir)
		require.Equal(t, 1, code)
		require.Contains(t, errs, want)
		require.NoError(t, os.RemoveAll(model))
	}
	require.NoError(t, writeModel(model, "ours-1", weights.Shipped()))
	code, out, _ := usher(t, doctor...)
	require.Zero(t, code, out)
	require.Regexp(t, `model +\| ok +\| ours-1 of `, out)
	code, out, _ = usher(t, "doctor", "--data", dir)
	require.Zero(t, code, out)
	require.Contains(t, out, weights.Shipped().Version+", the one that Usher comes with")
}
