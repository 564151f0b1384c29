package ingest_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mutants are the simpler protocols that the model refutes, as changes of settle.go: the schedules above must catch each of them.
var mutants = map[string][2]string{
	"claims in no common order": {
		"slices.SortFunc(missing, func(a, b contact.ContactPoint) int { return compareIDs(a.ID, b.ID) })", "",
	},
	"no claims, each identity decided by itself": {
		"for _, p := range missing[:max(0, len(missing)-1)] { // 4", "for _, p := range missing[:0] { // 4",
	},
	"going on after a lost insert": {
		"if errors.Is(err, store.ErrExists) {\n\t\treturn errRestart\n\t}", "if errors.Is(err, store.ErrExists) {\n\t\treturn nil\n\t}",
	},
	"another's claim is ignored": {
		"if i.Claimed() && !i.Claim.Same(c) {", "if i.Claimed() && false {",
	},
}

// A test of a protocol that passes on a wrong protocol proves nothing. The mutated file is given to the compiler in the place of the real one.
func TestSchedulesCatchWrongProtocols(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("settle.go")
	require.NoError(t, err)
	for name, change := range mutants {
		t.Run(name, func(t *testing.T) {
			mutated := strings.Replace(string(source), change[0], change[1], 1)
			require.NotEqual(t, string(source), mutated, "the line that this mutant changes is gone")
			out, err := runMutated(t, mutated)
			require.Error(t, err, "the mutant passes:\n%s", out)
			require.Contains(t, out, "--- FAIL", "the mutant does not build")
		})
	}
}

func runMutated(t *testing.T, settle string) (string, error) {
	dir := t.TempDir()
	mutated, overlay := filepath.Join(dir, "settle.go"), filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(mutated, []byte(settle), 0o600))
	original, err := filepath.Abs("settle.go")
	require.NoError(t, err)
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {original: mutated}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(overlay, replace, 0o600))
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-timeout=3m", "-vet=off", "-failfast", "-overlay="+overlay, "-run=^TestEveryScheduleOfTwo/./^memory$", ".")
	cmd.Env = append(os.Environ(), "USHER_TEST_MONGODB_URI=")
	out, err := cmd.CombinedOutput()
	return string(out), err
}
