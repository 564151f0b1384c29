package sender

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"usher/gateway/contact"
)

// drawnMail draws a mail of the words that the rules look at, so that they meet in every order.
func drawnMail(t *rapid.T) Mail {
	addr := rapid.SampledFrom([]string{"ann@example.com", "BOB@Example.org", "no-reply@forms.example", "noreply@example.com", "support@ours.example", "group@ours.example", "eva@ours.example", "tom@private.example", "form@shop.example", "x@market.example", "info@acme.example", "users@lists.example", "mailer-daemon@mx.example", "", "a@b@c", "jörg@münchen.example"})
	name := rapid.SampledFrom([]string{"", "Ann", "Ann via Group", "'Ann' via Users", "victim@bank.com", "Miller, Ann", "\u202eAnn"})
	address := rapid.Custom(func(t *rapid.T) Address { return Address{name.Draw(t, "name"), addr.Draw(t, "addr")} })
	field := rapid.SampledFrom([]contact.Pair{
		{Name: "List-Id", Value: "<users.lists.example>"}, {Name: "List-Post", Value: "<mailto:users@lists.example>"}, {Name: "List-Unsubscribe", Value: "<https://x>"}, {Name: "Precedence", Value: "bulk"}, {Name: "Precedence", Value: "auto_reply"},
		{Name: "Auto-Submitted", Value: "auto-replied"}, {Name: "Auto-Submitted", Value: "auto-generated"}, {Name: "Auto-Submitted", Value: "no"}, {Name: "Return-Path", Value: "<>"}, {Name: "X-Original-From", Value: "Eve <eve@example.net>"},
		{Name: "X-Original-Sender", Value: "eve@example.net"}, {Name: "In-Reply-To", Value: "<1@x>"}, {Name: "X-Auto-Response-Suppress", Value: "All"},
	})
	return Mail{
		Headers: rapid.SliceOfN(field, 0, 4).Draw(t, "headers"), From: rapid.SliceOfN(address, 0, 2).Draw(t, "from"), ReplyTo: rapid.SliceOfN(address, 0, 2).Draw(t, "reply_to"), Sender: rapid.SliceOfN(address, 0, 1).Draw(t, "sender"),
		Subject:     rapid.SampledFrom([]string{"", "Hello", "Automatic reply: x", "Undeliverable: x"}).Draw(t, "subject"),
		ContentType: rapid.SampledFrom([]string{"", "text/plain", "text/calendar; method=REQUEST", "multipart/report; report-type=delivery-status", ";;;", "multipart/report; report-type=\"feedback-report\""}).Draw(t, "type"),
	}
}

// Class and contact go by one rule: whoever may get a profile is either the From itself, or a claim in a relay's scope.
func TestClassAndContactGoByOneRule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, p := drawnMail(t), policy
		p.Choice = rapid.SampledFrom([]Choice{"", Auto, ByFrom, ByReplyTo}).Draw(t, "choice")
		class, _ := Class(m, p)
		c := Choose(m, p)
		require.NotEmpty(t, class)
		require.Equal(t, c.Provenance.Identifies(), c.Scope == "", "a claim has a scope, and nothing else has")
		require.Equal(t, contact.None, c.Assurance)
		if c.Provenance.Identifies() {
			require.Equal(t, KeyOf(m.from().Addr).Key, c.Key.Key, "only From identifies")
		}
		if class == contact.Relay {
			require.Equal(t, contact.Claimed, c.Provenance)
		}
		if class.Policy().Creates && class != contact.Relay && p.Choice != ByReplyTo {
			require.Equal(t, contact.FromChannel, c.Provenance)
		}
		if class.Policy().Creates {
			require.False(t, p.isOwn(c.Addr) && c.Key.Key != "", "we are no customer of ours")
		}
	})
}

// The headers that a person's mail lacks only ever take away what it may do: a program that says so is never more than a person.
func TestSayingThatAProgramWroteNeverHelps(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := drawnMail(t)
		before, _ := Class(m, policy)
		m.Headers = append(Headers{{Name: "Auto-Submitted", Value: "auto-replied"}}, m.Headers...)
		after, _ := Class(m, policy)
		require.False(t, after.Policy().Creates && !before.Policy().Creates, "%s became %s", before, after)
		require.False(t, after.Policy().Creates)
	})
}

func TestOneAnswerForOneMail(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := drawnMail(t)
		class, kind := Class(m, policy)
		again, same := Class(m, policy)
		require.Equal(t, class, again)
		require.Equal(t, kind, same)
		require.Equal(t, Choose(m, policy), Choose(m, policy))
	})
}
