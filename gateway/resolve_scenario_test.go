package gateway_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
)

type resolved struct {
	People []struct {
		ProfileID   string             `json:"profile_id"`
		DisplayName string             `json:"display_name"`
		Attaches    bool               `json:"attaches"`
		Probability float64            `json:"probability"`
		Evidence    []contact.Evidence `json:"evidence"`
	} `json:"people"`
	AskNext string `json:"ask_next"`
}

// Who is this? The holder of the number comes first, then who may be the same person; nothing is written, and a key that may not read profiles gets hints.
func TestResolveRanksAndRevealsNoMoreThanTheKeyMayRead(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		for i, event := range []object{
			said("e1", "whatsapp", "Maria Lopez", object{"scheme": "tel", "value": "+14155550123"}),
			said("e2", "email", "Maria Lopez", object{"scheme": "mailto", "value": "maria.lopez@web.example"}),
			said("e3", "email", "Otto Brandt", object{"scheme": "mailto", "value": "otto@brandt.example"}),
		} {
			g.Standard(fmt.Sprint("msg-", i), event)
			g.Settled()
		}
		before := pictureOf(t, g)
		ask := object{"name": "Maria Lopez", "identifiers": []object{{"scheme": "tel", "value": "(415) 555-0123"}}}
		var got resolved
		answer := g.API(http.MethodPost, "/v1/resolve", ask)
		require.Equal(t, http.StatusOK, answer.Status, answer.Body)
		answer.Decode(t, &got)
		require.Len(t, got.People, 2)
		require.True(t, got.People[0].Attaches)
		require.Equal(t, "Maria Lopez", got.People[0].DisplayName)
		require.Contains(t, kinds(got.People[0].Evidence), "phone_same")
		require.False(t, got.People[1].Attaches)
		require.Equal(t, "email", got.AskNext)
		require.NotContains(t, answer.Body, "Otto")

		sender, _, err := keys.Create(t.Context(), g.DB, keys.Grant{Name: "sender", Scopes: []keys.Scope{keys.IngestWrite}})
		require.NoError(t, err)
		typed := object{"identifiers": []object{{"scheme": "mailto", "value": "maria.lopez@web.example", "proven": false}}}
		masked := g.As(sender, http.MethodPost, "/v1/resolve", typed)
		require.Equal(t, http.StatusOK, masked.Status, masked.Body)
		require.NotContains(t, masked.Body, "Lopez")
		require.NotContains(t, masked.Body, "Maria")
		var hints resolved
		masked.Decode(t, &hints)
		require.NotEmpty(t, hints.People)
		require.False(t, hints.People[0].Attaches, "a typed address attaches nobody")
		require.Equal(t, []string{"email_same"}, kinds(hints.People[0].Evidence))
		require.Empty(t, hints.People[0].Evidence[0].Right)
		for _, guess := range []object{{"city": "Berlin"}, {"postcode": "10115"}, {"organization": "Web"}, {"language": "de"}} {
			guess["identifiers"] = typed["identifiers"]
			require.Equal(t, masked.Body, g.As(sender, http.MethodPost, "/v1/resolve", guess).Body, "a guess is neither confirmed nor denied")
		}
		birthday := object{"name": "Maria Lopez", "identifiers": []object{{"scheme": "birth_date", "value": "1980-01-01", "proven": false}}}
		require.Equal(t, g.API(http.MethodPost, "/v1/resolve", object{"name": "Maria Lopez"}).Body, g.API(http.MethodPost, "/v1/resolve", birthday).Body, "what is no contact point is none")

		reviewer, _, err := keys.Create(t.Context(), g.DB, keys.Grant{Name: "reviewer", Scopes: []keys.Scope{keys.PrivacyErase}})
		require.NoError(t, err)
		require.Equal(t, http.StatusForbidden, g.As(reviewer, http.MethodPost, "/v1/resolve", ask).Status)
		require.Equal(t, http.StatusOK, g.API(http.MethodPost, "/v1/resolve", object{}).Status)
		require.Equal(t, before, pictureOf(t, g))
	})
}
