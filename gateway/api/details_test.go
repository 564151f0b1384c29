package api_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/api"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/store"
)

// details are what was told of a person, in short.
func (c clerk) details(id string) (all []string) {
	c.t.Helper()
	for _, d := range c.read(id).Details {
		all = append(all, d.Kind+" "+d.Value+" "+d.Provenance)
	}
	return all
}

// patch edits a person.
func (c clerk) patch(id string, body object) {
	c.t.Helper()
	ask[api.Profile](c.desk, c.write, 200, "PATCH", "/v1/profiles/"+id, body)
}

// imports takes a file in, and waits until that is done.
func (c clerk) imports(file string) {
	c.t.Helper()
	answer := sent(c.t, c.Gateway, c.write, "POST", "/v1/imports", "text/csv", file)
	require.Equal(c.t, 202, answer.Status, answer.Body)
	var job api.Job
	answer.Decode(c.t, &job)
	require.Equal(c.t, "done", ended(c.t, c.Gateway, job.ID).State)
}

// What agents say of an organization, a city and a postcode is one value of each, the latest, before what imports told, which stays beside it; taken back it leaves that.
func TestAgentsCorrectWhatWasTold(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		c := newClerk(t, uri)
		mailbox := point("mailto", "ana@mail.example")
		ana := c.enter(object{"display_name": "Ana Silva", "city": " Lisboa ", "identifiers": []any{mailbox}})
		c.imports("Name,Email,City,Postcode\nAna Silva,ana@mail.example,Porto,4000-001\n")
		require.Equal(t, []string{"city Lisboa agent", "city Porto import", "postcode 4000-001 import"}, c.details(ana.ID))
		c.patch(ana.ID, object{"city": "Braga", "organization": "Firma Azul", "why": secretive})
		require.Equal(t, []string{"city Braga agent", "organization Firma Azul agent", "city Porto import", "postcode 4000-001 import"}, c.details(ana.ID))
		list, _, err := c.DB.Decisions.List(t.Context(), store.Range{Index: "subject", Equal: []any{ana.ID}, Descending: true, Limit: 1})
		require.NoError(t, err)
		require.Equal(t, []string{"organization", "city"}, list[0].Codes)
		basis, err := c.DB.Evidence.Find(t.Context(), list[0].EvidenceID)
		require.NoError(t, err)
		require.Equal(t, secretive, basis.Why)
		require.Equal(t, []contact.Evidence{{Kind: "organization", Right: "Firma Azul"}, {Kind: "city", Left: "Lisboa"}, {Kind: "city", Right: "Braga"}}, basis.Seen)
		c.patch(ana.ID, object{"city": "Braga", "tags": nil})
		require.Equal(t, []string{"enter", "edit"}, c.decided(ana.ID), "what changes nothing is no decision")

		require.Equal(t, "updated", ask[api.Upserted](c.desk, c.write, 200, "PUT", "/v1/profiles/upsert", object{"city": "Faro", "identifiers": []any{mailbox}}).Outcome)
		require.Contains(t, c.details(ana.ID), "city Faro agent")
		require.NotContains(t, c.details(ana.ID), "city Braga agent")
		require.Equal(t, []string{ana.ID}, c.search("firma azul", "").ids())
		c.patch(ana.ID, object{"city": nil, "organization": "", "postcode": nil})
		require.Equal(t, []string{"city Porto import", "postcode 4000-001 import"}, c.details(ana.ID))
		require.Empty(t, c.search("firma azul", "").ids())

		for _, body := range []object{{"organization": strings.Repeat("x", 513)}, {"city": strings.Repeat("x", 513)}, {"postcode": strings.Repeat("x", 65)}, {"city": "a\u0000b"}, {"city": "  "}, {"city": []string{"Faro"}}} {
			requireProblem(t, c.As(c.write, "PATCH", "/v1/profiles/"+ana.ID, body), 422, "validation_failed")
		}
		c.patch(ana.ID, object{"city": strings.Repeat("ü", 512)})
	})
}

// What an agent says of a place is compared as what an import told: it finds who may be the same, and a flag says it; taken back, it says it no more.
func TestWhatAnAgentSaysOfAPlaceIsEvidence(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		c := newClerk(t, uri)
		c.imports("Name,Email,Organization,City,Postcode\nW. Okonkwo,w@one.example,Firma Azul,Porto,4000-001\n")
		other := c.enter(object{"display_name": "Okonkwo", "identifiers": []any{point("mailto", "okonkwo@two.example")}})
		require.Empty(t, c.flags())
		c.patch(other.ID, object{"city": "Porto", "postcode": "4000-001", "organization": "Firma Azul"})
		flags := c.flags()
		require.Len(t, flags, 1)
		kinds := func(f api.Duplicate) (all []string) {
			for _, e := range f.Evidence {
				all = append(all, e.Kind)
			}
			return all
		}
		require.Subset(t, kinds(flags[0]), []string{"organization_same", "postcode_same"})
		c.patch(other.ID, object{"postcode": nil})
		again := ask[api.Duplicate](c.desk, c.judge, 200, "GET", "/v1/duplicates/"+flags[0].ID, nil)
		require.NotContains(t, kinds(again), "postcode_same")
		require.Less(t, again.Probability, flags[0].Probability)
	})
}

func (c clerk) flags() []api.Duplicate {
	c.t.Helper()
	return ask[struct{ Data []api.Duplicate }](c.desk, c.judge, 200, "GET", "/v1/duplicates", nil).Data
}

// Of a merged person what is said lands on the survivor, what is taken back is taken from whoever has it; the undo leaves each its own.
func TestDetailsOfAMergedPerson(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		c := newClerk(t, uri)
		ana := c.enter(object{"display_name": "Ana Silva", "city": "Porto"})
		crm := object{"scheme": "external", "value": "7", "scope": "crm"}
		maria := c.enter(object{"display_name": "Ana Maria", "city": "Faro", "postcode": "8000", "identifiers": []any{crm}})
		merge := c.merged(ana.ID, maria.ID)[0]
		require.Equal(t, []string{"city Porto agent", "city Faro agent", "postcode 8000 agent"}, c.details(ana.ID))
		c.patch(maria.ID, object{"city": "Braga", "postcode": nil})
		require.Equal(t, []string{"city Braga agent", "city Faro agent"}, c.details(ana.ID))
		stale := c.As(c.write, "GET", "/v1/profiles/"+ana.ID, nil).Header.Get("ETag")
		ask[api.Upserted](c.desk, c.write, 200, "PUT", "/v1/profiles/upsert", object{"organization": "Acme", "identifiers": []any{crm}})
		require.NotEqual(t, stale, c.As(c.write, "GET", "/v1/profiles/"+ana.ID, nil).Header.Get("ETag"))
		ask[api.TreeDecision](c.desk, c.undo, 200, "POST", "/v1/merges/"+merge+"/undo", nil)
		require.Equal(t, []string{"city Faro agent", "organization Acme agent"}, c.details(maria.ID), "she was told of, too")
		require.Equal(t, []string{"city Braga agent", "organization Acme agent"}, c.details(ana.ID))
	})
}
