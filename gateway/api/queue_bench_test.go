package api_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
)

// BenchmarkQueue reads the first fifty of a thousand flags through the API on SQLite, each with its two people as they stand.
func BenchmarkQueue(b *testing.B) {
	g := gatewaytest.Start(b, gatewaytest.SQLite(b), "US")
	for n := range 1001 {
		p := contact.Profile{Document: contact.Document{ID: fmt.Sprintf("prf_%04d", n)}, CreatedAt: noon}
		require.NoError(b, g.DB.Profiles.Insert(b.Context(), p))
		i := contact.Identity{Scheme: contact.External, Value: p.ID, ProfileID: p.ID, Of: p.ID}
		i.ID = p.ID
		require.NoError(b, g.DB.Identities.Insert(b.Context(), i))
		if n == 0 {
			continue
		}
		f := contact.Duplicate{Status: contact.DuplicateOpen, A: fmt.Sprintf("prf_%04d", n-1), B: p.ID, FlaggedAt: noon}
		f.ID = g.DB.Salt.ID(contact.DuplicatePrefix, f.A, f.B)
		require.NoError(b, g.DB.Duplicates.Insert(b.Context(), f))
	}
	for b.Loop() {
		require.Equal(b, 200, g.API("GET", "/v1/duplicates", nil).Status)
	}
}
