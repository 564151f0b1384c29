package transfer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/adapters/standard"
	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/store"
	"usher/gateway/store/mongo"
	"usher/gateway/store/mongo/mongotest"
	"usher/gateway/store/sqlite"
	"usher/gateway/store/storetest"
	"usher/gateway/transfer"
	"usher/gateway/transfer/rows"
)

// desk imports into one store.
type desk struct {
	*transfer.Transfer
	t  testing.TB
	db *store.DB
}

func newDesk(t testing.TB, driver store.Driver) desk {
	db, err := store.Open(t.Context(), driver)
	require.NoError(t, err)
	return deskOf(t, db)
}

func deskOf(t testing.TB, db *store.DB) desk {
	log := slog.New(slog.DiscardHandler)
	own := ingest.Own{Emails: []string{"support@acme.example"}, Domains: []string{"acme.example"}}
	return desk{transfer.New(db, ingest.New(db, map[string]ingest.Source{"web": {Adapter: standard.NewReader()}}, own, log), transfer.Options{Owner: "test", Region: "DE"}, log), t, db}
}

func onSQLite(t testing.TB) store.Driver {
	d, err := sqlite.Open(filepath.Join(t.TempDir(), "usher.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

// eachStore runs a test on a fresh store of every kind.
func eachStore(t *testing.T, test func(t *testing.T, d store.Driver)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, onSQLite(t))
	})
	t.Run("mongodb", func(t *testing.T) {
		t.Parallel()
		d, err := mongo.Open(t.Context(), mongotest.URI(t))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, d.Close()) })
		test(t, d)
	})
}

// run imports a file to its end.
func (d desk) run(w transfer.Wish, file string) contact.Job {
	d.t.Helper()
	job, err := d.Import(d.t.Context(), w, strings.NewReader(file))
	require.NoError(d.t, err)
	job, err = d.Finish(d.t.Context(), job.ID, nil)
	require.NoError(d.t, err)
	return job
}

// rows are what became of a job's rows, "outcome code", and their counts are the job's.
func (d desk) rows(job contact.Job) (shown []string, profiles []string) {
	d.t.Helper()
	var counts contact.JobCounts
	r := store.Range{Index: "row", Equal: []any{job.ID}, Limit: store.MaxLimit}
	for {
		page, next, err := d.db.JobRows.List(d.t.Context(), r)
		require.NoError(d.t, err)
		for _, row := range page {
			require.EqualValues(d.t, len(shown)+1, row.N, "every row has an outcome")
			shown = append(shown, strings.TrimSpace(string(row.Outcome)+" "+row.Code))
			profiles = append(profiles, row.ProfileID)
			*counts.Of(row.Outcome)++
		}
		if next == nil {
			break
		}
		r.After = next
	}
	require.Equal(d.t, counts, job.Counts)
	require.EqualValues(d.t, job.Row, job.Counts.Sum())
	return shown, profiles
}

func (d desk) count() (profiles, identities int64) {
	d.t.Helper()
	profiles, err := d.db.Profiles.Count(d.t.Context(), "created")
	require.NoError(d.t, err)
	r := store.Range{Index: "value", Limit: store.MaxLimit}
	all, _, err := d.db.Identities.List(d.t.Context(), r)
	require.NoError(d.t, err)
	return profiles, int64(len(all))
}

const mixed = `Name,Email,Phone,Kundennummer,Farbe
Ana Silva,ana@mail.example,030 1234567,7,blue
,,+49 171 1111111,,
Silva Ana,ANA@mail.example,,,
Bruno Kurz,,030/1234567,,
Carla Diaz,,,,
Carla Diaz,,,,
"Dora,dora@mail.example,,,
Emil Braun,emil@@mail,nonsense,,
,,,,
Support,support@acme.example,,,
Ana Silva,,0049301234567,7,red
`

// SCENARIOS 15: an import makes no duplicates, of people who are there nor of rows of one file, keeps who has nothing but a number, and says of every row what became of it.
func TestAnImportMakesNoDuplicatesAndDropsNobody(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver) {
		d := newDesk(t, driver)
		dry := d.run(transfer.Wish{DryRun: true}, mixed)
		foretold, _ := d.rows(dry)
		none, _ := d.count()
		require.Zero(t, none, "a dry run writes nobody")
		job := d.run(transfer.Wish{}, mixed)
		require.Equal(t, contact.JobDone, job.State)
		shown, who := d.rows(job)
		want := []string{
			"created", "created", "updated", "flagged shared_contact_point", "created", "matched", "rejected bad_quotes",
			"created unreadable_contact_point", "rejected nobody", "rejected own_contact_point", "updated",
		}
		require.Equal(t, want, shown)
		require.Equal(t, who[0], who[2])
		require.Equal(t, who[0], who[10])
		require.Equal(t, who[4], who[5])
		for n, line := range foretold {
			if n != 10 && n != 2 && n != 5 { // it does not know what earlier rows would have taught
				require.Equal(t, shown[n], line, n+1)
			}
		}
		require.Equal(t, "matched same_as_row", foretold[2])
		profiles, identities := d.count()
		require.EqualValues(t, 5, profiles)

		again := d.run(transfer.Wish{}, mixed)
		shown, twice := d.rows(again)
		for n, line := range shown {
			require.Equal(t, who[n], twice[n], n+1)
			if !strings.HasPrefix(line, "rejected") {
				require.NotContains(t, line, "created", n+1)
			}
		}
		nowProfiles, nowIdentities := d.count()
		require.Equal(t, []int64{profiles, identities}, []int64{nowProfiles, nowIdentities}, "the same file twice doubles nothing")
	})
}

// Exports of the usual programs go in as they are: no row is rejected but those that are no customers.
func TestExportsAreImportedWithoutEditing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, onSQLite(t))
	files, err := filepath.Glob("mapping/testdata/*")
	require.NoError(t, err)
	imported := 0
	for _, name := range files {
		if strings.HasSuffix(name, ".golden") || strings.Contains(name, "organizations") {
			continue
		}
		imported++
		file, err := os.ReadFile(name)
		require.NoError(t, err)
		shown, _ := d.rows(d.run(transfer.Wish{}, string(file)))
		require.NotEmpty(t, shown)
		for _, line := range shown {
			require.NotRegexp(t, `^rejected (?:[^agd]|a[^g])|unreadable`, line, name)
		}
	}
	require.Greater(t, imported, 8)
}

// mortal is a store whose process also dies between any two documents of one step.
type mortal struct{ *storetest.Stopping }

func (m mortal) InsertMissing(ctx context.Context, s *store.Schema, docs []contact.Stored) error {
	for _, doc := range docs {
		if err := m.Insert(ctx, s, doc); err != nil && !errors.Is(err, store.ErrExists) {
			return err
		}
	}
	return nil
}

// A job whose process dies at any write is finished by the next one, as if nothing had happened.
func TestAJobThatDiesAnywhereIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	whole := newDesk(t, onSQLite(t))
	job := whole.run(transfer.Wish{}, mixed)
	wantProfiles, wantIdentities := whole.count()
	for step := int64(0); ; step += 11 {
		m := mortal{storetest.NewStopping(onSQLite(t))}
		d := newDesk(t, m)
		begun, err := d.Import(t.Context(), transfer.Wish{}, strings.NewReader(mixed))
		require.NoError(t, err)
		m.StopAfter(step)
		_, failed := d.Finish(t.Context(), begun.ID, nil)
		m.GoOn()
		next := deskOf(t, d.db) // another process
		done, err := next.Find(t.Context(), begun.ID)
		require.NoError(t, err)
		if done.Queue != "" {
			done, err = next.Finish(t.Context(), begun.ID, nil)
			require.NoError(t, err, step)
		}
		require.Equal(t, contact.JobDone, done.State, step)
		next.rows(done)
		require.Equal(t, job.Counts.Rejected, done.Counts.Rejected)
		profiles, identities := next.count()
		require.Equal(t, []int64{wantProfiles, wantIdentities}, []int64{profiles, identities}, step)
		if failed == nil {
			require.Greater(t, step, int64(20))
			return
		}
	}
}

// A job that is cancelled while a batch is half written, or after its process died there, leaves nobody half way: the rows that were begun have an outcome, and every contact point a holder.
func TestACancelledJobLeavesNobodyHalfWay(t *testing.T) {
	t.Parallel()
	for step := int64(2); step < 60; step += 6 {
		m := mortal{storetest.NewStopping(onSQLite(t))}
		d := newDesk(t, m)
		begun, err := d.Import(t.Context(), transfer.Wish{}, strings.NewReader(mixed))
		require.NoError(t, err)
		m.StopAfter(step)
		_, _ = d.Finish(t.Context(), begun.ID, nil) // it dies
		m.GoOn()
		next := deskOf(t, d.db)
		asked, err := next.Cancel(t.Context(), begun.ID)
		require.NoError(t, err)
		if asked.FinishedAt.IsZero() {
			asked, err = next.Finish(t.Context(), begun.ID, nil)
			require.NoError(t, err, step)
			require.Equal(t, contact.Cancelled, asked.State)
			require.NotZero(t, asked.Row, "what was begun is finished")
			next.rows(asked)
		}
		held, _, err := d.db.Identities.List(t.Context(), store.Range{Index: "value", Limit: store.MaxLimit})
		require.NoError(t, err)
		for _, i := range held {
			_, err := d.db.Profiles.Find(t.Context(), i.ProfileID)
			require.NoError(t, err, "died after %d writes", step)
		}
	}
}

// A name that is broken by the encoding is not stored without a word: most lines decide, what they do not have is refused, and what the encoding hardly has is told.
func TestBrokenNamesAreToldOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file, encoding, guess string
		want                  []string
	}{
		"Czech":                      {"Name,Email\nP\xf8\xedli\x9a \xcf\xe1bel,p@mail.example\nJi\xf8\xed \x8a\x9dastn\xfd,j@mail.example\n", "windows-1250", "letters", []string{"created", "created"}},
		"one line that is not UTF-8": {"Name,Email\nUtfü,a@mail.example\nÄnne,b@mail.example\nZoë,c@mail.example\nB\xe4\xdf\xf6\xfc\xe4\xf6\xfc,d@mail.example\n", "utf-8", "", []string{"created", "created", "created", "rejected wrong_encoding"}},
		"two of a kind":              {"Name,Email\nJi\xf8ina,a@mail.example\nUtf\xc3\xbc,b@mail.example\nS\xf8ren,c@mail.example\n", "windows-1252", "guessed", []string{"created", "created odd_letters", "created"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, onSQLite(t))
			job := d.run(transfer.Wish{}, c.file)
			require.Equal(t, []string{c.encoding, c.guess}, []string{job.Encoding, job.Guess})
			shown, _ := d.rows(job)
			require.Equal(t, c.want, shown)
		})
	}
}

// A file of which nothing is understood fails and says what its columns are, instead of rejecting every row; so does one that lacks a column of which something was said.
func TestAFileThatIsNotUnderstoodSaysSo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wish       transfer.Wish
		file, code string
		says       string
		columns    []contact.Pair
	}{
		"no header":         {transfer.Wish{}, "Ana Silva,ana@mail.example\nBruno Kurz,bruno@mail.example\n", "no_column_understood", "the first line has to name the columns", []contact.Pair{{Name: "Ana Silva", Value: "field:Ana Silva"}, {Name: "ana@mail.example", Value: "field:ana@mail.example"}}},
		"Cyrillic":          {transfer.Wish{}, "Клиент;Почта\nАна;ana@mail.example\n", "no_column_understood", "--map", []contact.Pair{{Name: "Клиент", Value: "field:Клиент"}, {Name: "Почта", Value: "field:Почта"}}},
		"a card as a table": {transfer.Wish{Layout: rows.Layout{Format: rows.CSV}}, "BEGIN:VCARD\nFN:Ana\nEND:VCARD\n", "no_column_understood", "vCards", []contact.Pair{{Name: "BEGIN:VCARD", Value: "field:BEGIN:VCARD"}}},
		"objects":           {transfer.Wish{}, `{"wer":"Ana"}` + "\n" + `{"wer":"Bo","wo":"x"}` + "\n", "no_column_understood", "", []contact.Pair{{Name: "wer", Value: "field:wer"}, {Name: "wo", Value: "field:wo"}}},
		"a missing column":  {transfer.Wish{Mapping: map[string]string{"nocol": "email", "NAME": "name"}}, "Name,Email\nAna,ana@mail.example\n", "mapping", `"nocol"`, []contact.Pair{{Name: "Name", Value: "name"}, {Name: "Email", Value: "email"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, onSQLite(t))
			job := d.run(c.wish, c.file)
			require.Equal(t, contact.JobFailed, job.State)
			require.Equal(t, c.code, job.Code)
			require.Contains(t, job.Error, c.says)
			require.Equal(t, c.columns, job.Columns)
			require.Zero(t, job.Row)
		})
	}
	d := newDesk(t, onSQLite(t))
	_, err := d.Create(t.Context(), transfer.Wish{Region: "ZZ"})
	require.Equal(t, contact.Invalid, contact.KindOf(err))
	for what, w := range map[string]transfer.Wish{"encoding": {Layout: rows.Layout{Encoding: "klingon"}}, "format": {Layout: rows.Layout{Format: "xls"}}, "delimiter": {Layout: rows.Layout{Delimiter: "x"}}, "source": {Source: "klingon"}} {
		_, err = d.Create(t.Context(), w)
		require.ErrorContains(t, err, "no such "+what)
	}
	_, err = d.Import(t.Context(), transfer.Wish{}, strings.NewReader(""))
	require.ErrorContains(t, err, "the file is empty")
	_, err = d.Create(t.Context(), transfer.Wish{Region: "at"})
	require.NoError(t, err)
	job := d.run(transfer.Wish{Mapping: map[string]string{"Клиент": "name"}}, "Клиент;Почта\nАна;ana@mail.example\n")
	require.Equal(t, contact.JobDone, job.State)
}

// What the agents' API takes and answers is read from a file: the people are found again by their contact points.
func TestTheShapeOfTheAPIIsRead(t *testing.T) {
	t.Parallel()
	d := newDesk(t, onSQLite(t))
	file := `{"display_name":"Ana Silva","identifiers":[{"scheme":"mailto","value":"ana@mail.example"},{"scheme":"external","scope":"crm","value":"7"}]}` + "\n" + `{"identifiers":[{"scheme":"tel","value":"030 1234567"}]}` + "\n"
	shown, who := d.rows(d.run(transfer.Wish{}, file+`{"email":"ANA@mail.example","city":"Porto"}`+"\n"))
	require.Equal(t, []string{"created", "created", "updated"}, shown)
	require.Equal(t, who[0], who[2])
	again, _ := d.rows(d.run(transfer.Wish{}, file))
	require.Equal(t, []string{"matched", "matched"}, again)
}

// However a file is broken, the job ends, and the rows around the damage are in.
func TestBrokenFilesNeverStopAJob(t *testing.T) {
	t.Parallel()
	d := newDesk(t, onSQLite(t))
	card := "BEGIN:VCARD\nVERSION:3.0\nFN:%s\nEMAIL:%s@mail.example\nEND:VCARD\n"
	for name, c := range map[string]struct {
		file  string
		state contact.JobState
		want  []string
	}{
		"nothing":        {"\n", contact.JobFailed, nil},
		"only a header":  {"Name,Email\n", contact.JobDone, nil},
		"a long line":    {"Name,Email\nA One,a1@mail.example\n" + strings.Repeat("x", 2<<20) + "\nA Two,a2@mail.example\n", contact.JobDone, []string{"created", "rejected too_long", "created"}},
		"a card bomb":    {fmt.Sprintf(card, "B One", "b1") + "BEGIN:VCARD\n" + strings.Repeat("TEL:+4917112345\n", 200_000) + "END:VCARD\n" + fmt.Sprintf(card, "B Two", "b2"), contact.JobDone, []string{"created", "rejected too_many_fields", "created"}},
		"nested cards":   {strings.Repeat("BEGIN:VCARD\n", 3) + "FN:C One\nEND:VCARD\n", contact.JobDone, []string{"rejected bad_card", "rejected bad_card", "created"}},
		"other bytes":    {"Name,Email\nD \xfcne,d1@mail.example\nMüller Äöü,d2@mail.example\n", contact.JobDone, []string{"rejected wrong_encoding", "created"}},
		"too much JSON":  {`{"name":"E One","email":"e1@mail.example"}` + "\n" + strings.Repeat(`{"a":`, 5000) + "\n" + `{"name":"E Two","email":"e2@mail.example"}` + "\n", contact.JobDone, []string{"created", "rejected too_many_fields", "created"}},
		"binary garbage": {string(bytes.Repeat([]byte{0, 1, 2, 0xff, '\n'}, 100)), contact.JobFailed, nil},
	} {
		job := d.run(transfer.Wish{}, c.file)
		require.Equal(t, c.state, job.State, name)
		shown, _ := d.rows(job)
		if name != "binary garbage" {
			require.Equal(t, c.want, shown, name)
		}
		require.Empty(t, job.Queue)
	}
}

func TestACancelledJobStops(t *testing.T) {
	t.Parallel()
	d := newDesk(t, onSQLite(t))
	var file strings.Builder
	file.WriteString("Name,Email\n")
	for n := range 3000 {
		fmt.Fprintf(&file, "Ana %d,ana%d@mail.example\n", n, n)
	}
	job, err := d.Import(t.Context(), transfer.Wish{}, strings.NewReader(file.String()))
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	stopped, err := d.Finish(ctx, job.ID, func(contact.Job) { stop() })
	require.NoError(t, err)
	require.Equal(t, contact.Queued, stopped.State)
	require.Positive(t, stopped.Row)
	require.Less(t, stopped.Row, int64(3000))
	gone, err := d.Finish(t.Context(), job.ID, func(now contact.Job) {
		if now.Row < 3000 {
			_, err := d.Cancel(t.Context(), job.ID)
			require.NoError(t, err)
		}
	})
	require.NoError(t, err)
	require.Equal(t, contact.Cancelled, gone.State)
	chunks, _, err := d.db.Blobs.List(t.Context(), store.Range{Index: "owner", Limit: 1})
	require.NoError(t, err)
	require.Empty(t, chunks, "the file is not kept")
	_, err = d.Finish(t.Context(), job.ID, nil)
	require.Equal(t, contact.Conflict, contact.KindOf(err))
}
