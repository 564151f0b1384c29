package gateway_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/store"
)

// Scenario 18: who is blocked does not arrive. Each case through the whole path: signed posts in, the agents' API out.

type block struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	ProfileID string `json:"profile_id"`
	State     string `json:"state"`
	Value     string `json:"value"`
	Why       string `json:"why"`
}

type quarantined struct {
	ID            string `json:"id"`
	State         string `json:"state"`
	Code          string `json:"code"`
	BlockID       string `json:"block_id"`
	Sender        string `json:"sender"`
	Source        string `json:"source"`
	DeliveryID    string `json:"delivery_id"`
	Who           string `json:"who"`
	Why           string `json:"why"`
	InteractionID string `json:"interaction_id"`
	ProfileID     string `json:"profile_id"`
}

func sms(g *gatewaytest.Gateway, sid, from, body string) {
	g.Twilio("message", "MessageSid", sid, "From", from, "To", "+14155550100", "Body", body)
	g.Settled()
}

func waiting(t *testing.T, g *gatewaytest.Gateway) []quarantined {
	t.Helper()
	return all[quarantined](t, g, "/v1/quarantine?state=waiting&")
}

func blockOf(t *testing.T, g *gatewaytest.Gateway, body object) block {
	t.Helper()
	return send[block](t, g, http.StatusCreated, "/v1/blocks", body)
}

func unblock(t *testing.T, g *gatewaytest.Gateway, id string) {
	t.Helper()
	a := g.API(http.MethodDelete, "/v1/blocks/"+id, nil)
	require.Equal(t, http.StatusOK, a.Status, a.Body)
}

// completeness is what became of a source's deliveries.
func completeness(t *testing.T, g *gatewaytest.Gateway, source string) map[string]int64 {
	t.Helper()
	var state struct {
		Completeness map[string]int64 `json:"completeness"`
	}
	g.API(http.MethodGet, "/v1/sources/"+source, nil).Decode(t, &state)
	return state.Completeness
}

// A number that nobody holds yet is blocked in a national spelling. What comes from there makes nothing, waits in quarantine, and is released into a person's history exactly once, whatever block still stands.
func TestABlockedContactDoesNotArriveAndIsReleasedOnce(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		b := blockOf(t, g, object{"contact_point": object{"scheme": "tel", "value": "(415) 555-0201"}, "why": "threats"})
		require.Equal(t, "+14155550201", b.Value)
		sms(g, "SM1", "+14155550201", "hello")
		sms(g, "SM2", "+14155550202", "I am another")
		require.Len(t, profiles(t, g), 1)
		require.Len(t, interactions(t, g), 1)
		kept := waiting(t, g)
		require.Len(t, kept, 1)
		require.Equal(t, []string{"blocked", b.ID, "+14155550201", "tw"}, []string{kept[0].Code, kept[0].BlockID, kept[0].Sender, kept[0].Source})
		require.Equal(t, map[string]int64{"seen": 2, "recorded": 1, "quarantined": 1, "nothing": 0, "unparsed": 0, "pending": 0, "dead": 0}, completeness(t, g, "tw"))

		send[object](t, g, http.StatusAccepted, "/v1/deliveries/"+kept[0].DeliveryID+"/replay", nil)
		g.Settled()
		require.Len(t, waiting(t, g), 1, "the cause holds")
		require.Len(t, interactions(t, g), 1)

		var first quarantined
		for range 50 {
			released := send[quarantined](t, g, http.StatusOK, "/v1/quarantine/"+kept[0].ID+"/release", object{"why": "a customer after all"})
			if first.ID == "" {
				first = released
			}
			require.Equal(t, first, released)
		}
		require.Equal(t, "released", first.State)
		require.Equal(t, "a customer after all", first.Why)
		require.NotEmpty(t, first.InteractionID)
		require.Equal(t, search(t, g, "+14155550201"), first.ProfileID)
		require.Empty(t, waiting(t, g))
		require.Len(t, interactions(t, g), 2)
		require.Equal(t, map[string]int64{"seen": 2, "recorded": 2, "quarantined": 0, "nothing": 0, "unparsed": 0, "pending": 0, "dead": 0}, completeness(t, g, "tw"))

		send[object](t, g, http.StatusAccepted, "/v1/deliveries/"+kept[0].DeliveryID+"/replay", nil)
		g.Settled()
		require.Len(t, interactions(t, g), 2, "a released one stays released")
		sms(g, "SM3", "+14155550201", "again")
		require.Len(t, waiting(t, g), 1, "and the block stands")
		requireConflict(t, g.API(http.MethodPost, "/v1/quarantine/"+kept[0].ID+"/discard", nil), "already_decided")

		unblock(t, g, b.ID)
		sms(g, "SM4", "+14155550201", "may I?")
		require.Len(t, interactions(t, g), 3)
		send[object](t, g, http.StatusAccepted, "/v1/deliveries/"+waiting(t, g)[0].DeliveryID+"/replay", nil)
		g.Settled()
		require.Empty(t, waiting(t, g), "the cause is over")
		require.Len(t, interactions(t, g), 4)
		healthy(t, g)
	})
}

func requireConflict(t *testing.T, a gatewaytest.Answer, code string) {
	t.Helper()
	require.Equal(t, http.StatusConflict, a.Status, a.Body)
	var problem struct{ Code string }
	a.Decode(t, &problem)
	require.Equal(t, code, problem.Code)
}

// A discarded contact keeps its row and is never recorded, not even by a replay after the block.
func TestADiscardedContactStaysOut(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		b := blockOf(t, g, object{"domain": "Spam.Example"})
		g.Standard("E1", said("W1", "email", "Ann", point("mailto", "ann@mail.spam.example")))
		g.Standard("E2", said("W2", "email", "Ben", point("mailto", "ben@other.example")))
		g.Settled()
		kept := waiting(t, g)
		require.Len(t, kept, 1)
		require.Len(t, profiles(t, g), 1)
		discarded := send[quarantined](t, g, http.StatusOK, "/v1/quarantine/"+kept[0].ID+"/discard", nil)
		require.Equal(t, "discarded", discarded.State)
		unblock(t, g, b.ID)
		send[object](t, g, http.StatusAccepted, "/v1/deliveries/"+kept[0].DeliveryID+"/replay", nil)
		g.Settled()
		require.Len(t, interactions(t, g), 1)
		require.Len(t, all[quarantined](t, g, "/v1/quarantine?state=discarded&code=blocked&source=web&"), 1)
		d, err := g.DB.Deliveries.Find(t.Context(), kept[0].DeliveryID)
		require.NoError(t, err)
		require.Equal(t, contact.Quarantined, d.Outcome)
		require.Equal(t, contact.Discarded, d.Code)
		healthy(t, g)
	})
}

// What an adapter calls spam waits with its code, and is recorded as a person's when it is released.
func TestReleasedSpamIsAPersons(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		spam := said("W1", "web_chat", "Ann", point("mailto", "ann@shop.example"))
		spam["data"].(object)["class"] = "spam"
		g.Standard("E1", spam, said("W2", "web_chat", "Ben", point("mailto", "ben@shop.example")))
		g.Settled()
		kept := waiting(t, g)
		require.Len(t, kept, 1)
		require.Equal(t, "spam", kept[0].Code)
		d, err := g.DB.Deliveries.Find(t.Context(), kept[0].DeliveryID)
		require.NoError(t, err)
		require.Equal(t, 1, d.Waiting, "its body is kept for it")
		released := send[quarantined](t, g, http.StatusOK, "/v1/quarantine/"+kept[0].ID+"/release", nil)
		require.NotEmpty(t, released.ProfileID)
		require.Len(t, interactions(t, g), 2)
		for _, i := range interactions(t, g) {
			require.Equal(t, "human", i.Class)
		}
		d, err = g.DB.Deliveries.Find(t.Context(), kept[0].DeliveryID)
		require.NoError(t, err)
		require.Zero(t, d.Waiting)
		healthy(t, g)
	})
}

// A block of any profile holds for the whole person, on every contact point and channel, also through those it was merged with; and it ends with its time.
func TestABlockOfAProfileHoldsForTheWholePerson(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		ids := callers(t, g, 4)
		mergeInto(t, g, ids[0], ids[1])
		mergeInto(t, g, ids[2], ids[0])
		before := len(interactions(t, g))
		b := blockOf(t, g, object{"profile_id": ids[1], "until": time.Now().Add(time.Hour)})
		require.Equal(t, ids[2], b.ProfileID, "it lands on who it is now")
		for k := range 4 {
			sms(g, fmt.Sprint("SX", k), fmt.Sprintf("+1415555020%d", k), "hi")
		}
		require.Len(t, waiting(t, g), 3)
		require.Len(t, interactions(t, g), before+1)
		require.Len(t, all[block](t, g, "/v1/blocks?profile_id="+ids[0]+"&"), 1)

		g.Standard("E1", chat("W1", point("bsuid", "US.1"), point("tel", "+14155550200"))) // a new identity beside a known one
		g.Settled()
		require.Len(t, waiting(t, g), 4)

		found, err := g.DB.Blocks.Find(t.Context(), b.ID)
		require.NoError(t, err)
		found.Until = store.Now().Add(-time.Second)
		_, err = g.DB.Blocks.Swap(t.Context(), found)
		require.NoError(t, err)
		sms(g, "SY", "+14155550200", "hi")
		require.Len(t, waiting(t, g), 4)
		require.Len(t, interactions(t, g), before+2)
		require.Len(t, all[block](t, g, "/v1/blocks?state=expired&"), 1)
		require.Empty(t, all[block](t, g, "/v1/blocks?"))
		healthy(t, g)
	})
}

// A merge with somebody who is blocked needs a choice. Either way the undo is exact: who was blocked is blocked, and nobody else.
func TestAMergeSaysWhatBecomesOfABlock(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		ids := callers(t, g, 2)
		b := blockOf(t, g, object{"profile_id": ids[1]})
		n := 0
		arrives := func() (who []bool) {
			for k := range 2 {
				before := len(waiting(t, g))
				n++
				sms(g, fmt.Sprint("SZ", n), fmt.Sprintf("+1415555020%d", k), "hi")
				who = append(who, len(waiting(t, g)) == before)
			}
			return who
		}
		require.Equal(t, []bool{true, false}, arrives())
		wish := object{"from": []string{ids[1]}, "into": ids[0]}
		preview := send[struct {
			Choose bool `json:"choose_blocks"`
			Blocks []struct {
				BlockID string `json:"block_id"`
			} `json:"blocks"`
			Token string `json:"preview_token"`
		}](t, g, http.StatusOK, "/v1/merges/preview", wish)
		require.True(t, preview.Choose)
		require.Len(t, preview.Blocks, 1)
		require.Equal(t, b.ID, preview.Blocks[0].BlockID)
		refused := g.API(http.MethodPost, "/v1/merges", wish)
		require.Equal(t, http.StatusUnprocessableEntity, refused.Status)
		require.Contains(t, refused.Body, "blocks_undecided")
		for choice, arrive := range map[string][]bool{"keep": {false, false}, "lift": {true, true}} {
			wish["blocks"] = choice
			merge := send[list[decision]](t, g, http.StatusCreated, "/v1/merges", wish).Data[0].ID
			require.Equal(t, arrive, arrives(), choice)
			send[decision](t, g, http.StatusOK, "/v1/merges/"+merge+"/undo", nil)
			require.Equal(t, []bool{true, false}, arrives(), "%s undone", choice)
		}
		wish["blocks"] = "lift"
		send[list[decision]](t, g, http.StatusCreated, "/v1/merges", wish)
		unblock(t, g, b.ID)
		blockOf(t, g, object{"profile_id": ids[1]})
		require.Equal(t, []bool{false, false}, arrives(), "a block since the merge is another")
		healthy(t, g)
	})
}

// The parts of a call belong together: what of a blocked caller's call is signed with no number stays out too, and all of it is released together; a call that began before the block ends as calls do. What we write to somebody blocked is recorded.
func TestABlockedCallStaysOutWholeAndComesInWhole(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		call := func(sid, from string) []func() {
			return []func(){
				func() {
					g.Twilio("voice", "CallSid", sid, "From", from, "To", "+14155550100", "CallStatus", "ringing", "Direction", "inbound")
				},
				func() {
					g.Twilio("status", "CallSid", sid, "From", from, "To", "+14155550100", "CallStatus", "completed", "CallDuration", "9", "SequenceNumber", "3", "Direction", "inbound")
				},
				func() {
					g.Twilio("recording", "CallSid", sid, "RecordingSid", "RE"+sid, "RecordingStatus", "completed", "RecordingUrl", "https://api.twilio.com/x", "RecordingDuration", "9")
				},
			}
		}
		began := call("CA1", "+14155550201")
		began[0]()
		g.Settled()
		blockOf(t, g, object{"contact_point": object{"scheme": "tel", "value": "+14155550201"}})
		for _, part := range append(began[1:], call("CA2", "+14155550201")...) {
			part()
			g.Settled()
		}
		require.Len(t, interactions(t, g), 1)
		require.Equal(t, 3, interactions(t, g)[0].View.Events)
		require.Len(t, waiting(t, g), 3)
		g.Twilio("message-status", "MessageSid", "SM9", "From", "+14155550100", "To", "+14155550201", "MessageStatus", "delivered")
		g.Settled()
		ours := len(interactions(t, g))
		send[quarantined](t, g, http.StatusOK, "/v1/quarantine/"+waiting(t, g)[0].ID+"/release", nil)
		g.Settled()
		require.Empty(t, waiting(t, g))
		require.Len(t, interactions(t, g), ours+1)
		for _, i := range interactions(t, g) {
			if i.Key == "CA2" {
				require.Equal(t, 3, i.View.Events)
				require.NotEmpty(t, i.ProfileID)
			}
		}
		healthy(t, g)
	})
}

type consent struct {
	Channels []struct {
		Channel string `json:"channel"`
		State   string `json:"state"`
	} `json:"channels"`
	Data []struct {
		IdentityID string `json:"identity_id"`
		State      string `json:"state"`
		How        string `json:"how"`
		Why        string `json:"why"`
	} `json:"data"`
}

func consentOf(t *testing.T, g *gatewaytest.Gateway, id string) consent {
	t.Helper()
	var c consent
	a := g.API(http.MethodGet, "/v1/profiles/"+id+"/consent", nil)
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	a.Decode(t, &c)
	return c
}

// Whatever order and how often the same messages arrive in, the same consent holds: the latest word by its own time.
func TestConsentIsTheLatestWordInAnyOrder(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		for round := range 8 {
			number := fmt.Sprintf("+1415555030%d", round)
			var posts []func()
			for i, word := range []string{"Stop", "hello", " start ", "stopall", "YES", "thanks"} {
				event := said(fmt.Sprint(number, i), "sms", "", point("tel", number))
				event["time"] = time.Date(2026, 11, 1, 12, i, 0, 0, time.UTC)
				event["data"].(object)["content"] = []object{{"kind": "text", "text": word}}
				post := func() { g.Standard(fmt.Sprint(number, i), event) }
				posts = append(posts, post, post)
			}
			rand.New(rand.NewPCG(uint64(round), 1)).Shuffle(len(posts), func(i, j int) { posts[i], posts[j] = posts[j], posts[i] })
			for _, post := range posts {
				post()
			}
			g.Settled()
			c := consentOf(t, g, search(t, g, number))
			require.Len(t, c.Channels, 1)
			require.Equal(t, "opted_in", c.Channels[0].State)
		}
	})
}

// Of a person's contact points, and of all that were merged into one, the most restrictive word holds; an undo takes the others' away. An agent may say otherwise, with a reason.
func TestTheMostRestrictiveConsentWins(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		ids := callers(t, g, 2)
		sms(g, "ST1", "+14155550200", "START")
		sms(g, "ST2", "+14155550201", "STOP")
		require.Equal(t, "opted_in", consentOf(t, g, ids[0]).Channels[0].State)
		merge := mergeInto(t, g, ids[0], ids[1])
		both := consentOf(t, g, ids[1])
		require.Len(t, both.Data, 2)
		require.Equal(t, "opted_out", both.Channels[0].State)
		i := slices.IndexFunc(both.Data, func(d struct {
			IdentityID string `json:"identity_id"`
			State      string `json:"state"`
			How        string `json:"how"`
			Why        string `json:"why"`
		}) bool {
			return d.State == "opted_out"
		})
		send[object](t, g, http.StatusOK, "/v1/profiles/"+ids[0]+"/consent", object{"identity_id": both.Data[i].IdentityID, "channel": "sms", "state": "opted_in", "why": "said so on the phone"})
		require.Equal(t, "opted_in", consentOf(t, g, ids[0]).Channels[0].State)
		require.Equal(t, "said so on the phone", consentOf(t, g, ids[0]).Data[i].Why)
		decided, _, err := g.DB.Decisions.List(t.Context(), store.Range{Index: "subject", Equal: []any{both.Data[i].IdentityID}, Limit: 10})
		require.NoError(t, err)
		require.Len(t, decided, 1)
		require.Equal(t, contact.ConsentMade, decided[0].Kind)
		require.Empty(t, decided[0].Why, "the reason is in the evidence")
		require.Equal(t, http.StatusNotFound, g.API(http.MethodPost, "/v1/profiles/"+ids[0]+"/consent", object{"identity_id": "idn_none", "channel": "sms", "state": "opted_in", "why": "x"}).Status)
		send[decision](t, g, http.StatusOK, "/v1/merges/"+merge+"/undo", nil)
		require.Len(t, consentOf(t, g, ids[1]).Data, 1)
		require.Len(t, interactions(t, g), 4, "a STOP is an interaction")
	})
}
