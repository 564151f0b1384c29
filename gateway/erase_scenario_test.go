package gateway_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
	"usher/gateway/lookup"
	"usher/gateway/store"
	"usher/gateway/store/mongo/mongotest"
)

// Scenario 19, and what an erasure must do beside it.

type erasure struct {
	ID           string   `json:"id"`
	ProfileID    string   `json:"profile_id"`
	DecisionID   string   `json:"decision_id"`
	State        string   `json:"state"`
	ErasedAt     string   `json:"erased_at"`
	Profiles     []string `json:"profiles"`
	Interactions int      `json:"interactions"`
	Deliveries   int      `json:"deliveries"`
}

// tag is the ETag of a person as it is now.
func tag(t testing.TB, g *gatewaytest.Gateway, id string) string {
	t.Helper()
	a := g.API(http.MethodGet, "/v1/profiles/"+id, nil)
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	return a.Header.Get("ETag")
}

// askErase asks for an erasure of a person seen under a tag.
func askErase(t testing.TB, g *gatewaytest.Gateway, id, seen string) gatewaytest.Answer {
	t.Helper()
	return g.With(http.Header{"If-Match": {seen}}, http.MethodPost, "/v1/profiles/"+id+"/erase", object{"why": "ticket of Zyxmark"})
}

// begin has a person erased, and does not wait.
func begin(t testing.TB, g *gatewaytest.Gateway, id string) (e erasure) {
	t.Helper()
	a := askErase(t, g, id, tag(t, g, id))
	require.Equal(t, http.StatusAccepted, a.Status, a.Body)
	a.Decode(t, &e)
	require.Equal(t, "/v1/erasures/"+e.ID, a.Header.Get("Location"))
	return e
}

// erase has a person erased, and waits until it is done.
func erase(t testing.TB, g *gatewaytest.Gateway, id string) erasure {
	t.Helper()
	return ended(t, g, begin(t, g, id).ID)
}

func ended(t testing.TB, g *gatewaytest.Gateway, id string) (e erasure) {
	t.Helper()
	require.Eventually(t, func() bool {
		a := g.API(http.MethodGet, "/v1/erasures/"+id, nil)
		a.Decode(t, &e)
		return a.Status == http.StatusOK && e.State == "done"
	}, time.Minute, 20*time.Millisecond)
	g.Settled()
	return e
}

// at is an event with the time it happened.
func at(event object, when time.Time) object {
	if when.Nanosecond() < int(time.Millisecond) { // a whole second would stand for its end
		when = when.Add(-time.Millisecond)
	}
	event["time"] = when.UTC().Format(time.RFC3339Nano)
	return event
}

// wrote is a text in an event.
func wrote(event object, text string) object {
	event["data"].(object)["content"] = []object{{"kind": "text", "text": text}}
	return event
}

// The marks stand for what is a person's: in the bytes of a store none of them may be found afterwards, in whatever form.
var marks = []string{"4915123450987", "15123450987", "zyxmark", "heatermanualzyx", "secretzyx", "quietzyx", "deadzyx", "spamzyx", "reasonzyx", "filezyx", "companyzyx", "undonezyx", "tagzyx", "notezyx", "fieldzyx", "barredzyx", "rowzyx"}

// encodedForms are the ways in which a mark may stand in bytes beside as it is: in base64 at each offset, in UTF-16.
func encodedForms(mark string) [][]byte {
	var forms [][]byte
	for shift := range 3 {
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + mark))
		forms = append(forms, []byte(text[4:len(text)-4])) // what does not hang on its neighbours
	}
	var wide []byte
	for _, r := range mark {
		wide = append(wide, byte(r), byte(r>>8))
	}
	forms = append(forms, wide)
	return slices.DeleteFunc(forms, func(f []byte) bool { return len(f) < 6 }) // which stands anywhere by chance
}

// kept is what a store holds: an SQLite store's files, of a database the documents.
func kept(t testing.TB, uri string) map[string][]byte {
	t.Helper()
	path, isFile := strings.CutPrefix(uri, "sqlite://")
	if !isFile {
		return mongotest.Documents(t, uri)
	}
	all := map[string][]byte{}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		content, err := os.ReadFile(path + suffix)
		if !os.IsNotExist(err) {
			require.NoError(t, err)
			all["usher.db"+suffix] = content
		}
	}
	return all
}

// found are the marks that stand in a store.
func found(t testing.TB, uri string) []string { return foundOf(t, uri, marks) }

// foundOf are those of some words that stand in a store.
func foundOf(t testing.TB, uri string, marks []string) (in []string) {
	t.Helper()
	for name, content := range kept(t, uri) {
		lower := bytes.ToLower(content)
		for _, mark := range marks {
			if i := bytes.Index(lower, []byte(mark)); i >= 0 {
				in = append(in, fmt.Sprintf("%s in %s at %d of %d", mark, name, i, len(content)))
				continue
			}
			for _, form := range encodedForms(mark) {
				if i := bytes.Index(content, form); i >= 0 {
					in = append(in, fmt.Sprintf("%s in %s at %d of %d", mark, name, i, len(content)))
					break
				}
			}
		}
	}
	return in
}

// A person who came by every way, was merged, suspected and told apart, whose deliveries were recorded, quarantined, unparsed and dead, is not to be found in the bytes of the file and its log, or in any document; others are as they were.
func TestNothingOfAnErasedPersonIsLeft(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, nothingIsLeft)
}

func nothingIsLeft(t *testing.T, uri string) {
	s := startMail(t)
	file := strings.Repeat("heatermanualzyx filezyx\n", 30000)
	put(t, s,
		letter("--x\nContent-Type: text/plain\n\nMy secretzyx. Call +49 1512 3450987\n\n-- \nAna Zyxmark\nCompanyzyx Ltd\n--x\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=filezyx.pdf\nContent-Transfer-Encoding: base64\n\n"+wrapped(file)+"\n--x--\n",
			"From: Ana Zyxmark <ana.zyxmark@example.com>", "Subject: secretzyx", "Message-ID: <zyxmark@example.com>", "MIME-Version: 1.0", `Content-Type: multipart/mixed; boundary="x"`),
		letter("quietzyx "+strings.Repeat("and more quietzyx words ", 3000), "From: Ana Zyxmark <ana.zyxmark@example.com>", "Subject: again", "Message-ID: <zyxmark2@example.com>"),
		letter("hello", "From: Bea <bea@example.com>", "Subject: hi", "Message-ID: <bea@example.com>"))
	g, stop := gatewaytest.StartStoppable(t, uri, "DE", mailSource("mail", s))
	g.Fetched("mail", 3)
	g.Twilio("message", "MessageSid", "SMzyxmark", "From", "+4915123450987", "To", "+14155550100", "Body", "secretzyx", "ProfileName", "Ana Zyxmark")
	g.Standard("T1", said("T1", "telegram", "Ana Zyxmark", point("telegram", "zyxmark77")))
	g.Standard("T2", said("T2", "telegram", "Ana Zyxmark", point("telegram", "zyxmark77"), object{"scheme": "mailto", "value": "ana.zyxmark@example.com", "provenance": "claimed"}))
	g.Settled()
	for n := range 300 { // pages are split, merged and balanced around what goes
		g.Standard(fmt.Sprint("O", n), wrote(said(fmt.Sprint("O", n), "telegram", fmt.Sprintf("Other %c%c Person", 'A'+n%26, 'a'+n/26), point("telegram", fmt.Sprint("9", n))), strings.Repeat("of others ", n%90)))
	}
	g.Settled()
	g.Twilio("voice", "CallSid", "CAzyxmark", "From", "+4915123450987", "To", "+14155550100", "CallStatus", "ringing", "Direction", "inbound", "StirVerstat", "TN-Validation-Failed-A", "CallerName", "Zyxmark")
	g.Settled()
	undelivered(t, g)
	byFile := imported(t, g, "Name,Email,Notes\nAna Zyxmark,,rowzyx\n\"Ana rowzyx,ana.zyxmark@example.com,\n").made()

	byNumber, byMail := search(t, g, "+4915123450987"), found1(t, g, "ana.zyxmark@example.com")
	byChat := found1(t, g, "zyxmark77")
	asked := g.With(http.Header{"Idempotency-Key": {"ask"}}, http.MethodPost, "/v1/resolve", object{"name": "Ana Zyxmark", "identifiers": []object{{"scheme": "tel", "value": "+4915123450987"}}})
	require.Contains(t, asked.Body, "Zyxmark")
	for _, i := range all[interaction](t, g, "/v1/profiles/"+byChat+"/timeline?") {
		require.Equal(t, http.StatusOK, g.API(http.MethodPatch, "/v1/interactions/"+i.ID, object{"profile_id": byNumber, "why": "reasonzyx"}).Status)
	}
	undone := mergeAs(t, g, byNumber, byMail, "undonezyx")
	send[object](t, g, http.StatusOK, "/v1/merges/"+undone+"/undo", object{"why": "undonezyx"})
	mergeAs(t, g, byNumber, byMail, "reasonzyx")
	mergeAs(t, g, byNumber, byChat, "reasonzyx")
	mergeAs(t, g, byNumber, byFile, "reasonzyx")
	described(t, g, byNumber)
	blockedOut(t, g)
	there := strings.Join(found(t, uri), " ")
	for _, mark := range marks {
		require.Contains(t, there, mark, "else it proves nothing that it is not there later")
	}
	others := len(profiles(t, g)) - 1

	e := erase(t, g, byNumber)
	require.Len(t, e.Profiles, 4)
	nothingHangsOn(t, g, e)
	require.Empty(t, found(t, uri))
	require.Len(t, profiles(t, g), others)
	require.Equal(t, http.StatusNotFound, g.API(http.MethodGet, "/v1/profiles/"+byMail, nil).Status)
	healthy(t, g)
	require.NoError(t, stop())
	require.Empty(t, found(t, uri))
}

// rowsOf are what became of the rows of an import.
type rowsOf []contact.JobRow

// made is the profile that the only row made that was not rejected.
func (r rowsOf) made() string {
	return r[slices.IndexFunc(r, func(row contact.JobRow) bool { return row.ProfileID != "" })].ProfileID
}

// imported has a file imported, and reads its rows as they are stored.
func imported(t testing.TB, g *gatewaytest.Gateway, file string) rowsOf {
	t.Helper()
	rows, _, err := g.DB.JobRows.List(t.Context(), store.Range{Index: "row", Equal: []any{importFile(t, g, file)}, Limit: 100})
	require.NoError(t, err)
	return rows
}

// described lets an agent say what can be said of a person.
func described(t testing.TB, g *gatewaytest.Gateway, id string) {
	t.Helper()
	for path, body := range map[string]object{
		"/v1/profiles/" + id + "/notes":                                {"text": "notezyx"},
		"/v1/organizations/" + madeOrganization(t, g) + "/memberships": {"profile_id": id},
		"/v1/profiles/" + id + "/identities":                           {"scheme": "external", "scope": "crm", "value": "zyxmark-9", "why": "reasonzyx"},
		"/v1/profiles/" + id + "/claim_links":                          {"scheme": "mailto", "value": "ana.zyxmark@example.com"},
	} {
		a := g.API(http.MethodPost, path, body)
		require.Equal(t, http.StatusCreated, a.Status, a.Body)
	}
	a := g.API(http.MethodPatch, "/v1/profiles/"+id, object{"tags": []string{"tagzyx"}, "fields": object{"plan": "fieldzyx"}, "why": "reasonzyx"})
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	held, _, err := g.DB.Identities.List(t.Context(), store.Range{Index: "value", Equal: []any{"+4915123450987"}, Limit: 1})
	require.NoError(t, err)
	a = g.API(http.MethodPost, "/v1/profiles/"+id+"/consent", object{"identity_id": held[0].ID, "channel": "sms", "state": "opted_out", "why": "reasonzyx"})
	require.Equal(t, http.StatusOK, a.Status, a.Body)
}

func madeOrganization(t testing.TB, g *gatewaytest.Gateway) string {
	t.Helper()
	a := g.API(http.MethodPost, "/v1/organizations", object{"name": "Others Ltd"})
	require.Equal(t, http.StatusCreated, a.Status, a.Body)
	var o organization
	a.Decode(t, &o)
	return o.ID
}

// blockedOut blocks the person's number, and has it write once more.
func blockedOut(t testing.TB, g *gatewaytest.Gateway) {
	t.Helper()
	a := g.API(http.MethodPost, "/v1/blocks", object{"contact_point": object{"scheme": "tel", "value": "+4915123450987"}, "why": "barredzyx"})
	require.Equal(t, http.StatusCreated, a.Status, a.Body)
	sms(g, "SMbarred", "+4915123450987", "barredzyx")
	aside, err := g.DB.Quarantine.Count(t.Context(), "state", string(contact.QuarantineWaiting))
	require.NoError(t, err)
	require.EqualValues(t, 1, aside)
}

// nothingHangsOn wants nothing to be left that names an erased person in whatever way, and who was kept out to be kept out still.
func nothingHangsOn(t testing.TB, g *gatewaytest.Gateway, e erasure) {
	t.Helper()
	for what, count := range map[string]func() (int64, error){
		"memberships": func() (int64, error) { return g.DB.Memberships.Count(t.Context(), "profile") },
		"consents":    func() (int64, error) { return g.DB.Consents.Count(t.Context(), "identity") },
		"claim links": func() (int64, error) { return g.DB.ClaimLinks.Count(t.Context(), "profile") },
		"waiting": func() (int64, error) {
			return g.DB.Quarantine.Count(t.Context(), "state", string(contact.QuarantineWaiting))
		},
	} {
		n, err := count()
		require.NoError(t, err)
		require.Zero(t, n, what)
	}
	keys, _, err := g.DB.BlockKeys.List(t.Context(), store.Range{Index: "id", Limit: store.MaxLimit})
	require.NoError(t, err)
	require.NotEmpty(t, keys)
	require.False(t, slices.ContainsFunc(keys, func(k store.BlockKey) bool { return slices.Contains(e.Profiles, k.ID[lookup.KeySize:]) }))
	for _, id := range e.Profiles {
		terms, _, err := g.DB.SearchTerms.List(t.Context(), store.Range{Index: "id", Lower: "~" + id, Upper: "~" + id + store.Last, Limit: 1})
		require.NoError(t, err)
		require.Empty(t, terms)
	}
	var blocks list[block]
	g.API(http.MethodGet, "/v1/blocks", nil).Decode(t, &blocks)
	require.Len(t, blocks.Data, 1)
	require.Equal(t, block{ID: blocks.Data[0].ID, Kind: "identity", State: "standing"}, blocks.Data[0])
}

// A file from before that is imported again makes nobody under an id that was erased: a row without a contact point, which is known again, is refused and not kept. One with a contact point is somebody new, said after the erasure.
func TestAnImportDoesNotMakeAnErasedPersonAgain(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "DE")
		const byName, byMail = "Name,Email\nAna Diaz,\n", "Name,Email\nAna Diaz,ana@mail.example\n"
		first := imported(t, g, byName).made()
		second := imported(t, g, byMail).made()
		mergeInto(t, g, first, second)
		e := erase(t, g, second)
		require.ElementsMatch(t, []string{first, second}, e.Profiles)
		rows := imported(t, g, byName)
		require.Len(t, rows, 1)
		require.Equal(t, contact.RowRejected, rows[0].Outcome)
		require.Equal(t, contact.CodeErased, rows[0].Code)
		require.Empty(t, rows[0].Raw)
		require.Empty(t, profiles(t, g))
		require.NotContains(t, e.Profiles, imported(t, g, byMail).made())
		require.Len(t, profiles(t, g), 1)
		healthy(t, g)
	})
}

// undelivered leaves a dead delivery of the person, an unparsed one and a quarantined one.
func undelivered(t testing.TB, g *gatewaytest.Gateway) {
	t.Helper()
	now := store.Now()
	for n, d := range []contact.Delivery{
		{Source: "web", Adapter: "standard", Outcome: contact.Dead, Body: []byte(`[{"specversion":"1.0","id":"D1","type":"contact.message.received.v1","data":{"channel":"sms","from":{"display_name":"Ana Zyxmark","identifiers":[{"scheme":"tel","value":"+4915123450987"}]},"content":[{"kind":"text","text":"deadzyx"}]}}]`)},
		{Source: "web", Adapter: "standard", Outcome: contact.NotParsed, Body: []byte(`From=%2B4915123450987&Body=spamzyx`)},
		{Source: "old", Adapter: "gone", Outcome: contact.Quarantined, Code: "spam", URL: "https://usher.example/hooks/old?from=ana.zyxmark", Body: []byte(`from ana.zyxmark%40example.com: spamzyx`)},
	} {
		d.ID, d.Key, d.ReceivedAt, d.Method = fmt.Sprint("dlv_test", n), "zyxmark", now, "POST"
		require.NoError(t, g.DB.Deliveries.Insert(t.Context(), d))
	}
}

// found1 is who has what is searched for.
func found1(t testing.TB, g *gatewaytest.Gateway, q string) string {
	t.Helper()
	var hits list[profile]
	g.API(http.MethodGet, "/v1/profiles/search?q="+q, nil).Decode(t, &hits)
	require.Len(t, hits.Data, 1, q)
	return hits.Data[0].ID
}

func mergeAs(t *testing.T, g *gatewaytest.Gateway, into, from, why string) string {
	t.Helper()
	return send[list[decision]](t, g, http.StatusCreated, "/v1/merges", object{"from": []string{from}, "into": into, "why": why}).Data[0].ID
}

// Scenario 19: an erased person's webhook that is delivered again, one that comes late, a mail that is polled late, and a replay are not taken in, and nothing of them is kept. A contact from after the erasure is a stranger's.
func TestAnErasedPersonIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		s := startMail(t)
		put(t, s, letter("first", "From: Ana Diaz <ana@example.com>", "Subject: first", "Message-ID: <1@example.com>"))
		g := gatewaytest.Start(t, uri, "DE", mailSource("mail", s))
		g.Fetched("mail", 1)
		before := time.Now().Add(-10 * time.Millisecond)
		number := point("tel", "+4915123450987")
		first := at(said("W1", "whatsapp", "Ana Diaz", number), before)
		g.Standard("E1", first)
		g.Settled()
		byNumber, byMail := search(t, g, "+4915123450987"), found1(t, g, "ana@example.com")
		mergeInto(t, g, byNumber, byMail)
		seen := tag(t, g, byNumber)
		e := erase(t, g, byMail) // by the id of what is merged: the person is meant
		require.Equal(t, byNumber, e.ProfileID)
		require.ElementsMatch(t, []string{byNumber, byMail}, e.Profiles)
		require.Equal(t, 2, e.Interactions)
		require.Empty(t, interactions(t, g))

		g.Standard("E1", first)                                                                            // delivered again
		g.Standard("E2", at(said("W2", "whatsapp", "Ana Diaz", number), before))                           // late
		g.Standard("E3", first)                                                                            // the same, under another id
		put(t, s, letter("late", "From: ana@example.com", "Subject: late", "Message-ID: <2@example.com>"), // polled late
			letter("copied", "From: Ana Diaz <ana@example.com>", "Subject: first", "Message-ID: <1@example.com>"))
		g.Fetched("mail", 3)
		require.Empty(t, profiles(t, g))
		require.Empty(t, interactions(t, g))
		var kept int
		for _, d := range deliveriesOf(t, g) {
			require.True(t, d.Bare(), d.Outcome)
			require.Empty(t, d.Body)
			if d.Outcome == contact.Quarantined {
				require.Equal(t, contact.CodeErased, d.Code)
				kept++
			}
			a := g.API(http.MethodPost, "/v1/deliveries/"+d.ID+"/replay", nil)
			require.Equal(t, http.StatusConflict, a.Status, a.Body)
		}
		require.Equal(t, 4, kept)

		g.Standard("E5", at(said("W5", "whatsapp", "Ana Diaz", number), time.Now())) // after it
		now := time.Now().Format(time.RFC1123Z)
		put(t, s, letter("back again", "From: Ana Diaz <ana@example.com>", "Subject: hi", "Message-ID: <3@example.com>", "Received: from out.example by mx.acme.example with ESMTPS; "+now, "Date: "+now))
		g.Fetched("mail", 4)
		fresh := profiles(t, g)
		require.Len(t, fresh, 2)
		for _, p := range fresh {
			require.NotContains(t, e.Profiles, p.ID)
			require.Len(t, all[interaction](t, g, "/v1/profiles/"+p.ID+"/timeline?"), 1)
		}
		for _, d := range duplicates(t, g) {
			require.NotContains(t, e.Profiles, d.Profiles[0].ID)
			require.NotContains(t, e.Profiles, d.Profiles[1].ID)
		}
		g.Standard("E6", at(said("W6", "whatsapp", "Ana Diaz", number), before)) // late still, although somebody holds the number again
		g.Settled()
		require.Len(t, all[interaction](t, g, "/v1/interactions?"), 2)

		again := askErase(t, g, byNumber, seen) // twice is no mistake
		require.Equal(t, http.StatusAccepted, again.Status, again.Body)
		require.Contains(t, again.Body, e.ID)
		told(t, g, e)
		healthy(t, g)
	})
}

func deliveriesOf(t testing.TB, g *gatewaytest.Gateway) []contact.Delivery {
	t.Helper()
	found, _, err := g.DB.Deliveries.List(t.Context(), store.Range{Index: "received", Limit: 1000})
	require.NoError(t, err)
	return found
}

// told waits for the event of each erased profile.
func told(t testing.TB, g *gatewaytest.Gateway, e erasure) {
	t.Helper()
	require.Eventually(t, func() bool {
		var page list[struct{ Type, Subject string }]
		g.API(http.MethodGet, "/v1/events?limit=200", nil).Decode(t, &page)
		var subjects []string
		for _, event := range page.Data {
			if event.Type == "profile.erased" {
				subjects = append(subjects, event.Subject)
			}
		}
		return assert.ObjectsAreEqual(len(e.Profiles), len(subjects))
	}, 30*time.Second, 50*time.Millisecond)
}

// Nothing of an erased person is decided any more: no merge with it, no undo of one that made it, no reading of it. And it is erased only as it was seen, and by whom may.
func TestAnErasedPersonIsDecidedAboutNoMore(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		ids := callers(t, g, 3)
		seen := tag(t, g, ids[0])
		var placed interaction
		mine := all[interaction](t, g, "/v1/profiles/"+ids[0]+"/timeline?")[0].ID
		a := g.API(http.MethodPatch, "/v1/interactions/"+mine, object{"profile_id": ids[2], "why": "it was hers"})
		require.Equal(t, http.StatusOK, a.Status, a.Body)
		a.Decode(t, &placed)
		require.Equal(t, http.StatusUnprocessableEntity, g.API(http.MethodPost, "/v1/profiles/"+ids[0]+"/erase", nil).Status, "it was not seen")
		merge := mergeInto(t, g, ids[0], ids[1])
		require.Equal(t, http.StatusPreconditionFailed, askErase(t, g, ids[0], seen).Status, "it was another person then")
		require.Equal(t, http.StatusNotFound, askErase(t, g, "prf_none", seen).Status)
		weak, _, err := keys.Create(t.Context(), g.DB, keys.Grant{Name: "weak", Scopes: []keys.Scope{keys.ProfilesRead, keys.ProfilesWrite, keys.ProfilesMerge, keys.ProfilesUndo}})
		require.NoError(t, err)
		require.Equal(t, http.StatusForbidden, g.As(weak, http.MethodPost, "/v1/profiles/"+ids[0]+"/erase", nil).Status)

		e := erase(t, g, ids[0])
		undo := g.API(http.MethodPost, "/v1/merges/"+merge+"/undo", nil)
		require.Equal(t, http.StatusConflict, undo.Status)
		require.Contains(t, undo.Body, `"erased"`)
		require.Contains(t, undo.Body, `"undo_not_possible"`)
		back := g.API(http.MethodPost, "/v1/interactions/"+mine+"/undo", object{"decision_id": placed.Placements[0].DecisionID})
		require.Equal(t, http.StatusConflict, back.Status, back.Body)
		require.Contains(t, back.Body, `"erased"`)
		for _, id := range ids[:2] {
			require.Equal(t, http.StatusNotFound, g.API(http.MethodGet, "/v1/profiles/"+id, nil).Status)
			require.Equal(t, http.StatusNotFound, g.API(http.MethodGet, "/v1/profiles/"+id+"?follow=false", nil).Status)
			require.Equal(t, http.StatusNotFound, g.API(http.MethodPost, "/v1/merges", object{"from": []string{id}, "into": ids[2]}).Status)
			require.Equal(t, http.StatusNotFound, g.API(http.MethodPost, "/v1/merges", object{"from": []string{ids[2]}, "into": id}).Status)
			require.Equal(t, http.StatusNotFound, g.API(http.MethodPost, "/v1/not_same", object{"profiles": []string{id, ids[2]}}).Status)
		}
		var audit list[decision]
		g.API(http.MethodGet, "/v1/audit?kind=erase", nil).Decode(t, &audit)
		require.Len(t, audit.Data, 1)
		require.Empty(t, audit.Data[0].Why, "what was said about it is of the person too")
		require.Equal(t, e.DecisionID, audit.Data[0].ID)
		healthy(t, g)
	})
}

// Of people who share a number one is erased: the others keep it with their history, and what they wrote before still comes in; the erased one's does not.
func TestOthersOfASharedNumberStay(t *testing.T) {
	t.Parallel()
	for _, gone := range []string{"Ana Silva", "Bernd Otto"} {
		t.Run(gone, func(t *testing.T) {
			gatewaytest.EachStore(t, func(t *testing.T, uri string) {
				number := point("tel", fmt.Sprintf("+4930555%04d", len(gone)))
				g := gatewaytest.Start(t, uri, "DE")
				people := map[string]string{}
				for _, name := range []string{"Ana Silva", "Bernd Otto"} {
					g.Standard("first"+name[:3], said("first"+name[:3], "sms", name, number))
					g.Settled()
				}
				for _, p := range profiles(t, g) {
					people[p.DisplayName] = p.ID
				}
				require.Len(t, people, 2)
				before := time.Now().Add(-10 * time.Millisecond)
				erase(t, g, people[gone])
				for name := range people {
					g.Standard("late"+name[:3], at(said("late"+name[:3], "sms", name, number), before))
				}
				g.Standard("late0", at(chat("late0", number), before))
				g.Settled()
				left := profiles(t, g)
				require.Len(t, left, 1)
				require.NotEqual(t, gone, left[0].DisplayName)
				require.Len(t, left[0].Identities, 1)
				require.Len(t, interactions(t, g), 2, "the other's first and late one")

				g.Standard("again", at(said("again", "sms", gone, number), time.Now()))
				g.Settled()
				require.Len(t, profiles(t, g), 2)
				g.Standard("late1", at(said("late1", "sms", gone, number), before))
				g.Settled()
				require.Len(t, interactions(t, g), 3)
				healthy(t, g)
			})
		})
	}
}

// A number had one holder after the other. Of both the late contacts are told apart by when they were: of the erased one they are turned away, of the other they come in. A number that nobody has any more an agent may give to somebody.
func TestWhoHadANumberAfterAnErasedPersonKeepsIt(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "DE")
		number, other := point("tel", "+4915123450987"), point("tel", "+4915123450988")
		now := time.Now()
		write := func(id string, age time.Duration, points ...object) {
			g.Standard(id, at(chat(id, points...), now.Add(-age)))
			g.Settled()
		}
		write("first", 48*time.Hour, number, other)
		first := search(t, g, "+4915123450987")
		held, _, err := g.DB.Identities.List(t.Context(), store.Range{Index: "value", Equal: []any{"+4915123450987"}, Limit: 1})
		require.NoError(t, err)
		a := g.API(http.MethodPatch, "/v1/profiles/"+first+"/identities/"+held[0].ID, object{"valid_until": now.Add(-24 * time.Hour).UTC().Format(time.RFC3339Nano)})
		require.Equal(t, http.StatusOK, a.Status, a.Body)
		write("next", time.Hour, number)
		require.Len(t, profiles(t, g), 2)

		erase(t, g, first)
		write("latenext", 30*time.Minute, number)
		write("latefirst", 36*time.Hour, number)
		left := profiles(t, g)
		require.Len(t, left, 1)
		require.Len(t, interactions(t, g), 2)
		require.Len(t, all[interaction](t, g, "/v1/profiles/"+left[0].ID+"/timeline?"), 2)
		a = g.API(http.MethodPost, "/v1/profiles/"+left[0].ID+"/identities", object{"scheme": "tel", "value": "+4915123450988"})
		require.Equal(t, http.StatusCreated, a.Status, a.Body)
		require.Equal(t, left[0].ID, search(t, g, "+4915123450988"))
		write("latefirst2", 36*time.Hour, other)
		require.Len(t, interactions(t, g), 2)
		g.Standard("now", at(chat("now", other), time.Now()))
		g.Settled()
		require.Len(t, all[interaction](t, g, "/v1/profiles/"+left[0].ID+"/timeline?"), 3)

		erase(t, g, left[0].ID)
		write("latenext2", 20*time.Minute, number)
		require.Empty(t, profiles(t, g))
		require.Empty(t, interactions(t, g))
		healthy(t, g)
	})
}

// While a person is erased it goes on writing. What was written before is gone in the end, what was written after is there, once.
func TestAnErasureAmongTrafficLosesNothingAndKeepsNothing(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "DE")
		number := point("tel", "+4915123450987")
		write := func(n int, when time.Time) {
			g.Standard(fmt.Sprint("E", n), at(wrote(said(fmt.Sprint("W", n), "sms", "Ana Diaz", number, point("telegram", fmt.Sprint(n%7))), fmt.Sprint("text ", n)), when))
		}
		for n := range 30 {
			write(n, time.Now())
		}
		g.Settled()
		id := search(t, g, "+4915123450987")
		early := time.Now().Add(-10 * time.Millisecond)
		for n := 100; n < 130; n++ { // on their way while it begins
			write(n, early)
		}
		e := begin(t, g, id)
		erased, err := time.Parse(time.RFC3339Nano, e.ErasedAt)
		require.NoError(t, err)
		for n := 200; n < 230; n++ {
			write(n, early.Add(-time.Minute))
			write(n+100, erased.Add(time.Duration(n)*time.Millisecond))
		}
		ended(t, g, e.ID)
		g.Settled()
		var keys []string
		for _, i := range interactions(t, g) {
			keys = append(keys, i.Key)
			require.NotContains(t, e.Profiles, i.ProfileID)
		}
		require.Len(t, keys, 30, "%v", keys)
		for _, k := range keys {
			require.True(t, strings.HasPrefix(k, "W3"), k)
		}
		healthy(t, g)
	})
}

// What an agent entered before the person was erased, and is sent again after, makes nobody under the old id and says why.
func TestAnEntryThatIsSentAgainIsRefusedAfterAnErasure(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	once := http.Header{"Idempotency-Key": {"once"}}
	var told profile
	g.With(once, http.MethodPost, "/v1/profiles", object{"display_name": "Wilhelmina Okonkwo"}).Decode(t, &told)
	erase(t, g, told.ID)
	requireConflict(t, g.With(once, http.MethodPost, "/v1/profiles", object{"display_name": "Wilhelmina Okonkwo"}), "erased")
}

// What an own sender hands in again after its person was erased is a repeat as it is of a webhook: nothing comes back. Under a key nothing is left to compare with, which is said instead of taking it for the same.
func TestAnEventThatIsSentAgainAfterAnErasureIsARepeat(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	event := object{"id": "e1", "type": "message.received", "data": object{"channel": "sms", "from": object{"identifiers": []object{{"scheme": "tel", "value": "+14155550123"}}}, "content": []object{{"kind": "text", "text": "hi"}}}}
	keyed := object{"id": "e2", "type": "message.received", "data": event["data"]}
	once, wait := http.Header{"Idempotency-Key": {"once"}, "Prefer": {"wait"}}, http.Header{"Prefer": {"wait"}}
	require.Equal(t, http.StatusAccepted, g.With(wait, http.MethodPost, "/v1/interactions", event).Status)
	require.Equal(t, http.StatusAccepted, g.With(once, http.MethodPost, "/v1/interactions", keyed).Status)
	id := found1(t, g, "+14155550123")
	erase(t, g, id)

	again := g.With(wait, http.MethodPost, "/v1/interactions", event)
	require.Equal(t, http.StatusAccepted, again.Status, again.Body)
	require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
	requireConflict(t, g.With(once, http.MethodPost, "/v1/interactions", keyed), "body_gone")
	other := object{"id": "e1", "type": "message.received", "time": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339Nano), "data": event["data"]}
	require.Equal(t, http.StatusAccepted, g.With(wait, http.MethodPost, "/v1/interactions", other).Status, "the same event in another delivery")
	interactions, err := g.DB.Interactions.Count(t.Context(), "occurred")
	require.NoError(t, err)
	require.Zero(t, interactions)
}
