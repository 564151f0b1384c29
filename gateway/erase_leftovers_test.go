package gateway_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/people"
	"usher/gateway/store"
)

// What lies beside the history of an erased person, where it is not looked for by the person's id: each case leaves a word there that must be gone, and what is others' must stay.

// leftovers runs a gateway on a file in which words are looked for.
func leftovers(t *testing.T) (g *gatewaytest.Gateway, holds func(words ...string) []string) {
	t.Helper()
	uri := gatewaytest.SQLite(t)
	g = gatewaytest.Start(t, uri, "DE")
	return g, func(words ...string) []string { return foundOf(t, uri, words) }
}

// An answer that is kept for an Idempotency-Key holds what was written, and need not name the person: a note's does not.
func TestKeptAnswersOfAnErasedPersonGo(t *testing.T) {
	t.Parallel()
	g, holds := leftovers(t)
	g.Standard("E1", said("E1", "sms", "Ana Diaz", point("tel", "+4915123450987")))
	g.Standard("E2", said("E2", "sms", "Bea Otto", point("tel", "+4915123450988")))
	g.Settled()
	ana, bea := search(t, g, "+4915123450987"), search(t, g, "+4915123450988")
	for id, text := range map[string]string{ana: "answerzyx", bea: "otherzyx"} {
		a := g.With(http.Header{"Idempotency-Key": {"note-" + id}}, http.MethodPost, "/v1/profiles/"+id+"/notes", object{"text": text})
		require.Equal(t, http.StatusCreated, a.Status, a.Body)
	}
	erase(t, g, ana)
	require.Empty(t, holds("answerzyx"))
	again := g.With(http.Header{"Idempotency-Key": {"note-" + bea}}, http.MethodPost, "/v1/profiles/"+bea+"/notes", object{"text": "otherzyx"})
	require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"), "the answer of another stays")
}

// Why an interaction was taken from somebody speaks of both: it goes with either. The interaction stays with whom it was placed, and the decisions stay as they were made.
func TestWhyAnInteractionWasTakenFromAnErasedPersonGoes(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "DE")
		g.Standard("E1", said("E1", "sms", "Ana Diaz", point("tel", "+4915123450987")))
		g.Standard("E2", said("E2", "sms", "Bea Otto", point("tel", "+4915123450988")))
		g.Settled()
		ana, bea := search(t, g, "+4915123450987"), search(t, g, "+4915123450988")
		id := all[interaction](t, g, "/v1/profiles/"+ana+"/timeline?")[0].ID
		var placed interaction
		a := g.API(http.MethodPatch, "/v1/interactions/"+id, object{"profile_id": bea, "why": "movedzyx"})
		a.Decode(t, &placed)
		require.Equal(t, http.StatusOK, a.Status, a.Body)
		made := placed.Placements[0]
		require.Equal(t, "movedzyx", made.Why)
		for _, list := range []string{"/v1/profiles/" + bea + "/timeline?", "/v1/interactions?unattached=false&"} {
			require.Contains(t, fmt.Sprint(all[interaction](t, g, list)), "movedzyx", list)
		}
		require.Contains(t, g.API(http.MethodGet, "/v1/audit?kind=attach", nil).Body, "movedzyx")

		e := erase(t, g, ana)
		for _, list := range []string{"/v1/profiles/" + bea + "/timeline", "/v1/interactions", "/v1/audit"} {
			a := g.API(http.MethodGet, list, nil)
			require.Equal(t, http.StatusOK, a.Status)
			require.NotContains(t, a.Body, "movedzyx")
		}
		for _, id := range []string{made.DecisionID, e.DecisionID} {
			d, err := g.DB.Decisions.Find(t.Context(), id)
			require.NoError(t, err)
			require.EqualValues(t, 1, d.Version, "a decision was rewritten")
			require.Empty(t, d.Why)
			require.NotEmpty(t, d.EvidenceID)
		}
		require.Len(t, all[interaction](t, g, "/v1/profiles/"+bea+"/timeline?"), 2)
	})
}

// Why a contact point was taken from somebody goes with them, also from what its new holder has.
func TestWhyAContactPointWasTakenFromAnErasedPersonGoes(t *testing.T) {
	t.Parallel()
	g, holds := leftovers(t)
	g.Standard("E1", said("E1", "sms", "Ana Diaz", point("tel", "+4915123450987")))
	g.Standard("E2", said("E2", "sms", "Bea Otto", point("tel", "+4915123450988")))
	g.Settled()
	ana, bea := search(t, g, "+4915123450987"), search(t, g, "+4915123450988")
	a := g.API(http.MethodPost, "/v1/profiles/"+bea+"/identities", object{"scheme": "tel", "value": "+4915123450987", "take_over": true, "why": "tookzyx"})
	require.Less(t, a.Status, 300, a.Body)
	require.NotEmpty(t, holds("tookzyx"))
	erase(t, g, ana)
	require.Empty(t, holds("tookzyx"))
	require.Equal(t, bea, search(t, g, "+4915123450987"))
}

// What was kept out is filed under the strongest contact point it came by. It is the person's also if that was another one, which nobody holds.
func TestWhatWasKeptOutByAWeakerContactPointGoes(t *testing.T) {
	t.Parallel()
	g, holds := leftovers(t)
	g.Standard("E1", said("E1", "email", "Ana Diaz", mail("ana@example.com")))
	g.Settled()
	ana := found1(t, g, "ana@example.com")
	blockOf(t, g, object{"contact_point": object{"scheme": "mailto", "value": "ana@example.com"}})
	g.Standard("E2", said("E2", "sms", "Ana Aloofzyx", point("telegram", "farzyx"), mail("ana@example.com")))
	g.Settled()
	aside := waiting(t, g)
	require.Len(t, aside, 1)
	require.Equal(t, "farzyx", aside[0].Sender)
	a := g.API(http.MethodPost, "/v1/quarantine/"+aside[0].ID+"/discard", object{"why": "whyzyx"})
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	erase(t, g, ana)
	require.Empty(t, holds("aloofzyx", "farzyx", "whyzyx"))
	healthy(t, g)
}

// On a contact point that several share, what waits in quarantine and gives the name of another of them is theirs, and waits on.
func TestWhatWaitsOfAnotherOnASharedContactPointWaitsOn(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "DE")
		number := point("tel", "+49305550001")
		for _, name := range []string{"Ana Silva", "Bernd Otto"} {
			g.Standard("first"+name[:3], said("first"+name[:3], "sms", name, number))
			g.Settled()
		}
		var ana string
		for _, p := range profiles(t, g) {
			if p.DisplayName == "Ana Silva" {
				ana = p.ID
			}
		}
		made := blockOf(t, g, object{"contact_point": object{"scheme": "tel", "value": "+49305550001"}})
		for _, name := range []string{"Ana Silva", "Bernd Otto"} {
			g.Standard("kept"+name[:3], said("kept"+name[:3], "sms", name, number))
			g.Settled()
		}
		require.Len(t, waiting(t, g), 2)
		erase(t, g, ana)
		left := waiting(t, g)
		require.Len(t, left, 1)
		require.Equal(t, "+49305550001", left[0].Sender)
		unblock(t, g, made.ID)
		a := g.API(http.MethodPost, "/v1/quarantine/"+left[0].ID+"/release", nil)
		require.Equal(t, http.StatusOK, a.Status, a.Body)
		g.Settled()
		require.Len(t, interactions(t, g), 2, "what Bernd wrote first, and what had waited")
		healthy(t, g)
	})
}

// What we sent to several people at once is nobody's. It goes with the first of them.
func TestWhatWeSentToSeveralGoes(t *testing.T) {
	t.Parallel()
	g, holds := leftovers(t)
	g.Standard("E1", said("E1", "email", "Ana Diaz", mail("ana.zyxmark@example.com")))
	ours := outbound(saying("E2", "email", "groupzyx", mail("support@acme.example")))
	ours["data"].(object)["to"] = []object{{"identifiers": []object{mail("bea@example.com")}}, {"identifiers": []object{mail("ana.zyxmark@example.com")}}}
	theirs := outbound(saying("E3", "email", "teamzyx", mail("support@acme.example")))
	theirs["data"].(object)["to"] = []object{{"identifiers": []object{mail("bea@example.com")}}, {"identifiers": []object{mail("cleo@example.com")}}}
	g.Standard("E2", ours)
	g.Standard("E3", theirs)
	g.Settled()
	require.Len(t, interactions(t, g), 3)
	erase(t, g, found1(t, g, "ana.zyxmark@example.com"))
	require.Empty(t, holds("groupzyx", "zyxmark"))
	require.Len(t, interactions(t, g), 1)
	require.NotEmpty(t, holds("teamzyx"), "what was sent to others stays")
}

// A source that is no longer configured has deliveries that nobody works on: what they hold of the person would lie there for ever.
func TestWhatWaitsForASourceThatIsGoneIsStripped(t *testing.T) {
	t.Parallel()
	g, holds := leftovers(t)
	for n, text := range []string{"from %2B4915123450987 gonezyx", "from %2B4915123450988 stayzyx"} {
		d := contact.Delivery{Source: "old", Adapter: "gone", Queue: "old", Outcome: contact.Accepted, Due: store.Now().Add(-time.Hour), ReceivedAt: store.Now(), Key: fmt.Sprint("old", n), Body: []byte(text)}
		d.ID = fmt.Sprint("dlv_old", n)
		require.NoError(t, g.DB.Deliveries.Insert(t.Context(), d))
	}
	g.Standard("E1", said("E1", "sms", "Ana Diaz", point("tel", "+4915123450987")))
	g.Settled()
	erase(t, g, search(t, g, "+4915123450987"))
	require.Empty(t, holds("gonezyx"))
	require.NotEmpty(t, holds("stayzyx"))
}

// What says nothing that is recorded, as that somebody is typing, says who: its body goes too.
func TestWhatWasNotWorthRecordingIsStripped(t *testing.T) {
	t.Parallel()
	g, holds := leftovers(t)
	g.Standard("E1", said("E1", "sms", "Ana Diaz", point("telegram", "typingzyx")))
	typing := chat("E2", point("telegram", "typingzyx"))
	typing["type"] = "contact.typing.v1"
	g.Standard("E2", typing)
	others := chat("E3", point("telegram", "beazyx"))
	others["type"] = "contact.typing.v1"
	g.Standard("E3", others)
	g.Settled()
	erase(t, g, found1(t, g, "typingzyx"))
	require.Empty(t, holds("typingzyx"))
	require.NotEmpty(t, holds("beazyx"))
}

// A running import may still reject a row of the person, and keeps how it begins. The erasure is not done before it has ended.
func TestAnErasureWaitsForARunningImport(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "DE")
		g.Standard("E1", said("E1", "sms", "Ana Zyxmark", point("tel", "+4915123450987")))
		g.Settled()
		job := contact.Job{State: contact.Running, CreatedAt: store.Now()}
		job.ID = "job_test"
		require.NoError(t, g.DB.Jobs.Insert(t.Context(), job))
		job.Version = 1
		begun := begin(t, g, search(t, g, "+4915123450987"))
		require.Eventually(t, func() bool {
			e, err := g.DB.Erasures.Find(t.Context(), begun.ID)
			return err == nil && (e.Looks > 0 || e.State != store.ErasureRunning)
		}, time.Minute, 10*time.Millisecond)
		row := contact.JobRow{JobID: job.ID, N: 1, Outcome: contact.RowRejected, Code: "unreadable_identifier", Raw: "Zyxmark, Ana;;"}
		row.ID = "jbr_test"
		require.NoError(t, g.DB.JobRows.Insert(t.Context(), row))
		job.State, job.FinishedAt = contact.JobDone, store.Now()
		_, err := g.DB.Jobs.Swap(t.Context(), job)
		require.NoError(t, err)
		ended(t, g, begun.ID)
		row, err = g.DB.JobRows.Find(t.Context(), row.ID)
		require.NoError(t, err)
		require.Empty(t, row.Raw)
	})
}

// The transcript of a call comes minutes after it, from nobody's number and without a time of its own. That of a call which was erased is not kept.
func TestTheTranscriptOfAnErasedCallIsTurnedAway(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "DE")
		for _, sid := range []string{"CA1", "CA2"} {
			g.Twilio("voice", "CallSid", sid, "From", "+491512345098"+sid[2:], "To", "+14155550100", "CallStatus", "ringing", "Direction", "inbound")
		}
		g.Settled()
		erase(t, g, search(t, g, "+4915123450981"))
		for _, sid := range []string{"CA1", "CA2"} {
			g.Twilio("recording", "CallSid", sid, "RecordingSid", "RE"+sid, "RecordingStatus", "completed", "RecordingUrl", "https://api.twilio.com/RE", "RecordingDuration", "30")
			g.Twilio("transcription", "CallSid", sid, "RecordingSid", "RE"+sid, "TranscriptionSid", "TR"+sid, "TranscriptionStatus", "completed", "TranscriptionText", "please call back")
		}
		g.Settled()
		left := interactions(t, g)
		require.Len(t, left, 1)
		require.Equal(t, "CA2", left[0].Key)
		var turned int
		for _, d := range deliveriesOf(t, g) {
			if d.Code == contact.CodeErased {
				require.True(t, d.Bare())
				turned++
			}
		}
		require.Equal(t, 2, turned)
		require.Empty(t, waiting(t, g))
		healthy(t, g)
	})
}

// A worker died when it had claimed the first of a contact's new points, and the person was erased before the delivery was tried again. The claim holds the name and all the points, and nobody would ever come back to it.
func TestAClaimThatDiedBeforeTheErasureGoes(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{false, true} {
		t.Run(fmt.Sprint("tried again ", again), func(t *testing.T) {
			t.Parallel()
			for k := int64(1); ; k++ {
				uri := gatewaytest.SQLite(t)
				g, m := mortalGateway(t, uri)
				arrive(t, g, "first", "+4915123450987", time.Now().Add(-time.Minute))
				work(t, g)
				arrive(t, g, "Wclaimzyx", "+4915123450987", time.Now())
				m.left.Store(k)
				_, _ = g.Work(t.Context()) // its error is the death
				survived := m.left.Load() > 0
				require.NoError(t, g.Close())
				if survived {
					require.Greater(t, k, int64(5))
					return
				}
				claimErased(t, uri, again, k)
			}
		})
	}
}

// claimErased erases the person of a store in which a worker has died, and looks for what that left.
func claimErased(t *testing.T, uri string, again bool, k int64) {
	g, _ := mortalGateway(t, uri)
	p := people.New(g.DB)
	held, err := p.Holders(t.Context(), contact.Tel, "+4915123450987")
	require.NoError(t, err)
	e, err := p.Erase(t.Context(), people.Wish{}, held[0].ProfileID, func(people.Person) bool { return true })
	require.NoError(t, err)
	if !again { // whoever tries it next is not there for long
		all, _, err := g.DB.Deliveries.List(t.Context(), store.Range{Index: "received", Limit: 100})
		require.NoError(t, err)
		for _, d := range all {
			if d.Queue != "" {
				d.Queue, d.Lease, d.Outcome = "", nil, contact.Dead
				_, err := g.DB.Deliveries.Swap(t.Context(), d)
				require.NoError(t, err)
			}
		}
	}
	for e.State == store.ErasureRunning {
		work(t, g)
		require.NoError(t, g.Erase(t.Context()))
		e, err = g.DB.Erasures.Find(t.Context(), e.ID)
		require.NoError(t, err)
	}
	identities, _, err := g.DB.Identities.List(t.Context(), store.Range{Index: "profile", Equal: []any{""}, Limit: 100})
	require.NoError(t, err)
	for _, i := range identities {
		require.False(t, i.Claimed(), "died after write %d", k)
	}
	report, err := gateway.Examine(t.Context(), g.DB, t.Output())
	require.NoError(t, err)
	for _, r := range report {
		require.Empty(t, r.Violations, "%s, died after write %d", r.Rule, k)
	}
	require.NoError(t, g.Close())
	require.Empty(t, foundOf(t, uri, []string{"wclaimzyx", "4915123450987"}), "died after write %d", k)
}

// A delivery holds contacts of the person and of others, and is to be tried again later. It is not stripped, or the others' would be lost; nor is the erasure done while it lies there.
func TestAnErasureWaitsForADeliveryThatOthersAreIn(t *testing.T) {
	t.Parallel()
	g, holds := leftovers(t)
	g.Standard("E1", said("E1", "sms", "Ana Diaz", point("tel", "+4915123450987")))
	g.Settled()
	const event = `{"specversion":"1.0","id":%q,"type":"contact.message.received.v1","data":{"channel":"sms","from":{"identifiers":[{"scheme":"tel","value":%q}]},"content":[{"kind":"text","text":%q}]}}`
	d := contact.Delivery{Source: "web", Adapter: "standard", Queue: "web", Outcome: contact.Retrying, Attempts: 1, Due: store.Now().Add(1500 * time.Millisecond), ReceivedAt: store.Now(), Key: "mixed"}
	d.ID = "dlv_mixed"
	d.Body = []byte("[" + fmt.Sprintf(event, "M1", "+4915123450987", "leftzyx") + "," + fmt.Sprintf(event, "M2", "+4915123450988", "hello") + "]")
	require.NoError(t, g.DB.Deliveries.Insert(t.Context(), d))
	erase(t, g, search(t, g, "+4915123450987"))
	require.Empty(t, holds("leftzyx"))
	left := interactions(t, g)
	require.Len(t, left, 1)
	require.Equal(t, "M2", left[0].Key)
	healthy(t, g)
}

// What waits in quarantine of others goes with the body that it lies in together with what is the person's: nothing waits that can not be read.
func TestNothingWaitsInADeliveryThatWasStripped(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "DE")
		ana, bea := point("tel", "+4915123450987"), point("tel", "+4915123450988")
		g.Standard("E1", said("E1", "sms", "Ana Diaz", ana))
		g.Settled()
		before := time.Now().Add(-10 * time.Millisecond)
		blockOf(t, g, object{"contact_point": object{"scheme": "tel", "value": "+4915123450988"}})
		g.Standard("E2", at(chat("M1", ana), before), at(chat("M2", bea), before))
		g.Settled()
		require.Len(t, waiting(t, g), 1)
		erase(t, g, search(t, g, "+4915123450987"))
		require.Empty(t, waiting(t, g))
		healthy(t, g)
		g.Standard("E3", at(chat("M3", ana), before), at(chat("M4", bea), before)) // late
		g.Settled()
		require.Empty(t, waiting(t, g))
		aside := all[quarantined](t, g, "/v1/quarantine?state=discarded&")
		require.Len(t, aside, 2)
		healthy(t, g)
	})
}
