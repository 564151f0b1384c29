package gateway_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
)

// What users of such systems complain about, each as a case through the whole path: signed posts in, the agents' API out.

type profile struct {
	ID          string `json:"id"`
	DisplayName string `json:"display_name"`
	Identities  []struct {
		Scheme    string   `json:"scheme"`
		Value     string   `json:"value"`
		Raw       []string `json:"raw"`
		Assurance string   `json:"assurance"`
	} `json:"identities"`
}

type interaction struct {
	ID         string `json:"id"`
	Key        string `json:"key"`
	Channel    string `json:"channel"`
	Class      string `json:"class"`
	ProfileID  string `json:"profile_id"`
	Candidates []struct {
		ProfileID string `json:"profile_id"`
		Reason    string `json:"reason"`
	} `json:"candidates"`
	Placements []struct {
		DecisionID string `json:"decision_id"`
		Why        string `json:"why"`
	} `json:"placements"`
	View struct {
		Subject string         `json:"subject"`
		Content []contact.Part `json:"content"`
		Call    *struct {
			State     string `json:"state"`
			DurationS int    `json:"duration_s"`
		} `json:"call"`
		Recordings  []contact.Recording     `json:"recordings"`
		Transcripts []struct{ Text string } `json:"transcripts"`
		Events      int                     `json:"events"`
	} `json:"view"`
}

type list[T any] struct {
	Data []T `json:"data"`
	Meta struct {
		HasMore     bool   `json:"has_more"`
		AfterCursor string `json:"after_cursor"`
	} `json:"meta"`
}

// all reads every page of a list.
func all[T any](t testing.TB, g *gatewaytest.Gateway, path string) []T {
	t.Helper()
	var everything []T
	after := ""
	for {
		var page list[T]
		answer := g.API(http.MethodGet, path+"limit=200&after="+after, nil)
		require.Equal(t, http.StatusOK, answer.Status, answer.Body)
		answer.Decode(t, &page)
		everything = append(everything, page.Data...)
		if !page.Meta.HasMore {
			return everything
		}
		after = page.Meta.AfterCursor
	}
}

func profiles(t testing.TB, g *gatewaytest.Gateway) []profile {
	return all[profile](t, g, "/v1/profiles?")
}

func interactions(t testing.TB, g *gatewaytest.Gateway) []interaction {
	return all[interaction](t, g, "/v1/interactions?")
}

// healthy checks the invariants of what is stored.
func healthy(t testing.TB, g *gatewaytest.Gateway) {
	t.Helper()
	report, err := gateway.Examine(t.Context(), g.DB, t.Output())
	require.NoError(t, err)
	for _, r := range report {
		require.Empty(t, r.Violations, r.Rule)
	}
}

// Scenario 1: whatever way and order a number is written in, on any channel, it is one profile, and the spellings are kept.
func TestSpellingsOfANumberMakeOneProfile(t *testing.T) {
	t.Parallel()
	for region, spellings := range map[string][]string{
		"BR": {"+5511987654321", "+551187654321", "11 98765-4321"},
		"MX": {"+525512345678", "+5215512345678", "55 1234 5678"},
		"AR": {"+541123456789", "+5491123456789", "011 15 2345-6789"},
		"IT": {"+390612345678", "+39612345678", "06 12345678"},
		"GB": {"+442070313000", "+44 (0)20 7031 3000", "020 7031 3000"},
		"DE": {"+4930123456", "0049(0)30123456", "030/123456", "(030) 12 34 56 Durchwahl 7"},
		"US": {"+14155550123", "4155550123", "14155550123", "555-0123"},
		"CI": {"+2250707123456", "+22507123456"},
		"BJ": {"+2290197123456", "+22997123456"},
	} {
		t.Run(region, func(t *testing.T) {
			t.Parallel()
			gatewaytest.EachStore(t, func(t *testing.T, uri string) {
				g := gatewaytest.Start(t, uri, region)
				rng := rand.New(rand.NewPCG(uint64(len(region)), uint64(spellings[0][1])))
				for i, n := range rng.Perm(len(spellings)) {
					to := "+14155550100"
					switch i % 3 {
					case 0:
						g.Twilio("voice", "CallSid", fmt.Sprint("CA", i), "From", spellings[n], "To", to, "CallStatus", "ringing", "Direction", "inbound")
					case 1:
						g.Twilio("message", "MessageSid", fmt.Sprint("SM", i), "From", "whatsapp:"+spellings[n], "To", "whatsapp:"+to, "Body", "hi")
					case 2:
						g.Twilio("message", "MessageSid", fmt.Sprint("SM", i), "From", spellings[n], "To", to, "Body", "hi")
					}
					g.Settled()
				}
				found := profiles(t, g)
				require.Len(t, found, 1)
				require.Len(t, found[0].Identities, 1)
				require.Len(t, found[0].Identities[0].Raw, len(spellings))
				require.Len(t, interactions(t, g), len(spellings))
				healthy(t, g)
			})
		})
	}
}

// Scenario 2: two hundred webhooks at once of one new sender over four channels, the gateway stopped in the middle and started again, everything delivered a second time: one profile, each contact once, none lost.
func TestTwoHundredParallelFirstContactsMakeOneProfile(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		const contacts = 200
		g, stop := gatewaytest.StartStoppable(t, uri, "US")
		half := make(chan struct{}, contacts)
		stopped := make(chan error, 1)
		go func() {
			for range contacts / 2 {
				<-half
			}
			stopped <- stop()
		}()
		answered := postAll(t, g.Address(), contacts, half)
		require.NoError(t, <-stopped)
		require.GreaterOrEqual(t, answered, contacts/2)

		g = gatewaytest.Start(t, uri, "US")
		require.Equal(t, contacts, postAll(t, g.Address(), contacts, half), "a provider sends again what it was not answered, and now and then what it was")
		g.Settled()
		require.Len(t, profiles(t, g), 1)
		found := interactions(t, g)
		require.Len(t, found, contacts)
		keys, channels := map[string]bool{}, map[string]int{}
		for _, i := range found {
			keys[i.Key] = true
			channels[i.Channel]++
			require.Equal(t, found[0].ProfileID, i.ProfileID)
		}
		require.Len(t, keys, contacts)
		require.Equal(t, map[string]int{"voice": contacts / 4, "sms": contacts / 4, "whatsapp": contacts / 4, "web_chat": contacts / 4}, channels)
		healthy(t, g)
	})
}

// postAll posts all first contacts at once and counts those that were acknowledged; each attempt that has ended is told to done. A gateway that is stopping answers no more, and that is all it may do.
func postAll(t testing.TB, address string, contacts int, done chan<- struct{}) int {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	var posts sync.WaitGroup
	var acknowledged atomic.Int64
	for n := range contacts {
		request := firstContact(t, address, n)
		posts.Go(func() {
			answer, err := client.Do(request)
			if err != nil {
				return
			}
			if err := answer.Body.Close(); err != nil || answer.StatusCode/100 != 2 {
				t.Errorf("contact %d: answered %d", n, answer.StatusCode)
			}
			acknowledged.Add(1)
			select {
			case done <- struct{}{}:
			default:
			}
		})
	}
	posts.Wait()
	return int(acknowledged.Load())
}

func firstContact(t testing.TB, address string, n int) *http.Request {
	from, to := "+14155550123", "+14155550100"
	switch n % 4 {
	case 0:
		return gatewaytest.TwilioRequest(t, address, "voice", "CallSid", fmt.Sprint("CA", n), "From", from, "To", to, "CallStatus", "ringing", "Direction", "inbound")
	case 1:
		return gatewaytest.TwilioRequest(t, address, "message", "MessageSid", fmt.Sprint("SM", n), "From", from, "To", to, "Body", "hello")
	case 2:
		return gatewaytest.TwilioRequest(t, address, "message", "MessageSid", fmt.Sprint("WA", n), "From", "whatsapp:"+from, "To", "whatsapp:"+to, "Body", "hello", "ExternalUserId", "US.1349")
	}
	return gatewaytest.StandardRequest(t, address, fmt.Sprint("msg_", n), object{"specversion": "1.0", "id": fmt.Sprint("WC", n), "type": "contact.message.received.v1", "data": object{
		"channel": "web_chat", "from": object{"identifiers": []object{{"scheme": "tel", "value": from}}}, "content": []object{{"kind": "text", "text": "hello"}},
	}})
}

// Scenario 3: a call's ring, answer, hang-up, recording and transcript, shuffled and repeated, are one interaction in the right final state.
func TestACallsEventsInAnyOrderAreOneInteraction(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		const calls = 12
		for n := range calls {
			sid := fmt.Sprint("CA", n)
			who := []string{"CallSid", sid, "From", "+14155550123", "To", "+14155550100", "Direction", "inbound"}
			posts := [][]string{
				append([]string{"voice"}, append(who, "CallStatus", "ringing")...),
				append([]string{"status"}, append(who, "CallStatus", "in-progress", "SequenceNumber", "1", "Timestamp", "Mon, 23 Nov 2026 10:00:05 +0000")...),
				append([]string{"status"}, append(who, "CallStatus", "completed", "SequenceNumber", "2", "CallDuration", "42", "Timestamp", "Mon, 23 Nov 2026 10:00:47 +0000")...),
				{"recording", "CallSid", sid, "RecordingSid", "RE" + sid, "RecordingStatus", "in-progress"},
				{"recording", "CallSid", sid, "RecordingSid", "RE" + sid, "RecordingStatus", "completed", "RecordingDuration", "30", "RecordingUrl", "https://api.twilio.com/RE"},
				append([]string{"action"}, append(who, "CallStatus", "completed", "RecordingSid", "RE"+sid, "RecordingUrl", "https://api.twilio.com/RE")...), // it knows no duration
				{"transcription", "CallSid", sid, "RecordingSid", "RE" + sid, "TranscriptionSid", "TR" + sid, "TranscriptionStatus", "completed", "TranscriptionText", "please call back"},
			}
			posts = append(posts, posts...)
			rng := rand.New(rand.NewPCG(uint64(n), 7))
			rng.Shuffle(len(posts), func(i, j int) { posts[i], posts[j] = posts[j], posts[i] })
			for _, p := range posts {
				require.Equal(t, 2, g.Twilio(p[0], p[1:]...).Status/100)
			}
		}
		g.Settled()
		found := interactions(t, g)
		require.Len(t, found, calls)
		person := profiles(t, g)
		require.Len(t, person, 1)
		for _, i := range found {
			require.Equal(t, person[0].ID, i.ProfileID)
			require.Equal(t, "human", i.Class)
			require.Equal(t, "completed", i.View.Call.State)
			require.Equal(t, 42, i.View.Call.DurationS)
			require.Equal(t, 7, i.View.Events)
			require.Len(t, i.View.Recordings, 1)
			require.Equal(t, "completed", i.View.Recordings[0].State)
			require.Equal(t, 30, i.View.Recordings[0].DurationS)
			require.Len(t, i.View.Transcripts, 1)
			require.Equal(t, "please call back", i.View.Transcripts[0].Text)
		}
		healthy(t, g)
	})
}

type object map[string]any

// chat is a canonical event of a WhatsApp user with the given identifiers.
func chat(id string, identifiers ...object) object {
	return object{"specversion": "1.0", "id": id, "type": "contact.message.received.v1", "time": time.Now().UTC().Format(time.RFC3339), "data": object{
		"channel": "whatsapp", "from": object{"identifiers": identifiers}, "content": []object{{"kind": "text", "text": "hi"}},
	}}
}

// Scenario 10: a WhatsApp user with a number, then with both ids, then without the number, then with a rotated id: one profile.
func TestWhatsAppIdsOfOnePersonMakeOneProfile(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		number := object{"scheme": "tel", "value": "+14155550123"}
		first, second := object{"scheme": "bsuid", "value": "US.1", "scope": "portfolio"}, object{"scheme": "bsuid", "value": "US.2", "scope": "portfolio"}
		rotated := object{"specversion": "1.0", "id": "e4", "type": "contact.identity.changed.v1", "data": object{
			"channel": "whatsapp", "direction": "system", "identity_change": object{"old": []object{first}, "new": []object{second}, "reason": "bsuid_rotated"},
		}}
		for i, event := range []object{chat("e1", number), chat("e2", number, first), chat("e3", first), rotated, chat("e5", second)} {
			require.Equal(t, http.StatusNoContent, g.Standard(fmt.Sprint("msg-", i), event).Status)
			g.Settled()
		}
		found := profiles(t, g)
		require.Len(t, found, 1)
		require.Len(t, found[0].Identities, 3)
		require.Len(t, interactions(t, g), 5)
		healthy(t, g)
	})
}

// Scenario 16: withheld callers are recorded with no profile, their stand-ins make no identity, and an agent can place a call and take that back.
func TestWithheldCallersAreNobodysUntilPlaced(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		for i, from := range []string{"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253", "anonymous", "Restricted", "sip:anonymous@anonymous.invalid"} {
			g.Twilio("voice", "CallSid", fmt.Sprint("CA", i), "From", from, "To", "+14155550100", "CallStatus", "ringing", "Direction", "inbound")
		}
		g.Settled()
		require.Empty(t, profiles(t, g))
		withheld := interactions(t, g)
		require.Len(t, withheld, 8)
		for _, i := range withheld {
			require.Equal(t, "withheld", i.Class)
			require.Empty(t, i.ProfileID)
		}
		g.Twilio("message", "MessageSid", "SM1", "From", "+14155550123", "To", "+14155550100", "Body", "it was me")
		g.Settled()
		person := profiles(t, g)[0].ID
		call := withheld[0].ID
		var placed interaction
		answer := g.API(http.MethodPatch, "/v1/interactions/"+call, object{"profile_id": person, "why": "said so"})
		require.Equal(t, http.StatusOK, answer.Status, answer.Body)
		answer.Decode(t, &placed)
		require.Equal(t, person, placed.ProfileID)
		require.Len(t, all[interaction](t, g, "/v1/profiles/"+person+"/timeline?"), 2)

		answer = g.API(http.MethodPost, "/v1/interactions/"+call+"/undo", object{"decision_id": placed.Placements[0].DecisionID})
		require.Equal(t, http.StatusOK, answer.Status, answer.Body)
		require.Len(t, all[interaction](t, g, "/v1/profiles/"+person+"/timeline?"), 1)
		require.Len(t, all[interaction](t, g, "/v1/interactions?unattached=true&"), 8)
		healthy(t, g)
	})
}

// Scenario 20: a caller id that fails its attestation is recorded without a profile, with whom it claims to be as a candidate; one that passes or says nothing attaches.
func TestASpoofedCallerIdDoesNotAttach(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		for i, verstat := range []string{"TN-Validation-Passed-A", "", "TN-Validation-Failed-A", "No-TN-Validation"} {
			g.Twilio("voice", "CallSid", fmt.Sprint("CA", i), "From", "+14155550123", "To", "+14155550100", "CallStatus", "ringing", "Direction", "inbound", "StirVerstat", verstat)
			g.Settled()
		}
		person := profiles(t, g)
		require.Len(t, person, 1)
		for _, i := range interactions(t, g) {
			if i.Key != "CA2" {
				require.Equal(t, person[0].ID, i.ProfileID, i.Key)
				continue
			}
			require.Empty(t, i.ProfileID)
			require.Len(t, i.Candidates, 1)
			require.Equal(t, person[0].ID, i.Candidates[0].ProfileID)
			require.Equal(t, "assurance_failed", i.Candidates[0].Reason)
		}
		healthy(t, g)
	})
}

// One contact that carries identities of two profiles attaches to the stronger one's holder and flags the pair, once.
func TestAContactBetweenTwoProfilesFlagsThem(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		number, id := object{"scheme": "tel", "value": "+14155550123"}, object{"scheme": "bsuid", "value": "US.1", "scope": "portfolio"}
		for i, event := range []object{chat("e1", number), chat("e2", id), chat("e3", number, id), chat("e4", id, number)} {
			g.Standard(fmt.Sprint("msg-", i), event)
			g.Settled()
		}
		require.Len(t, profiles(t, g), 2)
		type duplicate struct {
			ID       string `json:"id"`
			Status   string `json:"status"`
			Profiles []profile
			Evidence []struct{ Kind string }
		}
		flagged := all[duplicate](t, g, "/v1/duplicates?")
		require.Len(t, flagged, 1)
		require.Equal(t, "open", flagged[0].Status)
		require.Len(t, flagged[0].Profiles, 2)
		require.Equal(t, "identities_in_one_contact", flagged[0].Evidence[0].Kind)
		one := g.API(http.MethodGet, "/v1/duplicates/"+flagged[0].ID, nil)
		require.Equal(t, http.StatusOK, one.Status)
		suspected := all[interaction](t, g, "/v1/profiles/"+flagged[0].Profiles[0].ID+"/timeline?include=suspected&")
		require.Len(t, suspected, 4)
		healthy(t, g)
	})
}

// Scenario 8: a call from a number that several people share, which does not tell who calls, takes nobody's record: it stays with the number, with those people as candidates, the likeliest first. A reviewer attaches it, which moves that call only, and can take that back.
func TestAnAmbiguousCallStaysWithTheNumberUntilSomebodyAttachesIt(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		rings := func(key, name string) {
			g.Twilio("voice", "CallSid", key, "From", "+14155550123", "To", "+14155550100", "CallStatus", "ringing", "Direction", "inbound", "CallerName", name)
			g.Settled()
		}
		household := []string{"Bruno Costa", "Ana Silva", "Anton Silva", "Dora Braun"}
		for n, name := range household {
			rings(fmt.Sprint("known", n), name)
		}
		rings("nameless", "")
		rings("initial", "A. Silva") // either of two
		rings("fifth", "Emil Gross") // one more than may share a number: then it is a switchboard
		byKey := func() map[string]interaction {
			found := map[string]interaction{}
			for _, i := range interactions(t, g) {
				found[i.Key] = i
			}
			return found
		}
		calls := byKey()
		people := make([]string, len(household))
		for n := range household {
			people[n] = calls[fmt.Sprint("known", n)].ProfileID
			require.NotEmpty(t, people[n])
		}
		for key, order := range map[string][]int{"nameless": {0, 1, 2, 3}, "initial": {1, 2, 0, 3}, "fifth": {0, 1, 2, 3}} {
			require.Empty(t, calls[key].ProfileID)
			require.Len(t, calls[key].Candidates, len(order))
			for n, c := range calls[key].Candidates {
				require.Equal(t, people[order[n]], c.ProfileID, "%s: whose name fits comes first, then who has used the number for longest", key)
				require.Equal(t, "shared_contact_point", c.Reason)
			}
		}
		var held interaction
		for _, i := range all[interaction](t, g, "/v1/interactions?unattached=true&") {
			if i.Key == "nameless" {
				held = i
			}
		}
		require.Equal(t, calls["nameless"].ID, held.ID)
		before := map[string][]string{}
		for _, id := range people {
			before[id] = record(t, g, id)
		}

		var placed interaction
		a := g.API(http.MethodPatch, "/v1/interactions/"+held.ID, object{"profile_id": people[2], "why": "she said her name"})
		require.Equal(t, http.StatusOK, a.Status, a.Body)
		a.Decode(t, &placed)
		require.Equal(t, people[2], placed.ProfileID)
		require.Empty(t, placed.Candidates)
		require.ElementsMatch(t, append(slices.Clone(before[people[2]]), "interaction nameless"), record(t, g, people[2]))
		rings("later", "")
		require.Empty(t, byKey()["later"].ProfileID, "one call that was placed says nothing of the next")

		send[interaction](t, g, http.StatusOK, "/v1/interactions/"+held.ID+"/undo", object{"decision_id": placed.Placements[0].DecisionID})
		back := byKey()["nameless"]
		require.Empty(t, back.ProfileID)
		require.Equal(t, calls["nameless"].Candidates, back.Candidates)
		for _, id := range people {
			require.Equal(t, before[id], record(t, g, id))
		}
		require.Empty(t, all[object](t, g, "/v1/duplicates?"), "people who share a number are no duplicates")
		healthy(t, g)
	})
}

// Several people behind one number: a name that contradicts makes a second profile and no flag, the same name comes back to it, and a nameless call is nobody's, with both as candidates.
func TestPeopleWhoShareANumberStayApart(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		for i, name := range []string{"Ana Silva", "Bruno Costa", "Silva, Ana", "B. Costa", ""} {
			g.Twilio("voice", "CallSid", fmt.Sprint("CA", i), "From", "+14155550123", "To", "+14155550100", "CallStatus", "ringing", "Direction", "inbound", "CallerName", name)
			g.Settled()
		}
		require.Len(t, profiles(t, g), 2)
		require.Empty(t, all[object](t, g, "/v1/duplicates?"))
		counts := map[string]int{}
		for _, i := range interactions(t, g) {
			counts[i.ProfileID]++
			if i.Key == "CA4" {
				require.Empty(t, i.ProfileID)
				require.Len(t, i.Candidates, 2)
			}
		}
		require.Len(t, counts, 3)
		healthy(t, g)
	})
}

// Our own numbers, and what we send, make no profile; a status of a message to a customer is found in that customer's history.
func TestWhatIsOursMakesNoProfile(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		g.Twilio("voice", "CallSid", "CA1", "From", "+14155550100", "To", "+14155550101", "CallStatus", "ringing", "Direction", "inbound")
		g.Twilio("message-status", "MessageSid", "SM9", "From", "+14155550100", "To", "+14155550123", "MessageStatus", "delivered")
		g.Settled()
		require.Empty(t, profiles(t, g))
		g.Twilio("message", "MessageSid", "SM1", "From", "+14155550123", "To", "+14155550100", "Body", "hi")
		g.Settled()
		g.Twilio("message-status", "MessageSid", "SM8", "From", "+14155550100", "To", "+14155550123", "MessageStatus", "read")
		g.Settled()
		person := profiles(t, g)
		require.Len(t, person, 1)
		require.Len(t, all[interaction](t, g, "/v1/profiles/"+person[0].ID+"/timeline?"), 2)
		healthy(t, g)
	})
}

// Bytes that are no text, in a header, an address or a form, are stored, read and shown like everything else, and stop nobody.
func TestBytesThatAreNoTextStopNothing(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		odd := gatewaytest.TwilioRequest(t, g.Address(), "message", "MessageSid", "SM1", "From", "+14155550123", "To", "+14155550100", "Body", "caf\xe9 \xff", "ProfileName", "Zo\xeb", "\xfe", "\xfd")
		odd.Header.Set("X-City", "Z\xfcrich")
		require.Equal(t, http.StatusOK, g.Do(odd).Status)
		require.Equal(t, http.StatusOK, g.Twilio("message", "MessageSid", "SM\xff", "From", "+14155550123", "To", "+14155550100", "Body", "odd id").Status)
		require.Equal(t, http.StatusOK, g.Twilio("message", "MessageSid", "SM2", "From", "+14155550123", "To", "+14155550100", "Body", "fine").Status)
		g.Settled()
		require.Len(t, interactions(t, g), 3)
		require.Len(t, profiles(t, g), 1)
		healthy(t, g)
	})
}

// A name that nobody can read costs nobody their contact, and what is kept of it comes back from our own export.
func TestANameThatNobodyCanReadIsCleaned(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		names := []string{"Ana\x00Silva", "\x1bBo", " \u200b ", "Cy\tDiaz\r\n"}
		for n, name := range names {
			g.Standard(fmt.Sprint("m", n), said(fmt.Sprint("e", n), "web_chat", name, object{"scheme": "mailto", "value": fmt.Sprintf("p%d@web.example", n)}))
		}
		g.Settled()
		shown := func(g *gatewaytest.Gateway) (all []string) {
			for _, p := range profiles(t, g) {
				all = append(all, p.DisplayName)
			}
			return all
		}
		want := []string{"Ana Silva", "Bo", "p2@web.example", "Cy Diaz"}
		require.ElementsMatch(t, want, shown(g))

		line := `{"display_name":"Dora\u0000Weiss","tags":["   ","vip\u0007"],"identifiers":[{"scheme":"mailto","value":"dora@web.example"}]}`
		require.Equal(t, []string{"created"}, outcomes(importedRows(t, g, line+"\n")))
		lines, _ := exportLines(t, g)
		to := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
		importFile(t, to, strings.Join(lines, ""))
		require.ElementsMatch(t, append(want, "Dora Weiss"), shown(to))
	})
}

// What two systems of the sender's call by the same number are two people; what a sender wrote where a number should be is kept for people to read.
func TestNumbersOfOtherSystemsStayTheirs(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		event := func(id, scheme, value string) map[string]any {
			return map[string]any{"specversion": "1.0", "id": id, "type": "contact.message.received.v1", "data": map[string]any{
				"channel": "web_chat", "from": map[string]any{"display_name": "Kim", "identifiers": []any{map[string]any{"scheme": scheme, "value": value}}}, "content": []any{map[string]any{"kind": "text", "text": "hi"}}}}
		}
		require.Less(t, g.Standard("w1", event("w1", "user_id", "7")).Status, 300)
		require.Less(t, g.API(http.MethodPost, "/v1/interactions", event("a1", "user_id", "7")).Status, 300)
		g.Settled()
		require.Len(t, profiles(t, g), 2)
		require.Less(t, g.Standard("w2", event("w2", "tel", "030 / 12 ask for Kim")).Status, 300)
		g.Settled()
		for _, i := range interactions(t, g) {
			if i.Key != "w2" {
				continue
			}
			kept, err := g.DB.Interactions.Find(t.Context(), i.ID)
			require.NoError(t, err)
			require.Contains(t, kept.Events[0].Inbound.Data.Extensions, contact.Pair{Name: "unreadable.tel", Value: "030 / 12 ask for Kim"})
			return
		}
		require.Fail(t, "w2 is not there")
	})
}

// A desk's number and a function's mailbox are nobody's own: only a name says who it is. Who calls or writes without one after somebody with a name is nobody's, the other way round they are two profiles, and what the network says of the line goes before the numbering plan.
func TestWithoutANameAPlaceIsNotItsCaller(t *testing.T) {
	t.Parallel()
	line, mailbox, pocket := object{"scheme": "tel", "value": "+493012345678"}, object{"scheme": "mailto", "value": "vertrieb@web.example"}, object{"scheme": "tel", "value": "+4917612345678"}
	on := func(kind string, event object) object {
		event["data"].(object)["caller"] = object{"line_type": kind}
		return event
	}
	for name, c := range map[string]struct {
		events []object
		same   []int // the profile of each contact, numbered in the order in which they appear; 0: nobody's
	}{
		"named first":              {[]object{said("1", "voice", "Ana Silva", line), said("2", "voice", "", line), said("3", "voice", "Silva, Ana", line)}, []int{1, 0, 1}},
		"nameless first":           {[]object{said("1", "voice", "", line), said("2", "voice", "", line), said("3", "voice", "Ana Silva", line), said("4", "voice", "Bruno Costa", line), said("5", "voice", "Ana Silva", line)}, []int{1, 1, 2, 3, 2}},
		"role mailbox":             {[]object{said("1", "email", "", mailbox), said("2", "email", "Ana Silva", mailbox), said("3", "email", "", mailbox)}, []int{1, 2, 0}},
		"pocket":                   {[]object{said("1", "voice", "", pocket), said("2", "voice", "Ana Silva", pocket), said("3", "voice", "", pocket)}, []int{1, 1, 1}},
		"ported to a pocket":       {[]object{on("mobile", said("1", "voice", "Ana Silva", line)), on("mobile", said("2", "voice", "", line))}, []int{1, 1}},
		"a landline by the switch": {[]object{on("fixed_line", said("1", "voice", "Ana Silva", pocket)), on("fixedVoip", said("2", "voice", "", pocket))}, []int{1, 0}},
		"an extension":             {[]object{said("1", "voice", "Ana Silva", object{"scheme": "tel", "value": "+14155550123 ext. 12"}), said("2", "voice", "", object{"scheme": "tel", "value": "+14155550123 ext. 17"})}, []int{1, 0}},
		"further point of her own": {[]object{said("1", "voice", "", line), said("2", "web_chat", "Ana Silva", line, object{"scheme": "telegram", "value": "4711"}), said("3", "telegram", "", object{"scheme": "telegram", "value": "4711"})}, []int{1, 2, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gatewaytest.EachStore(t, func(t *testing.T, uri string) {
				g := gatewaytest.Start(t, uri, "DE")
				for i, event := range c.events {
					require.Equal(t, http.StatusNoContent, g.Standard(fmt.Sprint("msg-", i), event).Status)
					g.Settled()
				}
				require.Equal(t, c.same, whose(t, g, len(c.events)))
				healthy(t, g)
			})
		})
	}
}

// whose numbers the profiles of the contacts "1" to "n" in the order in which they appear; 0: nobody's, with candidates.
func whose(t testing.TB, g *gatewaytest.Gateway, n int) []int {
	t.Helper()
	numbers, of := map[string]int{}, make([]int, n)
	found := map[string]interaction{}
	for _, i := range interactions(t, g) {
		found[i.Key] = i
	}
	for i := range of {
		contact := found[fmt.Sprint(i+1)]
		if contact.ProfileID == "" {
			require.NotEmpty(t, contact.Candidates)
			continue
		}
		if numbers[contact.ProfileID] == 0 {
			numbers[contact.ProfileID] = len(numbers) + 1
		}
		of[i] = numbers[contact.ProfileID]
	}
	return of
}

// A number that was silent for long and then speaks another language may have been given to somebody else: without a name that tells, the next caller does not inherit the history.
func TestANumberThatMayHaveBeenPassedOnIsNotItsFormerHolders(t *testing.T) {
	t.Parallel()
	number := object{"scheme": "tel", "value": "+4917612345678"}
	at := func(days int, language string, event object) object {
		event["time"] = time.Date(2025, 1, 1+days, 0, 0, 0, 0, time.UTC).Format(time.RFC3339)
		event["data"].(object)["from"].(object)["language"] = language
		return event
	}
	for name, c := range map[string]struct {
		events []object
		same   []int
	}{
		"another language after a silence":  {[]object{at(0, "de", said("1", "voice", "Jürgen Müller", number)), at(300, "ru", said("2", "voice", "", number)), at(301, "ru", said("3", "voice", "", number))}, []int{1, 0, 0}},
		"with a name":                       {[]object{at(0, "de", said("1", "voice", "", number)), at(300, "ru", said("2", "voice", "Olga Ivanova", number)), at(301, "ru", said("3", "voice", "Olga Ivanova", number))}, []int{1, 2, 2}},
		"another language the next day":     {[]object{at(0, "de", said("1", "voice", "Jürgen Müller", number)), at(1, "ru", said("2", "voice", "", number))}, []int{1, 1}},
		"the same language after a silence": {[]object{at(0, "de", said("1", "voice", "Jürgen Müller", number)), at(300, "de-AT", said("2", "voice", "", number))}, []int{1, 1}},
		"the same name":                     {[]object{at(0, "de", said("1", "voice", "Jürgen Müller", number)), at(300, "en", said("2", "voice", "J. Müller", number))}, []int{1, 1}},
		"a late delivery of an old call":    {[]object{at(300, "de", said("1", "voice", "Jürgen Müller", number)), at(0, "ru", said("2", "voice", "", number))}, []int{1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gatewaytest.EachStore(t, func(t *testing.T, uri string) {
				g := gatewaytest.Start(t, uri, "DE")
				for i, event := range c.events {
					require.Equal(t, http.StatusNoContent, g.Standard(fmt.Sprint("msg-", i), event).Status)
					g.Settled()
				}
				require.Equal(t, c.same, whose(t, g, len(c.events)))
				healthy(t, g)
			})
		})
	}
}
