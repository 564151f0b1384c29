package api_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/api"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
	"usher/gateway/store"
	"usher/gateway/store/sqlite"
)

type object = map[string]any

// desk is a gateway with a few people whose profiles are known by name, and agents with a key of each scope, who may read too.
type desk struct {
	*gatewaytest.Gateway
	t     *testing.T
	merge string
	undo  string
	judge string
}

func newDesk(t *testing.T, uri string) desk {
	return deskOf(t, gatewaytest.Start(t, uri, "US"))
}

func deskOf(t *testing.T, g *gatewaytest.Gateway) desk {
	return desk{g, t, key(t, g, keys.ProfilesRead, keys.ProfilesMerge), key(t, g, keys.ProfilesRead, keys.ProfilesUndo), key(t, g, keys.ProfilesRead, keys.DuplicatesReview)}
}

// person stores a profile with a number of its own.
func (d desk) person(id, name string) string {
	d.t.Helper()
	p := contact.Profile{Document: contact.Document{ID: id}, Name: name, CreatedAt: noon}
	if name != "" {
		p.NameProvenance, p.Names = contact.FromChannel, []contact.Name{{Value: name, Provenance: contact.FromChannel, FirstSeen: noon}}
	}
	require.NoError(d.t, d.DB.Profiles.Insert(d.t.Context(), p))
	i := contact.Identity{Scheme: contact.External, Value: id, ProfileID: id, Of: d.DB.Salt.IdentityID(contact.External, "", id, ""), FirstSeen: noon}
	i.ID = i.Of
	require.NoError(d.t, d.DB.Identities.Insert(d.t.Context(), i))
	return id
}

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// flag marks a pair.
func (d desk) flag(a, b string, probability float64, minutes int) string {
	d.t.Helper()
	f := contact.Duplicate{Status: contact.DuplicateOpen, Probability: probability, Rank: contact.RankOf(probability), FlaggedAt: noon.Add(time.Duration(minutes) * time.Minute), Evidence: []contact.Evidence{{Kind: "phone_equal", Left: "+14155550123"}}}
	f.A, f.B = contact.OrderedPair(a, b)
	f.ID = d.DB.Salt.ID(contact.DuplicatePrefix, f.A, f.B)
	require.NoError(d.t, d.DB.Duplicates.Insert(d.t.Context(), f))
	return f.ID
}

// ask sends a request and expects a status.
func ask[T any](d desk, key string, status int, method, path string, body any) T {
	d.t.Helper()
	var into T
	a := d.As(key, method, path, body)
	require.Equal(d.t, status, a.Status, a.Body)
	a.Decode(d.t, &into)
	return into
}

type merged struct {
	Into string
	Data []api.Merge
}

// merged merges and gives the decisions' ids.
func (d desk) merged(into string, from ...string) []string {
	d.t.Helper()
	var ids []string
	for _, m := range ask[merged](d, d.merge, 201, "POST", "/v1/merges", object{"from": from, "into": into}).Data {
		ids = append(ids, m.ID)
	}
	return ids
}

// A preview says what becomes of each field, and its token lets nobody merge what has changed since: the answer holds how things are now.
func TestAMergeIsOfWhatWasSeen(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		d.person("prf_nameless", "")
		d.person("prf_ana", "Ana Silva")
		d.person("prf_maria", "Ana Maria Silva")
		wish := object{"from": []string{"prf_ana", "prf_maria"}, "into": "prf_nameless"}
		v := ask[api.MergePreview](d, d.merge, 200, "POST", "/v1/merges/preview", wish)
		require.True(t, v.Allowed)
		require.Equal(t, "prf_nameless", v.Into)
		outcomes := map[string]string{}
		for _, f := range v.Fields {
			outcomes[f.ProfileID+" "+f.Field] = string(f.Outcome)
		}
		require.Equal(t, map[string]string{
			"prf_ana display_name": "adopted", "prf_ana names": "united", "prf_ana identities": "united",
			"prf_maria display_name": "kept_as_alternate", "prf_maria names": "united", "prf_maria identities": "united",
		}, outcomes)
		require.Equal(t, 2, v.Counts.Identities)

		p, err := d.DB.Profiles.Find(t.Context(), "prf_ana")
		require.NoError(t, err)
		p.Languages = []string{"pt"}
		_, err = d.DB.Profiles.Swap(t.Context(), p)
		require.NoError(t, err)
		wish["preview_token"] = v.PreviewToken
		stale := d.As(d.merge, "POST", "/v1/merges", wish)
		requireProblem(t, stale, 412, "stale_version")
		var problem api.Problem
		stale.Decode(t, &problem)
		require.NotEqual(t, v.PreviewToken, problem.Preview.PreviewToken)
		wish["preview_token"] = problem.Preview.PreviewToken
		done := ask[merged](d, d.merge, 201, "POST", "/v1/merges", wish)
		require.Len(t, done.Data, 2)

		whole := ask[api.Profile](d, key(t, d.Gateway, keys.ProfilesRead), 200, "GET", "/v1/profiles/prf_nameless", nil)
		require.Equal(t, "Ana Silva", whole.DisplayName)
		require.Equal(t, "Ana Maria Silva", whole.Alternates[0].Value)
		require.Len(t, whole.Identities, 3)
		require.Len(t, whole.Names, 2)
		require.Equal(t, []string{"pt"}, whole.Languages)
		require.Equal(t, []string{"prf_nameless", "prf_ana", "prf_maria"}, whole.Members)
	})
}

// Each refusal has its code, and names what is in the way.
func TestAMergeThatCannotBeSaysWhy(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		for _, id := range []string{"prf_a", "prf_b", "prf_c", "prf_d"} {
			d.person(id, "")
		}
		refused := func(status int, code string, from []string, into string) api.Problem {
			t.Helper()
			a := d.As(d.merge, "POST", "/v1/merges", object{"from": from, "into": into})
			requireProblem(t, a, status, code)
			return problemIn(t, a)
		}
		merge := d.merged("prf_b", "prf_c")[0]
		ask[api.NotSame](d, d.judge, 201, "POST", "/v1/not_same", object{"profiles": []string{"prf_c", "prf_a"}, "why": "brothers"})

		refused(404, "not_found", []string{"prf_" + secretive}, "prf_a")
		refused(422, "merge_self", []string{"prf_a"}, "prf_a")
		refused(422, "validation_failed", []string{}, "prf_a")
		require.Equal(t, "prf_b", refused(409, "already_merged", []string{"prf_c"}, "prf_b").Survivor)
		contradiction := refused(409, "merge_contradicts_decision", []string{"prf_a"}, "prf_b")
		require.Equal(t, []contact.Step{
			{From: "prf_a", To: "prf_c", Kind: "not_same", DecisionID: "dec_000000000002"},
			{From: "prf_c", To: "prf_b", Kind: "merge", DecisionID: merge},
		}, contradiction.Path)
		refused(409, "merge_contradicts_decision", []string{"prf_a", "prf_b"}, "prf_d") // the two losers are the ones
		requireProblem(t, d.As(d.judge, "POST", "/v1/not_same", object{"profiles": []string{"prf_c", "prf_b"}}), 409, "already_merged")
		twice := d.As(d.judge, "POST", "/v1/not_same", object{"profiles": []string{"prf_a", "prf_c"}})
		requireProblem(t, twice, 409, "already_distinct")

		seen := ask[api.UndoPreview](d, d.undo, 200, "POST", "/v1/merges/"+merge+"/undo/preview", nil)
		require.True(t, seen.Allowed)
		require.Equal(t, []string{"prf_c"}, seen.Leaves)
		require.Equal(t, []string{"prf_b"}, seen.Stays)
		undone := ask[api.TreeDecision](d, d.undo, 200, "POST", "/v1/merges/"+merge+"/undo", object{"why": "two people"})
		require.Equal(t, merge, undone.Of)
		again := d.As(d.undo, "POST", "/v1/merges/"+merge+"/undo", nil)
		requireProblem(t, again, 409, "undo_not_possible")
		require.Equal(t, []contact.Blocker{{Code: "decided_since", DecisionID: undone.ID, ProfileID: "prf_c"}}, problemIn(t, again).Blockers)
		require.False(t, ask[api.UndoPreview](d, d.undo, 200, "POST", "/v1/merges/"+merge+"/undo/preview", nil).Allowed)
		shown := ask[api.Merge](d, key(t, d.Gateway, keys.ProfilesRead), 200, "GET", "/v1/merges/"+merge, nil)
		require.False(t, shown.Stands)
		require.Equal(t, undone.ID, shown.UndoneBy)
		requireProblem(t, d.As(d.undo, "POST", "/v1/merges/dec_"+secretive+"/undo", nil), 404, "not_found")
	})
}

func problemIn(t *testing.T, a gatewaytest.Answer) (p api.Problem) {
	t.Helper()
	a.Decode(t, &p)
	return p
}

// An old id leads to who speaks for the person now, over any length of chain; the record itself stays readable, and what is written to it lands on the survivor.
func TestAnOldIdLeadsToTheSurvivor(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		for n := range 5 {
			d.person(fmt.Sprint("prf_", n), fmt.Sprint("Name ", n))
		}
		for n := range 4 {
			d.merged(fmt.Sprint("prf_", n+1), fmt.Sprint("prf_", n))
		}
		admin := key(t, d.Gateway, keys.Admin)
		moved := unfollowed(d, admin, "/v1/profiles/prf_0")
		requireProblem(t, moved, 307, "already_merged")
		require.Equal(t, "prf_4", problemIn(t, moved).Survivor)
		require.Equal(t, "/v1/profiles/prf_4", moved.Header.Get("Location"))
		require.Equal(t, `</v1/profiles/prf_4>; rel="canonical"`, moved.Header.Get("Link"))
		record := ask[api.Profile](d, admin, 200, "GET", "/v1/profiles/prf_0?follow=false", nil)
		require.Equal(t, "prf_1", record.MergedInto)
		require.Equal(t, "Name 0", record.DisplayName)
		require.Len(t, record.Identities, 1)

		i := contact.Interaction{Document: contact.Document{ID: "int_1"}, OccurredAt: noon, Direction: contact.FromCustomer, Events: []contact.Event{{Key: "e"}}}
		require.NoError(t, d.DB.Interactions.Insert(t.Context(), i))
		placed := ask[api.Interaction](d, admin, 200, "PATCH", "/v1/interactions/int_1", object{"profile_id": "prf_0"})
		require.Equal(t, "prf_4", placed.ProfileID)
		for _, id := range []string{"prf_0", "prf_4"} {
			var l list
			d.API("GET", "/v1/profiles/"+id+"/timeline", nil).Decode(t, &l)
			require.Len(t, l.Data, 1)
			d.API("GET", "/v1/profiles/"+id+"/identities", nil).Decode(t, &l)
			require.Len(t, l.Data, 5)
		}
		var l list
		d.API("GET", "/v1/profiles/search?q=prf_2", nil).Decode(t, &l)
		require.Len(t, l.Data, 1)
		require.Equal(t, "prf_4", l.Data[0].ID)
		d.API("GET", "/v1/profiles", nil).Decode(t, &l)
		require.Len(t, l.Data, 1)
		history := ask[struct{ Data []api.TreeDecision }](d, admin, 200, "GET", "/v1/profiles/prf_2/merge_history", nil)
		require.Len(t, history.Data, 4)
		require.Equal(t, "prf_0", history.Data[0].From)
	})
}

// unfollowed asks without following a redirect.
func unfollowed(d desk, key, path string) gatewaytest.Answer {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), "GET", d.Address()+path, nil)
	require.NoError(d.t, err)
	r.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(d.t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(d.t, err)
	require.NoError(d.t, response.Body.Close())
	return gatewaytest.Answer{Status: response.StatusCode, Header: response.Header, Body: string(body)}
}

// A merge whose answer was lost is answered as the first time when it is sent again, also when nothing is left of the stored answer: the key names the operation in the log. Auto decides once.
func TestAMergeThatIsSentAgainIsMadeOnce(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		for _, id := range []string{"prf_a", "prf_b", "prf_c"} {
			d.person(id, "")
		}
		send := call{method: "POST", path: "/v1/merges", key: d.merge, header: http.Header{"Idempotency-Key": {"once"}}, body: `{"from":["prf_a","prf_b","prf_c"],"into":"auto"}`}
		first := send.send(t, d.Gateway)
		require.Equal(t, 201, first.Status, first.Body)
		require.Equal(t, "true", send.send(t, d.Gateway).Header.Get("Idempotency-Replayed"))
		forget(d)
		again := send.send(t, d.Gateway)
		require.Equal(t, 201, again.Status, again.Body)
		require.Empty(t, again.Header.Get("Idempotency-Replayed"))
		var one, other merged
		first.Decode(t, &one)
		again.Decode(t, &other)
		require.Len(t, one.Data, 2)
		for i := range one.Data {
			require.Equal(t, one.Data[i].ID, other.Data[i].ID)
		}
		forget(d)
		send.body = `{"from":["prf_b"],"into":"prf_a"}`
		requireProblem(t, send.send(t, d.Gateway), 409, "already_merged")
	})
}

// A merge of many that was cut short, or of which some were merged by hand, is finished by sending it again: what stands is named with what was made. Where nothing is left to do, the refusal names it.
func TestAMergeThatWasCutShortIsFinishedByItsRepeat(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		for _, id := range []string{"prf_a", "prf_b", "prf_c", "prf_d", "prf_e"} {
			d.person(id, "")
		}
		byHand := ask[merged](d, d.merge, 201, "POST", "/v1/merges", object{"from": []string{"prf_b"}, "into": "prf_c", "why": "by hand"}).Data[0]
		first := d.merged("prf_a", "prf_c")[0]
		wish := object{"from": []string{"prf_b", "prf_c", "prf_d"}, "into": "prf_a", "why": "all of them"}
		v := ask[api.MergePreview](d, d.merge, 200, "POST", "/v1/merges/preview", object{"from": wish["from"], "into": "prf_a"})
		require.True(t, v.Allowed)
		require.Equal(t, []string{"prf_d"}, v.From)
		done := ask[merged](d, d.merge, 201, "POST", "/v1/merges", wish)
		require.Equal(t, "prf_a", done.Into)
		require.Len(t, done.Data, 3)
		reasons := map[string]string{}
		for _, m := range done.Data {
			reasons[m.From+" "+m.Into] = m.Why
		}
		require.Equal(t, map[string]string{"prf_b prf_c": "by hand", "prf_c prf_a": "", "prf_d prf_a": "all of them"}, reasons)

		again := d.As(d.merge, "POST", "/v1/merges", wish)
		requireProblem(t, again, 409, "already_merged")
		require.ElementsMatch(t, []string{byHand.ID, first, done.Data[2].ID}, problemIn(t, again).Done)
		wish["from"], wish["into"] = []string{"prf_b", "prf_d", "prf_a", "prf_e"}, "auto"
		require.Len(t, ask[merged](d, d.merge, 201, "POST", "/v1/merges", wish).Data, 3, "the survivor was merged into nobody")
	})
}

// cutShort is a store that takes so many decisions more.
type cutShort struct {
	store.Driver
	left atomic.Int64
}

func (c *cutShort) Insert(ctx context.Context, s *store.Schema, doc contact.Stored) error {
	if s.Name == "decisions" && c.left.Add(-1) < 0 {
		return store.ErrUnavailable
	}
	return c.Driver.Insert(ctx, s, doc)
}

// A merge of what was seen that stops between two of its decisions is finished by sending it again, without a key too: what it did itself is no change. What was taken back since is.
func TestAMergeOfWhatWasSeenIsFinishedByItsRepeat(t *testing.T) {
	t.Parallel()
	uri := gatewaytest.SQLite(t)
	driver, err := sqlite.Open(strings.TrimPrefix(uri, "sqlite://"))
	require.NoError(t, err)
	c := &cutShort{Driver: driver}
	c.left.Store(100)
	db, err := store.Open(t.Context(), c)
	require.NoError(t, err)
	inner, err := gateway.New(db, gatewaytest.Settings(t, uri, "US"), "test", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	g, stop := gatewaytest.Run(t, inner)
	d := deskOf(t, g)
	for _, into := range []string{"prf_a", "auto"} {
		wish := object{"from": []string{d.person("prf_b"+into, ""), d.person("prf_c"+into, ""), d.person("prf_d"+into, "")}, "into": into}
		if into != "auto" {
			d.person(into, "")
		}
		v := ask[api.MergePreview](d, d.merge, 200, "POST", "/v1/merges/preview", wish)
		wish["preview_token"] = v.PreviewToken
		c.left.Store(1)
		requireProblem(t, d.As(d.merge, "POST", "/v1/merges", wish), 503, "unavailable")
		c.left.Store(100)
		done := ask[merged](d, d.merge, 201, "POST", "/v1/merges", wish)
		require.Len(t, done.Data, len(v.From))
		require.Equal(t, v.Into, done.Into)
		require.Equal(t, done, ask[merged](d, d.merge, 201, "POST", "/v1/merges", wish))

		ask[api.TreeDecision](d, d.undo, 200, "POST", "/v1/merges/"+done.Data[0].ID+"/undo", nil)
		requireProblem(t, d.As(d.merge, "POST", "/v1/merges", wish), 412, "stale_version")
	}
	require.NoError(t, stop())
}

// Many who merge the same people at once end with the same decisions, and nobody is refused for what another did.
func TestOneMergeSentByManyAtOnceIsMadeOnce(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		var from []string
		for n := range 6 {
			from = append(from, d.person(fmt.Sprint("prf_", n), ""))
		}
		d.person("prf_into", "")
		var answers [4]gatewaytest.Answer
		var group sync.WaitGroup
		for n := range answers {
			group.Go(func() {
				answers[n] = d.As(d.merge, "POST", "/v1/merges", object{"from": from, "into": "prf_into"})
			})
		}
		group.Wait()
		whole := 0
		for _, a := range answers {
			if a.Status == 201 {
				var m merged
				a.Decode(t, &m)
				require.Len(t, m.Data, 6)
				whole++
				continue
			}
			requireProblem(t, a, 409, "already_merged")
			require.Len(t, problemIn(t, a).Done, 6, "it came when all was done")
		}
		require.Positive(t, whole)
	})
}

// forget drops every stored answer, as after a day.
func forget(d desk) {
	d.t.Helper()
	answers, _, err := d.DB.Answers.List(d.t.Context(), store.Range{Index: "expires", Limit: 100})
	require.NoError(d.t, err)
	require.NotEmpty(d.t, answers)
	for _, a := range answers {
		require.NoError(d.t, d.DB.Answers.Delete(d.t.Context(), a))
	}
}

// Who may do what to people: merging, undoing and judging are rights of their own.
func TestMergingUndoingAndJudgingAreRightsOfTheirOwn(t *testing.T) {
	t.Parallel()
	declared := operations(t, gatewaytest.Start(t, gatewaytest.SQLite(t), "US"))
	for path, scope := range map[string]keys.Scope{
		"post /v1/merges": keys.ProfilesMerge, "post /v1/merges/preview": keys.ProfilesMerge, "post /v1/duplicates/{id}/merge": keys.ProfilesMerge,
		"post /v1/merges/{id}/undo": keys.ProfilesUndo, "post /v1/merges/{id}/undo/preview": keys.ProfilesUndo,
		"post /v1/duplicates/{id}/dismiss": keys.DuplicatesReview, "post /v1/duplicates/{id}/snooze": keys.DuplicatesReview, "post /v1/duplicates/{id}/assign": keys.DuplicatesReview,
		"post /v1/duplicates/{id}/reopen": keys.DuplicatesReview, "post /v1/not_same": keys.DuplicatesReview, "delete /v1/not_same/{id}": keys.DuplicatesReview,
		"get /v1/merges/{id}": keys.ProfilesRead, "get /v1/profiles/{id}/merge_history": keys.ProfilesRead, "get /v1/not_same": keys.ProfilesRead, "get /v1/duplicates/{id}/cluster": keys.ProfilesRead,
	} {
		method, at, _ := strings.Cut(path, " ")
		op, ok := declared[at][method]
		require.True(t, ok, path)
		require.Equal(t, string(scope), op.Security[0]["key"][0], path)
	}
}

// A wish that is malformed is refused as every request is, and repeats nothing of what was sent.
func TestAMalformedMergeIsRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t, gatewaytest.SQLite(t))
	d.person("prf_a", "")
	many := make([]string, 51)
	for name, body := range map[string]object{
		"nobody":            {"from": []string{}, "into": "prf_a"},
		"into nobody":       {"from": []string{"prf_a"}, "into": ""},
		"too many":          {"from": many, "into": "prf_a"},
		"a field not known": {"from": []string{"prf_a"}, "into": "auto", secretive: true},
		"a long reason":     {"from": []string{"prf_a"}, "into": "auto", "why": strings.Repeat(secretive, 100)},
		"from is no list":   {"from": secretive, "into": "prf_a"},
	} {
		t.Run(name, func(t *testing.T) {
			requireProblem(t, d.As(d.merge, "POST", "/v1/merges", body), 422, "validation_failed")
		})
	}
	requireProblem(t, d.As(d.merge, "POST", "/v1/merges", object{"from": []string{"prf_a"}, "into": "auto"}), 422, "merge_self")
	requireProblem(t, d.As(d.judge, "POST", "/v1/not_same", object{"profiles": []string{"prf_a", "prf_a"}}), 422, "validation_failed")
}
