package main

import (
	"bytes"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/adapters/email/dovecottest"
)

func TestServePrintsTheFirstKeyOnceAndStopsOnRequest(t *testing.T) {
	t.Parallel()
	settings := write(t, `listen: {address: "127.0.0.1:0"}`)
	data := t.TempDir()
	first := serve(t, "--config", settings, "--data", data)
	first.stop(t)
	key := regexp.MustCompile(`first key  (\S+)`).FindStringSubmatch(first.greeting)
	require.Len(t, key, 2, first.greeting)

	second := serve(t, "--config", settings, "--data", data)
	require.Equal(t, http.StatusOK, status(t, second.address+"/v1/profiles", key[1]), "the key printed before the restart")
	require.Equal(t, http.StatusUnauthorized, status(t, second.address+"/v1/profiles", "usk_other"))
	code, _, errs := usher(t, "doctor", "--ready", "--gateway", second.address)
	require.Zero(t, code, errs)
	second.stop(t)
	require.NotContains(t, second.greeting, "first key")
	code, _, _ = usher(t, "doctor", "--ready", "--gateway", second.address)
	require.Equal(t, 1, code, "nobody listens any more")
}

func status(t *testing.T, url, key string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

// The file is locked while a gateway has it: two writers would each believe to be alone.
func TestKeyRefusesAFileThatAGatewayHasOpen(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	running := serve(t, "--config", write(t, `listen: {address: "127.0.0.1:0"}`), "--data", data)
	code, _, errs := usher(t, "key", "list", "--data", data)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "in use")
	require.Contains(t, errs, running.address+"/v1/keys", "where the gateway does it, also by other settings than its own")
	running.stop(t)
}

// A gateway at work is no illness of its store: the doctor asks it how it does, and shows what it refused to who has a key.
func TestDoctorAsksTheGatewayThatHasTheStore(t *testing.T) {
	t.Parallel()
	data, settings := t.TempDir(), write(t, oneSource)
	running := serve(t, "--config", settings, "--data", data)
	refused, err := http.Post(running.address+"/hooks/chat", "application/json", strings.NewReader("{}"))
	require.NoError(t, err)
	require.NoError(t, refused.Body.Close())
	require.Equal(t, http.StatusUnauthorized, refused.StatusCode)

	doctor := []string{"doctor", "--store", "--config", settings, "--data", data}
	code, out, errs := usher(t, doctor...)
	require.Zero(t, code, out+errs)
	for _, line := range []string{`store +\| ok +\| in use by a running gateway`, `content +\| warning`, `gateway +\| ok +\| ready`, `hint +\| --key`} {
		require.Regexp(t, line, out)
	}
	require.NotContains(t, out, "missing_signature")

	running.stop(t)
	key := regexp.MustCompile(`first key  (\S+)`).FindStringSubmatch(running.greeting)[1]
	again := serve(t, "--config", settings, "--data", data)
	refused, err = http.Post(again.address+"/hooks/chat", "application/json", strings.NewReader("{}"))
	require.NoError(t, err)
	require.NoError(t, refused.Body.Close())
	made, err := http.NewRequestWithContext(t.Context(), http.MethodPost, again.address+"/v1/webhook_endpoints", strings.NewReader(`{"url":"https://acme.example/"}`))
	require.NoError(t, err)
	made.Header = http.Header{"Authorization": {"Bearer " + key}, "Content-Type": {"application/json"}}
	endpoint, err := http.DefaultClient.Do(made)
	require.NoError(t, err)
	require.NoError(t, endpoint.Body.Close())
	require.Equal(t, http.StatusCreated, endpoint.StatusCode)
	_, out, _ = usher(t, "doctor", "--config", settings, "--data", data, "--gateway", again.address, "--key", key)
	require.Regexp(t, `webhook endpoint +\| ok +\| whe_`, out)
	require.Regexp(t, `source chat at work +\| refused +\| \S+ missing_signature`, out)
	require.Regexp(t, `\| http://\S+/hooks/chat`, out)
	again.stop(t)

	code, out, _ = usher(t, append(doctor, "--gateway", running.address)...)
	require.Equal(t, 1, code, "it was to be asked, and is gone")
	require.Regexp(t, `gateway +\| wrong`, out)
}

func TestKeyCreateListRevoke(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	code, out, _ := usher(t, "key", "list", "--data", data)
	require.Zero(t, code)
	require.Contains(t, out, "no keys yet")

	code, out, errs := usher(t, "key", "create", "--data", data, "--name", "reviewer", "--scope", "profiles:read,duplicates:review")
	require.Zero(t, code, errs)
	made := regexp.MustCompile(`^(usk_\S+)\nId (\S+)\.`).FindStringSubmatch(out)
	require.Len(t, made, 3, out)

	code, out, _ = usher(t, "key", "list", "--data", data)
	require.Zero(t, code)
	require.Contains(t, out, "reviewer")
	require.NotContains(t, out, made[1], "a key is shown once")

	code, out, _ = usher(t, "key", "revoke", "--data", data, made[2])
	require.Zero(t, code)
	require.Contains(t, out, "revoked")
	code, _, errs = usher(t, "key", "revoke", "--data", data, "key_none")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "no key of that id")
}

func TestKeyCreateRefusesWhatDoesNotExist(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"scope":  {"--scope", "everything"},
		"agent":  {"--scope", "admin", "--agent", "nobody"},
		"source": {"--scope", "admin", "--source", "nowhere"},
		"name":   {"--scope", "admin", "--name", ""},
	} {
		code, _, errs := usher(t, append([]string{"key", "create", "--data", t.TempDir(), "--name", "x"}, args...)...)
		require.Equal(t, 1, code, name)
		require.Contains(t, errs, name)
	}
}

const oneSource = `
listen: {address: "127.0.0.1:0"}
sources:
  - {name: chat, adapter: standard, secrets: [whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=]}
`

// Printing the settings checks them as serve would, and touches nothing.
func TestPrintConfigHidesSecretsAndOpensNothing(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "new")
	code, out, errs := usher(t, "serve", "--print-config", "--data", data, "--config", write(t, oneSource))
	require.Zero(t, code, errs)
	require.Contains(t, out, "name: chat")
	require.NotContains(t, out, "MDEyMzQ1")
	require.NoDirExists(t, data)
	code, _, errs = usher(t, "serve", "--print-config", "--data", data, "--config", write(t, "sources:\n  - {name: a, adapter: standard}\n"))
	require.Equal(t, 1, code)
	require.Contains(t, errs, "secret")
}

// The table follows the file, so that a line is found where it is looked for.
func TestDoctorKeepsTheOrderOfTheFile(t *testing.T) {
	t.Parallel()
	const secrets = "secrets: [whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=]"
	code, out, _ := usher(t, "doctor", "--data", t.TempDir(), "--config", write(t, "sources:\n  - {name: zeta, adapter: standard, "+secrets+"}\n  - {name: alpha, adapter: standard, "+secrets+"}\n"))
	require.Zero(t, code, out)
	require.Less(t, strings.Index(out, "source zeta"), strings.Index(out, "source alpha"))
}

func TestDoctorNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	code, out, errs := usher(t, "doctor", "--store", "--data", t.TempDir(), "--config", write(t, oneSource))
	require.Zero(t, code, out)
	require.Contains(t, out, "every identity's holder exists")
	require.Empty(t, errs, "a progress bar is for somebody who sees it move")

	for name, test := range map[string]struct{ settings, says string }{
		"an unknown key":      {"listen:\n  port: 1\n", "2:"},
		"an unknown adapter":  {"sources:\n  - {name: a, adapter: telex}\n", "unknown adapter"},
		"a missing secret":    {"sources:\n  - {name: a, adapter: standard}\n", "secret"},
		"a store of no kind":  {"store: {uri: \"postgres://localhost/usher\"}\n", "store"},
		"a folder that is no": {"store: {uri: \"sqlite:///proc/nowhere/usher.db\"}\n", "store"},
	} {
		code, out, errs := usher(t, "doctor", "--config", write(t, test.settings), "--data", t.TempDir())
		require.Equal(t, 1, code, name)
		require.Contains(t, out, test.says, name)
		require.Contains(t, errs, "see above", name)
	}
}

// The demonstration tells a story whose end is known: what it prints is what the real path made of it.
func TestDemoShowsWhatBecameOfEachPost(t *testing.T) {
	t.Parallel()
	code, out, errs := usher(t, "demo", "--once")
	require.Zero(t, code, errs)
	for _, row := range []string{
		`CA-ana +\| +5 \| Ana Silva`, `WA-ana +\| +1 \| Ana Silva`, `WA-bruno-3 +\| +1 \| Bruno Costa`, `CA-office +\| +1 \| nobody's +\| shared contact point: `,
		`CA-spoofed +\| +1 \| nobody's +\| assurance failed: Ana Silva\?`, `CA-withheld +\| +1 \| nobody's +\| withheld`, `Chiara Rossi +\| prf_\w+ +\| visitor v-77 .*\+14155550177 \(\d+ %\): identities in one contact`,
	} {
		require.Regexp(t, row, out)
	}
	require.NotContains(t, out, "SM-forged")
	require.Contains(t, out, "1 refused as forged")
	require.Contains(t, out, "curl -s -H")
}

// Reading runs in processes of its own, for which the binary of the tests stands in.
func TestBenchOfAMailboxPrintsRatiosAndMemory(t *testing.T) {
	t.Parallel()
	for name, server := range map[string]func(*testing.T) []string{
		"in memory": func(*testing.T) []string { return nil },
		"dovecot": func(t *testing.T) []string {
			m := dovecottest.New(t)
			return []string{"--server", fmt.Sprintf("imap://%s:%s@%s", m.User, m.Password, m.Address)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			args := append([]string{"bench", "imap", "--rounds", "1", "--mails", "450", "--large", "2"}, server(t)...)
			code := run(t.Context(), args, console{out: &out, err: &errs, environ: []string{runCommand}})
			require.Zero(t, code, errs.String())
			require.Regexp(t, `(?i)ratio, round by round \| \d+\.\d+`, out.String())
			require.Regexp(t, `[1-9][\d.]* MiB with 450 mails of 4096 bytes, [1-9][\d.]* MiB with one of 2 MiB`, out.String())
		})
	}
}

func TestBenchPrintsRatios(t *testing.T) {
	t.Parallel()
	code, out, errs := usher(t, "bench", "accept", "--rounds", "1", "--requests", "200")
	require.Zero(t, code, errs)
	require.Regexp(t, `(?i)ratio, round by round \| \d+\.\d+`, out)
	code, out, errs = usher(t, "bench", "ingest", "--rounds", "1", "--contacts", "100", "--profiles", "200")
	require.Zero(t, code, errs)
	require.Regexp(t, `(?i)ratio, round by round \| \d+\.\d+`, out)
}

// What is looked for is there: a measurement that finds nobody would be a fast one.
func TestBenchLookupFindsWhoIsThere(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "usher.db")
	for _, profiles := range []string{"50,300", "300,400"} { // the second run goes on with the first one's file
		code, out, errs := usher(t, "bench", "lookup", "--profiles", profiles, "--interactions", "200", "--lookups", "20", "--file", file)
		require.Zero(t, code, errs)
		for _, what := range []string{"lookup", "resolve", "full name", "number", "address", "organization", "timeline page, 200 interactions"} {
			require.Regexp(t, what+`[^|]*(\| +\d+\.\d\d +){3}\| +(0\.[1-9]|[1-9])`, out, what)
		}
	}
}

func TestWrongUseIsTwo(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"fly"}, {"key", "create"}, {"serve", "--no-such-flag"}} {
		code, _, errs := usher(t, args...)
		require.Equal(t, 2, code, args)
		require.NotEmpty(t, errs)
	}
	code, out, _ := usher(t, "--help")
	require.Zero(t, code)
	require.Contains(t, out, "serve")
	code, out, _ = usher(t, "version")
	require.Zero(t, code)
	require.Contains(t, out, "go1.")
}
