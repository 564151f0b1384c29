package gateway_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/claims"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/ingest"
	"usher/gateway/keys"
	"usher/gateway/people"
	"usher/gateway/store"
)

// pointShown is a contact point as agents see it.
type pointShown struct {
	ID         string    `json:"id"`
	Value      string    `json:"value"`
	ProfileID  string    `json:"profile_id"`
	Raw        []string  `json:"raw"`
	Provenance string    `json:"provenance"`
	Assurance  string    `json:"assurance"`
	VerifiedBy string    `json:"verified_by"`
	VerifiedAt time.Time `json:"verified_at"`
}

// pointsOf are a person's contact points, by value.
func pointsOf(t testing.TB, g *gatewaytest.Gateway, profile string) map[string]pointShown {
	t.Helper()
	var found list[pointShown]
	a := g.API(http.MethodGet, "/v1/profiles/"+profile+"/identities", nil)
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	a.Decode(t, &found)
	byValue := map[string]pointShown{}
	for _, p := range found.Data {
		byValue[p.Value] = p
	}
	return byValue
}

// linkFor makes a link for an address that a person claims; it is the path of the page.
func linkFor(t *testing.T, g *gatewaytest.Gateway, profile, address string) string {
	t.Helper()
	made := send[struct{ URL string }](t, g, http.StatusCreated, "/v1/profiles/"+profile+"/claim_links", object{"scheme": "mailto", "value": address})
	path, ok := strings.CutPrefix(made.URL, "https://usher.example")
	require.True(t, ok, "it begins with the public address")
	return path
}

// follow asks for a page as a browser does, without any key.
func follow(t testing.TB, g *gatewaytest.Gateway, method, path string) gatewaytest.Answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, g.Address()+path, nil)
	require.NoError(t, err)
	return g.Do(r)
}

// typist is a visitor of a chat who types an address; their profile.
func typist(t testing.TB, g *gatewaytest.Gateway, visitor, name, typed string) string {
	t.Helper()
	g.Standard("chat-"+visitor, said("chat-"+visitor, "web_chat", name, object{"scheme": "visitor", "value": visitor, "scope": "shop"}, object{"scheme": "mailto", "value": typed, "provenance": "claimed"}))
	g.Settled()
	held, err := g.DB.Identities.Find(t.Context(), g.DB.Salt.IdentityID(contact.Visitor, "shop", visitor, ""))
	require.NoError(t, err)
	return held.ProfileID
}

// goneAs is what a link says that leads nowhere: the same whatever the reason.
func goneAs(t testing.TB, g *gatewaytest.Gateway, path string) {
	t.Helper()
	never := follow(t, g, http.MethodPost, "/verify/never-made")
	require.Equal(t, http.StatusNotFound, never.Status)
	a := follow(t, g, http.MethodPost, path)
	require.Equal(t, never.Status, a.Status)
	require.Equal(t, never.Body, a.Body)
}

// A typed address becomes a contact point when the link that was sent there is followed and confirmed, not when a mail server looks where it leads; once, on record, and told to followers; and what is then written from there is that person's.
func TestAClaimBecomesAContactPointByALink(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		maria := typist(t, g, "v-1", "Maria Lopez", "maria@web.example")
		path := linkFor(t, g, maria, " Maria@WEB.example")
		require.NotContains(t, pointsOf(t, g, maria), "maria@web.example", "making a link says nothing about whose it is")
		for range 3 {
			page := follow(t, g, http.MethodGet, path)
			require.Equal(t, http.StatusOK, page.Status)
			require.Contains(t, page.Body, `<form method="post">`)
			require.NotContains(t, strings.ToLower(page.Body), "maria")
			require.Equal(t, "no-store", page.Header.Get("Cache-Control"))
			require.Equal(t, "no-referrer", page.Header.Get("Referrer-Policy"))
			require.Contains(t, page.Header.Get("Content-Security-Policy"), "form-action 'self'")
		}
		require.NotContains(t, pointsOf(t, g, maria), "maria@web.example", "looking confirms nothing")

		done := follow(t, g, http.MethodPost, path)
		require.Equal(t, http.StatusOK, done.Status, done.Body)
		point := pointsOf(t, g, maria)["maria@web.example"]
		require.Equal(t, "link", point.VerifiedBy)
		require.NotZero(t, point.VerifiedAt)
		goneAs(t, g, path)
		require.Equal(t, http.StatusNotFound, follow(t, g, http.MethodGet, path).Status)

		var audit list[struct{ Kind, Who, Subject string }]
		g.API(http.MethodGet, "/v1/audit?profile_id="+maria, nil).Decode(t, &audit)
		var told []string
		for _, d := range audit.Data {
			told = append(told, d.Kind)
			require.NotEmpty(t, d.Who)
		}
		require.Equal(t, []string{"verify", "add", "claim_link"}, told)
		require.Equal(t, "link", audit.Data[0].Who)
		require.Eventually(t, func() bool {
			var n int
			for _, e := range all[struct{ Type, Subject string }](t, g, "/v1/events?") {
				if e.Type == "identity.verified" && e.Subject == maria {
					n++
				}
			}
			return n == 1
		}, time.Minute, 50*time.Millisecond)

		g.Standard("mail", said("mail", "email", "Maria Lopez", object{"scheme": "mailto", "value": "maria@web.example"}))
		g.Settled()
		require.Len(t, all[interaction](t, g, "/v1/profiles/"+maria+"/timeline?"), 2)
		require.Len(t, profiles(t, g), 1)
		healthy(t, g)
	})
}

// A link outlives a merge and its undo: it verifies for the person whose it is when it is followed.
func TestALinkIsGoodThroughMerges(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		maria, other := typist(t, g, "v-1", "Maria Lopez", "maria@web.example"), typist(t, g, "v-2", "M. Lopez", "other@web.example")
		first, second := linkFor(t, g, maria, "maria@web.example"), linkFor(t, g, maria, "second@web.example")
		merge := mergeInto(t, g, other, maria)
		require.Equal(t, http.StatusOK, follow(t, g, http.MethodPost, first).Status)
		require.Equal(t, other, pointsOf(t, g, maria)["maria@web.example"].ProfileID, "who speaks for the person has it")
		send[decision](t, g, http.StatusOK, "/v1/merges/"+merge+"/undo", nil)
		require.Equal(t, http.StatusOK, follow(t, g, http.MethodPost, second).Status)
		require.Equal(t, maria, pointsOf(t, g, maria)["second@web.example"].ProfileID)
		healthy(t, g)
	})
}

// What has become of the contact point since stands: one that was taken back, that another person has, or whose person was erased, is not verified, and the page tells nobody why.
func TestALinkChangesNothingThatWasDecidedSince(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		t.Run("taken back", func(t *testing.T) {
			p := typist(t, g, "v-1", "Ana Silva", "ana@web.example")
			held := send[pointShown](t, g, http.StatusCreated, "/v1/profiles/"+p+"/identities", object{"scheme": "mailto", "value": "ana@web.example"})
			path := linkFor(t, g, p, "ana@web.example")
			require.Equal(t, http.StatusNoContent, g.API(http.MethodDelete, "/v1/profiles/"+p+"/identities/"+held.ID, nil).Status)
			goneAs(t, g, path)
			require.NotContains(t, pointsOf(t, g, p), "ana@web.example")
			require.Equal(t, http.StatusOK, follow(t, g, http.MethodPost, linkFor(t, g, p, "ana@web.example")).Status, "one that was made since is an agent's later word")
		})
		t.Run("somebody else's", func(t *testing.T) {
			g.Standard("bea", said("bea", "email", "Bea Brandt", object{"scheme": "mailto", "value": "bea@web.example"}))
			g.Settled()
			p := typist(t, g, "v-2", "Otto Klein", "bea@web.example")
			goneAs(t, g, linkFor(t, g, p, "bea@web.example"))
			bea := found1(t, g, "bea@web.example")
			require.NotEqual(t, p, bea)
			require.Zero(t, pointsOf(t, g, bea)["bea@web.example"].VerifiedAt)
			require.True(t, slices.ContainsFunc(duplicates(t, g), func(f flag) bool {
				ids := []string{f.Profiles[0].ID, f.Profiles[1].ID}
				return slices.Contains(ids, p) && slices.Contains(ids, bea)
			}), "the two are flagged")
		})
		t.Run("taken over", func(t *testing.T) {
			p, thief := typist(t, g, "v-3", "Carla Weiss", "carla@web.example"), typist(t, g, "v-4", "Dora Schwarz", "dora@web.example")
			send[pointShown](t, g, http.StatusCreated, "/v1/profiles/"+p+"/identities", object{"scheme": "mailto", "value": "carla@web.example"})
			path := linkFor(t, g, p, "carla@web.example")
			send[pointShown](t, g, http.StatusCreated, "/v1/profiles/"+thief+"/identities", object{"scheme": "mailto", "value": "carla@web.example", "take_over": true})
			goneAs(t, g, path)
			require.Zero(t, pointsOf(t, g, thief)["carla@web.example"].VerifiedAt)
		})
		t.Run("erased", func(t *testing.T) {
			p := typist(t, g, "v-5", "Emma Gruen", "emma@web.example")
			path := linkFor(t, g, p, "emma@web.example")
			erase(t, g, p)
			goneAs(t, g, path)
			n, err := g.DB.ClaimLinks.Count(t.Context(), "profile", p)
			require.NoError(t, err)
			require.Zero(t, n)
		})
		healthy(t, g)
	})
}

// What no link can be made of is refused and not repeated, a secret that is shown once is in no kept answer, and too many links that lead nowhere are enough.
func TestLinksAreBounded(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	p := typist(t, g, "v-1", "Ana Silva", "ana@web.example")
	path := "/v1/profiles/" + p + "/claim_links"
	for _, c := range []struct {
		path   string
		body   object
		status int
	}{
		{path, object{"scheme": "mailto", "value": "no address"}, http.StatusUnprocessableEntity},
		{path, object{"scheme": "mailto", "value": "us@acme.example"}, http.StatusUnprocessableEntity},
		{path, object{"scheme": "telegram", "value": "4711"}, http.StatusUnprocessableEntity},
		{path, object{"scheme": "mailto", "value": "ana@web.example", "hours": 169}, http.StatusUnprocessableEntity},
		{"/v1/profiles/prf_none/claim_links", object{"scheme": "mailto", "value": "ana@web.example"}, http.StatusNotFound},
	} {
		a := g.API(http.MethodPost, c.path, c.body)
		require.Equal(t, c.status, a.Status, a.Body)
		require.NotContains(t, a.Body, fmt.Sprint(c.body["value"]))
	}
	a := g.With(http.Header{"Idempotency-Key": {"once"}}, http.MethodPost, path, object{"scheme": "mailto", "value": "ana@web.example"})
	require.Equal(t, http.StatusBadRequest, a.Status)
	reader, _, err := keys.Create(t.Context(), g.DB, keys.Grant{Name: "reader", Scopes: []keys.Scope{keys.ProfilesRead}})
	require.NoError(t, err)
	require.Equal(t, http.StatusForbidden, g.As(reader, http.MethodPost, path, object{"scheme": "mailto", "value": "ana@web.example"}).Status)

	good := linkFor(t, g, p, "ana@web.example")
	token := strings.TrimPrefix(good, "/verify/")
	links, _, err := g.DB.ClaimLinks.List(t.Context(), store.Range{Index: "profile", Equal: []any{p}, Limit: 10})
	require.NoError(t, err)
	require.Len(t, links, 1)
	require.NotContains(t, fmt.Sprintf("%+v", links), token)
	limited := false
	for range 40 {
		limited = limited || follow(t, g, http.MethodGet, "/verify/guess").Status == http.StatusTooManyRequests
	}
	require.True(t, limited)
	require.Equal(t, http.StatusOK, follow(t, g, http.MethodPost, good).Status, "whoever has a good one is not kept out by others of the same network")
}

// Old links lead nowhere, and are dropped when their time is over.
func TestOldLinksAreDropped(t *testing.T) {
	t.Parallel()
	g, c := claimsOn(t, gatewaytest.SQLite(t))
	p := entered(t, g)
	for _, d := range []time.Duration{-time.Minute, time.Hour} {
		token, _, err := c.Make(t.Context(), claimOf(p, d))
		require.NoError(t, err)
		_, err = c.Find(t.Context(), token)
		require.Equal(t, d < 0, errors.Is(err, claims.ErrGone))
	}
	require.NoError(t, g.API.Tidy(t.Context()))
	n, err := g.DB.ClaimLinks.Count(t.Context(), "profile", p)
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
}

// A process that dies between any two writes of a confirmation has neither verified for nobody nor twice: whoever follows the link again completes it, and what an agent has decided meanwhile stands.
func TestACrashWhileALinkIsFollowed(t *testing.T) {
	t.Parallel()
	for k := int64(1); ; k++ {
		uri := gatewaytest.SQLite(t)
		first, m := mortalGateway(t, uri)
		p := entered(t, first)
		token, _, err := claimer(first).Make(t.Context(), claimOf(p, time.Hour))
		require.NoError(t, err)
		m.left.Store(k)
		failed := claimer(first).Redeem(t.Context(), token)
		whole := m.left.Load() > 0
		require.NoError(t, first.Close())

		second, c := claimsOn(t, uri)
		id := second.DB.Salt.IdentityID(contact.Mailto, "", "ana@web.example", "")
		found, err := second.DB.Identities.FindAll(t.Context(), id)
		require.NoError(t, err)
		wasVerified := !found[id].VerifiedAt.IsZero()
		if wasVerified {
			no := false
			_, err = people.New(second.DB).Mark(t.Context(), people.Edit{Profile: p, Who: "anna"}, id, people.Mark{Verified: &no})
			require.NoError(t, err)
		}
		if err := c.Redeem(t.Context(), token); !errors.Is(err, claims.ErrGone) {
			require.NoError(t, err, "died after write %d", k)
		}
		i, err := second.DB.Identities.Find(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, p, i.ProfileID)
		require.Equal(t, wasVerified, i.VerifiedAt.IsZero(), "died after write %d", k)
		decided, _, err := second.DB.Decisions.List(t.Context(), store.Range{Index: "at", Limit: 100})
		require.NoError(t, err)
		verified := slices.DeleteFunc(decided, func(d contact.Decision) bool { return d.Kind != contact.Verified })
		require.Len(t, verified, 1, "died after write %d", k)
		require.ErrorIs(t, c.Redeem(t.Context(), token), claims.ErrGone)
		if whole {
			require.NoError(t, failed)
			require.Greater(t, k, int64(6))
			return
		}
	}
}

func claimer(g *gateway.Gateway) *claims.Claims {
	return claims.New(g.DB, people.New(g.DB), ingest.New(g.DB, nil, ingest.Own{}, slog.New(slog.DiscardHandler)))
}

func claimsOn(t *testing.T, uri string) (*gateway.Gateway, *claims.Claims) {
	t.Helper()
	g, _ := mortalGateway(t, uri)
	t.Cleanup(func() { require.NoError(t, g.Close()) })
	return g, claimer(g)
}

func claimOf(profile string, d time.Duration) claims.Wish {
	return claims.Wish{Profile: profile, Identifier: contact.Identifier{Scheme: contact.Mailto, Value: "ana@web.example"}, For: d, Who: "anna"}
}

// entered is a person without a contact point.
func entered(t *testing.T, g *gateway.Gateway) string {
	t.Helper()
	e, err := ingest.New(g.DB, nil, ingest.Own{}, slog.New(slog.DiscardHandler)).Enter(t.Context(), contact.Entry{By: "op_entered", Provenance: contact.FromAgent, Who: "anna", DisplayName: "Ana Silva", At: store.Now()})
	require.NoError(t, err)
	return e.ProfileID
}
