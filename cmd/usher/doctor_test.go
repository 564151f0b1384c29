package main

import (
	"testing"

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
