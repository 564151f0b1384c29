package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/config"
)

// One file a mistake. The value at fault is often "hunter2", which no error may
// repeat.
var mistakes = map[string]string{
	"unknown-key":            "testdata/unknown-key.yaml:2:3: listen.adress: unknown key (known here: address, announce, public_url, trusted_proxies, body_limit)",
	"unknown-section":        "testdata/unknown-section.yaml:2:1: logging: unknown key (known here: workspace, listen, store, inbox, retention, matching, limits, outbound, log, sources)",
	"unknown-source-key":     "testdata/unknown-source-key.yaml:4:5: sources[0].twillio: unknown key (known here: name, adapter, region, secrets, on_fail, public_url and the adapter's own section, twilio)",
	"other-adapters-section": "testdata/other-adapters-section.yaml:4:5: sources[0].twilio: unknown key (known here: name, adapter, region, secrets, on_fail, public_url and the adapter's own section, standard)",
	"key-twice":              `testdata/key-twice.yaml:3:3: mapping key "level" already defined at [2:3]`,
	"syntax":                 "testdata/syntax.yaml:2:10: could not find end character of double-quoted text",
	"two-documents":          "testdata/two-documents.yaml: more than one document",
	"not-a-mapping":          "testdata/not-a-mapping.yaml:1:1: expected keys and values, found a list",
	"list-for-text":          "testdata/list-for-text.yaml:1:19: listen.address: expected text, found a list",
	"text-for-list":          "testdata/text-for-list.yaml:2:20: listen.trusted_proxies: expected a list, found text",
	"text-for-number":        "testdata/text-for-number.yaml:1:18: inbox.workers: expected a whole number in range, found text",
	"fraction-for-whole":     "testdata/fraction-for-whole.yaml:1:18: inbox.workers: expected a whole number in range, found a number",
	"anchor":                 "testdata/anchor.yaml:1:6: log: anchors and aliases are not supported",
	"tag":                    "testdata/tag.yaml:1:14: log.level: tags are not supported",
	"expansion":              "testdata/expansion.yaml:2:44: sources[0].secrets[0]: ${...} is not expanded, use {env: NAME}",
	"bad-duration":           "testdata/bad-duration.yaml:1:16: inbox.lease: expected a duration such as 30s, 10m, 12h or 30d",
	"bad-size":               "testdata/bad-size.yaml:1:22: listen.body_limit: expected a size such as 1MiB, 512KiB or a number of bytes",
	"secret-empty":           "testdata/secret-empty.yaml:2:44: sources[0].secrets[0]: the secret is empty",
	"secret-printed":         "testdata/secret-printed.yaml:2:44: sources[0].secrets[0]: this is what a secret prints as, not the secret",
	"secret-null":            "testdata/secret-null.yaml:5:9: sources[0].secrets[0]: empty list item",
	"secret-no-file":         "testdata/secret-no-file.yaml:2:44: sources[0].secrets[0].file: reading the secret file: no such file or directory",
	"secret-folder":          "testdata/secret-folder.yaml:2:44: sources[0].secrets[0].file: reading the secret file: not a regular file",
	"secret-no-env":          "testdata/secret-no-env.yaml:2:44: sources[0].secrets[0].env: no such environment variable",
	"secret-file-and-env":    "testdata/secret-file-and-env.yaml:2:44: sources[0].secrets[0]: expected one of file and env",
	"secret-unknown-key":     "testdata/secret-unknown-key.yaml:2:45: sources[0].secrets[0].vault: unknown key (known here: file, env)",
	"secret-number":          "testdata/secret-number.yaml:2:44: sources[0].secrets[0]: expected {file: PATH}, {env: NAME} or text, found true or false",
	"timezone":               "testdata/timezone.yaml:1:23: workspace.timezone: unknown time zone (an IANA name such as Europe/Berlin)",
	"region":                 "testdata/region.yaml:1:21: workspace.region: expected a country as two capitals (ISO 3166)",
	"own-email":              "testdata/own-email.yaml:1:28: workspace.own.emails[0]: not a mail address",
	"own-domain":             "testdata/own-domain.yaml:1:29: workspace.own.domains[0]: not a domain name",
	"own-number":             "testdata/own-number.yaml:1:29: workspace.own.numbers[0]: not a phone number",
	"matching-cost":          "testdata/matching-cost.yaml:2:33: matching.cost_review: expected at least a hundredth of value_found, and less than it",
	"matching-sample":        "testdata/matching-sample.yaml:2:18: matching.sample_below: expected 0 to 1",
	"reference-twice":        "testdata/reference-twice.yaml:4:14: workspace.references[1].name: already the name of workspace.references[0]",
	"reference-pattern":      "testdata/reference-pattern.yaml:3:30: workspace.references[0].pattern: expected a regular expression (RE2) of at most 200 characters",
	"reference-everywhere":   "testdata/reference-everywhere.yaml:3:30: workspace.references[0].pattern: it matches nothing at all, and so everywhere",
	"agent-twice":            "testdata/agent-twice.yaml:4:11: workspace.agents[1].id: already the id of workspace.agents[0]",
	"agent-without-id":       "testdata/agent-without-id.yaml:3:7: workspace.agents[0].id: expected letters, digits and ._@-, beginning with a letter or digit, at most 128",
	"address":                "testdata/address.yaml:1:19: listen.address: expected HOST:PORT, such as 127.0.0.1:8080",
	"public-url":             "testdata/public-url.yaml:1:22: listen.public_url: expected https://HOST with an optional port and path, without user, query and fragment",
	"outbound-network":       "testdata/outbound-network.yaml:1:23: outbound.networks[0]: expected a network such as 10.0.0.0/8",
	"proxy":                  "testdata/proxy.yaml:1:28: listen.trusted_proxies[0]: expected an IP address or a network such as 10.0.0.0/8",
	"body-limit":             "testdata/body-limit.yaml:1:22: listen.body_limit: expected 64KiB to 64MiB",
	"store-scheme":           "testdata/store-scheme.yaml:1:14: store.uri: expected sqlite://, mongodb:// or mongodb+srv:// and where it is",
	"workers":                "testdata/workers.yaml:1:18: inbox.workers: expected 1 to 256",
	"lease":                  "testdata/lease.yaml:1:16: inbox.lease: expected 5s to 1h",
	"attempts":               "testdata/attempts.yaml:1:23: inbox.max_attempts: expected 1 to 100",
	"retention":              "testdata/retention.yaml:1:20: inbox.retention: expected at least 8d: providers deliver again for days",
	"kept-interactions":      "testdata/kept-interactions.yaml:1:27: retention.interactions: expected 0, or at least inbox.retention",
	"kept-events":            "testdata/kept-events.yaml:1:21: retention.events: expected 0, or at least 8d",
	"kept-evidence":          "testdata/kept-evidence.yaml:1:23: retention.evidence: expected 0, or at least 1d",
	"kept-quarantine":        "testdata/kept-quarantine.yaml:1:25: retention.quarantine: expected 0, or at least 8d",
	"rate":                   "testdata/rate.yaml:1:26: limits.api_per_second: expected 0 to 1000000",
	"burst":                  "testdata/burst.yaml:1:24: limits.ingest_burst: a rate needs a burst of at least 1",
	"log-level":              "testdata/log-level.yaml:1:14: log.level: expected debug, info, warn or error",
	"log-format":             "testdata/log-format.yaml:1:15: log.format: expected text or json",
	"source-name":            "testdata/source-name.yaml:2:12: sources[0].name: expected lower case letters, digits and -, beginning with a letter or digit, at most 63",
	"source-twice":           "testdata/source-twice.yaml:3:12: sources[1].name: already the name of sources[0]",
	"source-without-adapter": "testdata/source-without-adapter.yaml:2:5: sources[0].adapter: missing",
	"source-region":          "testdata/source-region.yaml:2:40: sources[0].region: expected a country as two capitals (ISO 3166)",
	"source-on-fail":         "testdata/source-on-fail.yaml:2:41: sources[0].on_fail: expected record or attach",
	"source-public-url":      "testdata/source-public-url.yaml:2:44: sources[0].public_url: expected https://HOST with an optional port and path, without user, query and fragment",
	"several": "testdata/several.yaml:1:18: log.colour: unknown key (known here: level, format)\n" +
		"testdata/several.yaml:2:18: inbox.workers: expected a whole number in range, found text",
}

func TestLoadNamesEachMistakeAndNoValue(t *testing.T) {
	t.Parallel()
	for name, want := range mistakes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(filepath.Join("testdata", name+".yaml"), nil)
			require.Error(t, err)
			_, problems, _ := strings.Cut(err.Error(), "configuration: ")
			require.Equal(t, want, problems)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

// A file without a row would be a mistake that nothing tests.
func TestEveryMistakeFileHasARow(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		require.Contains(t, mistakes, name)
	}
	require.Len(t, files, len(mistakes))
}

func TestLoadRefusesAFileOfAbsurdSize(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "usher.yaml")
	require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("# long\n", 60_000)), 0o600))
	_, err := config.Load(path, nil)
	require.ErrorContains(t, err, "larger than 256 KiB")
}

func TestLoadSaysThatTheFileIsMissing(t *testing.T) {
	t.Parallel()
	_, err := config.Load("testdata/absent.yaml", nil)
	require.EqualError(t, err, "reading configuration: open testdata/absent.yaml: no such file or directory")
}

func TestValidateChecksTheAdapterNames(t *testing.T) {
	t.Parallel()
	cfg, err := config.Parse("usher.yaml", []byte("sources:\n  - {name: a, adapter: twilio}\n"), nil)
	require.NoError(t, err)
	require.NoError(t, cfg.Validate([]string{"standard", "twilio"}))
	require.EqualError(t, cfg.Validate([]string{"standard"}),
		"usher.yaml:2:24: sources[0].adapter: unknown adapter (known: standard)")
	require.Error(t, cfg.Validate([]string{}))
}
