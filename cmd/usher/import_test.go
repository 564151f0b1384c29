package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The commands import a file into a store without a gateway, say what became of each row, and give everything out again. What is stopped is finished by the next.
func TestPeopleAreImportedAndExported(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, rejects, out := filepath.Join(dir, "people.csv"), filepath.Join(dir, "rejects.csv"), filepath.Join(dir, "out.ndjson")
	require.NoError(t, os.WriteFile(file, []byte("Wer;Mail\nAna Silva;ana@mail.example\n\"broken;x@mail.example\nBruno Kurz;bruno@mail.example\n"), 0o600))
	code, shown, failed := usher(t, "import", "--data", dir, file, "--map", "Wer=name", "--dry-run")
	require.Zero(t, code, failed)
	require.Contains(t, shown, "WOULD BE IMPORTED")
	require.Contains(t, shown, "not held against each other")
	require.Regexp(t, `Wer\s+\| name`, shown)
	code, shown, failed = usher(t, "import", "--data", dir, file, "--dry-run")
	require.Zero(t, code, failed)
	require.Regexp(t, `Wer\s+\| field:Wer`, shown)
	for flag, wrong := range map[string]string{"--map": "nocol=email", "--region": "ZZ"} {
		code, _, failed = usher(t, "import", "--data", dir, file, flag, wrong)
		require.Equal(t, 1, code)
		require.Regexp(t, `no column "nocol"|a region is`, failed)
	}
	code, shown, failed = usher(t, "import", "--data", dir, file, "--map", "Wer=name", "--rejects", rejects)
	require.Zero(t, code, failed)
	require.Regexp(t, `created\s+\|\s+2`, shown)
	require.Regexp(t, `rejected\s+\|\s+1`, shown)
	text, err := os.ReadFile(rejects)
	require.NoError(t, err)
	require.Contains(t, string(text), "2,bad_quotes,")
	code, _, failed = usher(t, "export", "--data", dir, "--out", out)
	require.Zero(t, code, failed)
	text, err = os.ReadFile(out)
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(string(text), `"type":"person"`))
	code, shown, failed = usher(t, "import", "--data", dir, out)
	require.Zero(t, code, failed)
	require.Regexp(t, `matched\s+\|\s+2`, shown)
	require.Regexp(t, `rejected\s+\|\s+0`, shown, "history is nothing to be frightened of")
	code, shown, _ = usher(t, "export", "--data", dir, "--format", "csv")
	require.Zero(t, code)
	require.Contains(t, shown, "Bruno Kurz,bruno@mail.example")
	code, _, failed = usher(t, "import", "--data", dir, file, "--map", "Wer=secret")
	require.Equal(t, 1, code)
	require.NotContains(t, failed, "secret")
	code, _, _ = usher(t, "import", "--data", dir)
	require.Equal(t, 1, code)
}

// What breaks off leaves no half file under the name that was asked for, and what was there before stays.
func TestAnExportThatFailsLeavesNoHalfFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	before, fresh := filepath.Join(dir, "before.ndjson"), filepath.Join(dir, "fresh.ndjson")
	require.NoError(t, os.WriteFile(before, []byte("kept"), 0o600))
	for _, out := range []string{before, fresh} {
		code, _, failed := usher(t, "export", "--data", filepath.Join(dir, "data"), "--out", out, "--profile", "prf_none")
		require.Equal(t, 1, code)
		require.Contains(t, failed, "no such profile")
	}
	text, err := os.ReadFile(before)
	require.NoError(t, err)
	require.Equal(t, "kept", string(text))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 2, "the store and what was there before")
	code, _, failed := usher(t, "export", "--data", filepath.Join(dir, "data"), "--out", before)
	require.Zero(t, code, failed)
	text, err = os.ReadFile(before)
	require.NoError(t, err)
	require.Contains(t, string(text), `"type":"end"`)
}

// Where the rejects cannot be written, nothing is imported: the same file would go in twice.
func TestRejectsThatCannotBeWrittenImportNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "people.csv")
	require.NoError(t, os.WriteFile(file, []byte("Name,Email\nAna Silva,ana@mail.example\n"), 0o600))
	for _, path := range []string{filepath.Join(dir, "none", "rejects.csv"), dir} {
		code, shown, failed := usher(t, "import", "--data", dir, file, "--rejects", path)
		require.Equal(t, 1, code)
		require.Empty(t, shown)
		require.Contains(t, failed, "writing rejects")
	}
	_, shown, _ := usher(t, "export", "--data", dir, "--format", "csv")
	require.NotContains(t, shown, "Ana")
	rejects := filepath.Join(dir, "rejects.csv")
	code, _, failed := usher(t, "import", "--data", dir, file, "--rejects", rejects)
	require.Zero(t, code, failed)
	text, err := os.ReadFile(rejects)
	require.NoError(t, err)
	require.Equal(t, "row,code,reason,original\n", string(text))
}

// A job's id is said before its rows are worked on and again at the end, letter by letter, and is told to nobody who has named a wrong one.
func TestAJobIsCalledByItsOwnID(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "people.csv")
	require.NoError(t, os.WriteFile(file, []byte("Name,Email\nAna Silva,ana@mail.example\n"), 0o600))
	code, shown, said := usher(t, "import", "--data", dir, file)
	require.Zero(t, code)
	id := regexp.MustCompile(`job_[0-9a-f-]+`).FindString(said)
	require.NotEmpty(t, id)
	require.Regexp(t, id+`\s+\|\s+1 \| utf-8 csv\s+\|`, shown)
	for wrong, why := range map[string]string{strings.ToUpper(id): "no such job", id: "the job is done"} {
		code, _, failed := usher(t, "import", "--data", dir, "--resume", wrong)
		require.Equal(t, 1, code)
		require.Contains(t, failed, why)
		require.NotContains(t, failed, "--resume")
	}
}

// Who serves a store that another gateway has is told where that one answers, as by the other commands.
func TestASecondGatewayIsToldOfTheFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := serve(t, "--config", write(t, `listen: {address: "127.0.0.1:0"}`), "--data", dir)
	code, _, failed := usher(t, "serve", "--data", dir)
	require.Equal(t, 1, code)
	require.Contains(t, failed, "answers at")
	require.Contains(t, failed, strings.TrimPrefix(first.address, "http://"))
	require.Contains(t, failed, "--data")
	first.stop(t)
}
