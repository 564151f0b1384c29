package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"usher/config"
)

// Every way that Go code prints things, by accident or not.
func printed(t *testing.T, v any) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
		out[verb] = fmt.Sprintf(verb, v)
	}
	text, err := json.Marshal(v)
	require.NoError(t, err)
	out["json"] = string(text)
	text, err = yaml.Marshal(v)
	require.NoError(t, err)
	out["yaml"] = string(text)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("text", "v", v)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("json", "v", v)
	out["slog"] = log.String()
	return out
}

func requireHidden(t *testing.T, v any) {
	t.Helper()
	for how, text := range printed(t, v) {
		for _, leak := range []string{"hunter2", "68756e74657232", "68756E74657232", "[104 117 110", "0x68, 0x75"} {
			require.NotContains(t, text, leak, how)
		}
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	secret := config.NewSecret([]byte("hunter2"))
	requireHidden(t, secret)
	requireHidden(t, &secret)
	requireHidden(t, []config.Secret{secret})
	requireHidden(t, map[string]config.Secret{"token": secret})
	requireHidden(t, struct{ Token config.Secret }{secret})
	// fmt reads unexported fields by reflection and asks no method.
	requireHidden(t, struct{ token config.Secret }{secret})
	require.Equal(t, "<secret>", secret.String())
	require.Equal(t, "<secret>", fmt.Sprintf("%x", secret))
	require.Empty(t, config.Secret{}.String())
	require.Equal(t, "hunter2", string(secret.Reveal()))
}

func TestRevealGivesACopy(t *testing.T) {
	t.Parallel()
	given := []byte("hunter2")
	secret := config.NewSecret(given)
	given[0] = 'x'
	secret.Reveal()[1] = 'x'
	require.Equal(t, "hunter2", string(secret.Reveal()))
}

func TestURIHidesThePasswordAndTheQuery(t *testing.T) {
	t.Parallel()
	shown := map[string]string{
		"":                                    "",
		"sqlite:///var/lib/usher/usher.db":    "sqlite:///var/lib/usher/usher.db",
		"mongodb://u:hunter2@a:1,b:2/usher":   "mongodb://<secret>@a:1,b:2/usher",
		"mongodb://u:hunter2/@?hunter2@a/db":  "mongodb://<secret>@a/db",
		"mongodb://a/db?password=hunter2":     "mongodb://a/db?<secret>",
		"mongodb+srv://u@a/db?x=hunter2@more": "mongodb+srv://<secret>@more",
		"hunter2":                             "<secret>",
	}
	for whole, want := range shown {
		uri := config.NewURI(whole)
		require.Equal(t, want, uri.String())
		require.Equal(t, whole, uri.Reveal())
		requireHidden(t, uri)
		requireHidden(t, struct{ uri config.URI }{uri})
	}
}

const fourSecrets = `
store: {uri: "mongodb://u:hunter2@db/usher"}
sources:
  - name: a
    adapter: standard
    secrets: [hunter2-plain, {file: token}, {env: TOKEN}, {env: USHER_TOKEN}]
    standard: {api_key: hunter2-key}
`

// Parsed in a folder of its own with a secret file in it.
func parseFourSecrets(t *testing.T) config.Config {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "token"), []byte("hunter2-file\n\n"), 0o600))
	cfg, err := config.Parse(filepath.Join(dir, "usher.yaml"), []byte(fourSecrets),
		[]string{"TOKEN=hunter2-env\n", "USHER_TOKEN=hunter2-own"})
	require.NoError(t, err)
	return cfg
}

func TestSecretsComeFromFileEnvironmentAndText(t *testing.T) {
	t.Parallel()
	cfg := parseFourSecrets(t)
	var got []string
	for _, secret := range cfg.Sources[0].Secrets {
		got = append(got, string(secret.Reveal()))
	}
	// One line end is dropped from a file, nothing from the environment.
	require.Equal(t, []string{"hunter2-plain", "hunter2-file\n", "hunter2-env\n", "hunter2-own"}, got)
	require.Equal(t, "mongodb://u:hunter2@db/usher", cfg.Store.URI.Reveal())
}

func TestConfigNeverPrintsASecret(t *testing.T) {
	t.Parallel()
	cfg := parseFourSecrets(t)
	requireHidden(t, cfg)
	var section struct {
		APIKey config.Secret `yaml:"api_key"`
	}
	var before, after bytes.Buffer
	require.NoError(t, config.Print(&before, cfg))
	require.NoError(t, cfg.Sources[0].Decode(&section))
	require.NoError(t, config.Print(&after, cfg))
	require.Equal(t, "hunter2-key", string(section.APIKey.Reveal()))
	requireHidden(t, cfg)
	require.NotContains(t, before.String()+after.String(), "hunter2")
}

func TestPlainSecretIsWarnedOf(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{
		"sources[0].secrets[0]: the secret stands in the file; {file: PATH} or {env: NAME} keeps it out of copies",
	}, parseFourSecrets(t).Warnings())
}
