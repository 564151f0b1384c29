package protocol_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/store"
	"usher/gateway/store/schedule"
)

// trace is a schedule in which the model refutes a simpler protocol, and that simpler protocol as a change of ours.
type trace struct {
	universe
	again  []int
	script []schedule.Stop
	mutant mutant
}

// mutant is a change of one file.
type mutant struct{ file, before, after string }

func call(verb, collection string) schedule.Call {
	return schedule.Call{Verb: verb, Collection: collection}
}

var traces = map[string]trace{
	"a slow helper does not do again what was undone": {
		universe: universe{three, nil, []operation{merge("A", "B"), merge("A", "B"), undo("0")}},
		script:   []schedule.Stop{{Process: 0, Before: call("swap", "profiles")}, {Process: 1}, {Process: 2}},
		mutant:   mutant{"../apply.go", "if profile.TreeSeq >= n {", "if n < 0 {"},
	},
	"nor does one for a pair that is told apart no longer": {
		universe: universe{three, []operation{apart("A", "B"), {kind: "not_same_undo", a: "A", b: "B"}}, []operation{apart("A", "B"), {kind: "not_same_undo", a: "A", b: "B"}}},
		script:   []schedule.Stop{{Process: 0, Before: call("insert", "decisions")}, {Process: 0, Before: call("swap", "not_same")}, {Process: 1}},
		mutant:   mutant{"../apply.go", "if there.Seq >= d.N {", "if d.N < 0 {"},
	},
	"an operation is looked up after the tail is read": {
		universe: universe{three, nil, []operation{merge("A", "B"), undo("0")}},
		again:    []int{0},
		script:   []schedule.Stop{{Process: 2, Before: call("range", "decisions"), Skip: 1}, {Process: 0}, {Process: 1}},
		mutant: mutant{"../commit.go",
			"	if last, err = p.tail(ctx); err != nil { // 1\n		return last, mine, err\n	}\n	mine, err = p.byOperation(ctx, op) // 2\n",
			"	if mine, err = p.byOperation(ctx, op); err != nil {\n		return last, mine, err\n	}\n	last, err = p.tail(ctx)\n"},
	},
	"the last decision is applied before the next is checked": {
		universe: universe{three, nil, []operation{merge("A", "B"), merge("A", "B")}},
		script:   []schedule.Stop{{Process: 0, Before: call("insert", "decisions")}, {Process: 0, Steps: 1}, {Process: 1}},
		mutant:   mutant{"../commit.go", "if err := p.apply(ctx, last); err != nil { // 3", "if err := error(nil); err != nil { // 3"},
	},
	"two merges into each other make no cycle": {
		universe: universe{three, nil, []operation{merge("A", "B"), merge("B", "A")}},
		script:   []schedule.Stop{{Process: 0, Before: call("insert", "decisions")}, {Process: 0, Steps: 1}, {Process: 1}},
		mutant:   mutant{"../commit.go", "if err := p.apply(ctx, last); err != nil { // 3", "if err := error(nil); err != nil { // 3"},
	},
	"a refusal holds at one moment": {
		universe: universe{three, nil, []operation{merge("A", "B"), merge("A", "C"), apart("A", "B")}},
		script:   []schedule.Stop{{Process: 0, Before: call("range", "profiles")}, {Process: 1}, {Process: 2}},
		mutant:   mutant{"../commit.go", "if now.N != last.N {", "if now.N < 0 {"},
	},
	"a person is read at one moment": {
		universe: universe{three, []operation{merge("C", "A")}, []operation{undo("i0"), readOf("C")}},
		script:   []schedule.Stop{{Process: 1, Before: call("read", "profiles"), Skip: 2}, {Process: 0}},
		mutant:   mutant{"../person.go", "if after.N == before.N && !errors.Is(failed, errTorn) {", "if after.N >= before.N {"},
	},
}

// The schedules that refute simpler protocols end well here.
func TestTraces(t *testing.T) {
	t.Parallel()
	for name, tr := range traces {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, tr.play(newLab(t, schedule.NewMemory())))
			eachDriver(t, func(t *testing.T, driver store.Driver, _ int) { require.NoError(t, tr.play(newLab(t, driver))) })
		})
	}
}

func (tr trace) play(l *lab) error {
	prepared, err := l.prepare(tr.universe, tr.again...)
	if err != nil {
		return err
	}
	r := prepared.round(schedule.Limits{}, nil)
	if err := r.Play(tr.script); err != nil {
		return err
	}
	return prepared.judge(r)
}

// A test of a protocol that passes on a wrong protocol proves nothing. The mutated file is given to the compiler in the place of the real one, and the schedule that was found against it must fail.
func TestTracesCatchWrongProtocols(t *testing.T) {
	t.Parallel()
	for name, tr := range traces {
		t.Run(name, func(t *testing.T) {
			source, err := os.ReadFile(tr.mutant.file)
			require.NoError(t, err)
			mutated := strings.Replace(string(source), tr.mutant.before, tr.mutant.after, 1)
			require.NotEqual(t, string(source), mutated, "the line that this mutant changes is gone")
			out, err := runMutated(t, tr.mutant.file, mutated, "^TestTraces$/^"+strings.ReplaceAll(name, " ", "_")+"$")
			require.Error(t, err, "the mutant passes:\n%s", out)
			require.Contains(t, out, "--- FAIL", "the mutant does not build")
			require.NotContains(t, out, "panic:")
		})
	}
}

func runMutated(t *testing.T, file, source, tests string) (string, error) {
	dir := t.TempDir()
	mutated, overlay := filepath.Join(dir, "mutated.go"), filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(mutated, []byte(source), 0o600))
	original, err := filepath.Abs(file)
	require.NoError(t, err)
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {original: mutated}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(overlay, replace, 0o600))
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-timeout=3m", "-vet=off", "-overlay="+overlay, "-run="+tests, ".")
	cmd.Env = append(os.Environ(), "USHER_TEST_MONGODB_URI=")
	out, err := cmd.CombinedOutput()
	return string(out), err
}
