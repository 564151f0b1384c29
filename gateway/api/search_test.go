package api_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/api"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
)

// found is an answer of the search.
type found struct {
	Data []struct {
		ID      string
		Members []string
	}
	Meta struct{ Truncated bool }
}

func (d desk) search(text, more string) (all found) {
	d.t.Helper()
	answer := d.API("GET", "/v1/profiles/search?q="+url.QueryEscape(text)+more, nil)
	require.Equal(d.t, 200, answer.Status, answer.Body)
	answer.Decode(d.t, &all)
	return all
}

// ids are who was found, in order.
func (f found) ids() []string {
	ids := []string{}
	for _, p := range f.Data {
		ids = append(ids, p.ID)
	}
	return ids
}

// learn adds what else is known of a profile, as an edit does.
func (d desk) learn(id, name string, evidence ...contact.Evidence) {
	d.t.Helper()
	p, err := d.DB.Profiles.Find(d.t.Context(), id)
	require.NoError(d.t, err)
	p.Name, p.Names = name, []contact.Name{{Value: name, Provenance: contact.FromAgent, FirstSeen: noon}}
	p.Evidence = evidence
	_, err = d.DB.Profiles.Swap(d.t.Context(), p)
	require.NoError(d.t, err)
}

// Everything that an agent may type finds who is meant, in any script, order and spelling, and nobody else.
func TestSearchFindsByAnything(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		for id, name := range map[string]string{
			"prf_mueller": "Jörg Müller", "prf_maria": "Ana Maria Silva", "prf_ana": "Ana", "prf_anatol": "Anatol Weber", "prf_ivanov": "Дмитрий Иванов", "prf_wang": "王小明",
			"prf_obrien": "Dr. Siobhán O'Brien", "prf_cohen": "דוד כהן", "prf_number": "Agent 47",
		} {
			d.person(id, name)
		}
		d.learn("prf_number", "Agent 47", contact.Evidence{Kind: "organization", Left: "Harris & Söhne GmbH"})
		for text, want := range map[string][]string{
			"müller": {"prf_mueller"}, "MUELLER": {"prf_mueller"}, "muller jorg": {"prf_mueller"}, "Müller, Jörg": {"prf_mueller"}, "joerg mu": {"prf_mueller"}, "jörg muel": {"prf_mueller"},
			"ana silva": {"prf_maria"}, "silva maria": {"prf_maria"}, "maria sil": {"prf_maria"}, "ana mar": {"prf_maria"},
			"ana":     {"prf_ana", "prf_maria", "prf_anatol"},
			"anat":    {"prf_anatol"},
			"dmitriy": {"prf_ivanov"}, "Иванов Дмит": {"prf_ivanov"}, "王小明": {"prf_wang"}, "wang xiao": {"prf_wang"},
			"o'brien": {"prf_obrien"}, "obrien siobhan": {"prf_obrien"}, "Dr. O’Brien": {"prf_obrien"}, "כהן": {"prf_cohen"},
			"harris sohne": {"prf_number"}, "soehne": {"prf_number"}, "agent 47 harris": {"prf_number"}, "47": {"prf_number"},
			"prf_ob": {"prf_obrien"}, "prf_wang": {"prf_wang"}, // external ids
			"ana weber": {}, "müller silva": {}, "na": {}, "ilva": {}, "nobody": {},
		} {
			got := d.search(text, "").ids()
			if text == "ana" { // two have the word whole; the third begins with it
				slices.Sort(got[:2])
			}
			require.Equal(t, want, got, text)
		}
	})
}

// A number is found while it is being typed, however it is dialled.
func TestSearchFindsANumberThatIsBegun(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		for n, number := range []string{"+14155550123", "+4930123456"} {
			d.Twilio("message", "MessageSid", fmt.Sprint("SM", n), "From", number, "To", "+14155550100", "Body", "hi")
		}
		d.Settled()
		us, de := d.holder(contact.Tel, "+14155550123"), d.holder(contact.Tel, "+4930123456")
		for text, want := range map[string][]string{
			"(415) 555": {us}, "415.555-01": {us}, "1415555": {us}, "+1 (415) 55": {us}, "+49 30 12": {de}, "0049 30": {de}, "4930": {de}, "030 12": {},
		} {
			require.Equal(t, want, d.search(text, "").ids(), text)
		}
	})
}

// An address that is begun is found in any capitals, and a person by the id of any of their profiles.
func TestSearchFindsAnAddressThatIsBegunAndAnId(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		c := newClerk(t, uri)
		ana := c.enter(object{"display_name": "Ana Silva", "identifiers": []any{point("mailto", "Mixed.Case@mail.example"), object{"scheme": "external", "value": "CRM-0815", "scope": "crm"}}}).ID
		bo := c.enter(object{"display_name": "Bo Kurz", "identifiers": []any{point("mailto", "bo@mail.example")}}).ID
		for _, text := range []string{"mixed.c", "MIXED.C", "Mixed.Case@M", "CRM-08", ana} {
			require.Equal(t, []string{ana}, c.search(text, "").ids(), text)
		}
		c.merged(ana, bo)
		require.Equal(t, []string{ana}, c.search(" "+bo+" ", "").ids())
		require.Empty(t, c.search("prf_none", "").ids())
	})
}

// A person is found once, whichever of the profiles has the word, and by words that no profile has alone; after the undo each is found by its own.
func TestSearchFindsPeopleAndNotProfiles(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		d.person("prf_a", "Ana Silva")
		d.person("prf_b", "Anna Sylva")
		d.person("prf_c", "Ana Sousa")
		merged := ask[struct{ Data []api.Merge }](d, d.merge, 201, "POST", "/v1/merges", object{"from": []string{"prf_b"}, "into": "prf_a"})
		for _, text := range []string{"sylva", "silva", "anna silva", "silva sylva", "sylva si", "prf_b"} {
			got := d.search(text, "")
			require.Equal(t, []string{"prf_a"}, got.ids(), text)
			require.ElementsMatch(t, []string{"prf_a", "prf_b"}, got.Data[0].Members)
		}
		require.ElementsMatch(t, []string{"prf_a", "prf_c"}, d.search("an", "").ids())
		ask[api.TreeDecision](d, d.undo, 200, "POST", "/v1/merges/"+merged.Data[0].ID+"/undo", nil)
		require.Equal(t, []string{"prf_b"}, d.search("sylva", "").ids())
		require.Empty(t, d.search("anna silva", "").ids())
	})
}

// What was written is found by the next search, and what was corrected no longer.
func TestSearchReadsItsWrites(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		answer := d.Standard("msg_1", map[string]any{"type": "contact.message.received.v1", "data": map[string]any{
			"channel": "web_chat", "content": []any{map[string]any{"kind": "text", "text": "hi"}},
			"from": map[string]any{"display_name": "Zoë Quist", "identifiers": []any{map[string]any{"scheme": "visitor", "value": "v-1"}}},
		}})
		require.Equal(t, 2, answer.Status/100, answer.Body)
		d.Settled()
		got := d.search("zoe q", "").ids()
		require.Len(t, got, 1)
		for n := range 20 {
			before, after := fmt.Sprintf("Quist%c", 'a'+n), fmt.Sprintf("Quist%c", 'b'+n)
			d.learn(got[0], "Zoë "+after)
			require.Equal(t, got, d.search(after, "").ids())
			require.Empty(t, d.search("zoe "+before, "").ids())
		}
	})
}

// Many have a word: the answer is bounded, says so, and two words that many have each find the few who have both.
func TestSearchIsBoundedAndSaysSo(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		var profiles []contact.Profile
		for n := range 700 {
			name := fmt.Sprintf("Maria %c%cx", 'a'+n%26, 'a'+n/26)
			switch {
			case n%2 == 1:
				name = fmt.Sprintf("%c%cy Schmidt", 'a'+n%26, 'a'+n/26)
			case n == 500:
				name = "Maria Luisa Schmidt"
			}
			p := contact.Profile{Name: name, CreatedAt: noon, UpdatedAt: noon.Add(time.Duration(n) * time.Second)}
			p.ID = fmt.Sprintf("prf_%03d", n)
			profiles = append(profiles, p)
		}
		require.NoError(t, d.DB.Profiles.InsertMissing(t.Context(), profiles))
		many := d.search("maria", "&limit=50")
		require.Len(t, many.Data, 50)
		require.True(t, many.Meta.Truncated)
		require.Len(t, d.search("maria", "").Data, 10)
		for _, text := range []string{"schmidt maria", "maria luisa", "luisa schmidt", "luisa"} {
			require.Equal(t, []string{"prf_500"}, d.search(text, "").ids(), text)
		}
		require.False(t, d.search("luisa", "").Meta.Truncated)
		require.Equal(t, 422, d.API("GET", "/v1/profiles/search?q=a&limit=51", nil).Status)
	})
}

// Whatever is typed is answered: with people, with nobody, or as invalid; never with an error of ours, and nothing is echoed.
func TestSearchTakesOddInput(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		d.person("prf_x", "Xenia Marks")
		require.Equal(t, []string{"prf_x"}, d.search("x", "").ids())
		require.Equal(t, []string{"prf_x"}, d.search("\u202exenia\u202c\x00\x07 m", "").ids())
		for _, text := range []string{" ", "\x00", "\u202e", "'", "''", "~prf_x/", "/", "+", "+++", "@", "%", "_", "$where", `{"$gt":""}`, "\U0010FFFF", "\xff\xfe", "🙂", "...", strings.Repeat("a ", 250), strings.Repeat("\u0301", 200)} {
			require.Empty(t, d.search(text, "").ids(), "%q", text)
		}
		long := d.API("GET", "/v1/profiles/search?q="+url.QueryEscape(strings.Repeat("ä", 10_000)), nil)
		require.Contains(t, []int{400, 414, 422, 431}, long.Status)
		require.NotContains(t, long.Body, "ää")
	})
}

// An erased profile leaves no term behind, not even of the names that it had before.
func TestTermsOfAProfileAreForgotten(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		d.person("prf_1", "Ana Silva")
		d.person("prf_10", "Ana Souza")
		kept, err := d.DB.SearchTerms.Count(t.Context(), "id")
		require.NoError(t, err)
		for n := range 30 {
			d.learn("prf_1", fmt.Sprintf("Ana %c Silva Costa", 'a'+n))
		}
		for range 2 {
			require.NoError(t, d.DB.ForgetTerms(t.Context(), "prf_1"))
		}
		left, err := d.DB.SearchTerms.Count(t.Context(), "id")
		require.NoError(t, err)
		require.Equal(t, kept/2, left)
		require.Equal(t, []string{"prf_10"}, d.search("ana", "").ids())
	})
}

// People are found by the name of an organization that they are members of, by proven mail or by hand: as it is called now, and as long as they are members.
func TestSearchFindsTheMembersOfAnOrganization(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		type made struct{ ID, State string }
		post := func(path string, body any) (m made) {
			t.Helper()
			answer := d.API("POST", path, body)
			require.Equal(t, 201, answer.Status, answer.Body)
			answer.Decode(t, &m)
			return m
		}
		d.person("prf_hand", "Ana Silva")
		d.person("prf_mail", "Bruno Kurz")
		d.person("prf_none", "Carla Diaz")
		org := post("/v1/organizations", object{"name": "Müller & Töchter GmbH"})
		hand := post("/v1/organizations/"+org.ID+"/memberships", object{"profile_id": "prf_hand"})
		require.Equal(t, []string{"prf_hand"}, d.search("Müller", "").ids())
		mail := contact.Membership{ProfileID: "prf_mail", OrganizationID: org.ID, State: contact.Standing, How: contact.MemberByEmail, Since: noon}
		mail.ID = d.DB.Salt.MembershipID("prf_mail", org.ID)
		require.NoError(t, d.DB.Memberships.Insert(t.Context(), mail))
		for _, text := range []string{"müller", "Mueller & Toechter", "muller tochter gm", "MÜLLER TÖCHTER GMBH", "müll"} {
			require.ElementsMatch(t, []string{"prf_hand", "prf_mail"}, d.search(text, "").ids(), text)
		}
		for _, text := range []string{"mü", "töchter", "müller söhne", "gmbh"} {
			require.Empty(t, d.search(text, "").ids(), text)
		}
		short := post("/v1/organizations", object{"name": "HQ"})
		post("/v1/organizations/"+short.ID+"/memberships", object{"profile_id": "prf_none"})
		require.Equal(t, []string{"prf_none"}, d.search("hq", "").ids())
		require.Empty(t, d.search("h", "").ids())

		answer := d.API("PATCH", "/v1/organizations/"+org.ID, object{"name": "Zephyr"})
		require.Equal(t, 200, answer.Status, answer.Body)
		require.ElementsMatch(t, []string{"prf_hand", "prf_mail"}, d.search("zephyr", "").ids())
		require.Empty(t, d.search("müller", "").ids())
		merged := ask[struct{ Data []api.Merge }](d, d.merge, 201, "POST", "/v1/merges", object{"from": []string{"prf_hand"}, "into": "prf_mail"})
		require.Equal(t, []string{"prf_mail"}, d.search("zephyr", "").ids(), "a person once")
		ask[api.TreeDecision](d, d.undo, 200, "POST", "/v1/merges/"+merged.Data[0].ID+"/undo", nil)
		require.Equal(t, 200, d.API("DELETE", "/v1/organizations/"+org.ID+"/memberships/"+hand.ID, nil).Status)
		require.Equal(t, []string{"prf_mail"}, d.search("zephyr", "").ids(), "who has left is not found")
	})
}

// Of an organization with very many members some are found, and the answer says that there are others.
func TestSearchByAnOrganizationIsBounded(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		var profiles []contact.Profile
		var members []contact.Membership
		for n := range 150 {
			id := fmt.Sprintf("prf_%03d", n)
			profiles = append(profiles, contact.Profile{Document: contact.Document{ID: id}, Name: "Nobody", CreatedAt: noon, UpdatedAt: noon})
			members = append(members, contact.Membership{Document: contact.Document{ID: "mem_" + id}, ProfileID: id, OrganizationID: "org_1", State: contact.Standing, Since: noon.Add(time.Duration(n) * time.Second)})
		}
		require.NoError(t, d.DB.Profiles.InsertMissing(t.Context(), profiles))
		require.NoError(t, d.DB.Memberships.InsertMissing(t.Context(), members))
		require.NoError(t, d.DB.Organizations.Insert(t.Context(), contact.Organization{Document: contact.Document{ID: "org_1"}, Name: "Zephyr", NameKey: "zephyr"}))
		found := d.search("zephyr", "&limit=50")
		require.Len(t, found.Data, 50)
		require.True(t, found.Meta.Truncated)
		require.NotContains(t, found.ids(), "prf_000", "the latest members are looked at")
	})
}
