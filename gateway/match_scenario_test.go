package gateway_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/people"
)

// flag is a pair as agents see it.
type flag struct {
	ID          string                `json:"id"`
	Probability float64               `json:"probability"`
	Model       string                `json:"model"`
	CreatedBy   string                `json:"created_by"`
	Profiles    []struct{ ID string } `json:"profiles"`
	Evidence    []contact.Evidence    `json:"evidence"`
}

func duplicates(t testing.TB, g *gatewaytest.Gateway) []flag {
	return all[flag](t, g, "/v1/duplicates?")
}

// said is a message of a channel by a named person.
func said(id, channel, name string, identifiers ...object) object {
	event := chat(id, identifiers...)
	data := event["data"].(object)
	data["channel"] = channel
	data["from"].(object)["display_name"] = name
	return event
}

// kinds are the kinds of evidence.
func kinds(evidence []contact.Evidence) (all []string) {
	for _, e := range evidence {
		all = append(all, e.Kind)
	}
	return all
}

// Scenario 7: whoever types somebody's address is not let into that person's history: another profile, no interaction moved, and a flag for people to judge.
func TestATypedAddressRaisesAFlagAndOpensNoHistory(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		visitor := object{"scheme": "visitor", "value": "v-1", "scope": "shop"}
		typed := object{"scheme": "mailto", "value": "Maria.Lopez@web.example", "provenance": "claimed"}
		for i, event := range []object{
			said("e1", "email", "Maria Lopez", object{"scheme": "mailto", "value": "maria.lopez@web.example"}),
			said("e2", "web_chat", "Maria Lopez", visitor, typed),
		} {
			require.Equal(t, http.StatusNoContent, g.Standard(fmt.Sprint("msg-", i), event).Status)
			g.Settled()
		}
		found := profiles(t, g)
		require.Len(t, found, 2)
		for _, p := range found {
			require.Len(t, p.Identities, 1)
			require.Len(t, all[interaction](t, g, "/v1/profiles/"+p.ID+"/timeline?"), 1, "each sees its own history only")
		}
		flags := duplicates(t, g)
		require.Len(t, flags, 1)
		require.Subset(t, kinds(flags[0].Evidence), []string{"prior", "name_full_exact", "email_same"})
		require.NotEmpty(t, flags[0].Model)
		require.Greater(t, flags[0].Probability, .8)
		chatted := interactions(t, g)
		require.True(t, slices.ContainsFunc(chatted, func(i interaction) bool { return i.ID == flags[0].CreatedBy && i.Channel == "web_chat" }))
		healthy(t, g)
	})
}

// A contact point that an agent says several people use says of two who name it as little as a role mailbox or a household's number, whoever has come by it so far.
func TestAContactPointThatIsSaidToBeSharedSaysLittle(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		named := []object{{"scheme": "mailto", "value": "box7@web.example"}, {"scheme": "tel", "value": "+14155550199"}}
		entered := send[person](t, g, http.StatusCreated, "/v1/profiles", object{"display_name": "Maria Lopez", "identifiers": named})
		for _, p := range pointsOf(t, g, entered.ID) {
			a := g.API(http.MethodPatch, "/v1/profiles/"+entered.ID+"/identities/"+p.ID, object{"shared": true})
			require.Equal(t, http.StatusOK, a.Status, a.Body)
		}
		visitor := object{"scheme": "visitor", "value": "v-1", "scope": "shop"}
		for _, p := range named {
			p["provenance"] = "claimed"
		}
		g.Standard("msg", said("msg", "web_chat", "Maria Lopez", visitor, named[0], named[1]))
		g.Settled()
		flags := duplicates(t, g)
		require.Len(t, flags, 1)
		require.Subset(t, kinds(flags[0].Evidence), []string{"name_full_exact", "email_same", "phone_shared"})
		require.Empty(t, contact.Strong(flags[0].Evidence))
		for _, e := range flags[0].Evidence {
			if e.Kind == "email_same" {
				require.Equal(t, "role_mailbox", e.Via)
			}
		}
	})
}

// sharing is a person with who else uses their contact points.
type sharing struct {
	ID            string `json:"id"`
	DisplayName   string `json:"display_name"`
	SharesContact []struct {
		ProfileID  string `json:"profile_id"`
		IdentityID string `json:"identity_id"`
	} `json:"shares_contact"`
}

// sharers are the names of who shares a contact point with each person.
func sharers(t testing.TB, g *gatewaytest.Gateway) map[string][]string {
	t.Helper()
	everybody := all[sharing](t, g, "/v1/profiles?")
	names := map[string]string{}
	for _, p := range everybody {
		names[p.ID] = p.DisplayName
	}
	found := map[string][]string{}
	for _, p := range everybody {
		found[p.DisplayName] = []string{}
		for _, s := range p.SharesContact {
			require.NotEmpty(t, s.IdentityID)
			found[p.DisplayName] = append(found[p.DisplayName], names[s.ProfileID])
		}
		slices.Sort(found[p.DisplayName])
	}
	return found
}

// Who shares a contact point is named with each person, whoever held it first; a merge makes the two one, and whoever used it alone shares it with nobody.
func TestAPersonShowsWhoSharesTheirContactPoints(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		number, account := object{"scheme": "tel", "value": "+14155550123"}, object{"scheme": "telegram", "value": "4711"}
		for i, event := range []object{
			said("e1", "whatsapp", "Ana Silva", number), said("e2", "whatsapp", "Bruno Silva", number), said("e3", "whatsapp", "Carla Silva", number),
			said("e4", "telegram", "Otto Brandt", account),
		} {
			g.Standard(fmt.Sprint("msg-", i), event)
			g.Settled()
		}
		require.Equal(t, map[string][]string{
			"Ana Silva": {"Bruno Silva", "Carla Silva"}, "Bruno Silva": {"Ana Silva", "Carla Silva"}, "Carla Silva": {"Ana Silva", "Bruno Silva"}, "Otto Brandt": {},
		}, sharers(t, g))

		ids := map[string]string{}
		for _, p := range profiles(t, g) {
			ids[p.DisplayName] = p.ID
		}
		_, err := people.New(g.DB).Decide(t.Context(), people.Change{Kind: contact.Merged, A: ids["Carla Silva"], B: ids["Otto Brandt"], Who: "agent-1"})
		require.NoError(t, err)
		require.Equal(t, map[string][]string{
			"Ana Silva": {"Bruno Silva", "Otto Brandt"}, "Bruno Silva": {"Ana Silva", "Otto Brandt"}, "Otto Brandt": {"Ana Silva", "Bruno Silva"},
		}, sharers(t, g))
	})
}

// Two of a household on one number, or in one mailbox, are no duplicates: they share a contact point.
func TestAHouseholdRaisesNoFlag(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		number, mailbox := object{"scheme": "tel", "value": "+14155550123"}, object{"scheme": "mailto", "value": "silvas@web.example"}
		for i, event := range []object{
			said("e1", "whatsapp", "Ana Silva", number), said("e2", "whatsapp", "Bruno Silva", number),
			said("e3", "email", "Carla Silva", mailbox), said("e4", "email", "Diego Silva", mailbox),
		} {
			g.Standard(fmt.Sprint("msg-", i), event)
			g.Settled()
		}
		require.Len(t, profiles(t, g), 4)
		require.Empty(t, duplicates(t, g))
	})
}

// Two rooms that call from one number, or write from one company, are two: a number in a name tells them apart, each is known again by it, and nobody is asked whether they are one.
func TestNamesThatDifferInANumberAreTwo(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		number := object{"scheme": "tel", "value": "+14155550123"}
		for i, event := range []object{
			said("e1", "whatsapp", "Meeting Room 1", number), said("e2", "whatsapp", "Meeting Room 2", number),
			said("e3", "whatsapp", "Meeting Room 2", number), said("e4", "whatsapp", "Room 01, Meeting", number),
			said("e5", "email", "Meeting Room 12", object{"scheme": "mailto", "value": "room12@hotel.example"}),
			said("e6", "email", "Meeting Room 14", object{"scheme": "mailto", "value": "room14@hotel.example"}),
		} {
			require.Equal(t, http.StatusNoContent, g.Standard(fmt.Sprint("msg-", i), event).Status)
			g.Settled()
		}
		histories := map[string]int{}
		for _, p := range profiles(t, g) {
			histories[p.DisplayName] = len(all[interaction](t, g, "/v1/profiles/"+p.ID+"/timeline?"))
		}
		require.Equal(t, map[string]int{"Meeting Room 1": 2, "Meeting Room 2": 2, "Meeting Room 12": 1, "Meeting Room 14": 1}, histories)
		require.Empty(t, duplicates(t, g))
		healthy(t, g)
	})
}

// A dismissed flag stays dismissed where the profiles learn what only one of them has; an open one is scored again.
func TestLearningScoresOpenFlagsAgainAndLeavesDecidedOnes(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		account := object{"scheme": "telegram", "value": "4711"}
		tell := func(i int, event object) {
			g.Standard(fmt.Sprint("msg-", i), event)
			g.Settled()
		}
		tell(1, said("e1", "email", "Wilhelmina Okonkwo", object{"scheme": "mailto", "value": "w.okonkwo@web.example"}))
		tell(2, said("e2", "telegram", "Wilhelmina Okonkwo", account))
		before := duplicates(t, g)
		require.Len(t, before, 1)
		tell(3, said("e3", "telegram", "Wilhelmina Okonkwo", account, object{"scheme": "mailto", "value": "w.okonkwo@web.example", "provenance": "claimed"}))
		after := duplicates(t, g)
		require.Len(t, after, 1)
		require.Greater(t, after[0].Probability, before[0].Probability)
		require.Contains(t, kinds(after[0].Evidence), "email_same")

		before = after
		dismiss(t, g, before[0].ID)
		tell(4, said("e4", "telegram", "Wilhelmina A. Okonkwo", account, object{"scheme": "tel", "value": "+14155550199", "provenance": "claimed"}))
		require.Empty(t, duplicates(t, g))
		again := flagNow(t, g, before[0].ID)
		require.Equal(t, "dismissed", again.Status)
		require.Empty(t, again.NewEvidence)
	})
}

// Scenario 9: a number in a quote, in a forwarded mail's head, or of our own agents flags nobody; the one in the sender's signature does.
func TestOnlyTheSendersOwnNumberFlags(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		s := startMail(t)
		g := gatewaytest.Start(t, uri, "US", mailSource("mail", s))
		for i, caller := range []struct{ name, number string }{
			{"Quoted Person", "+14155550301"}, {"Forwarded Person", "+14155550302"}, {"Jane Doe", "+14155550303"}, {"", "+14155550100"},
		} {
			g.Twilio("voice", "CallSid", fmt.Sprint("CA", i), "From", caller.number, "To", "+14155550100", "CallStatus", "ringing", "CallerName", caller.name)
		}
		g.Settled()
		put(t, s, letter("Please call me.\n\n-- \nJane Doe\nTel: +1 415 555 0303\nYour office: +1 415 555 0100\n\n"+
			"On Mon, 23 Nov 2026 at 09:00, Anna <anna@agents.example> wrote:\n> call me back on +1 415 555 0301\n> -- \n> Quoted Person, +1 415 555 0301\n",
			"From: Jane Doe <jane@example.com>", "Subject: Re: offer", "Message-ID: <1@example.com>"),
			letter("see below\n\n---------- Forwarded message ---------\nFrom: Forwarded Person <fp@victim.example>\nDate: Mon, 23 Nov 2026\nSubject: hi\nTo: <paul@example.net>\n\nmy number is +1 415 555 0302\n-- \nForwarded Person\nTel: +1 415 555 0302\n",
				"From: Paul Novak <paul@example.net>", "Subject: Fwd: hi", "Message-ID: <2@example.net>"))
		g.Fetched("mail", 2)
		names := map[string]string{}
		for _, p := range profiles(t, g) {
			names[p.ID] = p.DisplayName
		}
		flags := duplicates(t, g)
		require.Len(t, flags, 1)
		require.Equal(t, "Jane Doe", names[flags[0].Profiles[0].ID])
		require.Equal(t, "Jane Doe", names[flags[0].Profiles[1].ID])
		require.Contains(t, kinds(flags[0].Evidence), "phone_same")
	})
}
