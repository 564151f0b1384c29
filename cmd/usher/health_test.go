package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/gatewaytest"
)

// image is what the Dockerfile says of the container that it makes.
type image struct {
	serve, health []string // without the program
	environ       []string
}

// readImage reads the Dockerfile, with another data folder in place of the container's.
func readImage(t *testing.T, data string) (i image) {
	t.Helper()
	file, err := os.ReadFile("../../Dockerfile")
	require.NoError(t, err)
	text := strings.ReplaceAll(string(file), "/var/lib/usher", data)
	list := func(instruction string) (words []string) {
		found := regexp.MustCompile(`(?m)^` + instruction + `(\[.*\])$`).FindStringSubmatch(text)
		require.NotEmpty(t, found, instruction)
		require.NoError(t, json.Unmarshal([]byte(found[1]), &words))
		return words
	}
	for _, line := range regexp.MustCompile(`(?m)^ENV (.*)$`).FindAllStringSubmatch(text, -1) {
		i.environ = append(i.environ, strings.Fields(line[1])...)
	}
	i.serve, i.health = list("CMD "), list("HEALTHCHECK .*CMD ")
	require.Equal(t, list("ENTRYPOINT ")[0], i.health[0])
	i.health = i.health[1:]
	return i
}

// The container's health check finds the gateway by whatever settings it was given, and is told nothing of them but the environment; it says no when nobody is there.
func TestTheHealthCheckFindsTheGatewayWhereverItListens(t *testing.T) {
	t.Parallel()
	const anyPort = `listen: {address: "127.0.0.1:0"}`
	for name, tt := range map[string]struct{ environ, settings string }{
		"by the environment": {"USHER_LISTEN__ADDRESS=127.0.0.1:0", "{}"},
		"at every address":   {"USHER_LISTEN__ADDRESS=:0", "{}"},
		"by the settings":    {"USHER_LISTEN__ADDRESS=", anyPort},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireChecked(t, tt.environ, tt.settings)
		})
	}
	gatewaytest.EachStore(t, func(t *testing.T, uri string) { // that the check does not know of
		requireChecked(t, "USHER_LISTEN__ADDRESS=", fmt.Sprintf("%s\nstore: {uri: %q}\n", anyPort, uri))
	})
}

// requireChecked runs what the container would run, and its health check before, meanwhile and after.
func requireChecked(t *testing.T, environ, settings string) {
	t.Helper()
	i := readImage(t, t.TempDir())
	i.environ = append(i.environ, environ)
	healthy := func() bool {
		var said bytes.Buffer
		code := run(t.Context(), i.health, console{out: &said, err: &said, environ: i.environ})
		t.Log(said.String())
		return code == 0
	}
	require.False(t, healthy())
	serve := exec.Command(os.Args[0], append(i.serve, "--config", write(t, settings))...)
	serve.Env = i.environ
	running := start(t, serve)
	require.True(t, healthy())
	running.stop(t)
	require.False(t, healthy())
}

// A gateway that answers and is not ready is not healthy, and one that is named is asked whatever the settings say.
func TestTheHealthCheckWantsAReadyGateway(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/readyz", r.URL.Path)
		w.WriteHeader(status)
	}))
	defer server.Close()
	code, _, errs := usher(t, "doctor", "--ready", "--gateway", server.URL, "--config", "none.yaml")
	require.Zero(t, code, errs)
	status = http.StatusServiceUnavailable
	code, _, errs = usher(t, "doctor", "--ready", "--gateway", server.URL)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "503")
}
