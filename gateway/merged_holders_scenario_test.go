package gateway_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/gatewaytest"
)

// sharedLine is a number that several people call from, each by name; whom a contact without a name is attached to.
type sharedLine struct {
	t    *testing.T
	g    *gatewaytest.Gateway
	told int
}

// says sends a contact from the number and returns what was recorded.
func (l *sharedLine) says(name string, identifiers ...object) interaction {
	l.t.Helper()
	l.told++
	key := fmt.Sprint("line-", l.told)
	require.Equal(l.t, http.StatusNoContent, l.g.Standard(key, said(key, "sms", name, identifiers...)).Status)
	l.g.Settled()
	for _, i := range interactions(l.t, l.g) {
		if i.Key == key {
			return i
		}
	}
	require.Fail(l.t, "not recorded", key)
	return interaction{}
}

// mayBe are the profiles that an interaction of nobody's may belong to.
func (l *sharedLine) mayBe(i interaction) (people []string) {
	l.t.Helper()
	require.Empty(l.t, i.ProfileID)
	for _, c := range i.Candidates {
		people = append(people, c.ProfileID)
	}
	return people
}

// Two people of one number turn out to be one: what comes from there without a name is theirs, with whoever had the number first; a name finds its own. After the undo each has what came by them, and the number tells nobody from the other again.
func TestWhoSharedANumberAndWasMergedKeepsWhatComesWithoutAName(t *testing.T) {
	t.Parallel()
	for name, into := range map[string]int{"into the first": 0, "into the second": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gatewaytest.EachStore(t, func(t *testing.T, uri string) {
				l := &sharedLine{t: t, g: gatewaytest.Start(t, uri, "US")}
				number := point("tel", "+14155550123")
				ids := []string{l.says("Anna Kowalska", number).ProfileID, l.says("Bertold Quint", number).ProfileID}
				require.ElementsMatch(t, ids, l.mayBe(l.says("", number)))

				merge := mergeInto(t, l.g, ids[into], ids[1-into])
				nameless := l.says("", number)
				require.Equal(t, ids[0], nameless.ProfileID, "the base identity's holder")
				require.Contains(t, record(t, l.g, ids[into]), "interaction "+nameless.Key)
				require.Equal(t, ids[1], l.says("Bertold Quint", number).ProfileID)

				send[decision](t, l.g, http.StatusOK, "/v1/merges/"+merge+"/undo", nil)
				require.Contains(t, record(t, l.g, ids[0]), "interaction "+nameless.Key)
				require.NotContains(t, record(t, l.g, ids[1]), "interaction "+nameless.Key)
				require.ElementsMatch(t, ids, l.mayBe(l.says("", number)))
				healthy(t, l.g)
			})
		})
	}
}

// Of three people on one number two are merged: it is still two people's, and what comes without a name is nobody's.
func TestOfThreeOnANumberTwoAreMergedAndItStaysTwoPeoples(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		l := &sharedLine{t: t, g: gatewaytest.Start(t, uri, "US")}
		number := point("tel", "+14155550123")
		ids := []string{l.says("Anna Kowalska", number).ProfileID, l.says("Bertold Quint", number).ProfileID, l.says("Carlos Mendez", number).ProfileID}
		require.Len(t, l.mayBe(l.says("", number)), 3)
		merge := mergeInto(t, l.g, ids[1], ids[2])
		require.Empty(t, l.says("", number).ProfileID)
		require.Equal(t, ids[2], l.says("Carlos Mendez", number).ProfileID)
		mergeInto(t, l.g, ids[0], ids[1])
		require.Equal(t, ids[0], l.says("", number).ProfileID, "now it is one person's")
		send[decision](t, l.g, http.StatusOK, "/v1/merges/"+merge+"/undo", nil)
		require.Empty(t, l.says("", number).ProfileID, "and two people's again")
		healthy(t, l.g)
	})
}

// Two who were told apart and then merged after all have an address twice, by the contact that came by points of both: their mail is theirs, with or without the name.
func TestWhoWasToldApartAndIsMergedKeepsTheirMail(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		l := &sharedLine{t: t, g: gatewaytest.Start(t, uri, "US")}
		name, number, mail := "Quentin Marblestone", point("tel", "+14155550123"), point("mailto", "quentin@mb.example")
		claimed := object{"scheme": "tel", "value": number["value"], "provenance": "claimed"}
		ids := []string{l.says(name, number).ProfileID, l.says(name, mail, claimed).ProfileID}
		flag := dismiss(t, l.g, onlyFlag(t, l.g).ID).ID
		require.Equal(t, ids[0], l.says(name, number, mail).ProfileID, "both use the address from now on")
		require.Empty(t, l.says(name, mail).ProfileID)
		require.Equal(t, "open", flagNow(t, l.g, flag).Status)

		send[object](t, l.g, http.StatusCreated, "/v1/duplicates/"+flag+"/merge", object{})
		require.Equal(t, ids[1], l.says(name, mail).ProfileID)
		require.Equal(t, ids[1], l.says("", mail).ProfileID)
		require.Equal(t, ids[:1], l.mayAttachTo(name, mail, number), "one person, by who speaks for them")
		healthy(t, l.g)
	})
}

// mayAttachTo are who somebody may be, asked before they are in touch; the first is who a contact would be attached to, if anybody.
func (l *sharedLine) mayAttachTo(name string, identifiers ...object) (people []string) {
	l.t.Helper()
	for n, p := range send[resolved](l.t, l.g, http.StatusOK, "/v1/resolve", object{"name": name, "identifiers": identifiers}).People {
		require.Equal(l.t, n == 0, p.Attaches)
		people = append(people, p.ProfileID)
	}
	return people
}

// isShared are a person's contact points by whether several people are said to use them.
func isShared(t *testing.T, g *gatewaytest.Gateway, profile string) (shared []bool) {
	t.Helper()
	type point struct {
		ID     string `json:"id"`
		Shared bool   `json:"shared"`
	}
	var card struct {
		Identities []point `json:"identities"`
	}
	var listed list[point]
	g.API(http.MethodGet, "/v1/profiles/"+profile, nil).Decode(t, &card)
	g.API(http.MethodGet, "/v1/profiles/"+profile+"/identities", nil).Decode(t, &listed)
	require.Equal(t, card.Identities, listed.Data)
	for _, i := range card.Identities {
		shared = append(shared, i.Shared)
	}
	return shared
}

// Whoever is shown as using a contact point, or as who somebody may be, is a person: merged profiles are named once, by the one that speaks for them, and an undo shows them as before.
func TestMergedHoldersAreShownAsOnePerson(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		l := &sharedLine{t: t, g: gatewaytest.Start(t, uri, "US")}
		number := point("tel", "+14155550123")
		ids := []string{l.says("Anna Kowalska", number).ProfileID, l.says("Bertold Quint", number).ProfileID, l.says("Carlos Mendez", number).ProfileID}
		blockers := func() (people []string) {
			a := l.g.API(http.MethodPut, "/v1/profiles/upsert", object{"identifiers": []object{number}})
			require.Equal(t, http.StatusConflict, a.Status, a.Body)
			var problem struct {
				Blockers []struct {
					ProfileID string `json:"profile_id"`
				} `json:"blockers"`
			}
			a.Decode(t, &problem)
			for _, b := range problem.Blockers {
				people = append(people, b.ProfileID)
			}
			return people
		}
		row := func() []string {
			rows := all[struct{ Candidates []string }](t, l.g, "/v1/jobs/"+importFile(t, l.g, `{"identifiers":[{"scheme":"tel","value":"+14155550123"}]}`+"\n")+"/rows?")
			require.Len(t, rows, 1)
			return rows[0].Candidates
		}
		nobodys := l.says("", number)
		shown := func(people ...string) {
			t.Helper()
			require.Equal(t, people[:1], l.mayAttachTo("Anna Kowalska", number))
			for _, i := range interactions(t, l.g) {
				if i.Key == nobodys.Key {
					require.ElementsMatch(t, people, l.mayBe(i))
				}
			}
			if len(people) > 1 {
				require.ElementsMatch(t, people, blockers())
				require.ElementsMatch(t, people, row())
			}
		}
		shown(ids...)
		require.Equal(t, []bool{true}, isShared(t, l.g, ids[0]))
		mergeInto(t, l.g, ids[1], ids[0])
		shown(ids[1], ids[2])
		require.Equal(t, []bool{true, true}, isShared(t, l.g, ids[1]), "the third uses it too")
		merge := mergeInto(t, l.g, ids[1], ids[2])
		shown(ids[1])
		require.Equal(t, ids[1:2], l.mayAttachTo("", number))
		require.Equal(t, []bool{false, false, false}, isShared(t, l.g, ids[1]))
		send[decision](t, l.g, http.StatusOK, "/v1/merges/"+merge+"/undo", nil)
		shown(ids[1], ids[2])
		require.Equal(t, []bool{true, true}, isShared(t, l.g, ids[1]))
		healthy(t, l.g)
	})
}
