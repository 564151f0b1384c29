package gateway_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/gatewaytest"
)

// strangers are people whose names, accounts and words have nothing in common.
var strangers = []string{"aldermoor", "brixzyx", "cottonwick", "dunvegan", "ellerzyx"}

// chats is a message of a stranger, in which the person's word stands everywhere.
func chats(g *gatewaytest.Gateway, k, n int) {
	word := strangers[k]
	id := fmt.Sprint(word, "-", n)
	g.Standard(id, wrote(said(id, "telegram", fmt.Sprintf("%c%s", word[0]-32, word[1:]), point("telegram", word)), "this is "+word))
	g.Settled()
}

// Whoever is erased, after whatever was merged and undone, goes whole and alone: not a word of the people who were one at that moment is left, and everybody else is as they were.
func TestAnErasureTakesOnePersonWholeAndAlone(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		ids := make([]string, len(strangers))
		for k, word := range strangers {
			chats(g, k, 0)
			ids[k] = found1(t, g, word)
			a := g.API(http.MethodPatch, "/v1/profiles/"+ids[k], object{"tags": []string{"tag " + word}, "fields": object{"field": word}})
			require.Equal(t, http.StatusOK, a.Status, a.Body)
			send[object](t, g, http.StatusCreated, "/v1/profiles/"+ids[k]+"/notes", object{"text": "note " + word})
		}
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		rng := rand.New(rand.NewPCG(seed, 1))
		var standing []string
		for n := 1; n < 15; n++ {
			chats(g, rng.IntN(len(ids)), n)
			a := g.API(http.MethodPost, "/v1/merges", object{"from": []string{ids[rng.IntN(len(ids))]}, "into": ids[rng.IntN(len(ids))]})
			if a.Status == http.StatusCreated {
				var made list[decision]
				a.Decode(t, &made)
				standing = append(standing, made.Data[0].ID)
			}
			if len(standing) > 0 && rng.IntN(2) == 0 {
				i := rng.IntN(len(standing))
				send[decision](t, g, http.StatusOK, "/v1/merges/"+standing[i]+"/undo", nil)
				standing = slices.Delete(standing, i, i+1)
			}
		}
		var victim person
		g.API(http.MethodGet, "/v1/profiles/"+ids[0], nil).Decode(t, &victim)
		var gone, left []string
		before := map[string][]string{}
		for k, word := range strangers {
			if slices.Contains(victim.Members, ids[k]) {
				gone = append(gone, word)
				continue
			}
			left = append(left, word)
			before[ids[k]] = record(t, g, ids[k])
		}
		require.NotEmpty(t, foundOf(t, uri, []string{"note " + gone[0]}), "else it proves nothing")

		erase(t, g, victim.ID)
		require.Empty(t, foundOf(t, uri, gone))
		for id, was := range before {
			require.Equal(t, was, record(t, g, id))
		}
		for _, word := range left {
			require.NotEmpty(t, foundOf(t, uri, []string{"note " + word}))
		}
		healthy(t, g)
	})
}
