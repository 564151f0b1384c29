package transfer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/organizations"
	"usher/gateway/store"
	"usher/gateway/store/storetest"
	"usher/gateway/transfer"
	"usher/gateway/transfer/rows"
)

// belonging is every organization with its domains and standing members, by name.
func (d desk) belonging() (all []string) {
	d.t.Helper()
	ctx := d.t.Context()
	found, _, err := d.db.Organizations.List(ctx, store.Range{Index: "name", Limit: store.MaxLimit})
	require.NoError(d.t, err)
	for _, o := range found {
		domains, _, err := d.db.Domains.List(ctx, store.Range{Index: "organization", Equal: []any{o.ID}, Limit: store.MaxLimit})
		require.NoError(d.t, err)
		members, _, err := d.db.Memberships.List(ctx, store.Range{Index: "organization", Equal: []any{o.ID, string(contact.Standing)}, Limit: store.MaxLimit})
		require.NoError(d.t, err)
		shown := fmt.Sprint(o.Name, o.Note, o.ExternalIDs, o.Fields)
		for _, one := range domains {
			shown += " @" + one.Name
		}
		var names []string
		for _, m := range members {
			require.Equal(d.t, contact.MemberByImport, m.How)
			p, err := d.db.Profiles.Find(ctx, m.ProfileID)
			require.NoError(d.t, err)
			names = append(names, p.Name)
		}
		slices.Sort(names)
		all = append(all, shown+" "+strings.Join(names, ","))
	}
	return all
}

// sample is one of Zendesk's exports.
func sample(t *testing.T, name string) string {
	t.Helper()
	file, err := os.ReadFile("mapping/testdata/zendesk_" + name)
	require.NoError(t, err)
	return string(file)
}

// Zendesk's exports of organizations and users go in as they are, in any order; the other way round the users say what they lack, and go in again. Twice is once, and a dry run writes nothing.
func TestZendeskOrganizationsAndTheirUsers(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver) {
		d := newDesk(t, driver)
		groups, users := sample(t, "organizations.ndjson"), sample(t, "users.ndjson")
		early, _ := d.rows(d.run(transfer.Wish{}, users))
		require.Equal(t, "created unknown_organization", early[0])
		dry, _ := d.rows(d.run(transfer.Wish{DryRun: true}, groups))
		require.Equal(t, []string{"created", "created"}, dry)
		require.Empty(t, d.belonging())
		made, _ := d.rows(d.run(transfer.Wish{}, groups))
		require.Equal(t, []string{"created", "created"}, made)
		same, _ := d.rows(d.run(transfer.Wish{}, sample(t, "organizations.csv"))) // the other form of the same export
		require.Equal(t, []string{"matched", "matched"}, same)
		dry, _ = d.rows(d.run(transfer.Wish{DryRun: true}, users))
		require.Equal(t, "updated", dry[0])
		require.NotContains(t, strings.Join(d.belonging(), ""), "Ines")
		late, _ := d.rows(d.run(transfer.Wish{}, users))
		require.Equal(t, "updated", late[0])
		require.Equal(t, []string{
			"Berger GmbHPays late[{zendesk 9001} {customer ORG-1}] [{organization_fields.tier A} {tags partner}] @berger-shop.example @berger.example Ines Berger",
			"Ohne Domain[{zendesk 9002}] [] ",
		}, d.belonging())
		for _, file := range []string{groups, users} {
			again, _ := d.rows(d.run(transfer.Wish{}, file))
			for _, line := range again {
				require.Regexp(t, "^(matched|rejected)", line)
			}
		}

		other := newDesk(t, onSQLite(t))
		other.run(transfer.Wish{}, groups)
		first, _ := other.rows(other.run(transfer.Wish{}, users))
		require.Equal(t, "created", first[0])
		require.Equal(t, d.belonging(), other.belonging())
		require.Equal(t, d.people(), other.people())
	})
}

const group = "ID,Name,Domain names,Notes,Tags\n"

// What cannot be taken costs the row nothing else, and what people here decided stays.
func TestImportedOrganizationsOverwriteNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, onSQLite(t))
	kept := organizations.New(d.db)
	file := group + "1,Acme Ltd,acme-ltd.example gmail.com,first,\n2,Acme Ltd,acme-ltd.example two.example,,\n,No Number,,,\n,no  number,,,\n3,,,,\n"
	job := d.run(transfer.Wish{}, file)
	shown, _ := d.rows(job)
	require.Equal(t, []string{"created domain_not_registered", "created domain_not_registered", "created", "matched", "rejected no_name"}, shown)
	require.Equal(t, []string{
		"Acme Ltdfirst[{zendesk 1}] [{domains not registered gmail.com}] @acme-ltd.example ",
		"Acme Ltd[{zendesk 2}] [{domains not registered acme-ltd.example}] @two.example ",
		"No Number[] [] ",
	}, sortedByID(d.belonging()))
	rows, _, err := d.db.JobRows.List(t.Context(), store.Range{Index: "row", Equal: []any{job.ID}, Limit: 10})
	require.NoError(t, err)
	require.Equal(t, rows[2].OrganizationID, rows[3].OrganizationID)

	users := "ID,Name,Email,Role,Organization,Organization ID\n10,Ana Silva,ana@x.example,end-user,,1\n11,Bo Kurz,bo@x.example,end-user,Acme Ltd,\n12,Cy Diaz,cy@x.example,end-user,No number,\n"
	people := d.run(transfer.Wish{}, users)
	shown, who := d.rows(people)
	require.Equal(t, []string{"created", "created unknown_organization", "created"}, shown, "two are called Acme Ltd")
	_, err = kept.End(t.Context(), rows[0].OrganizationID, d.db.Salt.MembershipID(who[0], rows[0].OrganizationID), "agent")
	require.NoError(t, err)
	_, err = kept.Change(t.Context(), rows[0].OrganizationID, 0, func(o *contact.Organization) error { o.Name = "Acme plc"; return nil })
	require.NoError(t, err)
	require.NoError(t, kept.Delete(t.Context(), organizationAt(t, d, "two.example", kept), 0))
	shown, _ = d.rows(d.run(transfer.Wish{}, file))
	require.Equal(t, []string{"matched domain_not_registered", "rejected organization_deleted", "matched", "matched", "rejected no_name"}, shown)
	shown, _ = d.rows(d.run(transfer.Wish{}, users))
	require.Equal(t, "matched", shown[0], "an ended membership stays ended")
	require.NotContains(t, strings.Join(d.belonging(), "\n"), "Ana")
}

// A row is the organization that has its external id, whatever that is called and whoever entered the id; what another has of a row's ids stays there, and people's rows name organizations by such ids too.
func TestAnImportedOrganizationIsWhoHasItsExternalID(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver) {
		d := newDesk(t, driver)
		kept := organizations.New(d.db)
		made := map[string]string{}
		for name, id := range map[string]string{"Acme": "1", "Bolt": "2", "Gone": "3"} {
			o, err := kept.Create(t.Context(), "", contact.Organization{Name: name, ExternalIDs: []contact.Pair{{Name: "zendesk", Value: id}}})
			require.NoError(t, err)
			made[name] = o.ID
		}
		require.NoError(t, kept.Delete(t.Context(), made["Gone"], 0))
		file := "ID,External ID,Name,Domain names,Notes,Tags\n1,ORG-1,Acme Limited,,note,\n2,ORG-1,Bolt,,,\n3,,Gone,,,\n4,,Acme,,,\n"
		shown, _ := d.rows(d.run(transfer.Wish{DryRun: true}, file)) // does not know that the first row takes ORG-1
		require.Equal(t, []string{"updated differs", "updated", "rejected organization_deleted", "created"}, shown)
		shown, _ = d.rows(d.run(transfer.Wish{}, file))
		require.Equal(t, []string{"updated differs", "matched differs", "rejected organization_deleted", "created"}, shown)
		require.Equal(t, []string{"Acmenote[{zendesk 1} {customer ORG-1}] [] ", "Acme[{zendesk 4}] [] ", "Bolt[{zendesk 2}] [] ", "Gone[{zendesk 3}] [] "}, sortedByID(d.belonging()))
		users := "ID,Name,Email,Role,Organization,Organization ID\n10,Ana Silva,ana@x.example,end-user,,2\n"
		d.run(transfer.Wish{}, users)
		require.Contains(t, d.belonging(), "Bolt[{zendesk 2}] [] Ana Silva")
	})
}

// organizationAt releases a domain and names the organization that had it.
func organizationAt(t *testing.T, d desk, domain string, kept *organizations.Organizations) string {
	found, err := d.db.Domains.Find(t.Context(), d.db.Salt.DomainID(domain))
	require.NoError(t, err)
	require.NoError(t, kept.RemoveDomain(t.Context(), found.OrganizationID, found.ID))
	return found.OrganizationID
}

// sortedByID orders namesakes by their external ids.
func sortedByID(all []string) []string {
	slices.SortFunc(all, func(x, y string) int {
		return strings.Compare(x[strings.IndexByte(x, '['):], y[strings.IndexByte(y, '['):])
	})
	slices.SortStableFunc(all, func(x, y string) int { return strings.Compare(x[:4], y[:4]) })
	return all
}

// Many people of one file belong to one organization, also where the job dies between any two writes.
func TestMembersAreMadeThoughTheJobDies(t *testing.T) {
	t.Parallel()
	var users strings.Builder
	users.WriteString("ID,Name,Email,Role,Organization\n")
	for n := range 6 {
		fmt.Fprintf(&users, "%d,Ana %d,ana%d@mail.example,end-user,Acme Ltd\n", n+100, n, n)
	}
	groups := group + "1,Acme Ltd,acme-ltd.example,,\n"
	whole := newDesk(t, onSQLite(t))
	whole.run(transfer.Wish{}, groups)
	whole.run(transfer.Wish{}, users.String())
	for step := int64(0); ; step += 7 {
		m := mortal{storetest.NewStopping(onSQLite(t))}
		d := newDesk(t, m)
		died := false
		for _, file := range []string{groups, users.String()} {
			job, err := d.Import(t.Context(), transfer.Wish{}, strings.NewReader(file))
			require.NoError(t, err)
			m.StopAfter(step)
			_, failed := d.Finish(t.Context(), job.ID, nil)
			died = died || failed != nil
			m.GoOn()
			if job, err = d.Find(t.Context(), job.ID); err == nil && job.Queue != "" {
				job, err = deskOf(t, d.db).Finish(t.Context(), job.ID, nil)
			}
			require.NoError(t, err)
			shown, _ := d.rows(job)
			require.NotContains(t, strings.Join(shown, " "), "matched unknown")
		}
		require.Equal(t, whole.belonging(), d.belonging(), step)
		if !died {
			require.Greater(t, step, int64(20))
			return
		}
	}
}

// Organizations, domains and members are exported, and imported again: into the same store nothing is new, into an empty one it is the same.
func TestAnExportBringsOrganizationsBack(t *testing.T) {
	t.Parallel()
	from, to := newDesk(t, onSQLite(t)), newDesk(t, onSQLite(t))
	from.run(transfer.Wish{}, sample(t, "organizations.csv")+",By Name,by-name.example,,,,,\n")
	from.run(transfer.Wish{}, sample(t, "users.ndjson"))
	byHand, err := organizations.New(from.db).Create(t.Context(), "", contact.Organization{Name: "By Hand", Fields: []contact.Pair{{Name: "tier", Value: "B"}}})
	require.NoError(t, err)
	_, who := from.rows(from.run(transfer.Wish{}, "Name,Email,Company\nAna Silva,ana@mail.example,by hand\nBo Kurz,bo@mail.example,By Name\n"))
	require.Len(t, who, 2)
	require.Contains(t, from.belonging()[1], "By Hand[] [{tier B}] Ana Silva")
	var export bytes.Buffer
	require.NoError(t, from.Export(t.Context(), &export, transfer.AsNDJSON))
	to.run(transfer.Wish{}, export.String())
	require.Equal(t, from.belonging(), to.belonging())
	require.Equal(t, from.people(), to.people())
	long := `{"usher":1,"type":"interaction","document":{"text":"` + strings.Repeat("long ", rows.MaxRow/5) + `"}}`
	again, _ := from.rows(from.run(transfer.Wish{}, export.String()+long))
	require.Equal(t, "skipped no_person", again[len(again)-1], "history beyond what a row may be")
	for n, line := range again {
		require.Regexp(t, "^(matched|skipped no_person)", line, n)
	}

	var alone bytes.Buffer
	require.NoError(t, from.ExportPerson(t.Context(), &alone, who[0]))
	require.Contains(t, alone.String(), `"organizations":[{"system":"usher","id":"`+byHand.ID)
	require.Contains(t, alone.String(), `"type":"membership"`)
	for line := range strings.Lines(export.String()) {
		require.True(t, json.Valid([]byte(line)))
	}
}
