package gateway_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/store"
)

// saying is a message with a text.
func saying(id, channel, text string, identifiers ...object) object {
	event := said(id, channel, "", identifiers...)
	event["data"].(object)["content"] = []object{{"kind": "text", "text": text}}
	return event
}

func tel(number string) object { return object{"scheme": "tel", "value": number} }

// heardOf is the evidence that a gateway keeps of the profile of one event, as "kind value part start-end".
func heardOf(t testing.TB, g *gatewaytest.Gateway) (all []string) {
	t.Helper()
	found, _, err := g.DB.Profiles.List(t.Context(), store.Range{Index: "created", Limit: 10})
	require.NoError(t, err)
	for _, p := range found {
		for _, e := range p.Evidence {
			require.Equal(t, contact.Extracted, e.Provenance)
			require.NotEmpty(t, e.Source.InteractionID)
			all = append(all, fmt.Sprint(e.Kind, " ", e.Left, " ", e.Source.Part, " ", e.Source.Span))
		}
	}
	return all
}

// What somebody writes of themselves in a chat is evidence with its place, in runes; it makes no identity.
func TestAChatTellsEvidenceWithItsPlace(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		text := "Grüße! Order 4711-0815 is late. Write to Ann@Example.com or call (415) 555-0144."
		require.Equal(t, http.StatusNoContent, g.Standard("m1", saying("e1", "whatsapp", text, tel("+14155550123"))).Status)
		g.Settled()
		require.Equal(t, []string{"reference 47110815 own_text [13 22]", "mailto ann@example.com own_text [41 56]", "tel +14155550144 own_text [65 79]"}, heardOf(t, g))
		require.Len(t, profiles(t, g)[0].Identities, 1)
		healthy(t, g)
	})
}

// SCENARIOS 9: quotes, what is passed on, our own signature and what we send are never evidence of a customer.
func TestWhatIsNotTheirsIsNeverEvidence(t *testing.T) {
	t.Parallel()
	quoted := "> order 7654321, bob@example.net\n"
	for name, event := range map[string]object{
		"a quote":             saying("e1", "whatsapp", quoted+"yes", tel("+14155550123")),
		"a copied chat":       saying("e1", "whatsapp", "[11/12/26, 10:02:11] Bob: order 7654321 bob@example.net", tel("+14155550123")),
		"a forwarded mail":    saying("e1", "web_chat", "look\n---------- Forwarded message ----------\nFrom: bob@example.net\norder 7654321", tel("+14155550123")),
		"our own signature":   saying("e1", "whatsapp", "as you wrote: support@acme.example, +1 415 555 0100, anna@agents.example", tel("+14155550123")),
		"their own number":    saying("e1", "whatsapp", "call me on +1 415 555 0123", tel("+14155550123")),
		"a message of ours":   outbound(saying("e1", "whatsapp", "your order 7654321, bob@example.net", tel("+14155550123"))),
		"a transcript of two": transcript("my order is 7654321", object{"speaker": "agent", "text": "order 7654321", "start": 0, "end": 1}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
			require.Equal(t, http.StatusNoContent, g.Standard("m0", saying("e0", "whatsapp", "hi", tel("+14155550123"))).Status)
			g.Settled()
			require.Equal(t, http.StatusNoContent, g.Standard("m1", event).Status)
			g.Settled()
			require.Len(t, profiles(t, g), 1)
			require.Empty(t, heardOf(t, g))
		})
	}
}

func outbound(event object) object {
	data := event["data"].(object)
	data["direction"], data["to"], data["from"] = "outbound", []object{data["from"].(object)}, object{"identifiers": []object{tel("+14155550100")}}
	return event
}

func transcript(text string, segments ...object) object {
	event := said("e1", "voice", "", tel("+14155550123"))
	event["type"] = "contact.transcript.available.v1"
	event["data"].(object)["transcript"] = object{"id": "t1", "text": text, "segments": segments}
	return event
}

// A caller who spells an address for the machine tells it as one who types it. The provider's notice knows no caller: the call does.
func TestAVoicemailTellsEvidence(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		require.Equal(t, http.StatusOK, g.Twilio("voice", "CallSid", "CA1", "From", "+14155550123", "To", "+14155550100", "Direction", "inbound", "CallStatus", "ringing").Status)
		g.Settled()
		require.Less(t, g.Twilio("transcription", "CallSid", "CA1", "TranscriptionSid", "TR1", "RecordingSid", "RE1", "TranscriptionStatus", "completed",
			"TranscriptionText", "Hello my address is ann dot berg at example dot com and the ticket is 5566778").Status, 300)
		g.Settled()
		require.Equal(t, []string{"mailto ann.berg@example.com transcript [20 51]", "reference 5566778 transcript [70 77]"}, heardOf(t, g))
		healthy(t, g)
	})
}

// Two profiles that speak of one order are held against each other: by a key of their own, a level of its own, shown with its number. Nobody is attached by it.
func TestTheSameOrderInTwoHistoriesSpeaksForOnePerson(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		first := saying("e1", "whatsapp", "where is order AC-20261124?", tel("+14155550123"))
		second := saying("e2", "email", "Order no. AC 2026 is not it. It is order AC20261124", object{"scheme": "mailto", "value": "ann@example.com"})
		other := saying("e3", "whatsapp", "order AC-20261125", tel("+14155550199"))
		for i, event := range []object{first, second, other} {
			require.Equal(t, http.StatusNoContent, g.Standard(fmt.Sprint("m", i), event).Status)
			g.Settled()
		}
		require.Len(t, profiles(t, g), 3, "a reference attaches nobody")
		flags := duplicates(t, g)
		require.Len(t, flags, 1, "the next order is somebody else's")
		require.Subset(t, kinds(flags[0].Evidence), []string{"prior", "mentioned_same"})
		for _, e := range flags[0].Evidence {
			if strings.HasPrefix(e.Kind, "mentioned") {
				require.Equal(t, []string{"AC20261124", "AC20261124"}, []string{e.Left, e.Right})
				require.Positive(t, e.WeightBits)
			}
		}
		healthy(t, g)
	})
}
