package evaluate

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The figures are what the reference scorer, evaluate_replay.py, printed for these files: switchboards, recycled numbers, callers without a name and withheld ones are among them.
func TestReplayAgreesWithTheReferenceScorer(t *testing.T) {
	t.Parallel()
	var assignments []Assignment
	for _, row := range rows(t, "testdata/replay/assignments.csv") {
		assignments = append(assignments, Assignment{row[0], row[1], row[2]})
	}
	var flags []Flag
	for _, row := range rows(t, "testdata/replay/flags.csv") {
		var p float64
		require.NoError(t, json.Unmarshal([]byte(row[2]), &p))
		flags = append(flags, Flag{row[0], row[1], p})
	}
	got, err := Replay(table(t, "testdata/replay/contacts.csv"), table(t, "testdata/replay/truth.csv"), assignments, flags)
	require.NoError(t, err)
	text, err := json.Marshal(got)
	require.NoError(t, err)
	require.JSONEq(t, string(read(t, "testdata/replay/reference.json")), string(text))
}

// A replay that left contacts out, or took one twice, is not measured.
func TestReplayRefusesIncompleteAssignments(t *testing.T) {
	t.Parallel()
	contacts := Table{Head: []string{"id", "display_name"}, Rows: [][]string{{"1", "Ana"}, {"2", ""}}}
	truth := Table{Head: []string{"id", "person_id", "tags"}, Rows: [][]string{{"1", "p", ""}, {"2", "p", ""}}}
	first := Assignment{ID: "1", Profile: "a", Outcome: "new"}
	for name, assignments := range map[string][]Assignment{
		"one is missing":              {first},
		"one comes twice":             {first, first},
		"attached to nobody":          {first, {ID: "2", Profile: "b", Outcome: "attached"}},
		"new, and its profile is not": {first, {ID: "2", Profile: "a", Outcome: "new"}},
	} {
		_, err := Replay(contacts, truth, assignments, nil)
		require.Error(t, err, name)
	}
	_, err := Replay(contacts, truth, []Assignment{first, {ID: "2", Profile: "a", Outcome: "attached"}}, []Flag{{"a", "z", .5}})
	require.Error(t, err, "a flag of a profile that nobody was assigned to")
}

func table(t *testing.T, path string) Table {
	head, _, found := strings.Cut(string(read(t, path)), "\n")
	require.True(t, found)
	return Table{Head: strings.Split(head, ","), Rows: rows(t, path)}
}

func read(t *testing.T, path string) []byte {
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}
