package gateway_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/gatewaytest"
)

// What users complain about once two records are one person, each through the whole path: signed posts in, the agents' API out.

type person struct {
	profile
	Members []string `json:"members"`
	Names   []struct {
		Value string `json:"value"`
	} `json:"names"`
	Languages []string `json:"languages"`
	Tags      []string `json:"tags"`
	Notes     []struct {
		Text string `json:"text"`
	} `json:"notes"`
	Alternates []struct{} `json:"alternates"`
}

type decision struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	From string `json:"from"`
	Into string `json:"into"`
	Who  string `json:"who"`
	Why  string `json:"why"`
	At   string `json:"at"`
}

// caller writes from a number of its own, by one of three channels.
func caller(g *gatewaytest.Gateway, k, n int) {
	from, to := fmt.Sprintf("+1415555020%d", k), "+14155550100"
	switch n % 3 {
	case 0:
		g.Twilio("voice", "CallSid", fmt.Sprint("CA", n), "From", from, "To", to, "CallStatus", "ringing", "Direction", "inbound", "CallerName", fmt.Sprintf("Person %c", 'A'+k))
	case 1:
		g.Twilio("message", "MessageSid", fmt.Sprint("SM", n), "From", from, "To", to, "Body", "hi")
	case 2:
		g.Twilio("message", "MessageSid", fmt.Sprint("WA", n), "From", "whatsapp:"+from, "To", "whatsapp:"+to, "Body", "hi", "ProfileName", fmt.Sprintf("Person %c", 'A'+k))
	}
	g.Settled()
}

// callers lets so many people be in touch for the first time, and an agent note something of each; their profiles by number.
func callers(t *testing.T, g *gatewaytest.Gateway, count int) []string {
	t.Helper()
	ids := make([]string, count)
	for k := range count {
		caller(g, k, k)
		ids[k] = search(t, g, fmt.Sprintf("+1415555020%d", k))
		a := g.API(http.MethodPatch, "/v1/profiles/"+ids[k], object{"tags": []string{"everybody", fmt.Sprint("tag ", k)}})
		require.Equal(t, http.StatusOK, a.Status, a.Body)
		send[object](t, g, http.StatusCreated, "/v1/profiles/"+ids[k]+"/notes", object{"text": fmt.Sprint("note ", k)})
	}
	return ids
}

// search is who has a number.
func search(t *testing.T, g *gatewaytest.Gateway, number string) string {
	t.Helper()
	var found list[profile]
	g.API(http.MethodGet, "/v1/profiles/search?q=%2B"+strings.TrimPrefix(number, "+"), nil).Decode(t, &found)
	require.Len(t, found.Data, 1)
	return found.Data[0].ID
}

// send posts a body and expects a status.
func send[T any](t *testing.T, g *gatewaytest.Gateway, status int, path string, body any) T {
	t.Helper()
	var into T
	a := g.API(http.MethodPost, path, body)
	require.Equal(t, status, a.Status, a.Body)
	a.Decode(t, &into)
	return into
}

// mergeInto merges and gives the decision's id.
func mergeInto(t *testing.T, g *gatewaytest.Gateway, into, from string) string {
	t.Helper()
	return send[list[decision]](t, g, http.StatusCreated, "/v1/merges", object{"from": []string{from}, "into": into, "why": "same voice"}).Data[0].ID
}

// record is everything that one person shows, in words that do not depend on the store's ids.
func record(t *testing.T, g *gatewaytest.Gateway, id string) []string {
	t.Helper()
	var p person
	a := g.API(http.MethodGet, "/v1/profiles/"+id, nil)
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	a.Decode(t, &p)
	lines := []string{fmt.Sprintf("shown as %s of %d with %d alternates", p.DisplayName, len(p.Members), len(p.Alternates))}
	for _, i := range p.Identities {
		lines = append(lines, "identity "+i.Value)
	}
	for _, n := range p.Names {
		lines = append(lines, "name "+n.Value)
	}
	for _, tag := range p.Tags {
		lines = append(lines, "tag "+tag)
	}
	for _, n := range p.Notes {
		lines = append(lines, "note "+n.Text)
	}
	for _, i := range all[interaction](t, g, "/v1/profiles/"+id+"/timeline?") {
		lines = append(lines, "interaction "+i.Key)
	}
	slices.Sort(lines[1:])
	return lines
}

// Scenario 4: merges, traffic and undos in any nesting and order. When all is undone, every person is as in a gateway that had the same traffic and never merged.
func TestAWrongMergeIsUndoneExactly(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g, never := gatewaytest.Start(t, uri, "US"), gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
		const count = 4
		ids, plain := callers(t, g, count), callers(t, never, count)
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		rng := rand.New(rand.NewPCG(seed, 1))
		var standing []string
		for n := count; n < count+20; n++ {
			k := rng.IntN(count)
			caller(g, k, n)
			caller(never, k, n)
			into, from := ids[rng.IntN(count)], ids[rng.IntN(count)]
			a := g.API(http.MethodPost, "/v1/merges", object{"from": []string{from}, "into": into})
			switch a.Status {
			case http.StatusCreated:
				var made list[decision]
				a.Decode(t, &made)
				standing = append(standing, made.Data[0].ID)
			default:
				require.Contains(t, []int{409, 422}, a.Status, a.Body)
			}
			if len(standing) > 0 && rng.IntN(3) == 0 {
				i := rng.IntN(len(standing))
				send[decision](t, g, http.StatusOK, "/v1/merges/"+standing[i]+"/undo", nil)
				standing = slices.Delete(standing, i, i+1)
			}
		}
		rng.Shuffle(len(standing), func(i, j int) { standing[i], standing[j] = standing[j], standing[i] })
		for _, id := range standing {
			send[decision](t, g, http.StatusOK, "/v1/merges/"+id+"/undo", nil)
		}
		for k := range count {
			require.Equal(t, record(t, never, plain[k]), record(t, g, ids[k]), "person %d", k)
		}
		require.Len(t, profiles(t, g), count)
		healthy(t, g)
	})
}

// Scenario 5: what the people had before a merge, the survivor has after it, each thing once; and an old id, a number and a contact of before all lead to it.
func TestAMergeLosesNothing(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		ids := callers(t, g, 3)
		for n := 3; n < 12; n++ {
			caller(g, n%3, n)
		}
		var before []string
		for _, id := range ids {
			before = append(before, record(t, g, id)[1:]...)
		}
		mergeInto(t, g, ids[1], ids[0])
		mergeInto(t, g, ids[2], ids[1])
		after := record(t, g, ids[2])[1:]
		slices.Sort(before)
		before = slices.Compact(before) // a tag of several is united
		require.Contains(t, before, "tag everybody")
		require.Equal(t, before, after)
		require.Len(t, profiles(t, g), 1)
		for k := range ids {
			require.Equal(t, ids[2], search(t, g, fmt.Sprintf("+1415555020%d", k)))
			caller(g, k, 12+k) // goes on where it came from, and is seen with the survivor
			require.Contains(t, record(t, g, ids[k]), "interaction "+[]string{"CA12", "SM13", "WA14"}[k])
		}
		require.Len(t, interactions(t, g), 15)
		healthy(t, g)
	})
}

// contactPoint is a contact point with where it is from and how sure it is.
type contactPoint struct {
	ID         string `json:"id"`
	Scheme     string `json:"scheme"`
	Value      string `json:"value"`
	Provenance string `json:"provenance"`
	Assurance  string `json:"assurance"`
	Primary    bool   `json:"primary"`
	VerifiedBy string `json:"verified_by"`
}

// Scenario 6: a person has many numbers and many addresses; none displaces another, each says where it is from and how sure it is, and a contact by any of them comes to the same person.
func TestAPersonHasManyNumbersAndAddresses(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		var points []object
		for n := range 4 {
			points = append(points, object{"scheme": "tel", "value": fmt.Sprintf("+1415555030%d", n)}, object{"scheme": "mailto", "value": fmt.Sprintf("ana%d@customer.example", n)})
		}
		for n, p := range points {
			g.Standard(fmt.Sprint("msg-", n), at(chat(fmt.Sprint("e", n), p), time.Now().Add(time.Duration(n-60)*time.Minute)))
			g.Settled()
		}
		found := profiles(t, g)
		require.Len(t, found, len(points))
		var from []string
		for _, p := range found {
			from = append(from, p.ID)
		}
		made := send[list[decision]](t, g, http.StatusCreated, "/v1/merges", object{"from": from, "into": "auto"})
		require.Len(t, made.Data, len(points)-1)
		for n, p := range points {
			g.Standard(fmt.Sprint("again-", n), chat(fmt.Sprint("a", n), p))
			g.Settled()
		}
		found = profiles(t, g)
		require.Len(t, found, 1)
		require.Len(t, found[0].Identities, len(points))

		path := "/v1/profiles/" + found[0].ID
		said := send[contactPoint](t, g, http.StatusCreated, path+"/identities", object{"scheme": "mailto", "value": "ana@told.example", "verified": true})
		require.Equal(t, []string{"updated"}, outcomes(importedRows(t, g, "Name,Email,Phone\nAna,ana0@customer.example,+1 415 555 0309\n")))
		g.Standard("proven", chat("p", proven("ana1@customer.example")))
		g.Settled()
		a := g.API(http.MethodPatch, path+"/identities/"+said.ID, object{"primary": true})
		require.Equal(t, http.StatusOK, a.Status, a.Body)
		var shown struct{ Identities []contactPoint }
		g.API(http.MethodGet, path, nil).Decode(t, &shown)
		require.Len(t, shown.Identities, len(points)+2)
		first := map[string]string{}
		for _, i := range shown.Identities {
			if i.Primary {
				require.Empty(t, first[i.Scheme], "one is the first of its scheme")
				first[i.Scheme] = i.Value
			}
			want := contactPoint{ID: i.ID, Scheme: i.Scheme, Value: i.Value, Primary: i.Primary, Provenance: "channel", Assurance: "none"}
			switch i.Value {
			case "ana@told.example":
				want.Provenance, want.VerifiedBy = "agent", i.VerifiedBy
				require.NotEmpty(t, i.VerifiedBy)
			case "+14155550309":
				want.Provenance = "import"
			case "ana1@customer.example":
				want.Assurance = "pass"
			}
			require.Equal(t, want, i)
		}
		require.Equal(t, map[string]string{"tel": "+14155550300", "mailto": "ana@told.example"}, first, "the one that was chosen, else the one that was seen first")
		require.Len(t, all[interaction](t, g, "/v1/profiles/"+found[0].ID+"/timeline?"), 2*len(points)+1)
		healthy(t, g)
	})
}

// Scenario 17: a suggestion that was rejected does not come back: not by the same contact again, not by a merge around it, not by an undo; and who decided what, when and why is on record.
func TestARejectedSuggestionStaysRejected(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		number, id := object{"scheme": "tel", "value": "+14155550123"}, object{"scheme": "bsuid", "value": "US.1", "scope": "portfolio"}
		both := func(n int) { g.Standard(fmt.Sprint("both-", n), chat(fmt.Sprint("b", n), number, id)); g.Settled() }
		g.Standard("m1", chat("e1", number))
		g.Settled()
		g.Standard("m2", chat("e2", id))
		g.Settled()
		both(0)
		g.Twilio("message", "MessageSid", "SM1", "From", "+14155550199", "To", "+14155550100", "Body", "hi")
		g.Settled()
		third := search(t, g, "+14155550199")

		open := all[struct {
			ID       string
			Profiles []profile
		}](t, g, "/v1/duplicates?")
		require.Len(t, open, 1)
		flag, a, b := open[0].ID, open[0].Profiles[0].ID, open[0].Profiles[1].ID
		send[object](t, g, http.StatusOK, "/v1/duplicates/"+flag+"/dismiss", object{"why": "mother and son"})
		quiet := func(when string) {
			t.Helper()
			require.Empty(t, all[object](t, g, "/v1/duplicates?"), when)
			require.Len(t, all[object](t, g, "/v1/duplicates?status=dismissed&"), 1, when)
		}
		quiet("after the decision")
		both(1)
		quiet("after the same contact again")
		merge := mergeInto(t, g, third, a)
		both(2)
		quiet("after a merge around it")
		refusal := send[struct {
			Code string
			Path []struct{ From, To, Kind string }
		}](t, g, http.StatusConflict, "/v1/merges", object{"from": []string{b}, "into": third})
		require.Equal(t, "merge_contradicts_decision", refusal.Code)
		require.Equal(t, []string{b, a}, []string{refusal.Path[0].From, refusal.Path[0].To})
		require.Equal(t, []string{a, third}, []string{refusal.Path[1].From, refusal.Path[1].To})
		send[decision](t, g, http.StatusOK, "/v1/merges/"+merge+"/undo", nil)
		both(3)
		quiet("after an undo")

		var history list[decision]
		g.API(http.MethodGet, "/v1/profiles/"+a+"/merge_history", nil).Decode(t, &history)
		var told []string
		for _, d := range history.Data {
			require.NotEmpty(t, d.Who)
			require.NotEmpty(t, d.At)
			told = append(told, d.Kind+": "+d.Why)
		}
		require.Equal(t, []string{"not_same: mother and son", "merge: same voice", "undo: "}, told)
		send[object](t, g, http.StatusOK, "/v1/duplicates/"+flag+"/reopen", nil)
		require.Len(t, all[object](t, g, "/v1/duplicates?"), 1, "by hand it comes back")
		healthy(t, g)
	})
}

// Two people who were told apart and share a number: a contact that carries the number beside an id of one of them is that one's, and neither the other's nor a suspicion; with a name, the number is theirs too.
func TestAContactOfPeopleWhoWereToldApartRaisesNoFlag(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		number, id := object{"scheme": "tel", "value": "+14155550123"}, object{"scheme": "bsuid", "value": "US.1", "scope": "portfolio"}
		for n, p := range []object{number, id} {
			g.Standard(fmt.Sprint("first-", n), chat(fmt.Sprint("f", n), p))
			g.Settled()
		}
		found := profiles(t, g)
		require.Len(t, found, 2)
		owner, other := found[0], found[1]
		if owner.Identities[0].Scheme != "bsuid" {
			owner, other = other, owner
		}
		send[object](t, g, http.StatusCreated, "/v1/not_same", object{"profiles": []string{owner.ID, other.ID}})
		g.Standard("nameless", chat("n", number, id))
		g.Settled()
		require.Len(t, all[interaction](t, g, "/v1/profiles/"+owner.ID+"/timeline?"), 2)
		named := chat("m", number, id)
		named["data"].(object)["from"].(object)["display_name"] = "Ana Silva"
		g.Standard("named", named)
		g.Settled()
		require.Len(t, all[interaction](t, g, "/v1/profiles/"+owner.ID+"/timeline?"), 3)
		require.Len(t, all[interaction](t, g, "/v1/profiles/"+other.ID+"/timeline?"), 1)
		for _, status := range []string{"open", "dismissed"} {
			require.Empty(t, all[object](t, g, "/v1/duplicates?status="+status+"&"))
		}
		var p person
		g.API(http.MethodGet, "/v1/profiles/"+owner.ID, nil).Decode(t, &p)
		require.Len(t, p.Identities, 2)
		require.Len(t, profiles(t, g), 2)
		healthy(t, g)
	})
}

// A contact point is as sure as the contacts that its holder came by, and is spelled as in them: also if somebody else has it who was told apart, or several people use it. What one of them proves is not proved of the others.
func TestAFurtherHoldersContactPointIsAsItsContactsHaveIt(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		enter := func(name string) string {
			return send[person](t, g, http.StatusCreated, "/v1/profiles", object{"display_name": name, "identifiers": []object{{"scheme": "mailto", "value": "silva" + name + "@web.example"}}}).ID
		}
		says := func(id, name string, identifiers ...object) string {
			require.Equal(t, http.StatusNoContent, g.Standard(id, said(id, "email", name, identifiers...)).Status)
			g.Settled()
			all := interactions(t, g)
			return all[slices.IndexFunc(all, func(i interaction) bool { return i.Key == id })].ProfileID
		}
		mail := func(spelling, assurance string) object {
			return object{"scheme": "mailto", "value": spelling, "assurance": assurance}
		}
		shows := func(profile, value, provenance, assurance string, raw ...string) {
			t.Helper()
			p := pointsOf(t, g, profile)[value]
			require.Equal(t, pointShown{Raw: raw, Provenance: provenance, Assurance: assurance}, pointShown{Raw: p.Raw, Provenance: p.Provenance, Assurance: p.Assurance})
		}
		handle, unknown, bruno := object{"scheme": "telegram", "value": "4711"}, enter(""), enter("Bruno")
		ana := says("first", "", handle)
		send[object](t, g, http.StatusCreated, "/v1/not_same", object{"profiles": []string{ana, unknown}})
		require.Equal(t, ana, says("both", "Ana Silva", handle, mail("Silva@web.example", "pass")))
		shows(ana, "silva@web.example", "channel", "pass", "Silva@web.example")
		require.Equal(t, ana, says("again", "Ana Silva", mail("SILVA@web.example", "none")))
		shows(ana, "silva@web.example", "channel", "pass", "Silva@web.example", "SILVA@web.example")
		shows(unknown, "silva@web.example", "agent", "none", "silva@web.example")

		carla := says("third", "Carla Diaz", mail("silvaBruno@web.example", "none"))
		require.NotEqual(t, bruno, carla)
		shows(carla, "silvabruno@web.example", "channel", "none", "silvaBruno@web.example")
		require.Equal(t, carla, says("proven", "Carla Diaz", mail("silvaBruno@web.example", "pass")))
		shows(carla, "silvabruno@web.example", "channel", "pass", "silvaBruno@web.example")
		shows(bruno, "silvabruno@web.example", "agent", "none", "silvaBruno@web.example")
		healthy(t, g)
	})
}
