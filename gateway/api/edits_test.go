package api_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/api"
	"usher/gateway/gatewaytest"
)

// A name that is taken back leaves the others that the person goes by: the contact point stands for a name only where there is none.
func TestANameThatIsTakenBackLeavesTheOthers(t *testing.T) {
	t.Parallel()
	c := newClerk(t, gatewaytest.SQLite(t))
	p := c.enter(object{"display_name": "Ana Silva", "names": []string{"Ana Maria Silva"}, "identifiers": []any{point("mailto", "ana@mail.example")}})
	for _, none := range []any{nil, ""} {
		edited := ask[api.Profile](c.desk, c.write, 200, "PATCH", "/v1/profiles/"+p.ID, object{"display_name": none})
		require.Equal(t, "Ana Maria Silva", edited.DisplayName)
		ask[api.Profile](c.desk, c.write, 200, "PATCH", "/v1/profiles/"+p.ID, object{"display_name": "Ana Silva"})
	}
}

// What was told of an organization, a city and a postcode is shown.
func TestWhatWasToldOfAPersonIsShown(t *testing.T) {
	t.Parallel()
	c := newClerk(t, gatewaytest.SQLite(t))
	p := c.enter(object{"display_name": "Ana Silva", "organization": "Acme", "city": "Porto", "postcode": "4000-001"})
	require.Equal(t, []api.ProfileDetail{{Kind: "organization", Value: "Acme", Provenance: "agent"}, {Kind: "city", Value: "Porto", Provenance: "agent"}, {Kind: "postcode", Value: "4000-001", Provenance: "agent"}}, c.read(p.ID).Details)
}

// Consent is of a channel that there is, however it is written: of a misspelt one it would hold nowhere.
func TestConsentIsOfAChannelThatThereIs(t *testing.T) {
	t.Parallel()
	c := newClerk(t, gatewaytest.SQLite(t))
	p := c.enter(object{"identifiers": []any{point("tel", "4155550123")}})
	say := func(channel, state string) gatewaytest.Answer {
		return c.As(c.write, "POST", "/v1/profiles/"+p.ID+"/consent", object{"identity_id": p.Identities[0].ID, "channel": channel, "state": state, "why": "said so"})
	}
	require.Equal(t, 200, say("sms", "opted_out").Status)
	require.Equal(t, 200, say("SMS", "opted_in").Status)
	require.Equal(t, []api.ChannelConsent{{Channel: "sms", State: "opted_in"}}, c.read(p.ID).Consent)
	refused := say("nochannel", "opted_in")
	requireProblem(t, refused, 422, "validation_failed")
	require.Contains(t, refused.Body, "unknown_channel")

	requireProblem(t, say("Kiosk", "opted_out"), 422, "validation_failed")
	c.Standard("m1", object{"type": "contact.message.received.v1", "data": object{
		"channel": "kiosk", "from": object{"identifiers": []any{point("tel", "+14155550123")}}, "content": []any{object{"kind": "text", "text": "hi"}},
	}})
	c.Settled()
	require.Equal(t, 200, say("Kiosk", "opted_out").Status, "an own sender's word for a channel")
}

// A job that was cancelled is not started.
func TestACancelledImportIsNotStarted(t *testing.T) {
	t.Parallel()
	c := newClerk(t, gatewaytest.SQLite(t))
	job := ask[api.Job](c.desk, c.write, 202, "POST", "/v1/imports", object{"format": "csv"})
	ask[api.Job](c.desk, c.write, 200, "POST", "/v1/jobs/"+job.ID+"/cancel", nil)
	requireProblem(t, c.As(c.write, "POST", "/v1/imports/"+job.ID+"/start", nil), 409, "already_cancelled")
}

// A domain is named as it is written, or by its id.
func TestADomainIsNamedAsItIsWritten(t *testing.T) {
	t.Parallel()
	c := newClerk(t, gatewaytest.SQLite(t))
	firm := ask[api.Organization](c.desk, c.write, 201, "POST", "/v1/organizations", object{"name": "Firma"})
	domains := "/v1/organizations/" + firm.ID + "/domains"
	added := ask[api.Domain](c.desk, c.write, 201, "POST", domains, object{"domain": "firma.de"})
	for _, name := range []string{"firma.de", "FIRMA.de", added.ID} {
		require.Equal(t, added.ID, ask[api.Domain](c.desk, c.write, 200, "GET", domains+"/"+name, nil).ID)
		require.Equal(t, added.ID, ask[api.Domain](c.desk, c.write, 202, "POST", domains+"/"+name+"/apply", nil).ID)
	}
	long := strings.Repeat("ж", 40) + ".рф"
	for _, name := range []string{"münchen.example", long} {
		added := ask[api.Domain](c.desk, c.write, 201, "POST", domains, object{"domain": name})
		require.Equal(t, added.ID, ask[api.Domain](c.desk, c.write, 200, "GET", domains+"/"+url.PathEscape(name), nil).ID)
		require.Equal(t, 204, c.As(c.write, "DELETE", domains+"/"+url.PathEscape(name), nil).Status)
	}
	for _, name := range []string{"other.de", "%ff%fe", "a%2Fb"} {
		requireProblem(t, c.As(c.write, "GET", domains+"/"+name, nil), 404, "not_found")
	}
	require.Equal(t, 204, c.As(c.write, "DELETE", domains+"/firma.de", nil).Status)
}

// A text that nobody can read is refused wherever an agent may write one, without naming more than its place.
func TestATextThatNobodyCanReadIsRefused(t *testing.T) {
	t.Parallel()
	c := newClerk(t, gatewaytest.SQLite(t))
	ana := c.enter(object{"display_name": "Ana Silva", "identifiers": []any{point("mailto", "ana@mail.example")}})
	firm := ask[api.Organization](c.desk, c.write, 201, "POST", "/v1/organizations", object{"name": "Firma"})
	profile, organization := "/v1/profiles/"+ana.ID, "/v1/organizations/"+firm.ID
	for _, bad := range []string{"   ", "a\u0000b", "a\u001bb", "\u200b \u3164"} {
		for _, sent := range []struct {
			method, path string
			body         object
			at           string
		}{
			{"POST", "/v1/profiles", object{"display_name": bad}, "body.display_name"},
			{"POST", "/v1/profiles", object{"display_name": "Bo", "names": []any{"B", bad}}, "body.names[1]"},
			{"PUT", "/v1/profiles/upsert", object{"display_name": bad, "identifiers": []any{point("mailto", "bo@mail.example")}}, "body.display_name"},
			{"PATCH", profile, object{"display_name": bad}, "body.display_name"},
			{"PATCH", profile, object{"tags": []any{bad}}, "body.tags[0]"},
			{"PATCH", profile, object{"fields": object{"plan": bad}}, "body.fields"},
			{"PATCH", profile, object{"fields": object{bad: "gold"}}, "body.fields"},
			{"POST", profile + "/notes", object{"text": bad}, "body.text"},
			{"POST", "/v1/organizations", object{"name": bad}, "body.name"},
			{"PATCH", organization, object{"fields": []any{object{"name": "plan", "value": bad}}}, "body.fields[0].value"},
		} {
			a := c.As(c.write, sent.method, sent.path, sent.body)
			requireProblem(t, a, 422, "validation_failed")
			var places []string
			for _, m := range problemIn(t, a).Errors {
				places = append(places, m.Pointer)
			}
			require.Equal(t, []string{sent.at}, places, "%s %s", sent.method, sent.path)
		}
	}
	require.Equal(t, "Ana Silva", c.read(ana.ID).DisplayName)
	ask[api.Profile](c.desk, c.write, 200, "PATCH", profile, object{"display_name": "Ana\u202e Silva", "fields": object{"address": "Rua 1\nLisboa\t"}})
}
