package gateway_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
)

// Scenario 17 where what is new is one contact that came by contact points of both.

// together sends a contact that carries contact points of both, at a time, by a name or none.
func (p *pair) together(name string, at time.Time, identifiers ...object) {
	p.t.Helper()
	p.told++
	e := said(fmt.Sprint("together-", p.told), "telegram", name, identifiers...)
	e["time"] = at.UTC().Format(time.RFC3339)
	require.Equal(p.t, http.StatusNoContent, p.g.Standard(e["id"].(string), e).Status)
	p.g.Settled()
}

// borrowed are the contact points of others that contacts of the pair's second are known to have carried, by their values.
func borrowed(t *testing.T, g *gatewaytest.Gateway, evidence []contact.Evidence) (values []string) {
	t.Helper()
	for _, e := range contact.Carried(evidence) {
		for _, id := range []string{e.Left, e.Right} {
			i, err := g.DB.Identities.Find(t.Context(), id)
			require.NoError(t, err)
			if i.Scheme != contact.Telegram {
				values = append(values, i.Value)
			}
		}
	}
	return values
}

// timesTold counts how often followers heard something.
func timesTold(t *testing.T, g *gatewaytest.Gateway, what string) (n int) {
	t.Helper()
	for _, e := range storedEvents(t, g) {
		if e == what {
			n++
		}
	}
	return n
}

// dismissedPair is two people whose flag was dismissed.
func dismissedPair(t *testing.T, uri string) (*pair, string) {
	p := newPair(t, gatewaytest.Start(t, uri, "US"))
	p.says(0)
	p.says(1)
	return p, dismiss(t, p.g, onlyFlag(t, p.g).ID).ID
}

// One contact that came by contact points of both opens a dismissed flag again and says which. Whoever dismisses it once more knows that both use that contact point: it is no news any more, by whatever of their own the other writes beside it. A further one is.
func TestADismissedFlagComesBackWithAContactOfBoth(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "Wilhelmina Okonkwo"} { // by a name the contact point is the writer's too, from then on
		t.Run("named "+name, func(t *testing.T) {
			t.Parallel()
			gatewaytest.EachStore(t, func(t *testing.T, uri string) {
				p, id := dismissedPair(t, uri)
				mail, handle, number, own := p.ids[0][0], p.ids[1][0], point("tel", "+14155550199"), point("tel", "+14155550198")
				p.ids[0] = append(p.ids[0], number)
				p.says(0)
				before := flagNow(t, p.g, id)
				require.Less(t, before.Probability, .9)
				p.together(name, time.Now(), handle, mail)
				f := flagNow(t, p.g, id)
				require.Equal(t, "open", f.Status)
				if name == "" {
					require.Equal(t, []string{contact.InOneContact}, kinds(f.NewEvidence))
				}
				require.Equal(t, []string{mail["value"].(string)}, borrowed(t, p.g, f.NewEvidence))
				require.InDelta(t, .9, f.Probability, 1e-9)
				require.Subset(t, kinds(f.Evidence), kinds(before.Evidence), "what was known stands beside it")
				require.Equal(t, 1, timesTold(t, p.g, "duplicate.reopened "+id))

				dismiss(t, p.g, id)
				p.together(name, time.Now(), handle, mail)
				p.together(name, time.Now(), handle, own)
				p.together("", time.Now(), own, mail)
				for _, d := range all[struct{ ID string }](t, p.g, "/v1/deliveries?") {
					send[object](t, p.g, http.StatusAccepted, "/v1/deliveries/"+d.ID+"/replay", nil)
				}
				p.g.Settled()
				require.Equal(t, "dismissed", flagNow(t, p.g, id).Status)
				require.Len(t, borrowed(t, p.g, flagNow(t, p.g, id).Evidence), 1)
				require.Equal(t, 1, timesTold(t, p.g, "duplicate.reopened "+id))

				p.together(name, time.Now(), handle, number)
				f = flagNow(t, p.g, id)
				require.Equal(t, "open", f.Status)
				require.Equal(t, []string{number["value"].(string)}, borrowed(t, p.g, f.NewEvidence))
				dismiss(t, p.g, id)
				p.together(name, time.Now(), handle, number, mail)
				require.Empty(t, duplicates(t, p.g))
				healthy(t, p.g)
			})
		})
	}
}

// Against a dismissal nothing is said by a contact from before it, whenever it comes in, by one whose flag was dismissed as it stood, or by a contact point that several people are known to use.
func TestADismissedFlagStaysWhereAContactOfBothSaysNothingNew(t *testing.T) {
	t.Parallel()
	for name, story := range map[string]func(t *testing.T, p *pair, id string){
		"from before": func(_ *testing.T, p *pair, _ string) {
			p.together("", time.Now().Add(-time.Hour), p.ids[1][0], p.ids[0][0])
		},
		"seen already": func(t *testing.T, p *pair, id string) {
			send[object](t, p.g, http.StatusOK, "/v1/duplicates/"+id+"/reopen", nil)
			p.together("", time.Now(), p.ids[1][0], p.ids[0][0])
			require.InDelta(t, .9, flagNow(t, p.g, id).Probability, 1e-9, "an open one gains it too")
			dismiss(t, p.g, id)
			p.together("", time.Now(), p.ids[1][0], p.ids[0][0])
		},
		"said to be shared": func(t *testing.T, p *pair, _ string) {
			holder := holderOf(t, p.g, contact.Mailto, p.ids[0][0]["value"].(string))
			shared := pointsOf(t, p.g, holder)[p.ids[0][0]["value"].(string)].ID
			a := p.g.API(http.MethodPatch, "/v1/profiles/"+holder+"/identities/"+shared, object{"shared": true})
			require.Equal(t, http.StatusOK, a.Status, a.Body)
			p.together("", time.Now(), p.ids[1][0], p.ids[0][0])
			p.together(p.names[0], time.Now(), p.ids[1][0], p.ids[0][0])
		},
		"a place's": func(_ *testing.T, p *pair, _ string) {
			p.ids[0] = append(p.ids[0], point("tel", "+4930123456"))
			p.says(0)
			p.together(p.names[0], time.Now(), p.ids[1][0], point("tel", "+4930123456"))
		},
		"a household's": func(_ *testing.T, p *pair, _ string) {
			number := point("tel", "+14155550199")
			p.ids[0] = append(p.ids[0], number)
			p.says(0)
			p.together("Bartholomew Ng", time.Now(), number)
			p.together(p.names[0], time.Now(), p.ids[1][0], number)
		},
		"a household's, the other's by the same name": func(_ *testing.T, p *pair, _ string) {
			number := point("tel", "+14155550199")
			p.together("Bartholomew Ng", time.Now(), number)
			p.ids[0] = append(p.ids[0], number)
			p.says(0)
			p.together(p.names[0], time.Now(), p.ids[1][0], number)
		},
		"another's by the name": func(_ *testing.T, p *pair, _ string) {
			p.together("Bartholomew Ng", time.Now(), p.ids[1][0], p.ids[0][0])
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gatewaytest.EachStore(t, func(t *testing.T, uri string) {
				p, id := dismissedPair(t, uri)
				story(t, p, id)
				require.Equal(t, "dismissed", flagNow(t, p.g, id).Status, "%+v", flagNow(t, p.g, id))
				require.Empty(t, duplicates(t, p.g))
				healthy(t, p.g)
			})
		})
	}
}

// What one contact carried of both stands beside what a score says of them, also when they are scored again; where the score says more, it stands.
func TestAContactOfBothStandsBesideTheScore(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		p := newPair(t, gatewaytest.Start(t, uri, "US"))
		for of := range p.ids {
			p.says(of, point("tel", "+14155550199"))
		}
		scored := onlyFlag(t, p.g)
		require.Greater(t, scored.Probability, .9)
		p.together("", time.Now(), p.ids[1][0], p.ids[0][0])
		for of := range p.ids {
			p.says(of, point("mailto", "wil@web.example"))
			f := onlyFlag(t, p.g)
			require.Equal(t, []any{scored.ID, scored.Model}, []any{f.ID, f.Model})
			require.GreaterOrEqual(t, f.Probability, scored.Probability)
			require.Equal(t, []string{"w.okonkwo@web.example"}, borrowed(t, p.g, f.Evidence))
			require.Subset(t, kinds(f.Evidence), kinds(scored.Evidence))
		}
		require.Contains(t, kinds(onlyFlag(t, p.g).Evidence), "email_same")
	})
}
