package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/matching/weights"
)

// peopleTable is a table in which each person has two rows: the second with a slip in the name.
func peopleTable(t *testing.T, truth string) string {
	var b strings.Builder
	b.WriteString("id,first,last,mail,person\n")
	for i := range 60 {
		given, family := string(rune('A'+i%26))+"nnelise", "Berg"+strings.Repeat(string(rune('a'+i/26)), 3)
		person := fmt.Sprint("p", i)
		if truth != "" {
			person = truth
		}
		_, _ = fmt.Fprintf(&b, "%d,%s,%s,user%d@example.com,%s\n%d, %s ,%sx,user%d@example.com,%s\n", 2*i, given, family, i*977, person, 2*i+1, given, family, i*977, person)
	}
	path := filepath.Join(t.TempDir(), "people.csv")
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}

func match(t *testing.T, args ...string) (out string, code int) {
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), append([]string{"match"}, args...), console{out: &stdout, err: &stderr})
	return stdout.String() + stderr.String(), code
}

const peopleMap = "first=given_name,last=family_name,mail=email"

func TestMatchEvalMeasuresATable(t *testing.T) {
	t.Parallel()
	pairs := filepath.Join(t.TempDir(), "pairs.csv")
	out, code := match(t, "eval", peopleTable(t, ""), "--id", "id", "--truth", "person", "--truth-regex", `p(\d+)`, "--map", peopleMap, "--pairs", pairs)
	require.Zero(t, code, out)
	require.Contains(t, out, "best F1      1.000000")
	written, err := os.ReadFile(pairs)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(written), "id_l,id_r,score,prob\n"))
}

// A truth that lies must not move a score: the matcher never sees it.
func TestMatchEvalDoesNotReadTheTruth(t *testing.T) {
	t.Parallel()
	honest, lying, none := filepath.Join(t.TempDir(), "a.csv"), filepath.Join(t.TempDir(), "b.csv"), filepath.Join(t.TempDir(), "c.csv")
	for path, args := range map[string][]string{
		honest: {peopleTable(t, ""), "--truth", "person"}, lying: {peopleTable(t, "one"), "--truth", "person"}, none: {peopleTable(t, "")},
	} {
		out, code := match(t, append([]string{"eval", "--id", "id", "--map", peopleMap, "--pairs", path}, args...)...)
		require.Zero(t, code, out)
		require.Equal(t, len(args) > 1, strings.Contains(out, "AP "), "metrics only where there is a truth")
	}
	a, err := os.ReadFile(honest)
	require.NoError(t, err)
	for _, path := range []string{lying, none} {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(a), string(b))
	}
}

func TestMatchEvalLinksTwoTables(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b, pairs := filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.csv"), filepath.Join(dir, "pairs.csv")
	require.NoError(t, os.WriteFile(a, []byte("id,name\na1,Ana Silva\na2,Ana Silva\n"), 0o600))
	require.NoError(t, os.WriteFile(b, []byte("id,name\nb1,Silva Ana\n"), 0o600))
	out, code := match(t, "eval", a, b, "--id", "id", "--map", "name=name", "--pairs", pairs, "--untrained")
	require.Zero(t, code, out)
	written, err := os.ReadFile(pairs)
	require.NoError(t, err)
	require.NotContains(t, string(written), "a1,a2")
	require.Contains(t, string(written), "a1,b1")
}

func TestMatchTrainAndCalibrateWriteModels(t *testing.T) {
	t.Parallel()
	dir, table := t.TempDir(), peopleTable(t, "")
	model, decisions := filepath.Join(dir, "model.json"), filepath.Join(dir, "decisions.csv")
	out, code := match(t, "train", table, "--id", "id", "--map", peopleMap, "--out", model, "--name", "ours-1")
	require.Zero(t, code, out)
	var b strings.Builder
	b.WriteString("id_l,id_r,same\n")
	for i := range 118 {
		for step := range 3 {
			_, _ = fmt.Fprintf(&b, "%d,%d,%s\n", i, i+1+step/2, map[bool]string{true: "yes", false: "no"}[step < 2 && i%2 == 0])
		}
	}
	require.NoError(t, os.WriteFile(decisions, []byte(b.String()), 0o600))
	out, code = match(t, "calibrate", table, "--id", "id", "--map", peopleMap, "--model", model, "--decisions", decisions, "--out", model, "--name", "ours-2")
	require.Equal(t, 1, code)
	require.Contains(t, out, "it takes 300")
	out, code = match(t, "eval", table, "--id", "id", "--map", peopleMap, "--model", model)
	require.Zero(t, code, out)
	require.Contains(t, out, "ours-1")
}

func TestMatchSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	table, bad := peopleTable(t, ""), filepath.Join(t.TempDir(), "bad.csv")
	require.NoError(t, os.WriteFile(bad, []byte("id_l,id_r,same\n1,2,perhaps\n"), 0o600))
	for want, args := range map[string][]string{
		"no column \"nobody\"":         {"--id", "nobody", "--map", peopleMap},
		"no column \"middle\"":         {"--id", "id", "--map", "middle=given_name"},
		"no field \"nose\"":            {"--id", "id", "--map", "first=nose"},
		"must be COLUMN=FIELD":         {"--id", "id", "--map", "first"},
		"neither yes nor no":           {"--id", "id", "--map", peopleMap, "--decisions", bad},
		"error parsing regexp":         {"--id", "id", "--map", peopleMap, "--truth", "person", "--truth-regex", "("},
		"no column \"truth\" among id": {"--id", "id", "--map", peopleMap, "--truth", "truth"},
	} {
		out, code := match(t, append([]string{"eval", table}, args...)...)
		require.Equal(t, 1, code, want)
		require.Contains(t, out, want)
	}
}

// The parts that are shown add up, in whatever language they are told.
func TestMatchExplainAddsUp(t *testing.T) {
	t.Parallel()
	table := peopleTable(t, "")
	for language, word := range map[string]string{"en": "e-mail: the same", "de": "E-Mail: gleich"} {
		out, code := match(t, "explain", table, "--id", "id", "--map", peopleMap, "--untrained", "--left", "0", "--right", "1", "--language", language)
		require.Zero(t, code, out)
		require.Contains(t, out, word)
		parts, total := 0.0, 0.0
		for line := range strings.Lines(out) {
			var bits float64
			var kind string
			if n, _ := fmt.Sscan(line, &bits, &kind); n == 2 && kind != "sum" {
				parts += bits
			} else if n == 2 {
				total = bits
			}
		}
		require.NotZero(t, total)
		require.InDelta(t, total, parts, .05, "rounded to hundredths")
	}
	out, code := match(t, "explain", table, "--id", "id", "--map", peopleMap, "--untrained", "--left", "0", "--right", "nobody")
	require.Equal(t, 1, code)
	require.Contains(t, out, "no two records")
}

// The command that the README shows prints the table that stands below it.
func TestMatchExplainPrintsTheTableOfTheREADME(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../matching/README.md")
	require.NoError(t, err)
	command := regexp.MustCompile(`(?m)^usher match (explain .*)$`).FindSubmatch(readme)
	require.NotNil(t, command)
	out, code := match(t, strings.Fields(strings.ReplaceAll(string(command[1]), "matching/", "../../matching/"))...)
	require.Zero(t, code, out)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 7, out)
	for _, line := range lines {
		var bits float64
		var kind string
		_, err := fmt.Sscan(line, &bits, &kind)
		require.NoError(t, err, line)
		require.Regexp(t, fmt.Sprintf(`(?m)^\| \**%s\** \| %s\b`, regexp.QuoteMeta(fmt.Sprintf("%+.1f", bits)), kind), string(readme))
	}
}

// A handful of records teaches nothing, and it is told; what was learned from a table is not passed off as the model that it began from.
func TestMatchLearnsNothingFromAHandful(t *testing.T) {
	t.Parallel()
	example := []string{"../../matching/testdata/example.csv", "--id", "id", "--map", "name=name,phone=phone"}
	out, code := match(t, append([]string{"explain", "--left", "called", "--right", "written"}, example...)...)
	require.Zero(t, code, out)
	require.Contains(t, out, " -12.00  prior")
	require.Contains(t, out, "too few records to learn from")
	require.Contains(t, out, "1 of 2 telephone numbers were not understood and are not compared; --region")
	require.NotContains(t, out, "trained")
	model := filepath.Join(t.TempDir(), "m.json")
	out, code = match(t, append([]string{"train", "--out", model, "--name", "ours"}, example...)...)
	require.Equal(t, 1, code)
	require.Contains(t, out, "too few records to learn from")
	require.NoFileExists(t, model)

	out, code = match(t, "explain", peopleTable(t, ""), "--id", "id", "--map", peopleMap, "--left", "0", "--right", "1")
	require.Zero(t, code, out)
	require.Regexp(t, "model "+weights.Shipped().Version+", trained on these records in \\d+ rounds", out)
	out, code = match(t, append([]string{"eval", "--untrained", "--region", "DE"}, example...)...)
	require.Zero(t, code, out)
	require.NotContains(t, out, "too few")
	require.NotContains(t, out, "not understood")
}

// Nothing is drawn where nobody sees it move: what is printed stands on lines of its own.
func TestMatchDrawsNoBarsIntoAFile(t *testing.T) {
	t.Parallel()
	errs, err := os.Create(filepath.Join(t.TempDir(), "errs"))
	require.NoError(t, err)
	defer func() { require.NoError(t, errs.Close()) }()
	for _, args := range [][]string{{"eval", peopleTable(t, "")}, {"eval", "--truth", "nobody", peopleTable(t, "")}} {
		run(t.Context(), append([]string{"match"}, append(args, "--id", "id", "--map", peopleMap)...), console{out: io.Discard, err: errs})
	}
	written, err := os.ReadFile(errs.Name())
	require.NoError(t, err)
	require.NotContains(t, string(written), "records")
	require.NotContains(t, string(written), "\x1b")
	require.Contains(t, string(written), "no column")
}

// Keys that too many records have are ignored, and it is told which: what only they share is not found.
func TestMatchEvalNamesTheKeysItIgnored(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("id,name,phone\n")
	for i := range 130 {
		_, _ = fmt.Fprintf(&b, "%d,Ann%c Berg%c,+4930123456\n", i, 'a'+i%26, 'a'+i/26)
	}
	out, code := match(t, "eval", write(t, b.String()), "--untrained", "--id", "id", "--map", "name=name,phone=phone")
	require.Zero(t, code, out)
	require.Regexp(t, `hot keys     (\w+ \d+, )*phone 130`, out)
	out, code = match(t, "eval", write(t, "id,name\n1,Ann Berg\n2,Ann Berg\n"), "--untrained", "--id", "id", "--map", "name=name")
	require.Zero(t, code, out)
	require.Contains(t, out, "hot keys     none")
}

// What would make the figures wrong is refused before anything is scored, with the row or the line where it stands.
func TestMatchEvalRefusesWhatMakesItsFiguresWrong(t *testing.T) {
	t.Parallel()
	for want, test := range map[string]struct {
		tables []string
		args   []string
	}{
		"that column is the truth":                   {[]string{"id,name,who\n1,Ana,p\n"}, []string{"--map", "who=other", "--truth", "who"}},
		`row 4 has the id "1" of row 2`:              {[]string{"id,name\n1,Ana\n2,Bo\n1,Cy\n"}, nil},
		"row 3 has no id":                            {[]string{"id,name\n1,Ana\n ,Bo\n"}, nil},
		`row 2 has the id "2" of row 3 of the first`: {[]string{"id,name\n1,Ana\n2,Bo\n", "id,name\n2,Cy\n"}, nil},
		"line 3": {[]string{"id,name\n1,Ana\n2,\"Bo\n3,Cy\n4,Di\n"}, nil},
		"record on line 4: wrong number of fields": {[]string{"id,name\n1,Ana\n2,Bo\n3,Cy,Di\n"}, nil},
		"record on line 3: wrong number of fields": {[]string{"id,name\n1,Ana\n2\n"}, nil},
		"it has no rows":      {[]string{"id,name\n1,Ana\n", "id,name\n"}, nil},
		"it has no head":      {[]string{""}, nil},
		`it is empty for "2"`: {[]string{"id,name,who\n1,Ana,p\n2,Bo,\n"}, []string{"--truth", "who"}},
	} {
		args := []string{"eval", "--id", "id", "--map", "name=name"}
		for _, table := range test.tables {
			args = append(args, write(t, table))
		}
		out, code := match(t, append(args, test.args...)...)
		require.Equal(t, 1, code, want)
		require.Contains(t, out, want)
		require.NotContains(t, out, "AP ")
	}
}

// Of decisions it is told how many were used; those that are none are refused.
func TestMatchEvalTellsWhatBecameOfTheDecisions(t *testing.T) {
	t.Parallel()
	decide := func(rows string) (string, int) {
		return match(t, "eval", peopleTable(t, ""), "--id", "id", "--map", peopleMap, "--decisions", write(t, rows))
	}
	var many strings.Builder
	for i := range 60 {
		for j := range 6 {
			_, _ = fmt.Fprintf(&many, "%d,%d,%s\n", 2*i, (2*i+1+2*j)%120, map[bool]string{true: "yes", false: "no"}[j == 0])
		}
	}
	out, code := decide("id_l,id_r,same\n" + many.String())
	require.Zero(t, code, out)
	require.Regexp(t, `model .*, calibrated by 360 decisions\n`, out)
	for want, rows := range map[string]string{
		"decisions    360 used, 1 more about unknown records":                             "id_l,id_r,same\n" + many.String() + "1,nobody,no\n",
		"decisions    1, which were not used: it takes 300; 2 more about unknown records": "id_l,id_r,same\n0,1,yes\n0,nobody,no\nnobody,1,no\n",
	} {
		out, code := decide(rows)
		require.Zero(t, code, out)
		require.Contains(t, out, want)
	}
	for want, rows := range map[string]string{
		"row 3: a record and itself": "id_l,id_r,same\n0,1,yes\n0, 0,yes\n", "not the head": "0,1,yes\n2,3,no\n", "not id_l,id_r,same": "id_l,id_r\n0,1\n",
	} {
		out, code := decide(rows)
		require.Equal(t, 1, code, out)
		require.Contains(t, out, want)
	}
}

// A table is read as it stands or not at all: whatever is read has as many cells in each row as in its head.
func FuzzParseTableKeepsTheWidth(f *testing.F) {
	for _, seed := range []string{"id,name\n1,Ana\n", "\ufeff\"id\",name\r\n1,\"a\"\"b\nc\"\r\n", "id\n\"1\n2\n", "a,b\n1,2,3\n", "", "\n\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := parseTable(data)
		if err != nil {
			return
		}
		require.NotEmpty(t, table.Rows)
		for _, row := range table.Rows {
			require.Len(t, row, len(table.Head))
		}
	})
}
