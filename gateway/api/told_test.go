package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/api"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
	"usher/gateway/store"
)

// hidden is in all that is known of the people of a case: names, contact points, fields, notes, messages.
const hidden = "zyxwhidden"

// told is a case's people and what hangs on them, told by their ids.
type told struct {
	clerk
	a, b                                      string // two people who are flagged
	address, number                           string // ids of a's contact points
	note, flag, merge, apart, block           string
	interaction, placement, organization, dom string
	member, job                               string
}

var cases int

// known makes people of whom everything is known.
func known(c clerk) told {
	cases++
	w := told{clerk: c}
	person := func(n string) string {
		return c.enter(object{
			"display_name": "Ana " + hidden, "names": []string{hidden + " Silva"}, "organization": hidden + " Ltd", "city": hidden, "tags": []string{hidden}, "fields": object{hidden: hidden},
			"identifiers": []any{point("mailto", fmt.Sprint(hidden, n, cases, "@", hidden, ".example")), point("tel", fmt.Sprintf("+1415555%s%03d", n, cases))},
		}).ID
	}
	w.a, w.b = person("1"), person("2")
	third, fourth := person("3"), person("4")
	for _, i := range c.read(w.a).Identities {
		if i.Scheme == "tel" {
			w.number = i.ID
		} else {
			w.address = i.ID
		}
	}
	admin := func(method, path string, body any) (answer map[string]any) {
		a := c.API(method, path, body)
		require.Less(c.t, a.Status, 300, a.Body)
		a.Decode(c.t, &answer)
		return answer
	}
	id := func(answer map[string]any) string { return answer["id"].(string) }
	w.note = id(admin("POST", "/v1/profiles/"+w.a+"/notes", object{"text": "note " + hidden}))
	f := contact.Duplicate{Status: contact.DuplicateOpen, Probability: .9, Rank: contact.RankOf(.9), FlaggedAt: noon, Evidence: []contact.Evidence{{Kind: "name_near", Left: hidden, Right: hidden}}}
	f.A, f.B = contact.OrderedPair(w.a, w.b)
	f.ID = c.DB.Salt.ID(contact.DuplicatePrefix, "told", f.A, f.B)
	w.flag = f.ID
	require.NoError(c.t, c.DB.Duplicates.Insert(c.t.Context(), f))
	w.merge = c.merged(third, fourth)[0]
	w.apart = id(admin("POST", "/v1/not_same", object{"profiles": []string{w.a, third}, "why": hidden}))
	w.block = id(admin("POST", "/v1/blocks", object{"identity_id": w.number, "why": hidden}))
	c.Twilio("message", "MessageSid", fmt.Sprint("SM", cases), "From", fmt.Sprintf("+14155552%03d", cases), "To", "+14155550100", "Body", hidden)
	c.Settled()
	list, _, err := c.DB.Interactions.List(c.t.Context(), store.Range{Index: "profile", Equal: []any{w.b}, Limit: 1})
	require.NoError(c.t, err)
	require.Len(c.t, list, 1)
	w.interaction = list[0].ID
	placed := admin("PATCH", "/v1/interactions/"+w.interaction, object{"profile_id": third, "why": hidden})
	w.placement = placed["placements"].([]any)[0].(map[string]any)["decision_id"].(string)
	w.organization = id(admin("POST", "/v1/organizations", object{"name": hidden, "note": hidden, "external_ids": []object{{"name": "crm", "value": fmt.Sprint(hidden, cases)}}}))
	w.dom = id(admin("POST", "/v1/organizations/"+w.organization+"/domains", object{"domain": fmt.Sprint("acme", cases, ".example")}))
	w.member = id(admin("POST", "/v1/organizations/"+w.organization+"/memberships", object{"profile_id": w.b}))
	w.job = id(admin("POST", "/v1/imports", object{"format": "csv"}))
	part := sent(c.t, c.Gateway, c.write, "PUT", "/v1/imports/"+w.job+"/parts/1", "application/octet-stream", "Name,"+hidden+"\nAna,"+hidden+"\n")
	require.Equal(c.t, 200, part.Status, part.Body)
	return w
}

// asked is one request of a case.
type asked struct {
	scope        keys.Scope
	method, path string
	body         any
	file         string // in place of a body
	has          string // what the answer holds all the same
}

// writes are a request to each operation that writes, of people of whom everything is known.
func (w told) writes() map[string]asked {
	profile, other, org := "/v1/profiles/"+w.a, "/v1/profiles/"+w.b, "/v1/organizations/"+w.organization
	write, review, merge, undo := keys.ProfilesWrite, keys.DuplicatesReview, keys.ProfilesMerge, keys.ProfilesUndo
	return map[string]asked{
		"create-profile":      {write, "POST", "/v1/profiles", object{"display_name": "Bruno"}, "", `"display_name":"Bruno"`},
		"upsert-profile":      {write, "PUT", "/v1/profiles/upsert", object{"identifiers": []any{point("tel", fmt.Sprintf("+14155552%03d", cases))}}, "", w.b},
		"edit-profile":        {write, "PATCH", profile, object{"languages": []string{"pt"}}, "", `"languages":["pt"]`},
		"delete-profile":      {write, "DELETE", profile, nil, "", "profile_in_use"},
		"add-note":            {write, "POST", profile + "/notes", object{"text": "called"}, "", `"text":"called"`},
		"edit-note":           {write, "PATCH", profile + "/notes/" + w.note, object{"text": "mailed"}, "", `"text":"mailed"`},
		"delete-note":         {write, "DELETE", profile + "/notes/" + w.note, nil, "", ""},
		"add-identity":        {write, "POST", profile + "/identities", point("mailto", fmt.Sprint("other", cases, "@mail.example")), "", fmt.Sprint("other", cases)},
		"mark-identity":       {write, "PATCH", profile + "/identities/" + w.address, object{"verified": true}, "", w.address},
		"delete-identity":     {write, "DELETE", profile + "/identities/" + w.address, nil, "", ""},
		"create-claim-link":   {write, "POST", profile + "/claim_links", object{"scheme": "mailto", "value": "other@mail.example"}, "", "/verify/"},
		"set-consent":         {write, "POST", profile + "/consent", object{"identity_id": w.number, "channel": "sms", "state": "opted_out", "why": "said so"}, "", `"channel":"sms"`},
		"create-block":        {write, "POST", "/v1/blocks", object{"identity_id": w.address}, "", w.address},
		"delete-block":        {write, "DELETE", "/v1/blocks/" + w.block, nil, "", w.number},
		"attach-interaction":  {write, "PATCH", "/v1/interactions/" + w.interaction, object{"profile_id": w.a}, "", w.placement},
		"undo-attach":         {write, "POST", "/v1/interactions/" + w.interaction + "/undo", object{"decision_id": w.placement}, "", w.b},
		"create-organization": {write, "POST", "/v1/organizations", object{"name": "Beta"}, "", `"name":"Beta"`},
		"change-organization": {write, "PATCH", org, object{}, "", w.organization},
		"delete-organization": {write, "DELETE", org, nil, "", "organization_in_use"},
		"add-domain":          {write, "POST", org + "/domains", object{"domain": fmt.Sprint("beta", cases, ".example")}, "", fmt.Sprint("beta", cases)},
		"preview-domain":      {write, "POST", org + "/domains/preview", object{"domain": fmt.Sprint("acme", cases, ".example")}, "", `"complete"`},
		"remove-domain":       {write, "DELETE", org + "/domains/" + w.dom, nil, "", ""},
		"apply-domain":        {write, "POST", org + "/domains/" + w.dom + "/apply", nil, "", w.dom},
		"add-membership":      {write, "POST", org + "/memberships", object{"profile_id": w.a}, "", w.a},
		"end-membership":      {write, "DELETE", org + "/memberships/" + w.member, nil, "", w.b},
		"create-import":       {write, "POST", "/v1/imports", nil, "Name," + hidden + "\nAna,x\n", `"id":"job_`},
		"put-import-part":     {write, "PUT", "/v1/imports/" + w.job + "/parts/2", nil, "Bob," + hidden + "\n", `"n":2`},
		"start-import":        {write, "POST", "/v1/imports/" + w.job + "/start", nil, "", w.job},
		"cancel-job":          {write, "POST", "/v1/jobs/" + w.job + "/cancel", nil, "", w.job},
		"dismiss-duplicate":   {review, "POST", "/v1/duplicates/" + w.flag + "/dismiss", object{}, "", w.a},
		"snooze-duplicate":    {review, "POST", "/v1/duplicates/" + w.flag + "/snooze", object{"until": time.Now().Add(time.Hour)}, "", "snoozed"},
		"assign-duplicate":    {review, "POST", "/v1/duplicates/" + w.flag + "/assign", object{"assignee": ""}, "", w.a},
		"reopen-duplicate":    {review, "POST", "/v1/duplicates/" + w.flag + "/reopen", nil, "", w.b},
		"create-not-same":     {review, "POST", "/v1/not_same", object{"profiles": []string{w.a, w.b}, "why": "sisters"}, "", `"why":"sisters"`},
		"delete-not-same":     {review, "DELETE", "/v1/not_same/" + w.apart, nil, "", w.a},
		"merge-duplicate":     {merge, "POST", "/v1/duplicates/" + w.flag + "/merge", nil, "", w.b},
		"merge-profiles":      {merge, "POST", "/v1/merges", object{"from": []string{w.a}, "into": w.b, "why": "one"}, "", `"why":"one"`},
		"preview-merge":       {merge, "POST", "/v1/merges/preview", object{"from": []string{w.a}, "into": w.b}, "", "pvt_"},
		"preview-undo-merge":  {undo, "POST", "/v1/merges/" + w.merge + "/undo/preview", nil, "", `"allowed":true`},
		"undo-merge":          {undo, "POST", "/v1/merges/" + w.merge + "/undo", nil, "", w.merge},
		"other-profile":       {write, "PATCH", other, object{}, "", w.b},
		"stale-merge":         {merge, "POST", "/v1/merges", object{"from": []string{w.a}, "into": w.b, "preview_token": "pvt_old"}, "", "stale_version"},
	}
}

// writingScopes are the scopes that let a key write about people.
var writingScopes = []keys.Scope{keys.ProfilesWrite, keys.DuplicatesReview, keys.ProfilesMerge, keys.ProfilesUndo}

// writingOperations are those of the served document that need one of these scopes.
func writingOperations(t *testing.T) (ids []string) {
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string                `json:"operationId"`
			Security    []map[string][]string `json:"security"`
		} `json:"paths"`
	}
	text, err := os.ReadFile("openapi.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &document))
	for _, methods := range document.Paths {
		for method, o := range methods {
			if method != "get" && slices.Contains(writingScopes, keys.Scope(o.Security[0]["key"][0])) {
				ids = append(ids, o.OperationID)
			}
		}
	}
	require.Greater(t, len(ids), 30)
	return ids
}

// A key that may write and not read learns nothing of a person by writing: of every operation of the document the answer names ids and what the key said, and is whole for a key that reads too.
func TestWhoMayOnlyWriteIsToldNothingOfAPerson(t *testing.T) {
	t.Parallel()
	c := newClerk(t, gatewaytest.SQLite(t))
	alone := map[keys.Scope]string{}
	for _, scope := range writingScopes {
		alone[scope] = key(t, c.Gateway, scope)
	}
	listed := known(c).writes()
	for _, id := range writingOperations(t) {
		require.Contains(t, listed, id, "a new operation needs a case here")
	}
	for id := range listed {
		w := known(c)
		r := w.writes()[id]
		answer := c.As(alone[r.scope], r.method, r.path, r.body)
		if r.file != "" {
			answer = sent(t, c.Gateway, alone[r.scope], r.method, r.path, "application/octet-stream", r.file)
		}
		require.NotContains(t, []int{400, 401, 403, 404, 500}, answer.Status, id+answer.Body)
		require.True(t, answer.Status != 409 || strings.HasPrefix(id, "delete-"), id+answer.Body)
		require.NotContains(t, answer.Body, hidden, id)
		require.NotContains(t, answer.Body, "+1415555", id)
		require.NotContains(t, answer.Body, `"probability"`, id)
		require.Contains(t, answer.Body, r.has, id)
	}
}

// Whoever may read is answered whole.
func TestWhoMayReadIsAnsweredWhole(t *testing.T) {
	t.Parallel()
	c := newClerk(t, gatewaytest.SQLite(t))
	p := c.enter(object{"display_name": "Ana Silva", "tags": []string{"vip"}})
	edited := ask[api.Profile](c.desk, c.write, http.StatusOK, "PATCH", "/v1/profiles/"+p.ID, object{})
	require.Equal(t, "Ana Silva", edited.DisplayName)
	require.Equal(t, []string{"vip"}, edited.Tags)
}
