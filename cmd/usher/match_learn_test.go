package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/lookup"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/matching/calibrate"
	"usher/matching/weights"
)

// decidedStore fills a store with flagged pairs of namesakes, every third of which was told apart and the others merged, and returns the folder.
func decidedStore(t *testing.T, pairs int) string {
	dir := t.TempDir()
	db, err := gateway.OpenStore(t.Context(), "sqlite://"+filepath.Join(dir, "usher.db"))
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	look, decide := lookup.New(db), people.New(db)
	var group errgroup.Group // what is written at once shares a commit
	group.SetLimit(16)
	for i := range pairs {
		group.Go(func() error {
			for _, id := range namesakes(i) {
				p := contact.Profile{Names: []contact.Name{{Value: senderName(fmt.Sprint("+49301", i)), Provenance: contact.FromChannel}}, CreatedAt: store.Now()}
				p.ID = id
				p.Evidence = []contact.Evidence{{Kind: string(contact.Tel), Left: fmt.Sprintf("+4930123%04d", i), Provenance: contact.Extracted}}
				if err := errors.Join(db.Profiles.Insert(t.Context(), p), look.Learn(t.Context(), lookup.News{Profile: p, Interaction: "int_1", At: store.Now()})); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	for i := range pairs {
		pair := namesakes(i)
		if i%3 == 0 {
			_, err = decide.TellApart(t.Context(), people.Wish{Who: "agent-1"}, contact.Distinct, pair[0], pair[1])
		} else {
			_, err = decide.Merge(t.Context(), people.Wish{From: pair[1:], Into: pair[0], Who: "agent-1"})
		}
		require.NoError(t, err)
	}
	return dir
}

// namesakes are the ids of a pair.
func namesakes(i int) []string {
	return []string{fmt.Sprintf("prf_%03da", i), fmt.Sprintf("prf_%03db", i)}
}

// What people decided about the store's own flags becomes a model, a gateway that is told of it scores by it, and its probabilities are what people decided.
func TestAModelIsLearnedFromTheStoreAndUsed(t *testing.T) {
	t.Parallel()
	dir := decidedStore(t, calibrate.MinDecisions+6)
	trained, calibrated, settings := filepath.Join(dir, "trained.json"), filepath.Join(dir, "calibrated.json"), filepath.Join(dir, "usher.yaml")
	out, code := match(t, "train", "--data", dir, "--out", trained, "--name", "ours-1")
	require.Zero(t, code, out)
	require.Contains(t, out, "records      612")
	out, code = match(t, "calibrate", "--data", dir, "--model", trained, "--out", calibrated, "--name", "ours-2")
	require.Zero(t, code, out)
	require.Contains(t, out, "decisions    306")

	require.NoError(t, os.WriteFile(settings, []byte("matching: {model: "+calibrated+"}\n"), 0o600))
	out, code = match(t, "rematch", "--config", settings, "--data", dir)
	require.Zero(t, code, out)
	require.Contains(t, out, "612 profiles matched with model ours-2")
	db, err := gateway.OpenStore(t.Context(), "sqlite://"+filepath.Join(dir, "usher.db"))
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	flags, _, err := db.Duplicates.List(t.Context(), store.Range{Index: "a", Equal: []any{"prf_001a"}, Limit: 10})
	require.NoError(t, err)
	require.Len(t, flags, 1)
	require.Equal(t, "ours-2", flags[0].Model)
	require.True(t, flags[0].Calibrated)
	require.InDelta(t, 2./3, flags[0].Probability, .1)
}

func TestLearningSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	dir := decidedStore(t, 3)
	out, code := match(t, "calibrate", "--data", dir, "--out", filepath.Join(dir, "m.json"), "--name", "ours")
	require.Equal(t, 1, code)
	require.Contains(t, out, "3 decisions, and it takes 300")
	out, code = match(t, "calibrate", peopleTable(t, ""), "--id", "id", "--map", peopleMap, "--out", filepath.Join(dir, "m.json"), "--name", "ours")
	require.Equal(t, 1, code)
	require.Contains(t, out, "needs --decisions")
	out, code = match(t, "train", peopleTable(t, ""), "--out", filepath.Join(dir, "m.json"), "--name", "ours")
	require.Equal(t, 1, code)
	require.Contains(t, out, "--id and --map")
	for want, content := range map[string]string{"no such file": "", "it has no version": "{}"} {
		model, settings := filepath.Join(dir, strings.ReplaceAll(want, " ", "-")+".json"), filepath.Join(dir, "usher.yaml")
		if content != "" {
			require.NoError(t, os.WriteFile(model, []byte(content), 0o600))
		}
		require.NoError(t, os.WriteFile(settings, []byte("matching: {model: "+model+"}\n"), 0o600))
		out, code = match(t, "rematch", "--config", settings, "--data", dir)
		require.Equal(t, 1, code)
		require.Contains(t, out, want)
	}
}

// What cannot end well is refused before any work, and leaves nothing behind: neither a model nor a store.
func TestMatchRefusesBeforeAnyWork(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	db, err := gateway.OpenStore(t.Context(), "sqlite://"+filepath.Join(empty, "usher.db"))
	require.NoError(t, err)
	require.NoError(t, db.Close())
	nowhere, file := filepath.Join(dir, "nowhere"), filepath.Join(dir, "m.json")
	table := []string{peopleTable(t, ""), "--id", "id", "--map", peopleMap}
	learn := func(command, out string, more ...string) []string {
		return append([]string{command, "--out", out, "--name", "ours"}, more...)
	}
	for _, test := range []struct {
		want string
		args []string
	}{
		{"--profiles: at least one", learn("train", file, "--data", empty, "--profiles", "0")},
		{"the store holds no profiles", learn("train", file, "--data", empty)},
		{"the store holds no profiles", learn("calibrate", file, "--data", empty)},
		{"the store holds no profiles", []string{"rematch", "--data", empty}},
		{filepath.Join(nowhere, "usher.db"), learn("train", file, "--data", nowhere)},
		{filepath.Join(nowhere, "usher.db"), learn("calibrate", file, "--data", nowhere)},
		{filepath.Join(nowhere, "usher.db"), []string{"rematch", "--data", nowhere}},
		{"--out: ", learn("train", filepath.Join(nowhere, "m.json"), table...)},
		{"is a directory", learn("train", dir, table...)},
		{"--pairs: ", append([]string{"eval", "--pairs", filepath.Join(nowhere, "p.csv")}, table...)},
		{`--truth: no column "nobody"`, append([]string{"eval", "--truth", "nobody"}, table...)},
		{"--truth-regex: ", append([]string{"eval", "--truth", "person", "--truth-regex", "("}, table...)},
		{"--out: ", []string{"replay", replayFiles + "contacts.csv", "--out", filepath.Join(table[0], "below-a-file")}},
	} {
		out, code := match(t, test.args...)
		require.Equal(t, 1, code, test.args)
		require.Contains(t, out, test.want)
		require.NotContains(t, out, "records ", "nothing was scored")
		require.NotContains(t, out, "written")
	}
	require.NoFileExists(t, file)
	require.NoDirExists(t, nowhere)
	left, err := filepath.Glob(filepath.Join(dir, ".usher-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// A model under a name that no gateway would take is not learned at all.
func TestLearningRefusesABadNameBeforeAnyWork(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "m.json")
	for name, want := range map[string]string{
		"": "no version", "our model": "letters, digits", "same-contact-1": "no model scored", weights.Shipped().Version: "Usher comes with", strings.Repeat("x", 65): "1 to 64",
	} {
		said, code := match(t, "train", peopleTable(t, ""), "--id", "id", "--map", peopleMap, "--out", out, "--name="+name)
		require.Equal(t, 1, code, said)
		require.Contains(t, said, want)
		require.NotContains(t, said, "records")
		require.NoFileExists(t, out)
	}
}
