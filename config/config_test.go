package config_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/config"
)

func TestDefaultsAreInForceWithoutAFile(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# nothing set\n", "listen:\nsources: []\n"} {
		cfg, err := config.Parse("usher.yaml", []byte(text), nil)
		require.NoError(t, err)
		require.Equal(t, "127.0.0.1:8080", cfg.Listen.Address)
		require.Equal(t, config.Size(1<<20), cfg.Listen.BodyLimit)
		require.Equal(t, 720*time.Hour, cfg.Inbox.Retention)
		require.True(t, cfg.Store.URI.IsZero())
		require.Empty(t, cfg.Sources)
	}
	require.NoError(t, config.Default().Validate(nil))
}

// What YAML would make of unquoted numbers is not what people mean.
func TestNumbersAreTakenAsWritten(t *testing.T) {
	t.Parallel()
	cfg, err := config.Parse("usher.yaml", []byte("workspace: {own: {numbers: [+4930123456, 0800 123, 007]}, agents: [{id: 0x1F}]}"), nil)
	require.NoError(t, err)
	require.Equal(t, []string{"+4930123456", "0800 123", "007"}, cfg.Workspace.Own.Numbers)
	require.Equal(t, "0x1F", cfg.Workspace.Agents[0].ID)
}

// twilioSection is what the example's section must fit.
type twilioSection struct {
	Account string `yaml:"account"`
	Answer  struct {
		Say      string `yaml:"say"`
		Language string `yaml:"language"`
		Record   bool   `yaml:"record"`
		Dial     string `yaml:"dial"`
		Enqueue  string `yaml:"enqueue"`
		Redirect string `yaml:"redirect"`
	} `yaml:"answer"`
}

func loadExample(t *testing.T) config.Config {
	t.Helper()
	text, err := os.ReadFile("usher.example.yaml")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "twilio"), []byte("token\n"), 0o600))
	text = bytes.ReplaceAll(text, []byte("/run/secrets/twilio"), []byte("twilio"))
	cfg, err := config.Parse(filepath.Join(dir, "usher.yaml"), text, []string{"TWILIO_TOKEN_OLD=old", "WEB_CHAT_SECRET=whsec_x", "SUPPORT_MAIL_PASSWORD=secret"})
	require.NoError(t, err)
	return cfg
}

func TestExampleLoads(t *testing.T) {
	t.Parallel()
	cfg := loadExample(t)
	require.NoError(t, cfg.Validate([]string{"email", "twilio", "standard"}))
	require.Empty(t, cfg.Warnings())
	voice, found := cfg.SourceNamed("voice-de")
	require.True(t, found)
	require.Equal(t, config.OnFailRecord, voice.OnFail)
	require.Equal(t, "https://usher.acme.example", cfg.PublicURL(voice))
	var section twilioSection
	require.NoError(t, voice.Decode(&section))
	require.True(t, section.Answer.Record)
	require.NoError(t, cfg.Sources[2].Decode(&struct {
		AllowPass bool `yaml:"allow_pass"`
	}{}))
	_, found = cfg.SourceNamed("absent")
	require.False(t, found)
}

// Whoever copies the example must not change a default unawares.
func TestExampleStatesTheDefaults(t *testing.T) {
	t.Parallel()
	cfg := loadExample(t)
	require.Equal(t, config.Default().Inbox, cfg.Inbox)
	require.Equal(t, config.Default().Limits, cfg.Limits)
	require.Equal(t, config.Default().Listen.BodyLimit, cfg.Listen.BodyLimit)
}

func TestPrintedConfigurationReadsBackTheSame(t *testing.T) {
	t.Parallel()
	var first, second bytes.Buffer
	cfg, err := config.Parse("usher.yaml", []byte("inbox: {lease: 90s}\nstore: {uri: \"sqlite:///x.db\"}\nlisten: {trusted_proxies: [10.0.0.1]}\nsources: [{name: a, adapter: b, b: }]"), nil)
	require.NoError(t, err)
	require.NoError(t, config.Print(&first, cfg))
	again, err := config.Parse("usher.yaml", first.Bytes(), nil)
	require.NoError(t, err)
	require.NoError(t, config.Print(&second, again))
	require.Equal(t, first.String(), second.String())
	require.Contains(t, first.String(), "retention: 30d\n")
	require.Contains(t, first.String(), "lease: 1m30s\n")
	require.Contains(t, first.String(), "body_limit: 1MiB\n")
}

func TestPrintShowsASectionWithItsDefaultsOnceDecoded(t *testing.T) {
	t.Parallel()
	cfg, err := config.Parse("usher.yaml", []byte("sources: [{name: a, adapter: b, b: {account: AC1}}]"), nil)
	require.NoError(t, err)
	var before, after bytes.Buffer
	require.NoError(t, config.Print(&before, cfg))
	require.Contains(t, before.String(), "account: <secret>")
	section := struct {
		Account string        `yaml:"account"`
		Wait    time.Duration `yaml:"wait"`
	}{Wait: time.Minute}
	require.NoError(t, cfg.Sources[0].Decode(&section))
	require.NoError(t, config.Print(&after, cfg))
	require.True(t, strings.HasSuffix(after.String(), "    b:\n      account: AC1\n      wait: 1m\n"), after.String())
}

// FuzzParse: no text makes reading panic, every mistake has its place and a line
// of its own, and what is accepted can be printed and checked again.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yaml")
	for _, name := range append(files, "usher.example.yaml") {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		cfg, err := config.Parse("fuzz.yaml", text, nil)
		if err != nil {
			_, problems, _ := strings.Cut(err.Error(), "configuration: ")
			for line := range strings.SplitSeq(problems, "\n") {
				require.True(t, strings.HasPrefix(line, "fuzz.yaml"), line)
			}
			return
		}
		require.NoError(t, config.Print(&bytes.Buffer{}, cfg))
		require.NoError(t, cfg.Validate(nil))
		for _, source := range cfg.Sources {
			_ = source.Decode(&twilioSection{})
		}
	})
}
