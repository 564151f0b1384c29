package transfer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"usher/gateway/contact"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/gateway/transfer"
)

// people are those of a store as an export shows them, without ids and times.
func (d desk) people() []string {
	var file bytes.Buffer
	require.NoError(d.t, d.Export(d.t.Context(), &file, transfer.AsNDJSON))
	var all []string
	for line := range strings.Lines(file.String()) {
		var p transfer.PersonLine
		require.NoError(d.t, json.Unmarshal([]byte(line), &p))
		if p.Type != "person" {
			continue
		}
		slices.Sort(p.Names)
		slices.Sort(p.Tags)
		slices.SortFunc(p.Identities, func(a, b transfer.Point) int {
			return strings.Compare(string(a.Scheme)+a.Scope+a.Value, string(b.Scheme)+b.Scope+b.Value)
		})
		slices.SortFunc(p.Fields, func(a, b transfer.NameValue) int { return strings.Compare(a.Name, b.Name) })
		slices.SortFunc(p.Evidence, func(a, b transfer.Detail) int { return strings.Compare(a.Kind+a.Value, b.Kind+b.Value) })
		all = append(all, fmt.Sprint(p.DisplayName, p.Names, p.Languages, p.Tags, p.Identities, p.Fields, p.Evidence))
	}
	slices.Sort(all)
	return all
}

// What is exported and imported into an empty store is the same people.
func TestAnExportImportsToTheSamePeople(t *testing.T) {
	t.Parallel()
	runs := 0
	rapid.Check(t, func(r *rapid.T) {
		if runs++; runs > 12 { // each is two stores
			return
		}
		var file strings.Builder
		file.WriteString("First name;Last name;Email;Phone;Customer number;Tags;City;Language;Size\n")
		for n := range rapid.IntRange(1, 12).Draw(r, "rows") {
			pick := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(r, name) }
			fmt.Fprintf(&file, "%s;%s;%s;%s;%s;%s;%s;%s;%s\n",
				pick("given", "Ana", "Bruno", "Żaneta", ""), pick("family", "Silva", "Kurz", "d'Été"), pick("mail", "", fmt.Sprintf("m%d@mail.example", n), "x@mail.example"),
				pick("phone", "", fmt.Sprintf("030 12345%02d", n)), pick("number", "", fmt.Sprint("K", n)), pick("tags", "", "vip", "vip,new"), pick("city", "", "Köln"), pick("language", "", "de"), pick("size", "", "L", "\"a;b\""))
		}
		from, to := newDesk(t, onSQLite(t)), newDesk(t, onSQLite(t))
		from.run(transfer.Wish{}, file.String())
		var export bytes.Buffer
		require.NoError(t, from.Export(t.Context(), &export, transfer.AsNDJSON))
		job := to.run(transfer.Wish{}, export.String())
		require.Equal(t, "usher", job.Source)
		require.Equal(t, from.people(), to.people())
	})
}

// An export of one person holds what is stored of that person, and nothing of others.
func TestAnExportOfOnePersonIsWholeAndHisAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t, onSQLite(t))
	job := d.run(transfer.Wish{}, mixed)
	_, who := d.rows(job)
	i := contact.Interaction{Key: "k", Source: "web", ProfileID: who[0], OccurredAt: store.Now()}
	i.ID, i.Events = "int_1", []contact.Event{{Key: "e", Inbound: contact.Inbound{Data: contact.Data{Consent: &contact.Consent{Action: "opt_out"}, Content: []contact.Part{{Media: &contact.Media{Filename: "contract.pdf"}}}}}}}
	require.NoError(t, d.db.Interactions.Insert(t.Context(), i))
	var file bytes.Buffer
	require.NoError(t, d.ExportPerson(t.Context(), &file, who[0]))
	for _, held := range []string{"Ana Silva", "ana@mail.example", `"K`, "opt_out", "contract.pdf", `"type":"end"`} {
		if held == `"K` {
			held = `"value":"7"`
		}
		require.Contains(t, file.String(), held)
	}
	require.NotContains(t, file.String(), "Bruno")
	require.NotContains(t, file.String(), "Carla")
	require.Equal(t, contact.NotFound, contact.KindOf(d.ExportPerson(t.Context(), &file, "prf_none")))
}

// An erased person is not exported from the moment it is decided, and keeps nobody else from it.
func TestAnErasedPersonIsNotExported(t *testing.T) {
	t.Parallel()
	d := newDesk(t, onSQLite(t))
	_, who := d.rows(d.run(transfer.Wish{}, "Name,Email\nAna Silva,ana@mail.example\nBruno Kurz,bruno@mail.example\n"))
	_, err := people.New(d.db).Erase(t.Context(), people.Wish{Who: "agent"}, who[0], func(people.Person) bool { return true })
	require.NoError(t, err)
	for _, f := range []transfer.ExportFormat{transfer.AsNDJSON, transfer.AsCSV, transfer.AsVCard} {
		var file bytes.Buffer
		require.NoError(t, d.Export(t.Context(), &file, f))
		require.Contains(t, file.String(), "Bruno Kurz")
		require.NotContains(t, file.String(), "Ana Silva")
	}
	require.Len(t, d.people(), 1)
}

// People as CSV and as cards are read back, and no cell is a formula.
func TestPeopleAsTablesAndCards(t *testing.T) {
	t.Parallel()
	from := newDesk(t, onSQLite(t))
	from.run(transfer.Wish{}, "Name,Email,Phone,Tags\n=HYPERLINK(1),h@mail.example,,\nAna Silva,ana@mail.example,+49 30 1234567,\"vip,new\"\n")
	for _, f := range []transfer.ExportFormat{transfer.AsCSV, transfer.AsVCard} {
		var file bytes.Buffer
		require.NoError(t, from.Export(t.Context(), &file, f))
		to := newDesk(t, onSQLite(t))
		shown, _ := to.rows(to.run(transfer.Wish{}, file.String()))
		require.Equal(t, []string{"created", "created"}, shown, f)
		require.Contains(t, strings.Join(to.people(), "\n"), "{tel  +49301234567}")
		if f == transfer.AsCSV {
			require.Contains(t, file.String(), "'=HYPERLINK(1)")
		}
	}
}

// A person whom many profiles are is one line of an export, and comes back with every contact point and name, in one piece and when it is imported again.
func TestAMergedPersonComesBackWhole(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver) {
		from, to := newDesk(t, driver), newDesk(t, onSQLite(t))
		var file strings.Builder
		for n := range 4 {
			fmt.Fprintf(&file, `{"display_name":"Ana Silva","names":["A. Silva %d"],"tags":["batch %d"],"identifiers":[{"scheme":"external","scope":"crm","value":"%d"}`, n, n, n)
			for address := range 31 {
				fmt.Fprintf(&file, `,{"scheme":"mailto","value":"ana%d.%d@mail.example"}`, n, address)
			}
			file.WriteString("]}\n")
		}
		_, who := from.rows(from.run(transfer.Wish{}, file.String()))
		_, err := people.New(from.db).Merge(t.Context(), people.Wish{From: who[1:], Into: who[0], Who: "agent"})
		require.NoError(t, err)
		require.Len(t, from.people(), 1)

		var export bytes.Buffer
		require.NoError(t, from.Export(t.Context(), &export, transfer.AsNDJSON))
		foreseen, _ := to.rows(to.run(transfer.Wish{DryRun: true}, export.String()))
		shown, _ := to.rows(to.run(transfer.Wish{}, export.String()))
		require.Equal(t, foreseen, shown)
		require.Equal(t, "created", shown[1])
		require.Equal(t, from.people(), to.people())
		require.Equal(t, 4*32, strings.Count(to.people()[0], "mail.example")+strings.Count(to.people()[0], "{external"))
		again, _ := to.rows(to.run(transfer.Wish{}, export.String()))
		require.Equal(t, "matched", again[1])
		require.Equal(t, from.people(), to.people())
	})
}

// What stands in the place of a name and is none is told and kept; what our own export calls a person is the name, whatever it looks like.
func TestNoNameIsLostWithoutAWord(t *testing.T) {
	t.Parallel()
	from, to := newDesk(t, onSQLite(t)), newDesk(t, onSQLite(t))
	shown, who := from.rows(from.run(transfer.Wish{}, "Name,Email,Phone\nFirma 0800123456,info@firma.example,\nana@mail.example,Ana@mail.example,\nUnknown caller +49 30 1234567,,030 1234567\nMüller,m@mail.example,\n"))
	require.Equal(t, []string{"created unreadable_name", "created", "created", "created"}, shown)
	require.Contains(t, strings.Join(from.people(), "\n"), "{unreadable name Firma 0800123456}")
	shown, _ = from.rows(from.run(transfer.Wish{}, `{"display_name":"Ana Diaz","names":["4711","A. Diaz","Firma 0800123457"],"identifiers":[{"scheme":"mailto","value":"diaz@web.example"}]}`+"\n"))
	require.Equal(t, []string{"created unreadable_name"}, shown)
	all := strings.Join(from.people(), "\n")
	require.Contains(t, all, "4711")
	require.Contains(t, all, "A. Diaz")

	name := "Müller 123456"
	require.NoError(t, people.New(from.db).Change(t.Context(), people.Edit{Profile: who[3], Who: "agent"}, people.Patch{DisplayName: &name}))
	var export bytes.Buffer
	require.NoError(t, from.Export(t.Context(), &export, transfer.AsNDJSON))
	to.run(transfer.Wish{}, export.String())
	require.Equal(t, from.people(), to.people())
}

// What a profile has no room for costs a row that, and not the person; the row says so.
func TestARowOfTooManyThingsIsAPerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t, onSQLite(t))
	var tags strings.Builder
	for n := range contact.MaxTags + 1 {
		fmt.Fprintf(&tags, "t%d,", n)
	}
	shown, _ := d.rows(d.run(transfer.Wish{}, "Name,Email,Tags\nAna Silva,ana@mail.example,\""+tags.String()+"\"\n"))
	require.Equal(t, []string{"created too_many"}, shown)
	require.Contains(t, d.people()[0], "t63")
}
