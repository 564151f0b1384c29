package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/lookup"
	"usher/matching/evaluate"
	"usher/matching/weights"
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
	require.NoError(t, os.WriteFile(small, []byte(contactsHead+"c1,0,email,Ana,ana@example.com,,,,,,,,,\n"), 0o600))
	out, code = match(t, "replay", small, "--out", t.TempDir(), "--store", uri)
	require.Zero(t, code, out)
	out, code = match(t, "replay", small, "--out", t.TempDir(), "--store", uri)
	require.Equal(t, 1, code)
	require.Contains(t, out, "must be empty")

	truth := filepath.Join(t.TempDir(), "truth.csv")
	for want, rows := range map[string]string{"whose contact c1 is": "c2,p1,\n", "no such contact": "c1,p1,\nc2,p1,\n"} {
		require.NoError(t, os.WriteFile(truth, []byte("id,person_id,tags\n"+rows), 0o600))
		out, code = match(t, "replay", small, "--out", t.TempDir(), "--truth", truth)
		require.Equal(t, 1, code)
		require.Contains(t, out, want)
		require.NotContains(t, out, "contacts  ", "nothing was replayed for nothing")
	}
}

// A mistake in a file of contacts is found before the first of them is replayed, and the store stays empty.
func TestMatchReplayRefusesContactsThatCannotBeReplayed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const good = "c1,0,email,Ana,ana@example.com,,,,,,,,,\n"
	for row, want := range map[string]string{
		"c2,NaN,email,,b@example.com,,,,,,,,,\n":  "row 3: its t is no number from 0 to 1",
		"c2,1.5,email,,b@example.com,,,,,,,,,\n":  "row 3: its t is no number from 0 to 1",
		"c2,-Inf,email,,b@example.com,,,,,,,,,\n": "row 3: its t is no number from 0 to 1",
		"c2,,email,,b@example.com,,,,,,,,,\n":     "row 3: its t is no number from 0 to 1",
		"c2,1,pigeon,,b@example.com,,,,,,,,,\n":   "row 3: there is no such channel",
		",1,email,,b@example.com,,,,,,,,,\n":      "row 3 has no id",
		"c1,1,email,,b@example.com,,,,,,,,,\n":    `row 3 has the id "c1" of row 2`,
		"c2,1,email\n":                            "record on line 3",
	} {
		out, code := match(t, "replay", write(t, contactsHead+good+row), "--out", dir, "--store", "sqlite://"+filepath.Join(dir, "usher.db"))
		require.Equal(t, 1, code, row)
		require.Contains(t, out, want)
		require.NoFileExists(t, filepath.Join(dir, "usher.db"))
	}
}

const contactsHead = "id,t,channel,display_name,email,phone,handle,sig_name,sig_phone,sig_email,org,city,postcode,lang\n"

// Contacts are replayed as they came by, whatever the order of the file, and by the model that the configuration names.
func TestMatchReplayFollowsTimeAndTheConfiguration(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	model := filepath.Join(dir, "ours.json")
	require.NoError(t, writeModel(model, "ours-1", weights.Shipped()))
	contacts := contactsHead + "late,.9,email,Ana Silva,ana@example.com,,,,,,,,,\nearly,.1,email,Ana Silva,ana@example.com,,,,,,,,,\nlast,.9,email,Ana Silva,ana@example.com,,,,,,,,,\n"
	out, code := match(t, "replay", write(t, contacts), "--out", dir, "--config", write(t, "matching: {model: "+model+"}"))
	require.Zero(t, code, out)
	require.Contains(t, out, "sorted by t")
	require.Contains(t, out, "model        ours-1\n")
	written, err := os.ReadFile(filepath.Join(dir, "assignments.csv"))
	require.NoError(t, err)
	require.Regexp(t, `^id,profile_id,outcome\nearly,\S+,new\nlate,\S+,attached\nlast,\S+,attached\n$`, string(written))
	out, code = match(t, "replay", write(t, contacts), "--out", dir, "--config", write(t, "matching: {model: "+model+".gone}"))
	require.Equal(t, 1, code)
	require.Contains(t, out, "matching.model")
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

	db, err := gateway.OpenStore(t.Context(), "sqlite://"+filepath.Join(dir, "usher.db"))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := 0
	err = lookup.New(db).Rematch(ctx, func(n int) {
		if done += n; done == 200 { // and the first hundred are noted
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, db.Close())
	out, code = match(t, "rematch", "--data", dir)
	require.Zero(t, code, out)
	require.Regexp(t, `^1\d\d of 204 profiles, the others before, matched with model`, out)
}

// What is told to stop says that it stopped, how to go on, and nothing else.
func TestMatchSaysThatItWasStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	table, dir := peopleTable(t, ""), t.TempDir()
	columns := []string{table, "--id", "id", "--map", peopleMap}
	model := []string{"--out", filepath.Join(dir, "m.json"), "--name", "ours"}
	for want, args := range map[string][]string{
		"evaluating: stopped\n": append([]string{"eval"}, columns...),
		"explaining: stopped\n": append([]string{"explain", "--left", "0", "--right", "1"}, columns...),
		"training: stopped\n":   slices.Concat([]string{"train"}, columns, model),
		"replaying: stopped; run it again, with an empty store: a replay begins at the first contact\n": {"replay", replayFiles + "contacts.csv", "--out", dir},
		"matching again: stopped; run it again: it goes on where it was\n":                              {"rematch", "--data", decidedStore(t, 1)},
	} {
		var out, errs bytes.Buffer
		require.Equal(t, 1, run(ctx, append([]string{"match"}, args...), console{out: &out, err: &errs}), want)
		require.Empty(t, out.String())
		require.True(t, strings.HasSuffix(errs.String(), "usher: "+want), errs.String())
	}
	require.NoFileExists(t, model[1])
}
