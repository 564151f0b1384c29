package gateway_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"usher/gateway/gatewaytest"
)

// Scenario of organizations: domains, members by proven mail or by hand, what belongs to whom, and figures; everything by signed posts and the agents' API.

type membership struct {
	ID        string `json:"id"`
	ProfileID string `json:"profile_id"`
	PersonID  string `json:"person_id"`
	How       string `json:"how"`
	State     string `json:"state"`
}

type belonging struct {
	ID             string `json:"id"`
	Key            string `json:"key"`
	Channel        string `json:"channel"`
	ProfileID      string `json:"profile_id"`
	OrganizationID string `json:"organization_id"`
}

type organization struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Note   string `json:"note"`
	Fields []struct{ Name, Value string }
}

type mailDomain struct {
	ID          string `json:"id"`
	Domain      string `json:"domain"`
	Application *struct {
		Done         bool  `json:"done"`
		Members      int64 `json:"members"`
		Interactions int64 `json:"interactions"`
	} `json:"application"`
}

type domainPreview struct {
	Members      int64 `json:"members"`
	Interactions int64 `json:"interactions"`
	Complete     bool  `json:"complete"`
	Samples      []struct {
		ProfileID    string `json:"profile_id"`
		Interactions int64  `json:"interactions"`
	} `json:"samples"`
}

// town is a gateway with organizations.
type town struct {
	*gatewaytest.Gateway
	t *testing.T
	n int
}

func eachTown(t *testing.T, test func(t *testing.T, town *town)) {
	t.Helper()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		w := &town{Gateway: gatewaytest.Start(t, uri, "US"), t: t}
		test(t, w)
		healthy(t, w.Gateway)
	})
}

// organization makes one, with domains.
func (w *town) organization(name string, domains ...string) string {
	w.t.Helper()
	id := send[organization](w.t, w.Gateway, http.StatusCreated, "/v1/organizations", object{"name": name}).ID
	for _, d := range domains {
		w.domain(id, d)
	}
	return id
}

func (w *town) domain(organization, name string) string {
	w.t.Helper()
	return send[mailDomain](w.t, w.Gateway, http.StatusCreated, "/v1/organizations/"+organization+"/domains", object{"domain": name}).ID
}

// says lets somebody be in touch by a channel; the interaction that it made.
func (w *town) says(channel, name string, identifiers ...object) belonging {
	w.t.Helper()
	w.n++
	id := fmt.Sprint("said-", w.n)
	require.Equal(w.t, http.StatusNoContent, w.Standard(id, said(id, channel, name, identifiers...)).Status)
	w.Settled()
	for _, i := range all[belonging](w.t, w.Gateway, "/v1/interactions?") {
		if i.Key == id {
			return i
		}
	}
	require.FailNow(w.t, "not recorded")
	return belonging{}
}

func (w *town) members(organization, state string) []membership {
	w.t.Helper()
	return all[membership](w.t, w.Gateway, "/v1/organizations/"+organization+"/memberships?state="+state+"&")
}

// applied applies a domain and waits until it is done.
func (w *town) applied(organization, domain string) mailDomain {
	w.t.Helper()
	path := "/v1/organizations/" + organization + "/domains/" + domain
	require.Equal(w.t, http.StatusAccepted, w.API(http.MethodPost, path+"/apply", nil).Status)
	var d mailDomain
	done := func() bool {
		d = mailDomain{}
		w.API(http.MethodGet, path, nil).Decode(w.t, &d)
		return d.Application != nil && d.Application.Done
	}
	require.True(w.t, assert.Eventually(w.t, done, 30*time.Second, 5*time.Millisecond))
	return d
}

func (w *town) preview(organization, domain string) domainPreview {
	w.t.Helper()
	return send[domainPreview](w.t, w.Gateway, http.StatusOK, "/v1/organizations/"+organization+"/domains/preview", object{"domain": domain})
}

func mail(address string) object { return object{"scheme": "mailto", "value": address} }

func proven(address string) object {
	return object{"scheme": "mailto", "value": address, "assurance": "pass"}
}

func visitor(id string) object { return object{"scheme": "visitor", "value": id, "scope": "shop"} }

// Whoever writes proven mail from a company's domain, or from below it, belongs to it; whoever only says so does not.
func TestProvenMailMakesMembersAndForgedMailDoesNot(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		acme := w.organization("Acme", "acme-corp.example")
		ada := w.says("email", "Ada Lovelace", proven("ada@acme-corp.example"))
		require.Equal(t, acme, ada.OrganizationID)
		below := w.says("email", "Bob Byron", proven("bob@mail.eu.acme-corp.example"))
		require.Equal(t, acme, below.OrganizationID)

		require.Empty(t, w.says("email", "Mallory Moss", mail("mallory@acme-corp.example")).OrganizationID, "nobody proved it")
		failed := object{"scheme": "mailto", "value": "ada@acme-corp.example", "assurance": "fail"}
		require.Empty(t, w.says("email", "Ada Lovelace", failed).OrganizationID, "it was disproved")
		require.Empty(t, w.says("web_chat", "Eve Eames", visitor("v-1"), object{"scheme": "mailto", "value": "eve@acme-corp.example", "assurance": "pass", "provenance": "claimed"}).OrganizationID, "it was typed")
		require.Empty(t, w.says("email", "Otto Other", proven("otto@acme-corp.example.evil.example")).OrganizationID)
		require.Empty(t, w.says("email", "Olga Other", proven("olga@notacme-corp.example")).OrganizationID)

		members := w.members(acme, "standing")
		require.ElementsMatch(t, []string{ada.ProfileID, below.ProfileID}, []string{members[0].ProfileID, members[1].ProfileID})
		require.Equal(t, "email", members[0].How)
		var shown struct {
			Organizations []struct {
				OrganizationID string `json:"organization_id"`
				Name           string
				How            string
			}
		}
		w.API(http.MethodGet, "/v1/profiles/"+ada.ProfileID, nil).Decode(t, &shown)
		require.Len(t, shown.Organizations, 1)
		require.Equal(t, "Acme", shown.Organizations[0].Name)
	})
}

// A member's call or chat belongs to the company if there is one company only; what was recorded before stays what it was, and so it is for ever.
func TestAContactKeepsTheOrganizationOfItsTime(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		acme, bolt := w.organization("Acme", "acme-corp.example"), w.organization("Bolt")
		require.Empty(t, w.says("web_chat", "Ada Lovelace", visitor("v-1")).OrganizationID)
		ada := w.says("web_chat", "Ada Lovelace", visitor("v-1"), proven("ada@acme-corp.example"))
		require.Equal(t, acme, ada.OrganizationID)
		chat := w.says("web_chat", "Ada Lovelace", visitor("v-1"))
		require.Equal(t, acme, chat.OrganizationID, "a chat of a member")

		hand := send[membership](t, w.Gateway, http.StatusCreated, "/v1/organizations/"+bolt+"/memberships", object{"profile_id": ada.ProfileID})
		require.Equal(t, "agent", hand.How)
		require.Empty(t, w.says("web_chat", "Ada Lovelace", visitor("v-1")).OrganizationID, "two companies: nobody can tell for which")
		require.Equal(t, acme, w.says("email", "Ada Lovelace", proven("ada@acme-corp.example")).OrganizationID, "her mail tells")

		for _, m := range w.members(acme, "standing") {
			require.Equal(t, http.StatusOK, w.API(http.MethodDelete, "/v1/organizations/"+acme+"/memberships/"+m.ID, nil).Status)
		}
		require.Equal(t, bolt, w.says("email", "Ada Lovelace", proven("ada@acme-corp.example")).OrganizationID, "an agent ended it: mail does not make it anew")
		require.Empty(t, w.members(acme, "standing"))
		require.Len(t, w.members(acme, "ended"), 1)
		require.Len(t, all[belonging](t, w.Gateway, "/v1/organizations/"+acme+"/interactions?"), 3, "what was Acme's stays so")
		require.Len(t, all[belonging](t, w.Gateway, "/v1/organizations/"+acme+"/interactions?channel=email&"), 1)
		require.Empty(t, all[belonging](t, w.Gateway, "/v1/organizations/"+acme+"/interactions?until=2026-01-01T00:00:00Z&"))

		again := send[membership](t, w.Gateway, http.StatusCreated, "/v1/organizations/"+acme+"/memberships", object{"profile_id": ada.ProfileID})
		require.Equal(t, "standing", again.State, "an agent may")
		require.Equal(t, acme, w.says("email", "Ada Lovelace", proven("ada@acme-corp.example")).OrganizationID)
	})
}

// A domain is one organization's: of many who ask at once, one gets it, and what is below it may be another's.
func TestADomainIsOneOrganizations(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		companies := make([]string, 8)
		for i := range companies {
			companies[i] = w.organization(fmt.Sprint("Company ", i))
		}
		var won, lost atomic.Int32
		var all sync.WaitGroup
		for _, id := range companies {
			all.Go(func() {
				switch a := w.API(http.MethodPost, "/v1/organizations/"+id+"/domains", object{"domain": "Bücher-House.example."}); {
				case a.Status == http.StatusCreated:
					won.Add(1)
				case a.Status == http.StatusConflict && strings.Contains(a.Body, `"code":"domain_taken"`):
					lost.Add(1)
				default:
					assert.Fail(t, "answered", "%d %s", a.Status, a.Body)
				}
			})
		}
		all.Wait()
		require.Equal(t, []int32{1, 7}, []int32{won.Load(), lost.Load()})

		acme, cloud := w.organization("Acme", "acme-corp.example"), w.organization("Acme Cloud", "cloud.acme-corp.example")
		require.Equal(t, acme, w.says("email", "Ada Lovelace", proven("ada@acme-corp.example")).OrganizationID)
		require.Equal(t, cloud, w.says("email", "Bob Byron", proven("bob@eu.cloud.acme-corp.example")).OrganizationID, "the longest that is registered")
		pages := w.organization("Pages", "acme.github.io")
		require.Equal(t, pages, w.says("email", "Cyd Cole", proven("cyd@acme.github.io")).OrganizationID)
		require.Empty(t, w.says("email", "Dan Dare", proven("dan@other.github.io")).OrganizationID, "a neighbour below a public suffix")

		for raw, code := range map[string]string{
			"gmail.com": "domain_is_free_mail", "x.mailinator.com": "domain_is_disposable", "co.uk": "domain_is_public_suffix", "github.io": "domain_is_public_suffix", "nonsense": "domain_invalid", "acme.example": "domain_is_ours",
		} {
			for _, path := range []string{"", "/preview"} {
				a := w.API(http.MethodPost, "/v1/organizations/"+acme+"/domains"+path, object{"domain": raw})
				require.Equal(t, http.StatusUnprocessableEntity, a.Status, a.Body)
				require.Contains(t, a.Body, code)
			}
		}
		require.Equal(t, http.StatusConflict, w.API(http.MethodPost, "/v1/organizations/"+pages+"/domains/preview", object{"domain": "acme-corp.example"}).Status)
	})
}

// A domain that was released is free for another; one who has it cannot be deleted, and of a deletion and a domain at once one is refused.
func TestOrganizationsAreDeletedOnlyWhenNothingIsTheirs(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		acme, next := w.organization("Acme"), w.organization("Next")
		domain := w.domain(acme, "acme-corp.example")
		ada := w.says("email", "Ada Lovelace", proven("ada@acme-corp.example"))
		path := "/v1/organizations/" + acme
		requireCode(t, w.API(http.MethodDelete, path, nil), http.StatusConflict, "organization_in_use")
		require.Equal(t, http.StatusNoContent, w.API(http.MethodDelete, path+"/domains/"+domain, nil).Status)
		requireCode(t, w.API(http.MethodDelete, path, nil), http.StatusConflict, "organization_in_use")
		require.Equal(t, http.StatusOK, w.API(http.MethodDelete, path+"/memberships/"+w.members(acme, "standing")[0].ID, nil).Status)
		require.Equal(t, http.StatusNoContent, w.API(http.MethodDelete, path, nil).Status)
		require.Equal(t, http.StatusNotFound, w.API(http.MethodDelete, path, nil).Status)
		require.Equal(t, http.StatusNotFound, w.API(http.MethodPost, path+"/domains", object{"domain": "acme-corp.example"}).Status)
		require.Equal(t, http.StatusNotFound, w.API(http.MethodPost, path+"/memberships", object{"profile_id": ada.ProfileID}).Status)
		require.Len(t, all[belonging](t, w.Gateway, path+"/interactions?"), 1, "history stays")
		require.Equal(t, domain, w.domain(next, "acme-corp.example"), "the same document")

		for n := range 10 {
			id := w.organization(fmt.Sprint("Short ", n))
			var answers [2]int
			var both sync.WaitGroup
			both.Go(func() {
				answers[0] = w.API(http.MethodPost, "/v1/organizations/"+id+"/domains", object{"domain": fmt.Sprintf("short-%d.example", n)}).Status
			})
			both.Go(func() { answers[1] = w.API(http.MethodDelete, "/v1/organizations/"+id, nil).Status })
			both.Wait()
			require.NotEqual(t, [2]int{http.StatusCreated, http.StatusNoContent}, answers)
		}
	})
}

func requireCode(t *testing.T, a gatewaytest.Answer, status int, code string) {
	t.Helper()
	if status == http.StatusConflict {
		requireConflict(t, a, code)
		return
	}
	require.Equal(t, status, a.Status, a.Body)
	require.Contains(t, a.Body, code)
}

// Organizations are listed by name and found by its beginning, changed by who has seen the latest, and made once for one Idempotency-Key.
func TestOrganizationsAreFoundAndChanged(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		for _, name := range []string{"Zürich Re", "acme gmbh", "Acme Ltd", "Bolt", "Ångström"} {
			w.organization(name)
		}
		names := func(prefix string) (found []string) {
			for _, o := range all[organization](t, w.Gateway, "/v1/organizations?name_prefix="+prefix+"&") {
				found = append(found, o.Name)
			}
			return found
		}
		require.Equal(t, []string{"acme gmbh", "Acme Ltd", "Ångström", "Bolt", "Zürich Re"}, names(""))
		require.Equal(t, []string{"acme gmbh", "Acme Ltd"}, names("ACME"))
		require.Equal(t, []string{"Acme Ltd"}, names("acme%20l"))
		require.Empty(t, names("!!"))

		send[struct{}](t, w.Gateway, http.StatusUnprocessableEntity, "/v1/organizations", object{"name": ""})
		made := send[organization](t, w.Gateway, http.StatusCreated, "/v1/organizations", object{"name": "Careful", "note": "n", "external_ids": []object{{"name": "crm", "value": "7"}}})
		a := w.API(http.MethodPatch, "/v1/organizations/"+made.ID, object{"fields": []object{{"name": "tier", "value": "gold"}}})
		require.Equal(t, http.StatusOK, a.Status, a.Body)
		a.Decode(t, &made)
		require.Equal(t, []any{"Careful", "n", "gold"}, []any{made.Name, made.Note, made.Fields[0].Value})
		require.Equal(t, `"2"`, a.Header.Get("ETag"))
	})
}

// A merge unites what people belong to, and its undo gives each its own back; figures count a person once, however many profiles they are.
func TestMergesUniteMembershipsAndUndoParts(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		acme, bolt := w.organization("Acme", "acme-corp.example"), w.organization("Bolt", "bolt-corp.example")
		ada := w.says("email", "Ada Lovelace", proven("ada@acme-corp.example"))
		w.says("email", "Ada Lovelace", proven("ada@acme-corp.example"))
		private := w.says("email", "Ada King", proven("king@bolt-corp.example"))
		bob := w.says("email", "Bob Byron", proven("bob@acme-corp.example"))
		organizationsOf := func(profile string) (names []string) {
			var shown struct{ Organizations []struct{ Name string } }
			w.API(http.MethodGet, "/v1/profiles/"+profile, nil).Decode(t, &shown)
			for _, o := range shown.Organizations {
				names = append(names, o.Name)
			}
			slices.Sort(names)
			return names
		}
		people := func() (counts []string) {
			var f figures
			w.API(http.MethodGet, "/v1/organizations/"+acme+"/figures", nil).Decode(t, &f)
			for _, m := range f.Members {
				counts = append(counts, fmt.Sprint(m.ProfileID, " ", m.Interactions))
			}
			return counts
		}
		preview := send[struct {
			Fields []struct {
				Field, Outcome string
				Count          int
			}
		}](t, w.Gateway, http.StatusOK, "/v1/merges/preview", object{"from": []string{private.ProfileID}, "into": ada.ProfileID})
		require.Contains(t, fmt.Sprint(preview.Fields), "{memberships united 1}")

		apart := people()
		require.Len(t, apart, 2)
		first := mergeInto(t, w.Gateway, ada.ProfileID, private.ProfileID)
		second := mergeInto(t, w.Gateway, ada.ProfileID, bob.ProfileID)
		require.Equal(t, []string{"Acme", "Bolt"}, organizationsOf(ada.ProfileID), "each once")
		require.Equal(t, []string{ada.ProfileID + " 3"}, people())
		require.Len(t, w.members(acme, "standing"), 2)
		for _, m := range w.members(acme, "standing") {
			require.Equal(t, ada.ProfileID, m.PersonID)
		}
		late := w.says("email", "Bob Byron", proven("bob@acme-corp.example"))
		require.Equal(t, acme, late.OrganizationID, "what comes meanwhile is split as well")
		hand := send[membership](t, w.Gateway, http.StatusCreated, "/v1/organizations/"+bolt+"/memberships", object{"profile_id": bob.ProfileID})
		require.Equal(t, ada.ProfileID, hand.ProfileID, "what is written to a merged profile lands on who it is now")
		require.Equal(t, http.StatusOK, w.API(http.MethodDelete, "/v1/organizations/"+bolt+"/memberships/"+hand.ID, nil).Status)

		for _, id := range []string{first, second} {
			require.Equal(t, http.StatusOK, w.API(http.MethodPost, "/v1/merges/"+id+"/undo", nil).Status)
		}
		require.Equal(t, []string{"Acme"}, organizationsOf(ada.ProfileID))
		require.Equal(t, []string{"Bolt"}, organizationsOf(private.ProfileID))
		require.Equal(t, []string{"Acme"}, organizationsOf(bob.ProfileID))
		require.ElementsMatch(t, []string{ada.ProfileID + " 2", bob.ProfileID + " 2"}, people())
	})
}
