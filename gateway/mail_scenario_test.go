package gateway_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/stretchr/testify/require"

	"usher/adapters/email/imaptest"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
)

// The same complaints as they come by mail: a real IMAP server in memory, the real poller, the agents' API.

const mailbox = "support@acme.example"

func startMail(t testing.TB) *imaptest.Server {
	t.Helper()
	s, err := imaptest.Start(t.Context(), mailbox, "correct horse")
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() }) // some tests have closed it
	return s
}

// mailSource is a source that polls a server; more are settings of its section.
func mailSource(name string, s *imaptest.Server, more ...string) string {
	settings := append([]string{
		"host: 127.0.0.1", fmt.Sprintf("port: %d", s.Port()), "tls: none", "user: " + mailbox, "start_from: all", "poll_interval: 5s", "authserv_ids: [mx.acme.example]", "relays: [form@forms.example]",
	}, more...)
	return fmt.Sprintf("{name: %s, adapter: email, secrets: [correct horse], email: {%s}}", name, strings.Join(settings, ", "))
}

// letter is a mail: header lines, then the text.
func letter(text string, header ...string) string {
	head := strings.Join(header, "\r\n") + "\r\nTo: " + mailbox
	if !strings.Contains(head, "Date:") {
		head += "\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000"
	}
	if !strings.Contains(head, "Received:") {
		head = "Received: from out.example by mx.acme.example with ESMTPS; Mon, 23 Nov 2026 10:00:01 +0000\r\n" + head
	}
	return head + "\r\n\r\n" + strings.ReplaceAll(text, "\n", "\r\n")
}

func put(t testing.TB, s *imaptest.Server, mails ...string) {
	t.Helper()
	for _, m := range mails {
		require.NoError(t, s.Append("INBOX", m))
	}
}

// stored is a profile as it is stored, with its evidence.
func stored(t testing.TB, g *gatewaytest.Gateway, id string) contact.Profile {
	t.Helper()
	p, err := g.DB.Profiles.Find(t.Context(), id)
	require.NoError(t, err)
	return p
}

// Scenario 9: what stands in a quote or a forwarded mail, and what is ours, is no evidence; the sender's own signature is.
func TestOnlyTheSendersOwnWordsAreEvidence(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		s := startMail(t)
		put(t, s, letter("Please call me on my mobile.\n\n-- \nJane Doe\nHead of Purchasing\nExample Widgets Ltd\nTel: +44 20 7946 0958\njane.private@example.org\nour office: +1 415 555 0100\n\n"+
			"On Mon, 23 Nov 2026 at 09:00, Anna <anna@agents.example> wrote:\n> Hello Jane,\n> call me back on +44 20 7946 0000\n> or write to bob@victim.example\n> -- \n> Anna, Acme GmbH, +44 20 7946 0111\n",
			"From: Jane Doe <jane@example.com>", "Subject: Re: offer", "Message-ID: <1@example.com>"))
		g := gatewaytest.Start(t, uri, "GB", mailSource("mail", s))
		g.Fetched("mail", 1)
		all := profiles(t, g)
		require.Len(t, all, 1)
		require.Equal(t, "Jane Doe", all[0].DisplayName)
		var values []string
		for _, e := range stored(t, g, all[0].ID).Evidence {
			require.Equal(t, contact.Extracted, e.Provenance)
			require.NotNil(t, e.Source)
			require.NotEmpty(t, e.Source.InteractionID)
			values = append(values, e.Kind+" "+e.Left)
		}
		require.ElementsMatch(t, []string{"tel +442079460958", "mailto jane.private@example.org", "title Head of Purchasing", "company Example Widgets Ltd"}, values)
		require.Len(t, all[0].Identities, 1, "evidence attaches nothing")
		healthy(t, g)
	})
}

// Scenario 11: restarts, a folder numbered anew, mails read elsewhere, used or missing Message-IDs, a large mail, damage: each mail exactly once, and the counters prove it.
func TestEachMailIsRecordedOnceWhateverHappens(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		s := startMail(t)
		var mails []string
		for n := range 20 {
			mails = append(mails, letter(fmt.Sprintf("Order %d, please.", n), fmt.Sprintf("From: Ana %d <ana%d@example.com>", n, n), fmt.Sprintf("Subject: Order %d", n), fmt.Sprintf("Message-ID: <%d@example.com>", n)))
		}
		mails = append(mails,
			letter("no id at all", "From: bea@example.com", "Subject: no id"),
			letter("an id that is blank", "From: bea@example.com", "Subject: blank", "Message-ID: "),
			letter("an id that was used before", "From: bea@example.com", "Subject: used", "Message-ID: <3@example.com>"),
			letter("--x\r\nContent-Type: text/plain\r\n\r\nnever closed", "From: bea@example.com", "Subject: broken", "Message-ID: <b@example.com>", "MIME-Version: 1.0", `Content-Type: multipart/mixed; boundary="x"`),
			"X-Odd: nobody, to nobody\r\n\r\nthis is hardly a mail",
			letter(strings.Repeat("All work and no play makes Jack a dull boy.\n", 3<<20/44), "From: jack@example.com", "Subject: large", "Message-ID: <large@example.com>"),
		)
		put(t, s, mails[:10]...)
		require.NoError(t, s.Append("INBOX", mails[10], imap.FlagSeen)) // somebody has read it
		g, stop := gatewaytest.StartStoppable(t, uri, "DE", mailSource("mail", s))
		g.Fetched("mail", 11)
		require.NoError(t, stop())

		put(t, s, mails[11:]...) // three days down
		g, stop = gatewaytest.StartStoppable(t, uri, "DE", mailSource("mail", s))
		g.Fetched("mail", int64(len(mails)))
		require.NoError(t, s.Restart(t.Context()))
		require.NoError(t, stop())

		// The server has lost its index: the same mails under other numbers, and one more.
		require.NoError(t, s.Delete("INBOX"))
		require.NoError(t, s.Create("INBOX"))
		put(t, s, mails...)
		put(t, s, letter("and another", "From: ana0@example.com", "Subject: more", "Message-ID: <more@example.com>"))
		g = gatewaytest.Start(t, uri, "DE", mailSource("mail", s))
		g.Fetched("mail", int64(len(mails)+1))

		recorded := interactions(t, g)
		require.Len(t, recorded, len(mails)+1)
		subjects := map[string]int{}
		for _, i := range recorded {
			subjects[i.View.Subject]++
			require.Equal(t, 1, i.View.Events)
		}
		require.Equal(t, 1, subjects["Order 7"])
		require.Equal(t, 1, subjects["used"])
		require.Equal(t, 1, subjects["large"])
		var source struct {
			Health string         `json:"health"`
			Units  []contact.Unit `json:"units"`
		}
		g.API(http.MethodGet, "/v1/sources/mail", nil).Decode(t, &source)
		require.Equal(t, "green", source.Health)
		require.Len(t, source.Units, 1)
		require.EqualValues(t, len(mails)+1, source.Units[0].Seen)
		require.Equal(t, source.Units[0].Seen, source.Units[0].Stored)
		healthy(t, g)
	})
}

// A copy of a mail in a second mailbox is a delivery of its own and no second interaction.
func TestACopyInAnotherMailboxIsTheSameInteraction(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		one, two := startMail(t), startMail(t)
		mail := letter("Hello both", "From: Ana Silva <ana@example.com>", "Subject: both", "Message-ID: <1@example.com>")
		put(t, one, mail)
		put(t, two, "X-Delivered-By: two\r\n"+mail)
		g := gatewaytest.Start(t, uri, "DE", mailSource("one", one), mailSource("two", two))
		g.Fetched("one", 1)
		g.Fetched("two", 1)
		recorded := interactions(t, g)
		require.Len(t, recorded, 1)
		require.Equal(t, 1, recorded[0].View.Events)
		require.Len(t, profiles(t, g), 1)
	})
}

// Scenario 13: machines and lists become no customers, and flag nothing.
func TestMachinesBecomeNoCustomers(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		s := startMail(t)
		put(t, s, letter("Hello", "From: Ana Silva <ana@example.com>", "Subject: hello", "Message-ID: <0@example.com>"))
		g := gatewaytest.Start(t, uri, "DE", mailSource("mail", s))
		g.Fetched("mail", 1) // she is known before the rest comes
		put(t, s,
			"Return-Path: <>\r\n"+letter("--b\nContent-Type: text/plain\n\nIt did not arrive.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; ana@example.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <ours@acme.example>\nFrom: support@acme.example\n\n--b--\n",
				"From: Mail Delivery System <MAILER-DAEMON@mx.example.com>", "Subject: Undelivered Mail", "Message-ID: <1@mx.example.com>", "MIME-Version: 1.0", `Content-Type: multipart/report; report-type=delivery-status; boundary="b"`),
			letter("I am away until Monday.", "From: Bob Away <bob@example.com>", "Subject: Out of office: hello", "Message-ID: <2@example.com>", "Auto-Submitted: auto-replied"),
			letter("Away again.", "From: Ana Silva <ana@example.com>", "Subject: Automatic reply", "Message-ID: <2b@example.com>", "Auto-Submitted: auto-replied"),
			letter("A post", "From: Carl Poster <carl@example.net>", "Subject: [gophers] generics", "Message-ID: <3@example.net>", "List-Id: <gophers.example.org>", "List-Post: <mailto:gophers@example.org>"),
			letter("Your parcel is on its way", "From: Shop <no-reply@shop.example>", "Subject: on its way", "Message-ID: <4@shop.example>"),
			letter("Big sale", "From: Shop <news@shop.example>", "Subject: sale", "Message-ID: <5@shop.example>", "Precedence: bulk", "List-Unsubscribe: <https://shop.example/u>"),
			letter("Internal note", "From: Anna <anna@agents.example>", "Subject: note", "Message-ID: <6@agents.example>"),
			"X-Spam-Flag: YES\r\n"+letter("You have won", "From: Prince <prince@spam.example>", "Subject: won", "Message-ID: <7@spam.example>"),
		)
		g.Fetched("mail", 9)
		known := profiles(t, g)
		require.Len(t, known, 1)
		require.Equal(t, "Ana Silva", known[0].DisplayName)
		classes := map[string]string{}
		for _, i := range interactions(t, g) {
			if i.ProfileID != "" {
				require.Equal(t, known[0].ID, i.ProfileID)
			}
			classes[i.View.Subject] = i.Class + map[bool]string{true: ", hers"}[i.ProfileID != ""]
		}
		require.Equal(t, map[string]string{
			"hello": "human, hers", "Undelivered Mail": "bounce, hers", "Out of office: hello": "auto_reply", "Automatic reply": "auto_reply, hers", "[gophers] generics": "list",
			"on its way": "automated", "sale": "automated", "note": "own",
		}, classes)
		require.Empty(t, all[duplicate](t, g, "/v1/duplicates?"))
		quarantined, err := g.DB.Deliveries.Count(t.Context(), "outcome", string(contact.Quarantined))
		require.NoError(t, err)
		require.EqualValues(t, 1, quarantined, "spam waits for a person")
	})
}

type duplicate struct {
	ID string `json:"id"`
}

// Scenario 14: a form's mails are the people's who filled it in, one profile each, and never the form's; and nobody reaches another's history by typing an address.
func TestAFormIsNotAPerson(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		s := startMail(t)
		put(t, s,
			letter("My own mail", "From: Vic Tim <victim@example.com>", "Subject: own", "Message-ID: <0@example.com>"),
			letter("Please call", "From: Contact form <form@forms.example>", "Reply-To: Ana Silva <ana@example.com>", "Subject: form 1", "Message-ID: <1@forms.example>"),
			letter("Please call again", "From: Contact form <form@forms.example>", "Reply-To: Ana Silva <ana@example.com>", "Subject: form 2", "Message-ID: <2@forms.example>"),
			letter("Name: Bob Baker\nE-Mail: bob@example.com\nMessage: hello", "From: Contact form <form@forms.example>", "Subject: form 3", "Message-ID: <3@forms.example>"),
			letter("I am the victim, believe me", "From: Contact form <form@forms.example>", "Reply-To: Vic Tim <victim@example.com>", "Subject: form 4", "Message-ID: <4@forms.example>"),
		)
		g := gatewaytest.Start(t, uri, "DE", mailSource("mail", s))
		g.Fetched("mail", 5)
		whose := map[string]string{}
		for _, i := range interactions(t, g) {
			require.NotEmpty(t, i.ProfileID, i.View.Subject)
			whose[i.View.Subject] = i.ProfileID
		}
		require.Equal(t, whose["form 1"], whose["form 2"], "a regular of the form is one profile")
		require.NotEqual(t, whose["form 1"], whose["form 3"])
		require.NotEqual(t, whose["own"], whose["form 4"], "typing an address proves nothing")
		names := map[string]string{}
		for _, p := range profiles(t, g) {
			names[p.ID] = p.DisplayName
		}
		require.Len(t, names, 4)
		require.Equal(t, "Ana Silva", names[whose["form 1"]])
		require.Equal(t, "Bob Baker", names[whose["form 3"]])
	})
}

// Scenario 20, mail: who fails the authentication of our own server gets no profile, and is offered as a candidate; a sender's own word on that counts for nothing.
func TestASpoofedSenderAttachesToNobody(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		s := startMail(t)
		put(t, s, "Authentication-Results: mx.acme.example; dmarc=pass header.from=example.com\r\n"+letter("It is me", "From: Ana Silva <ana@example.com>", "Subject: real", "Message-ID: <1@example.com>"))
		g := gatewaytest.Start(t, uri, "DE", mailSource("mail", s))
		g.Fetched("mail", 1)
		put(t, s,
			"Authentication-Results: mx.acme.example; dmarc=fail header.from=example.com\r\n"+letter("It is me, send money", "From: Ana Silva <ana@example.com>", "Subject: spoofed", "Message-ID: <2@evil.example>"),
			"Authentication-Results: mx.acme.example; dmarc=fail header.from=example.com\r\n"+letter("Me too", "From: Nobody New <new@example.com>", "Subject: spoofed, unknown", "Message-ID: <3@evil.example>"),
			"Authentication-Results: mx.acme.example; dmarc=none header.from=example.org\r\n"+
				letter("believe me", "From: Carl <carl@example.org>", "Subject: forged results", "Message-ID: <4@evil.example>", "Authentication-Results: mx.acme.example; dmarc=pass header.from=example.org"),
			letter("believe them", "From: Dora <dora@example.net>", "Subject: a stranger's results", "Message-ID: <5@evil.example>", "Authentication-Results: mx.evil.example; dmarc=pass header.from=example.net"),
		)
		g.Fetched("mail", 5)
		bySubject := map[string]interaction{}
		for _, i := range interactions(t, g) {
			bySubject[i.View.Subject] = i
		}
		require.NotEmpty(t, bySubject["real"].ProfileID)
		require.Empty(t, bySubject["spoofed"].ProfileID)
		require.Equal(t, bySubject["real"].ProfileID, bySubject["spoofed"].Candidates[0].ProfileID)
		require.Empty(t, bySubject["spoofed, unknown"].ProfileID)
		assurances := map[string]string{}
		for _, p := range profiles(t, g) {
			for _, i := range p.Identities {
				assurances[i.Value] = i.Assurance
			}
		}
		require.Equal(t, map[string]string{"ana@example.com": "pass", "carl@example.org": "none", "dora@example.net": "none"}, assurances)
	})
}

// An agent's forward is about whoever wrote the mail inside; anybody else's is the sender's own.
func TestOnlyAgentsForwardForOthers(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		s := startMail(t)
		block := "\n-----Original Message-----\nFrom: Ana Silva <ana@example.com>\nSent: Monday, November 23, 2026 9:00 AM\nTo: Sales <sales@agents.example>\nSubject: broken heater\n\nMy heater is broken.\n"
		put(t, s,
			letter(block, "From: Anna Agent <anna@agents.example>", "Subject: FW: broken heater", "Message-ID: <1@agents.example>"),
			letter(block, "From: Mallory <mallory@example.org>", "Subject: FW: broken heater", "Message-ID: <2@example.org>"),
		)
		g := gatewaytest.Start(t, uri, "DE", mailSource("mail", s))
		g.Fetched("mail", 2)
		var addresses []string
		for _, p := range profiles(t, g) {
			for _, i := range p.Identities {
				addresses = append(addresses, p.DisplayName+" "+i.Value)
			}
		}
		require.ElementsMatch(t, []string{"Ana Silva ana@example.com", "Mallory mallory@example.org"}, addresses)
	})
}

// A file of a mail can be read through the API, also after the mail itself was dropped, by those who may read profiles.
func TestFilesOfMailsAreKept(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		s := startMail(t)
		content := strings.Repeat("%PDF-1.7 heater manual\n", 20000) // more than one chunk
		put(t, s, letter("--x\nContent-Type: text/plain\n\nsee attached\n--x\nContent-Type: application/pdf\nContent-Disposition: attachment; filename*=utf-8''m%C3%A4nual.pdf\nContent-Transfer-Encoding: base64\n\n"+wrapped(content)+"\n--x--\n",
			"From: ana@example.com", "Subject: manual", "Message-ID: <1@example.com>", "MIME-Version: 1.0", `Content-Type: multipart/mixed; boundary="x"`))
		g := gatewaytest.Start(t, uri, "DE", mailSource("mail", s))
		g.Fetched("mail", 1)
		i := interactions(t, g)[0]
		require.Len(t, i.View.Content, 2)
		media := i.View.Content[1].Media
		require.Equal(t, contact.InStore, media.State)
		require.Equal(t, "mänual.pdf", media.Filename)
		answer := g.API(http.MethodGet, "/v1/interactions/"+i.ID+"/files/"+media.StoredRef, nil)
		require.Equal(t, http.StatusOK, answer.Status, answer.Body)
		require.Equal(t, content, answer.Body)
		require.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"))
		require.Contains(t, answer.Header.Get("Content-Disposition"), "attachment")
		require.Equal(t, http.StatusNotFound, g.API(http.MethodGet, "/v1/interactions/"+i.ID+"/files/fil_none", nil).Status)
		require.Equal(t, http.StatusUnauthorized, g.As("usk_wrong", http.MethodGet, "/v1/interactions/"+i.ID+"/files/"+media.StoredRef, nil).Status)
	})
}

// wrapped is base64 in lines.
func wrapped(content string) string {
	text := base64.StdEncoding.EncodeToString([]byte(content))
	var b strings.Builder
	for len(text) > 76 {
		b.WriteString(text[:76] + "\n")
		text = text[76:]
	}
	return b.String() + text
}

// Scenario 12: a token that is refused makes the source red and an event at once, without hammering anybody; with a good one everything that came meanwhile comes in.
func TestARefusedTokenIsSeenAndCaughtUpWith(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		s := startMail(t)
		s.AcceptTokens(func(token string) bool { return token == "good" })
		var consent atomic.Bool
		var asked atomic.Int64
		tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			w.Header().Set("Content-Type", "application/json")
			if !consent.Load() {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = w.Write([]byte(`{"error":"invalid_grant","error_description":"support@acme.example has to sign in again"}`))
				return
			}
			_, _ = w.Write([]byte(`{"access_token":"good","token_type":"Bearer","expires_in":3600,"refresh_token":"next"}`))
		}))
		defer tokens.Close()
		oauth := fmt.Sprintf("oauth2: {provider: custom, flow: refresh_token, client_id: usher, refresh_token: first, token_url: %q}", tokens.URL+"/token")
		put(t, s, letter("one", "From: Ana Silva <ana@example.com>", "Subject: one", "Message-ID: <1@example.com>"))
		g, stop := gatewaytest.StartStoppable(t, uri, "DE", mailSource("mail", s, oauth))
		var source struct {
			Health       string `json:"health"`
			HealthReason string `json:"health_reason"`
		}
		require.Eventually(t, func() bool {
			g.API(http.MethodGet, "/v1/sources/mail", nil).Decode(t, &source)
			return source.Health == "red"
		}, 20*time.Second, 20*time.Millisecond)
		require.Contains(t, source.HealthReason, "invalid_grant")
		require.NotContains(t, source.HealthReason, "support@acme.example")
		type event struct {
			Type    string            `json:"type"`
			Subject string            `json:"subject"`
			Data    map[string]string `json:"data"`
		}
		happened := func(health string) func() bool {
			return func() bool {
				return slices.ContainsFunc(all[event](t, g, "/v1/events?"), func(e event) bool {
					return e.Type == "source.health_changed" && e.Subject == "mail" && e.Data["health"] == health
				})
			}
		}
		require.Eventually(t, happened("red"), 20*time.Second, 50*time.Millisecond)
		require.LessOrEqual(t, asked.Load(), int64(6), "three tries, each in the two ways a client may say who it is")
		require.Empty(t, interactions(t, g))

		consent.Store(true) // somebody has signed in again, and restarts
		put(t, s, letter("two", "From: Ana Silva <ana@example.com>", "Subject: two", "Message-ID: <2@example.com>"))
		require.NoError(t, stop())
		g = gatewaytest.Start(t, uri, "DE", mailSource("mail", s, oauth))
		g.Fetched("mail", 2)
		require.Len(t, interactions(t, g), 2)
		require.Eventually(t, happened("green"), 20*time.Second, 50*time.Millisecond)
		polled, err := g.DB.Polled.Find(t.Context(), g.DB.PolledID("mail"))
		require.NoError(t, err)
		require.NotContains(t, polled.Place, "next", "the rotated token is sealed")
	})
}
