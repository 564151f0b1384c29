package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/api"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
	"usher/gateway/people"
	"usher/gateway/store"
)

// clerk is a desk with agents who enter people: one may read and write, one write only, one take over.
type clerk struct {
	desk
	write, only, take string
}

func newClerk(t *testing.T, uri string) clerk {
	d := newDesk(t, uri)
	return clerk{d, key(t, d.Gateway, keys.ProfilesRead, keys.ProfilesWrite), key(t, d.Gateway, keys.ProfilesWrite), key(t, d.Gateway, keys.ProfilesRead, keys.ProfilesWrite, keys.ProfilesMerge)}
}

func (c clerk) enter(body object) api.Profile {
	c.t.Helper()
	return ask[api.Profile](c.desk, c.write, 201, "POST", "/v1/profiles", body)
}

func (c clerk) read(id string) api.Profile {
	c.t.Helper()
	return ask[api.Profile](c.desk, c.write, 200, "GET", "/v1/profiles/"+id, nil)
}

// sms lets somebody write, and gives whose it was.
func (c clerk) sms(sid, from string) string {
	c.t.Helper()
	c.Twilio("message", "MessageSid", sid, "From", from, "To", "+14155550100", "Body", "hi")
	c.Settled()
	var list struct {
		Data []struct {
			ProfileID string `json:"profile_id"`
		}
	}
	c.API("GET", "/v1/interactions?limit=1", nil).Decode(c.t, &list)
	return list.Data[0].ProfileID
}

// decided are the kinds of decisions about a profile, in the order they were made.
func (c clerk) decided(profile string) []string {
	c.t.Helper()
	list, _, err := c.DB.Decisions.List(c.t.Context(), store.Range{Index: "subject", Equal: []any{profile}, Limit: 100})
	require.NoError(c.t, err)
	var kinds []string
	for _, d := range list {
		require.NotEmpty(c.t, d.Who)
		require.Zero(c.t, d.N)
		kinds = append(kinds, d.Kind)
	}
	return kinds
}

func point(scheme, value string) object { return object{"scheme": scheme, "value": value} }

// A person is entered by whatever is known: all of it, a number alone, or a name alone; the answer says what is missing and what to ask next, and the next contact is theirs.
func TestPeopleAreEnteredByWhatIsKnown(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		c := newClerk(t, uri)
		ana := c.enter(object{
			"display_name": "Ana Silva", "languages": []string{"pt"}, "tags": []string{"vip"}, "fields": object{"plan": "gold"}, "organization": "Acme",
			"identifiers": []any{point("mailto", "Ana@Mail.example"), point("tel", "(415) 555-0123"), object{"scheme": "external", "value": "7", "scope": "crm"}},
		})
		require.Equal(t, "Ana Silva", ana.DisplayName)
		require.Equal(t, []string{"vip"}, ana.Tags)
		require.Equal(t, "agent", ana.Fields[0].Provenance)
		require.Empty(t, ana.Missing)
		require.Len(t, ana.Identities, 3)
		require.Equal(t, ana.ID, c.sms("SM1", "+14155550123"), "she is known by her number")
		require.Equal(t, "Ana Silva", c.read(ana.ID).DisplayName)

		number := c.enter(object{"identifiers": []any{point("tel", "4155550199")}})
		require.Equal(t, []string{"email"}, number.Missing)
		require.Equal(t, "email", number.AskNext)
		name := c.enter(object{"display_name": "Carla Diaz"})
		require.Equal(t, []string{"email", "phone"}, name.Missing)
		require.Empty(t, name.Identities)
		require.Equal(t, []string{"enter"}, c.decided(name.ID))

		for code, body := range map[string]object{
			"nobody":                {},
			"unreadable_identifier": {"identifiers": []any{point("mailto", secretive)}},
			"own_contact_point":     {"identifiers": []any{point("tel", "+1 415 555 0100")}},
			"unreadable_name":       {"display_name": "Ana", "names": []string{"A. Silva", "+49301234"}},
			"tag":                   {"display_name": "Ana", "tags": []string{strings.Repeat("x", 65)}},
		} {
			a := c.As(c.write, "POST", "/v1/profiles", body)
			requireProblem(t, a, 422, "validation_failed")
			require.Contains(t, a.Body, code)
		}
	})
}

// Of many who enter one new person at once, with the same words or others, one has made the profile; the others are told that the contact point is taken, and by whom.
func TestOnePersonEnteredAtOnceIsCreatedOnce(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		c := newClerk(t, uri)
		for round := range 12 {
			address := point("mailto", fmt.Sprint("ana", round, "@mail.example"))
			var answers [8]gatewaytest.Answer
			var group sync.WaitGroup
			for n := range answers {
				body := object{"display_name": "Ana Silva", "identifiers": []any{address}}
				if round%3 == 0 {
					body["languages"] = []string{fmt.Sprintf("p%c", 'a'+n)}
				}
				method, path := "POST", "/v1/profiles"
				if round%2 == 0 {
					method, path = "PUT", "/v1/profiles/upsert"
				}
				group.Go(func() { answers[n] = c.As(c.write, method, path, body) })
			}
			group.Wait()
			made, holders := 0, map[string]bool{}
			for _, a := range answers {
				var problem api.Problem
				switch a.Status {
				case 201:
					made++
				case 200:
				default:
					requireProblem(t, a, 409, "identity_taken")
					a.Decode(t, &problem)
					holders[problem.Holder] = true
				}
			}
			require.Equal(t, 1, made, "%v", answers)
			require.LessOrEqual(t, len(holders), 1)
		}
	})
}

// What somebody holds is nobody else's by being told so: the answer names the holder to those who may read, and nothing has moved.
func TestAnIdentityIsNeverTakenSilently(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		c := newClerk(t, uri)
		ana := c.enter(object{"display_name": "Ana Silva", "identifiers": []any{point("mailto", "ana@mail.example")}})
		bob := c.enter(object{"display_name": "Bob Kurz", "identifiers": []any{point("tel", "4155550123")}})
		same := object{"display_name": "Ana", "identifiers": []any{point("mailto", "ANA@mail.example"), point("tel", "4155550177")}}
		var problem api.Problem
		refused := c.As(c.write, "POST", "/v1/profiles", same)
		requireProblem(t, refused, 409, "identity_taken")
		refused.Decode(t, &problem)
		require.Equal(t, ana.ID, problem.Holder)
		refused = c.As(c.only, "POST", "/v1/profiles", same)
		requireProblem(t, refused, 409, "identity_taken")
		require.NotContains(t, refused.Body, ana.ID)
		require.NotEqual(t, ana.ID, c.sms("SM1", "+14155550177"), "nothing of what was refused was kept")

		mine := "/v1/profiles/" + bob.ID + "/identities"
		refused = c.As(c.write, "POST", mine, point("mailto", "ana@mail.example"))
		requireProblem(t, refused, 409, "identity_taken")
		refused.Decode(t, &problem)
		require.Equal(t, ana.ID, problem.Holder)
		flag := ask[api.Duplicate](c.desk, c.write, 200, "GET", "/v1/duplicates/"+problem.Duplicate, nil)
		require.Equal(t, "open", flag.Status)
		both := object{"display_name": "Ana", "identifiers": []any{point("mailto", "ana@mail.example"), point("tel", "4155550123")}}
		refused = c.As(c.write, "POST", "/v1/profiles", both)
		requireProblem(t, refused, 409, "identity_taken")
		problem = api.Problem{}
		refused.Decode(t, &problem)
		require.Equal(t, bob.ID, problem.Holder, "a number is stronger than an address")
		require.Equal(t, []contact.Blocker{{Code: "holder", ProfileID: ana.ID}}, problem.Blockers)
		require.Equal(t, flag.ID, problem.Duplicate, "the one that is there")
		refused = c.As(c.only, "POST", "/v1/profiles", both)
		requireProblem(t, refused, 409, "identity_taken")
		for _, id := range []string{ana.ID, bob.ID, flag.ID} {
			require.NotContains(t, refused.Body, id)
		}
		take := object{"scheme": "mailto", "value": "ana@mail.example", "take_over": true, "why": "she told me"}
		requireProblem(t, c.As(c.write, "POST", mine, take), 403, "forbidden_scope")
		require.Len(t, c.read(ana.ID).Identities, 1)

		moved := ask[api.Identity](c.desk, c.take, 201, "POST", mine, take)
		require.Equal(t, bob.ID, moved.ProfileID)
		require.Empty(t, c.read(ana.ID).Identities)
		require.Equal(t, []string{"enter", "move"}, c.decided(bob.ID))
		ask[api.Identity](c.desk, c.take, 201, "POST", mine, take)
		require.Equal(t, []string{"enter", "move"}, c.decided(bob.ID), "a repeat is no decision")
		identity, err := c.DB.Identities.Find(t.Context(), moved.ID)
		require.NoError(t, err)
		require.Equal(t, ana.ID, identity.Origin.ProfileID, "who had it first stays")
		basis, err := c.DB.Evidence.Find(t.Context(), identity.Pending.Decision.EvidenceID)
		require.NoError(t, err)
		require.Equal(t, "she told me", basis.Why)
		ask[api.Identity](c.desk, c.take, 201, "POST", "/v1/profiles/"+ana.ID+"/identities", take)
		require.Len(t, c.read(ana.ID).Identities, 1, "moved back")
	})
}

// Upsert finds the person as a contact would, adds what is new, and says what became of it.
func TestUpsertCreatesUpdatesAndMatches(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		c := newClerk(t, uri)
		crm := object{"scheme": "external", "value": "7", "scope": "crm"}
		put := func(key string, status int, body object) api.Upserted {
			t.Helper()
			return ask[api.Upserted](c.desk, key, status, "PUT", "/v1/profiles/upsert", body)
		}
		first := put(c.write, 201, object{"display_name": "Ana Silva", "identifiers": []any{crm}})
		require.Equal(t, "created", first.Outcome)
		again := put(c.write, 200, object{"display_name": "Ana Silva", "identifiers": []any{crm}})
		require.Equal(t, []string{"matched", first.ProfileID}, []string{again.Outcome, again.ProfileID})
		more := put(c.write, 200, object{"display_name": "Ana Kurz", "tags": []string{"vip"}, "identifiers": []any{crm, point("mailto", "ana@mail.example")}})
		require.Equal(t, []string{"updated", first.ProfileID, "Ana Kurz"}, []string{more.Outcome, more.ProfileID, more.Profile.DisplayName})
		require.Len(t, more.Profile.Identities, 2)
		require.Nil(t, put(c.only, 200, object{"identifiers": []any{crm}}).Profile, "a key that may not read is shown nothing")

		other := c.enter(object{"display_name": "Anna Curtis"})
		c.merged(other.ID, first.ProfileID)
		on := put(c.write, 200, object{"display_name": "Ana Kurz-Silva", "fields": object{"plan": "gold"}, "identifiers": []any{crm}})
		require.Equal(t, []string{other.ID, "Ana Kurz-Silva"}, []string{on.ProfileID, on.Profile.DisplayName}, "it lands on who speaks for the person")

		require.NotEqual(t, first.ProfileID, put(c.write, 201, object{"display_name": "Bob Reuter", "identifiers": []any{point("mailto", "ana@mail.example")}}).ProfileID)
		refused := c.As(c.write, "PUT", "/v1/profiles/upsert", object{"identifiers": []any{point("mailto", "ana@mail.example")}})
		requireProblem(t, refused, 409, "ambiguous")
		require.Contains(t, refused.Body, other.ID)
		require.NotContains(t, refused.Body, first.ProfileID, "whoever speaks for the person is named")
		require.NotContains(t, c.As(c.only, "PUT", "/v1/profiles/upsert", object{"identifiers": []any{point("mailto", "ana@mail.example")}}).Body, other.ID)
		requireProblem(t, c.As(c.write, "PUT", "/v1/profiles/upsert", object{"display_name": "Ana"}), 422, "validation_failed")
	})
}

// An edit is a merge patch: what is not sent stays, null takes away, lists are replaced; each is a decision, and one that was based on what has changed since is refused.
func TestEditsAreMergePatchesAndDecisions(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		c := newClerk(t, uri)
		ana := c.enter(object{"display_name": "Ana", "tags": []string{"a", "b"}, "fields": object{"plan": "gold", "size": "L"}, "identifiers": []any{point("tel", "4155550123")}})
		at := "/v1/profiles/" + ana.ID
		edited := ask[api.Profile](c.desk, c.write, 200, "PATCH", at, object{"display_name": "Ana Silva", "tags": []string{"b", "c"}, "fields": object{"size": nil, "color": "red"}, "why": secretive})
		require.Equal(t, "Ana Silva", edited.DisplayName)
		require.Equal(t, []string{"b", "c"}, edited.Tags)
		require.Equal(t, []string{"plan", "color"}, []string{edited.Fields[0].Name, edited.Fields[1].Name})
		require.Len(t, edited.Fields, 2)
		require.Len(t, edited.Names, 2)
		require.Equal(t, []string{"enter", "edit"}, c.decided(ana.ID))
		ask[api.Profile](c.desk, c.write, 200, "PATCH", at, object{"display_name": "Ana Silva", "tags": []string{"b", "c"}})
		require.Equal(t, []string{"enter", "edit"}, c.decided(ana.ID), "what changes nothing is no decision")
		list, _, err := c.DB.Decisions.List(t.Context(), store.Range{Index: "subject", Equal: []any{ana.ID}, Descending: true, Limit: 1})
		require.NoError(t, err)
		require.Equal(t, []string{"display_name", "tags", "fields"}, list[0].Codes)
		require.Empty(t, list[0].Why, "what was said and seen is evidence, which can be erased")
		basis, err := c.DB.Evidence.Find(t.Context(), list[0].EvidenceID)
		require.NoError(t, err)
		require.Equal(t, secretive, basis.Why)
		require.Contains(t, basis.Seen, contact.Evidence{Kind: "display_name", Left: "Ana", Right: "Ana Silva"})
		require.Equal(t, []string{"de", "pt"}, ask[api.Profile](c.desk, c.write, 200, "PATCH", at, object{"languages": []string{"de", "pt"}}).Languages)
		require.Equal(t, []string{"pt", "en"}, ask[api.Profile](c.desk, c.write, 200, "PATCH", at, object{"languages": []string{"pt", "en"}}).Languages)
		require.Equal(t, []string{"pt", "en"}, ask[api.Profile](c.desk, c.write, 200, "PATCH", at, object{"tags": []string{"b"}}).Languages, "what is not sent stays")
		require.Empty(t, ask[api.Profile](c.desk, c.write, 200, "PATCH", at, object{"languages": nil}).Languages)
		emptied := ask[api.Profile](c.desk, c.write, 200, "PATCH", at, object{"fields": nil, "tags": nil, "display_name": nil})
		require.Empty(t, emptied.Fields)
		require.Empty(t, emptied.Tags)
		require.Equal(t, "Ana", emptied.DisplayName, "the name that she had before")

		for _, body := range []object{{"tags": []string{""}}, {"display_name": strings.Repeat(secretive, 50)}, {"fields": object{"": "x"}}, {"fields": object{"x": strings.Repeat("x", 2001)}}, {"tags": make([]string, 65)}, {"colour": secretive}} {
			requireProblem(t, c.As(c.write, "PATCH", at, body), 422, "validation_failed")
		}
		tag := c.As(c.write, "GET", at, nil).Header.Get("ETag")
		match := func(tag string) gatewaytest.Answer {
			return call{"PATCH", at, http.Header{"If-Match": {tag}, "Content-Type": {"application/merge-patch+json"}}, `{"tags":["x"]}`, c.write}.send(t, c.Gateway)
		}
		require.Equal(t, 200, match(tag).Status)
		requireProblem(t, match(tag), 412, "stale_version")
		requireProblem(t, c.As(c.write, "PATCH", "/v1/profiles/none", object{}), 404, "not_found")
	})
}

// What is written to a merged profile lands on who speaks for the person; what the others said stays beside it, and stands alone again after the undo.
func TestEditsOfAMergedPersonLandOnTheSurvivor(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		c := newClerk(t, uri)
		ana := c.enter(object{"display_name": "Ana Silva", "tags": []string{"a"}, "fields": object{"plan": "gold"}})
		maria := c.enter(object{"display_name": "Ana Maria", "tags": []string{"m"}, "fields": object{"plan": "silver", "size": "L"}})
		ask[api.Note](c.desk, c.write, 201, "POST", "/v1/profiles/"+maria.ID+"/notes", object{"text": "of Maria"})
		v := ask[api.MergePreview](c.desk, c.merge, 200, "POST", "/v1/merges/preview", object{"from": []string{maria.ID}, "into": ana.ID})
		outcomes := map[string]string{}
		for _, f := range v.Fields {
			outcomes[f.Field] = string(f.Outcome)
		}
		require.Equal(t, map[string]string{"display_name": "kept_as_alternate", "names": "united", "tags": "united", "notes": "united", "fields.plan": "kept_as_alternate", "fields.size": "adopted"}, outcomes)
		merge := c.merged(ana.ID, maria.ID)[0]

		old := "/v1/profiles/" + maria.ID
		person := ask[api.Profile](c.desk, c.write, 200, "PATCH", old, object{"tags": []string{"a", "n"}, "fields": object{"color": "red"}})
		require.Equal(t, ana.ID, person.ID)
		require.Equal(t, []string{"a", "n"}, person.Tags)
		require.Len(t, person.Notes, 1)
		require.Contains(t, person.Alternates, people.Alternate{Field: "fields.plan", Value: "silver", ProfileID: maria.ID})
		note := ask[api.Note](c.desk, c.write, 201, "POST", old+"/notes", object{"text": "of both"})
		ask[api.Note](c.desk, c.write, 200, "PATCH", old+"/notes/"+person.Notes[0].ID, object{"text": "of Maria, anew"})
		ask[api.TreeDecision](c.desk, c.undo, 200, "POST", "/v1/merges/"+merge+"/undo", nil)

		left, stays := c.read(maria.ID), c.read(ana.ID)
		require.Empty(t, left.Tags, "the tag was taken from who had it")
		require.Equal(t, []string{"plan", "size"}, []string{left.Fields[0].Name, left.Fields[1].Name})
		require.Equal(t, "of Maria, anew", left.Notes[0].Text)
		require.Equal(t, []string{"a", "n"}, stays.Tags)
		require.Equal(t, note.ID, stays.Notes[0].ID)
		require.Len(t, stays.Notes, 1)
	})
}

// Notes are written once, written anew and taken away, by those who may write.
func TestNotesAreWrittenOnce(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		c := newClerk(t, uri)
		ana := c.enter(object{"display_name": "Ana"})
		at := "/v1/profiles/" + ana.ID + "/notes"
		once := call{"POST", at, http.Header{"Idempotency-Key": {"n1"}}, `{"text":"call back"}`, c.write}
		var a, b api.Note
		once.send(t, c.Gateway).Decode(t, &a)
		require.NoError(t, c.DB.Answers.Delete(t.Context(), answerOf(t, c))) // as if the gateway had stopped before it answered
		once.send(t, c.Gateway).Decode(t, &b)
		require.Equal(t, a.ID, b.ID)
		require.Len(t, c.read(ana.ID).Notes, 1)
		require.Equal(t, "anew", ask[api.Note](c.desk, c.write, 200, "PATCH", at+"/"+a.ID, object{"text": "anew"}).Text)
		require.Equal(t, 204, c.As(c.write, "DELETE", at+"/"+a.ID, nil).Status)
		requireProblem(t, c.As(c.write, "DELETE", at+"/"+a.ID, nil), 404, "not_found")
		requireProblem(t, c.As(c.write, "PATCH", at+"/none", object{"text": "x"}), 404, "not_found")
		requireProblem(t, c.As(c.write, "POST", at, object{"text": strings.Repeat("x", 4001)}), 422, "validation_failed")
		require.Equal(t, []string{"enter", "note", "note_edit", "note_delete"}, c.decided(ana.ID))
		for range contact.MaxNotes {
			ask[api.Note](c.desk, c.write, 201, "POST", at, object{"text": "x"})
		}
		requireProblem(t, c.As(c.write, "POST", at, object{"text": "x"}), 409, "profile_full")
	})
}

func answerOf(t *testing.T, c clerk) store.Answer {
	t.Helper()
	answers, _, err := c.DB.Answers.List(t.Context(), store.Range{Index: "expires", Limit: 1})
	require.NoError(t, err)
	return answers[0]
}

// Many of each kind of contact point, one of them the first: the one that was chosen last, also over a merge.
func TestOneOfEachSchemeIsPrimary(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		c := newClerk(t, uri)
		ana := c.enter(object{"display_name": "Ana", "identifiers": []any{point("mailto", "a@mail.example")}})
		at := "/v1/profiles/" + ana.ID + "/identities"
		second := ask[api.Identity](c.desk, c.write, 201, "POST", at, point("mailto", "b@mail.example"))
		third := ask[api.Identity](c.desk, c.write, 201, "POST", at, object{"scheme": "tel", "value": "4155550123", "verified": true})
		require.False(t, second.Primary)
		require.True(t, third.Primary, "the only one of its scheme")
		require.NotNil(t, third.VerifiedAt)
		require.True(t, ask[api.Identity](c.desk, c.write, 200, "PATCH", at+"/"+second.ID, object{"primary": true, "shared": true}).Primary)
		primary := func(id string) (all []string) {
			for _, i := range c.read(id).Identities {
				if i.Primary {
					all = append(all, i.Value)
				}
			}
			return all
		}
		require.ElementsMatch(t, []string{"b@mail.example", "+14155550123"}, primary(ana.ID))
		other := c.enter(object{"display_name": "Anna", "identifiers": []any{point("mailto", "c@mail.example")}})
		c.merged(other.ID, ana.ID)
		require.ElementsMatch(t, []string{"b@mail.example", "+14155550123"}, primary(other.ID))
		unshared := ask[api.Identity](c.desk, c.write, 200, "PATCH", at+"/"+second.ID, object{"shared": false, "verified": true, "primary": false})
		require.False(t, unshared.Shared)
		require.NotEmpty(t, unshared.VerifiedBy)
		require.ElementsMatch(t, []string{"enter", "add", "add", "verify", "share", "primary", "verify", "unshare", "secondary"}, c.decided(ana.ID))
		requireProblem(t, c.As(c.write, "PATCH", at+"/none", object{"primary": true}), 404, "not_found")
		requireProblem(t, c.As(c.write, "PATCH", at+"/"+second.ID, object{"valid_from": noon, "valid_until": noon.Add(-time.Hour)}), 422, "validation_failed")
	})
}

// A number that was lost is the next holder's, who does not inherit the history; and one that an agent said by mistake is taken back, unless somebody was seen with it.
func TestIdentitiesLiveOverTime(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		c := newClerk(t, uri)
		ana := c.sms("SM1", "+14155550123")
		number := c.read(ana).Identities[0].ID
		at := "/v1/profiles/" + ana + "/identities/"
		seen := c.As(c.write, "DELETE", at+number, nil)
		requireProblem(t, seen, 409, "seen_on_channel")
		lost := ask[api.Identity](c.desk, c.write, 200, "PATCH", at+number, object{"valid_until": time.Now().Add(-time.Millisecond)})
		require.NotNil(t, lost.ValidUntil)
		next := c.sms("SM2", "+14155550123")
		require.NotEqual(t, ana, next)
		require.Equal(t, next, c.sms("SM3", "+14155550123"))
		require.Len(t, c.read(ana).Identities, 1)
		require.False(t, c.read(next).Identities[0].Shared, "one after the other is not several at once")

		wrong := ask[api.Identity](c.desk, c.write, 201, "POST", at[:len(at)-1], point("tel", "4155550177"))
		require.Equal(t, 204, c.As(c.write, "DELETE", at+wrong.ID, nil).Status)
		require.Len(t, c.read(ana).Identities, 1)
		requireProblem(t, c.As(c.write, "DELETE", at+wrong.ID, nil), 404, "not_found")
		again := ask[api.Identity](c.desk, c.write, 201, "POST", "/v1/profiles/"+next+"/identities", point("tel", "4155550177"))
		require.Equal(t, next, again.ProfileID, "what was taken back is free")
		require.Equal(t, next, c.sms("SM4", "+14155550177"))
	})
}

// A profile that has nothing can be deleted; one that has is a history, which is erased and not deleted.
func TestOnlyEmptyProfilesAreDeleted(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		c := newClerk(t, uri)
		name := c.enter(object{"display_name": "Carla Diaz"})
		twin := c.enter(object{"display_name": "Carla Diaz", "identifiers": []any{point("mailto", "carla@mail.example")}})
		for _, used := range []string{twin.ID, c.sms("SM1", "+14155550123")} {
			refused := c.As(c.write, "DELETE", "/v1/profiles/"+used, nil)
			requireProblem(t, refused, 409, "profile_in_use")
		}
		requireProblem(t, call{"DELETE", "/v1/profiles/" + name.ID, http.Header{"If-Match": {`"99"`}}, "", c.write}.send(t, c.Gateway), 412, "stale_version")
		require.Equal(t, 204, c.As(c.write, "DELETE", "/v1/profiles/"+name.ID, nil).Status)
		requireProblem(t, c.As(c.write, "GET", "/v1/profiles/"+name.ID, nil), 404, "not_found")
		requireProblem(t, c.As(c.write, "DELETE", "/v1/profiles/"+name.ID, nil), 404, "not_found")
		require.Contains(t, c.decided(name.ID), "delete")
		require.Zero(t, c.read(twin.ID).OpenDuplicates)
	})
}

// Whoever looks at a contact, or asks who somebody may be, is told what to ask for; never what another profile has.
func TestWhatToAskNextIsSaidEverywhere(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		c := newClerk(t, uri)
		c.enter(object{"display_name": "Ana", "identifiers": []any{point("mailto", "ana@mail.example"), point("tel", "4155550199")}})
		c.sms("SM1", "+14155550123")
		c.sms("SM2", "+14155550199")
		for from, missing := range map[string][]string{"+14155550123": {"email"}, "+14155550199": nil} {
			for _, i := range ask[struct{ Data []api.Interaction }](c.desk, c.write, 200, "GET", "/v1/interactions", nil).Data {
				if i.View.From.Identifiers[0].Value != from {
					continue
				}
				one := ask[api.Interaction](c.desk, c.write, 200, "GET", "/v1/interactions/"+i.ID, nil)
				require.Equal(t, missing, one.Missing)
				require.Equal(t, len(missing) > 0, one.AskNext == "email")
				history := ask[struct{ Data []api.Interaction }](c.desk, c.write, 200, "GET", "/v1/profiles/"+i.ProfileID+"/timeline", nil).Data
				require.Len(t, history, 1)
				for _, listed := range []api.Interaction{i, history[0]} {
					require.Equal(t, one.Missing, listed.Missing)
					require.Equal(t, one.AskNext, listed.AskNext)
				}
			}
		}
		card := ask[api.Resolved](c.desk, c.write, 200, "POST", "/v1/resolve", object{"name": "Ana", "identifiers": []any{point("tel", "4155550199")}})
		require.NotEmpty(t, card.People)
		require.Equal(t, []string{"email"}, card.Missing, "that her address is known is not said")
		require.Equal(t, "email", card.AskNext)
	})
}

// What an agent says of who uses a number decides whose a contact without a name is: nobody's if several do, the holder's if nobody else does, also of a place's number.
func TestMarkingAsSharedChangesWhomAContactAttachesTo(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		c := newClerk(t, uri)
		mobile, landline := "+14155550123", "+493012345678"
		ana := c.enter(object{"display_name": "Ana Silva", "identifiers": []any{point("tel", mobile), point("tel", landline)}})
		mark := func(number string, shared bool) {
			t.Helper()
			for _, i := range c.read(ana.ID).Identities {
				if i.Value == number {
					marked := ask[api.Identity](c.desk, c.write, 200, "PATCH", "/v1/profiles/"+ana.ID+"/identities/"+i.ID, object{"shared": shared})
					require.Equal(t, shared, marked.Shared)
				}
			}
		}
		require.Equal(t, ana.ID, c.sms("SM1", mobile))
		mark(mobile, true)
		require.Empty(t, c.sms("SM2", mobile), "several use it, and no name tells who it is")
		var list struct{ Data []api.Interaction }
		c.API("GET", "/v1/interactions?limit=1", nil).Decode(t, &list)
		require.Equal(t, ana.ID, list.Data[0].Candidates[0].ProfileID)
		mark(mobile, false)
		require.Equal(t, ana.ID, c.sms("SM3", mobile))

		require.Empty(t, c.sms("SM4", landline), "a place's number")
		mark(landline, false)
		require.Equal(t, ana.ID, c.sms("SM5", landline), "she has it alone")
	})
}

// A contact from before somebody had a number is not theirs.
func TestANumberIsTheHoldersFromItsValidityOn(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		c := newClerk(t, uri)
		ana := c.enter(object{"display_name": "Ana Silva", "identifiers": []any{point("tel", "+14155550123")}})
		at, from := "/v1/profiles/"+ana.ID+"/identities/"+ana.Identities[0].ID, time.Now().Add(time.Hour).UTC().Truncate(time.Second)
		marked := ask[api.Identity](c.desk, c.write, 200, "PATCH", at, object{"valid_from": from})
		require.True(t, marked.ValidFrom.Equal(from))
		before := c.sms("SM1", "+14155550123")
		require.NotEmpty(t, before)
		require.NotEqual(t, ana.ID, before)

		bob := c.enter(object{"display_name": "Bob Kurz", "identifiers": []any{point("tel", "+14155550199")}})
		ask[api.Identity](c.desk, c.write, 200, "PATCH", "/v1/profiles/"+bob.ID+"/identities/"+bob.Identities[0].ID, object{"valid_from": from})
		require.Nil(t, ask[api.Identity](c.desk, c.write, 200, "PATCH", "/v1/profiles/"+bob.ID+"/identities/"+bob.Identities[0].ID, object{"valid_from": nil}).ValidFrom)
		require.Equal(t, bob.ID, c.sms("SM2", "+14155550199"), "null is always")
	})
}

// What agents say of somebody finds them: a tag, words of a note and of a field; and no longer when it was taken away.
func TestSearchFindsByTagNoteAndField(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		c := newClerk(t, uri)
		ana := c.enter(object{"display_name": "Ana Silva", "tags": []string{"platinum"}, "fields": object{"plan": "Enterprise Plus"}})
		c.enter(object{"display_name": "Bob Kurz", "tags": []string{"gold"}, "fields": object{"plan": "Basic"}})
		at := "/v1/profiles/" + ana.ID
		note := ask[api.Note](c.desk, c.write, 201, "POST", at+"/notes", object{"text": "Prefers calls before breakfast"})
		for _, text := range []string{"platinum", "plat", "enterprise", "enterprise plus", "breakfast", "prefers calls", "ana breakfast platinum"} {
			require.Equal(t, []string{ana.ID}, c.search(text, "").ids(), text)
		}
		require.Equal(t, 204, c.As(c.write, "DELETE", at+"/notes/"+note.ID, nil).Status)
		ask[api.Profile](c.desk, c.write, 200, "PATCH", at, object{"tags": nil, "fields": nil})
		for _, text := range []string{"platinum", "enterprise", "breakfast"} {
			require.Empty(t, c.search(text, "").ids(), text)
		}
	})
}
