package gateway_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
)

// jobRow is a row of an import as agents see it.
type jobRow struct {
	Outcome   string `json:"outcome"`
	Code      string `json:"code"`
	ProfileID string `json:"profile_id"`
}

// importFile uploads a file, and waits until it is imported.
func importFile(t testing.TB, g *gatewaytest.Gateway, file string) (job string) {
	t.Helper()
	key, _, err := keys.Create(t.Context(), g.DB, keys.Grant{Name: "import", Scopes: []keys.Scope{keys.ProfilesWrite}})
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.Address()+"/v1/imports", strings.NewReader(file))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/octet-stream")
	a := g.Do(r)
	require.Equal(t, http.StatusAccepted, a.Status, a.Body)
	var made struct{ ID, State string }
	a.Decode(t, &made)
	require.Eventually(t, func() bool {
		g.API(http.MethodGet, "/v1/jobs/"+made.ID, nil).Decode(t, &made)
		return made.State == "done"
	}, time.Minute, 20*time.Millisecond)
	return made.ID
}

// importedRows imports a file, and reads what became of its rows.
func importedRows(t testing.TB, g *gatewaytest.Gateway, file string) []jobRow {
	t.Helper()
	return all[jobRow](t, g, "/v1/jobs/"+importFile(t, g, file)+"/rows?")
}

// outcomes are what became of rows, in short.
func outcomes(rows []jobRow) (all []string) {
	for _, r := range rows {
		all = append(all, strings.TrimSpace(r.Outcome+" "+r.Code))
	}
	return all
}

// Scenario 15: an import knows whom webhooks and mails brought, whatever the spelling, finds doubles within the file, keeps who has nothing but a number, and says of every row what became of it; and who was imported is known to the webhooks and mails that come after.
func TestAnImportIsOneWayWithLiveTraffic(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		s := startMail(t)
		g := gatewaytest.Start(t, uri, "US", mailSource("mail", s))
		text := func(sid, from string) {
			g.Twilio("message", "MessageSid", sid, "From", from, "To", "+14155550100", "Body", "hi")
			g.Settled()
		}
		text("SM1", "+14155550301")
		put(t, s, letter("hello", "From: Paul Novak <paul@customer.example>", "Subject: hi", "Message-ID: <1@customer.example>"))
		g.Fetched("mail", 1)
		known := map[string]string{}
		for _, p := range profiles(t, g) {
			known[p.Identities[0].Value] = p.ID
		}
		require.Len(t, known, 2)

		const file = "Name,Email,Phone\n" +
			"Ana Silva,ana@customer.example,(415) 555-0301\n" +
			"Paul Novak,PAUL@Customer.example,415.555.0302\n" +
			"Carla Diaz,carla@customer.example,\n" +
			"\"Diaz, Carla\",carla@customer.example,+1 415 555 0303\n" +
			",,001-415-555-0304\n" +
			"Otto Brandt,,+14155550302\n" +
			",,\n"
		rows := importedRows(t, g, file)
		require.Equal(t, []string{"updated", "updated", "created", "updated", "created", "flagged shared_contact_point", "rejected nobody"}, outcomes(rows))
		require.Equal(t, known["+14155550301"], rows[0].ProfileID)
		require.Equal(t, known["paul@customer.example"], rows[1].ProfileID)
		require.Equal(t, rows[2].ProfileID, rows[3].ProfileID)
		require.NotEqual(t, rows[1].ProfileID, rows[5].ProfileID)
		count := len(profiles(t, g))
		require.Equal(t, 5, count)

		text("SM2", "+14155550303")
		text("SM3", "+14155550304")
		put(t, s, letter("hello again", "From: Ana Silva <ana@customer.example>", "Subject: hi", "Message-ID: <2@customer.example>"))
		g.Fetched("mail", 2)
		for _, of := range []struct {
			row      int
			contacts []string
		}{{0, []string{"sms", "email"}}, {1, []string{"email"}}, {2, []string{"sms"}}, {4, []string{"sms"}}} {
			var channels []string
			for _, i := range all[interaction](t, g, "/v1/profiles/"+rows[of.row].ProfileID+"/timeline?") {
				channels = append(channels, i.Channel)
			}
			require.ElementsMatch(t, of.contacts, channels, "row %d", of.row+1)
		}
		require.Len(t, profiles(t, g), count, "whom the import brought is not made again")

		again := importedRows(t, g, file)
		for n, r := range again {
			require.Equal(t, rows[n].ProfileID, r.ProfileID, "row %d", n+1)
			require.NotEqual(t, "created", r.Outcome, "row %d", n+1)
		}
		require.Len(t, profiles(t, g), count, "the same file twice doubles nobody")
		healthy(t, g)
	})
}

// Scenario 17, by imports: two people who were told apart stay apart though a file says of both what made them look like one; and the audit says who told them apart, when and why.
func TestAnImportDoesNotBringBackARejectedSuggestion(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		for n, event := range []object{
			said("e1", "email", "Wilhelmina Okonkwo", object{"scheme": "mailto", "value": "w.okonkwo@web.example"}),
			said("e2", "whatsapp", "Wilhelmina Okonkwo", object{"scheme": "tel", "value": "+14155550301"}),
		} {
			g.Standard([]string{"m1", "m2"}[n], event)
			g.Settled()
		}
		flags := duplicates(t, g)
		require.Len(t, flags, 1)
		send[object](t, g, http.StatusOK, "/v1/duplicates/"+flags[0].ID+"/dismiss", object{"why": "mother and daughter"})

		rows := importedRows(t, g, "Name,Email,Phone,City\nWilhelmina Okonkwo,w.okonkwo@web.example,,Kiel\nWilhelmina Okonkwo,,+1 415 555 0301,Kiel\n")
		require.Equal(t, []string{"updated", "updated"}, outcomes(rows))
		require.NotEqual(t, rows[0].ProfileID, rows[1].ProfileID)
		require.Empty(t, duplicates(t, g))
		require.Len(t, all[flag](t, g, "/v1/duplicates?status=dismissed&"), 1)

		audit := all[struct {
			Kind, Who, Why string
			Profiles       []string
			At             time.Time
		}](t, g, "/v1/audit?kind=not_same&")
		require.Len(t, audit, 1)
		require.Equal(t, "mother and daughter", audit[0].Why)
		require.NotEmpty(t, audit[0].Who)
		require.WithinDuration(t, time.Now(), audit[0].At, 5*time.Minute)
		require.ElementsMatch(t, []string{rows[0].ProfileID, rows[1].ProfileID}, audit[0].Profiles)

		both := importedRows(t, g, "Name,Email,Phone\nWilhelmina Okonkwo,w.okonkwo@web.example,+1 415 555 0301\nBo Kurz,bo@web.example,+1 415 555 0301\n")
		require.Equal(t, []string{"flagged told_apart", "flagged shared_contact_point"}, outcomes(both))
		healthy(t, g)
	})
}
