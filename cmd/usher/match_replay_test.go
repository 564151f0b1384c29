package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/matching/evaluate"
)

const replayFiles = "../../matching/evaluate/testdata/replay/"

// A file of contacts goes the whole way into a fresh store, and each is accounted for.
func TestMatchReplayPutsContactsThroughTheGateway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out, code := match(t, "replay", replayFiles+"contacts.csv", "--out", dir, "--truth", replayFiles+"truth.csv")
	require.Zero(t, code, out)
	require.Contains(t, out, "lookups ")
	var figures evaluate.ReplayFigures
	require.NoError(t, json.NewDecoder(strings.NewReader(out[strings.Index(out, "{"):])).Decode(&figures))
	require.Equal(t, 325, figures.Contacts)
	require.LessOrEqual(t, figures.WrongAttaches, 6)
	require.Greater(t, figures.AP, .45)
	assignments, err := os.ReadFile(filepath.Join(dir, "assignments.csv"))
	require.NoError(t, err)
	require.Equal(t, 326, strings.Count(string(assignments), "\n"))
	flags, err := os.ReadFile(filepath.Join(dir, "flags.csv"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(flags), "profile_l,profile_r,probability\n"))
}

func TestMatchReplaySaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	bad := filepath.Join(t.TempDir(), "bad.csv")
	require.NoError(t, os.WriteFile(bad, []byte("id,t\n1,0\n"), 0o600))
	out, code := match(t, "replay", bad, "--out", t.TempDir())
	require.Equal(t, 1, code)
	require.Contains(t, out, `no column "channel"`)

	uri := "sqlite://" + filepath.Join(t.TempDir(), "usher.db")
	small := filepath.Join(t.TempDir(), "one.csv")
	require.NoError(t, os.WriteFile(small, []byte("id,t,channel,display_name,email,phone,handle,sig_name,sig_phone,sig_email,org,city,postcode,lang\nc1,0,email,Ana,ana@example.com,,,,,,,,,\n"), 0o600))
	out, code = match(t, "replay", small, "--out", t.TempDir(), "--store", uri)
	require.Zero(t, code, out)
	out, code = match(t, "replay", small, "--out", t.TempDir(), "--store", uri)
	require.Equal(t, 1, code)
	require.Contains(t, out, "must be empty")

	truth := filepath.Join(t.TempDir(), "truth.csv")
	for want, rows := range map[string]string{"whose contact c1 is": "", "no such contact": "c1,p1,\nc2,p1,\n"} {
		require.NoError(t, os.WriteFile(truth, []byte("id,person_id,tags\n"+rows), 0o600))
		out, code = match(t, "replay", small, "--out", t.TempDir(), "--truth", truth)
		require.Equal(t, 1, code)
		require.Contains(t, out, want)
		require.NotContains(t, out, "contacts  ", "nothing was replayed for nothing")
	}
}

// The job after a new model runs on a store that a gateway has filled, and says what it did.
func TestMatchRematchGoesThroughAStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out, code := match(t, "replay", replayFiles+"contacts.csv", "--out", dir, "--store", "sqlite://"+filepath.Join(dir, "usher.db"))
	require.Zero(t, code, out)
	out, code = match(t, "rematch", "--data", dir)
	require.Zero(t, code, out)
	require.Contains(t, out, "204 profiles matched with model")
}
