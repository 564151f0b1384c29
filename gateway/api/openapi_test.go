package api_test

import (
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/gatewaytest"
)

var update = flag.Bool("update", false, "rewrite the committed OpenAPI document")

// A change of the surface is seen in review: the served document is the committed one.
func TestTheServedDocumentIsTheCommittedOne(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	served := call{method: "GET", path: "/openapi.json"}.send(t, g)
	require.Equal(t, 200, served.Status)
	if *update {
		require.NoError(t, os.WriteFile("openapi.json", []byte(served.Body), 0o600))
	}
	committed, err := os.ReadFile("openapi.json")
	require.NoError(t, err, "go test ./gateway/api -update writes it")
	require.Equal(t, string(committed), served.Body, "go test ./gateway/api -update rewrites it")
}
