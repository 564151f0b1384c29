package config_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/config"
)

func TestEnvironmentOverridesTheFile(t *testing.T) {
	t.Parallel()
	file := []byte("listen: {address: 127.0.0.1:1, public_url: \"https://file.example\"}\ninbox: {workers: 7}\n")
	cfg, err := config.Parse("usher.yaml", file, []string{
		"USHER_LISTEN__PUBLIC_URL=https://environment.example/",
		"USHER_LISTEN__TRUSTED_PROXIES=10.0.0.0/8, 192.0.2.1",
		"USHER_LISTEN__BODY_LIMIT=2MiB",
		"USHER_INBOX__RETENTION=60d",
		"USHER_WORKSPACE__OWN__NUMBERS=+4930123456",
		"USHER_STORE__URI=sqlite:///tmp/usher.db",
		"USHER_LOG__LEVEL=", // set to nothing is not set
		"HOME=/root",
	})
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:1", cfg.Listen.Address)
	require.Equal(t, "https://environment.example/", cfg.Listen.PublicURL)
	require.Equal(t, []string{"10.0.0.0/8", "192.0.2.1"}, cfg.Listen.TrustedProxies)
	require.Equal(t, config.Size(2<<20), cfg.Listen.BodyLimit)
	require.Equal(t, 60*24*time.Hour, cfg.Inbox.Retention)
	require.Equal(t, 7, cfg.Inbox.Workers)
	require.Equal(t, []string{"+4930123456"}, cfg.Workspace.Own.Numbers)
	require.Equal(t, "sqlite:///tmp/usher.db", cfg.Store.URI.Reveal())
	require.Equal(t, "info", cfg.Log.Level)
	require.Equal(t, "https://environment.example", cfg.PublicURL(config.Source{}))
}

func TestEnvironmentRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	const unknown = ": unknown variable (USHER_SECTION__KEY, two underscores between levels)"
	mistakes := map[string]string{
		"USHER_LISTEN_ADDRESS=hunter2":         "USHER_LISTEN_ADDRESS" + unknown,
		"USHER_LISTEN__ADRESS=hunter2":         "USHER_LISTEN__ADRESS" + unknown,
		"USHER_CONFIG=hunter2":                 "USHER_CONFIG" + unknown,
		"USHER_PORT=hunter2":                   "USHER_PORT" + unknown,
		"USHER_=hunter2":                       "USHER_" + unknown,
		"USHER_LISTEN=hunter2":                 "USHER_LISTEN: can only be set in the file",
		"USHER_SOURCES=hunter2":                "USHER_SOURCES: can only be set in the file",
		"USHER_WORKSPACE__AGENTS=hunter2":      "USHER_WORKSPACE__AGENTS: can only be set in the file",
		"USHER_SOURCES__NAME=hunter2":          "USHER_SOURCES__NAME" + unknown,
		"USHER_INBOX__WORKERS=hunter2":         "USHER_INBOX__WORKERS: expected a whole number in range",
		"USHER_INBOX__LEASE=hunter2":           "USHER_INBOX__LEASE: expected a duration such as 30s, 10m, 12h or 30d",
		"USHER_STORE__URI_FILE=hunter2":        "USHER_STORE__URI_FILE: reading the secret file: no such file or directory",
		"USHER_LISTEN__ADDRESS_FILE=hunter2":   "USHER_LISTEN__ADDRESS_FILE: unknown variable (only a secret setting can be read from a file)",
		"USHER_WORKSPACE__OWN__MAILS=hunter2":  "USHER_WORKSPACE__OWN__MAILS" + unknown,
		"USHER_WORKSPACE__TIMEZONE__X=hunter2": "USHER_WORKSPACE__TIMEZONE__X" + unknown,
	}
	for variable, want := range mistakes {
		_, err := config.Load("", []string{variable})
		require.EqualError(t, err, "reading configuration: "+want)
	}
	_, err := config.Load("", []string{"USHER_LOG__LEVEL=hunter2"})
	require.EqualError(t, err, "checking configuration: USHER_LOG__LEVEL: log.level: expected debug, info, warn or error")
}

// Kubernetes sets these for a service called usher or usher-mongodb.
func TestEnvironmentPassesOverTestsAndServiceLinks(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load("", []string{
		"USHER_TEST_MONGODB_URI=mongodb://localhost",
		"USHER_SERVICE_HOST=10.0.0.1", "USHER_SERVICE_PORT=80", "USHER_SERVICE_PORT_HTTP=80",
		"USHER_PORT=tcp://10.0.0.1:80", "USHER_PORT_80_TCP=tcp://10.0.0.1:80", "USHER_PORT_80_TCP_ADDR=10.0.0.1",
		"USHER_MONGODB_SERVICE_HOST=10.0.0.2", "USHER_MONGODB_PORT=tcp://10.0.0.2:27017", "USHER_MONGODB_PORT_27017_TCP_PORT=27017",
	})
	require.NoError(t, err)
	require.Equal(t, config.Default().Listen, cfg.Listen)
}

func TestEnvironmentReadsASecretSettingFromItsFileTwin(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "uri")
	require.NoError(t, os.WriteFile(path, []byte("mongodb://u:hunter2@db/usher\r\n"), 0o600))
	cfg, err := config.Load("", []string{"USHER_STORE__URI_FILE=" + path})
	require.NoError(t, err)
	require.Equal(t, "mongodb://u:hunter2@db/usher", cfg.Store.URI.Reveal())
}
