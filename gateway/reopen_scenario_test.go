package gateway_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/store"
)

// Scenario 17, by the whole path: contacts come in by a signed webhook or the API, people decide by the API, and what the profiles learn then opens what was dismissed.

// pair is two people of one name who are not known to be one, and what else they say.
type pair struct {
	t     *testing.T
	g     *gatewaytest.Gateway
	told  int
	names [2]string
	ids   [2][]object // what each contacts us by
}

func newPair(t *testing.T, g *gatewaytest.Gateway) *pair {
	p := &pair{t: t, g: g, names: [2]string{"Wilhelmina Okonkwo", "Wilhelmina Okonkwo"}}
	p.ids[0] = []object{point("mailto", "w.okonkwo@web.example")}
	p.ids[1] = []object{{"scheme": "telegram", "value": "4711"}}
	return p
}

// event is a message of one of the two that also names some contact points, which are claims of theirs.
func (p *pair) event(of int, claims ...object) object {
	p.told++
	identifiers := slices.Clone(p.ids[of])
	for _, c := range claims {
		identifiers = append(identifiers, object{"scheme": c["scheme"], "value": c["value"], "provenance": "claimed"})
	}
	channel := [2]string{"email", "telegram"}[of]
	return said(fmt.Sprintf("msg-%s-%d", p.ids[1][0]["value"], p.told), channel, p.names[of], identifiers...)
}

// says sends such a message by the webhook.
func (p *pair) says(of int, claims ...object) {
	p.t.Helper()
	e := p.event(of, claims...)
	require.Equal(p.t, http.StatusNoContent, p.g.Standard(e["id"].(string), e).Status)
	p.g.Settled()
}

// writes sends a message with a text by the webhook.
func (p *pair) writes(of int, text string) {
	p.t.Helper()
	e := p.event(of)
	e["data"].(object)["content"] = []object{{"kind": "text", "text": text}}
	require.Equal(p.t, http.StatusNoContent, p.g.Standard(e["id"].(string), e).Status)
	p.g.Settled()
}

// reviewed is a flag as reviewers see it.
type reviewed struct {
	flag

	Status      string             `json:"status"`
	NewEvidence []contact.Evidence `json:"new_evidence"`
}

func flagNow(t *testing.T, g *gatewaytest.Gateway, id string) (f reviewed) {
	t.Helper()
	a := g.API(http.MethodGet, "/v1/duplicates/"+id, nil)
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	a.Decode(t, &f)
	return f
}

func dismiss(t *testing.T, g *gatewaytest.Gateway, id string) reviewed {
	t.Helper()
	f := send[reviewed](t, g, http.StatusOK, "/v1/duplicates/"+id+"/dismiss", object{"why": "sisters"})
	require.Equal(t, "dismissed", f.Status)
	require.Empty(t, f.NewEvidence)
	require.Empty(t, duplicates(t, g))
	return f
}

// onlyFlag is the flag of a store that has one.
func onlyFlag(t *testing.T, g *gatewaytest.Gateway) flag {
	t.Helper()
	flags := duplicates(t, g)
	require.Len(t, flags, 1)
	return flags[0]
}

// requireReopened expects a flag in the queue with just this that is new, and that followers hear of it after its dismissal.
func requireReopened(t *testing.T, g *gatewaytest.Gateway, id, kind, value string) {
	t.Helper()
	f := flagNow(t, g, id)
	require.Equal(t, "open", f.Status, "%+v", f)
	require.Len(t, f.NewEvidence, 1, "%+v", f.NewEvidence)
	require.Equal(t, []string{kind, value, value}, []string{f.NewEvidence[0].Kind, f.NewEvidence[0].Left, f.NewEvidence[0].Right})
	require.Equal(t, id, onlyFlag(t, g).ID)
	told := storedEvents(t, g)
	require.Contains(t, told, "duplicate.reopened "+id)
	require.Less(t, slices.Index(told, "duplicate.dismissed "+id), slices.Index(told, "duplicate.reopened "+id))
}

// storedEvents are types and subjects of what was recorded, also of what is not served yet.
func storedEvents(t *testing.T, g *gatewaytest.Gateway) (all []string) {
	t.Helper()
	stored, _, err := g.DB.Events.List(t.Context(), store.Range{Index: "at", Limit: store.MaxLimit})
	require.NoError(t, err)
	for _, e := range stored {
		all = append(all, e.Type+" "+e.Subject)
	}
	return all
}

// A dismissed flag is in the queue again with strong evidence that was not there, whenever and however that comes, and however certain the flag was; a rejection with what is known then holds again.
func TestADismissedFlagComesBackWithNewStrongEvidence(t *testing.T) {
	t.Parallel()
	mail, more, number := "wil@web.example", "mina@web.example", "+14155550199"
	for name, story := range map[string]func(t *testing.T, p *pair) (id, kind, value string){
		"in whole seconds": func(t *testing.T, p *pair) (string, string, string) {
			id := dismiss(t, p.g, onlyFlag(t, p.g).ID).ID
			p.says(1, p.ids[0][0])
			return id, "email_same", p.ids[0][0]["value"].(string)
		},
		"late": func(t *testing.T, p *pair) (string, string, string) {
			id := dismiss(t, p.g, onlyFlag(t, p.g).ID).ID
			e := p.event(1, p.ids[0][0])
			e["time"] = time.Now().Add(-30 * time.Hour).UTC().Format(time.RFC3339)
			p.g.Standard("late", e)
			p.g.Settled()
			return id, "email_same", p.ids[0][0]["value"].(string)
		},
		"by the API": func(t *testing.T, p *pair) (string, string, string) {
			id := dismiss(t, p.g, onlyFlag(t, p.g).ID).ID
			a := p.g.With(http.Header{"Prefer": {"wait"}}, http.MethodPost, "/v1/interactions", p.event(1, p.ids[0][0]))
			require.Equal(t, http.StatusAccepted, a.Status, a.Body)
			return id, "email_same", p.ids[0][0]["value"].(string)
		},
		"as near certain as it was": func(t *testing.T, p *pair) (string, string, string) {
			p.says(0, point("tel", number), point("mailto", mail))
			p.says(1, point("tel", number), point("mailto", mail))
			before := dismiss(t, p.g, onlyFlag(t, p.g).ID)
			require.GreaterOrEqual(t, before.Probability, .995)
			p.says(0, point("mailto", more))
			require.Equal(t, "dismissed", flagNow(t, p.g, before.ID).Status)
			p.says(1, point("mailto", more))
			require.InDelta(t, before.Probability, flagNow(t, p.g, before.ID).Probability, .005)
			return before.ID, "email_same", more
		},
		"by an order that both ask for": func(t *testing.T, p *pair) (string, string, string) {
			id := dismiss(t, p.g, onlyFlag(t, p.g).ID).ID
			p.writes(0, "Where is order 4711-0815?")
			p.writes(1, "order 47110815 is late")
			return id, "mentioned_same", "47110815"
		},
		"of two who came in one contact": func(t *testing.T, p *pair) (string, string, string) {
			return sameContact(t, p, number), "phone_same", number
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gatewaytest.EachStore(t, func(t *testing.T, uri string) {
				p := newPair(t, gatewaytest.Start(t, uri, "US"))
				if name == "of two who came in one contact" {
					p.names = [2]string{"", ""}
				}
				p.says(0)
				p.says(1)
				id, kind, value := story(t, p)
				requireReopened(t, p.g, id, kind, value)
				dismiss(t, p.g, id) // with what is known now
				p.says(0)
				p.says(1)
				require.Empty(t, duplicates(t, p.g))
				healthy(t, p.g)
			})
		})
	}
}

// sameContact lets one contact carry what two people are known by, dismisses the flag of that, and lets both then say a number.
func sameContact(t *testing.T, p *pair, number string) string {
	p.g.Standard("both", said("both", "email", "", p.ids[0][0], p.ids[1][0]))
	p.g.Settled()
	f := onlyFlag(t, p.g)
	require.Equal(t, []string{contact.InOneContact}, kinds(f.Evidence))
	dismiss(t, p.g, f.ID)
	p.says(0, point("tel", number))
	p.says(1, point("tel", number))
	again := flagNow(t, p.g, f.ID)
	require.Equal(t, f.Model, again.Model)
	require.InDelta(t, f.Probability, again.Probability, 1e-12)
	return f.ID
}

// A dismissal stands against what is weak: a name, a value of one side alone, two addresses that are alike. One that saw no flag stands against everything.
func TestADismissedFlagStaysWithoutNewStrongEvidence(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		p := newPair(t, g)
		p.says(0)
		p.says(1)
		id := dismiss(t, g, onlyFlag(t, g).ID).ID
		for _, of := range []int{0, 1} {
			p.names[of] = "Wilhelmina Adaeze Okonkwo"
			p.says(of)
		}
		p.says(1, point("tel", "+14155550198"))
		p.says(0, point("mailto", "kitefan77@web.example"))
		p.says(1, point("mailto", "kitefan77@post.example"))
		require.Contains(t, kinds(flagNow(t, g, id).Evidence), "email_same_local")
		require.Equal(t, "dismissed", flagNow(t, g, id).Status)
		require.Empty(t, duplicates(t, g))

		send[object](t, g, http.StatusOK, "/v1/duplicates/"+id+"/reopen", nil)
		f := onlyFlag(t, g)
		send[object](t, g, http.StatusCreated, "/v1/not_same", object{"profiles": []string{f.Profiles[0].ID, f.Profiles[1].ID}})
		p.says(1, p.ids[0][0])
		require.Equal(t, "dismissed", flagNow(t, g, id).Status)
		require.Contains(t, kinds(flagNow(t, g, id).Evidence), "email_same")
		require.Empty(t, duplicates(t, g))
	})
}

// A rejection is carried along by merges, and so is what opens it: of a flag that the people who decided did not see, only what it gained since. Nobody merges by another way before the flag was looked at, and a merge of the flag takes the rejection back on the record.
func TestNewEvidenceOpensWhatWasCarriedAlong(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		p := newPair(t, g)
		p.says(0)
		p.says(1)
		first := onlyFlag(t, g)
		third := said("third", "whatsapp", p.names[0], point("tel", "+14155550197"), object{"scheme": "mailto", "value": "w.okonkwo@web.example", "provenance": "claimed"})
		g.Standard("third", third)
		g.Settled()
		seen := duplicates(t, g)
		require.Len(t, seen, 3, "each with each")
		mailer := holderOf(t, g, contact.Mailto, "w.okonkwo@web.example")
		caller := search(t, g, "+14155550197")
		between := func(a, b string) string {
			return seen[slices.IndexFunc(seen, func(f flag) bool {
				return f.Profiles[0].ID == a && f.Profiles[1].ID == b || f.Profiles[0].ID == b && f.Profiles[1].ID == a
			})].ID
		}
		writer := first.Profiles[0].ID
		if writer == mailer {
			writer = first.Profiles[1].ID
		}
		other := between(writer, caller)
		send[reviewed](t, g, http.StatusOK, "/v1/duplicates/"+first.ID+"/dismiss", nil)
		mergeInto(t, g, mailer, caller)
		require.Equal(t, "dismissed", flagNow(t, g, other).Status, "it is of the same two people")
		send[object](t, g, http.StatusOK, "/v1/duplicates/"+other+"/assign", object{"assignee": "anna"})
		require.Equal(t, "dismissed", flagNow(t, g, other).Status, "to be given to somebody is no evidence")

		p.says(1, point("tel", "+14155550197"))
		f := flagNow(t, g, other)
		require.Equal(t, "open", f.Status)
		require.Equal(t, "phone_same", f.NewEvidence[0].Kind)
		require.Contains(t, storedEvents(t, g), "duplicate.reopened "+other)
		require.Equal(t, http.StatusConflict, g.API(http.MethodPost, "/v1/merges", object{"from": []string{writer}, "into": mailer}).Status)
		send[object](t, g, http.StatusCreated, "/v1/duplicates/"+other+"/merge", nil)
		require.Equal(t, "merged", flagNow(t, g, other).Status)
		var audit list[struct {
			Kind string
			Seen []contact.Evidence
		}]
		g.API(http.MethodGet, "/v1/audit?limit=2", nil).Decode(t, &audit)
		require.Equal(t, []string{contact.Merged, contact.DistinctUndone}, []string{audit.Data[0].Kind, audit.Data[1].Kind})
		require.Equal(t, f.NewEvidence, audit.Data[1].Seen)
		healthy(t, g)
	})
}

// holderOf is the profile that holds a contact point.
func holderOf(t *testing.T, g *gatewaytest.Gateway, scheme contact.Scheme, value string) string {
	t.Helper()
	i, err := g.DB.Identities.Find(t.Context(), g.DB.Salt.IdentityID(scheme, "", value, ""))
	require.NoError(t, err)
	return i.ProfileID
}
