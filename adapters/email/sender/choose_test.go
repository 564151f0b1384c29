package sender

import (
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mail  Mail
		want  string // the key
		as    Source
		from  contact.Provenance
		scope string
		named string
	}{
		"From":                          {mail("From: Ann Miller <Ann@Example.com>"), "ann@example.com", InFrom, contact.FromChannel, "", "Ann Miller"},
		"Reply-To of a person":          {mail("From: Ann <ann@example.com>", "Reply-To: Bob <bob@example.org>"), "ann@example.com", InFrom, contact.FromChannel, "", "Ann"},
		"a registered form":             {mail("From: Form <form@shop.example>", "Reply-To: Ann <ann@example.com>"), "ann@example.com", InReplyTo, contact.Claimed, "shop", "Ann"},
		"a registered market":           {mail("From: x@market.example", "Reply-To: Ann <a1@reply.example>"), "a1@reply.example", InReplyTo, contact.Claimed, "market.example", "Ann"},
		"a registered form names none":  {mail("From: Form <form@shop.example>"), "", InReplyTo, contact.Claimed, "shop", ""},
		"a form names several":          {mail("From: Form <form@shop.example>", "Reply-To: a@example.com; b@example.com"), "", InReplyTo, contact.Claimed, "shop", ""},
		"a form names us beside":        {mail("From: Form <form@shop.example>", "Reply-To: Ann <ann@example.com>; support@ours.example"), "ann@example.com", InReplyTo, contact.Claimed, "shop", "Ann"},
		"our own form":                  {mail("From: Website <support@ours.example>", "Reply-To: Ann <ann@example.com>"), "ann@example.com", InReplyTo, contact.Claimed, "support@ours.example", "Ann"},
		"an unread address":             {mail("From: <no-reply@forms.example>", "Reply-To: ann@example.com"), "ann@example.com", InReplyTo, contact.Claimed, "no-reply@forms.example", ""},
		"an unread address of the same": {mail("From: X <no-reply@x.example>", "Reply-To: <service@x.example>"), "no-reply@x.example", InFrom, contact.FromChannel, "", "X"},
		"our group":                     {mail("List-Id: <group.ours.example>", "From: 'Ann Miller' via Group <group@ours.example>", "X-Original-From: Ann Miller <ann@example.com>"), "ann@example.com", InOriginalFrom, contact.Claimed, "group@ours.example", "Ann Miller"},
		"our group, sender only":        {mail("List-Id: <group.ours.example>", "From: 'Ann Miller' via Group <group@ours.example>", "X-Original-Sender: ann@example.com"), "ann@example.com", InOriginalSender, contact.Claimed, "group@ours.example", "Ann Miller"},
		"our group, Reply-To only":      {mail("List-Id: <group.ours.example>", "From: Ann via Group <group@ours.example>", "Reply-To: Ann <ann@example.com>"), "ann@example.com", InReplyTo, contact.Claimed, "group@ours.example", "Ann"},
		"a list that rewrites":          {mail("List-Id: <u.lists.example>", "List-Post: <mailto:u@lists.example>", "From: Ann via U <u@lists.example>", "Reply-To: Ann <ann@example.com>"), "ann@example.com", InReplyTo, contact.Claimed, "u@lists.example", "Ann"},
		"X-Original-From of a person":   {mail("From: Ann <ann@example.com>", "X-Original-From: Eve <victim@example.org>"), "ann@example.com", InFrom, contact.FromChannel, "", "Ann"},
		"the form's header lies":        {mail("From: Form <form@shop.example>", "X-Original-From: <victim@example.org>", "Reply-To: <ann@example.com>"), "ann@example.com", InReplyTo, contact.Claimed, "shop", ""},
		"no From":                       {Mail{}, "", InFrom, contact.FromChannel, "", ""},
	} {
		got := Choose(c.mail, policy)
		require.Equal(t, c.want, got.Key.Key, name)
		require.Equal(t, c.from, got.Provenance, name)
		require.Equal(t, c.scope, got.Scope, name)
		require.Equal(t, c.named, got.Name, name)
		require.Equal(t, contact.None, got.Assurance, name)
		if c.want != "" {
			require.Equal(t, c.as, got.Source, name)
		}
	}
}

func TestTheMailboxMayChooseOtherwise(t *testing.T) {
	t.Parallel()
	byFrom, byReply := policy, policy
	byFrom.Choice, byReply.Choice = ByFrom, ByReplyTo
	m := mail("From: Ann <ann@example.com>", "Reply-To: Bob <bob@example.org>")
	require.Equal(t, "ann@example.com", Choose(m, byFrom).Key.Key)
	got := Choose(m, byReply)
	require.Equal(t, "bob@example.org", got.Key.Key)
	require.Equal(t, contact.Claimed, got.Provenance, "whoever writes may put any address there")
	require.Equal(t, "ann@example.com", got.Scope)
	form := mail("From: Form <form@shop.example>", "Reply-To: Ann <ann@example.com>")
	require.Equal(t, "form@shop.example", Choose(form, byFrom).Key.Key)
	class, _ := Class(form, byFrom)
	require.Equal(t, contact.Human, class, "class and contact must go by the same rule")
}

// Nothing but From identifies: every other field is written by whoever sends, about whomever he likes.
func TestOnlyFromIdentifies(t *testing.T) {
	t.Parallel()
	for _, m := range []Mail{
		mail("From: <no-reply@evil.example>", "Reply-To: <victim@example.org>"),
		mail("From: Ann via X <x@evil.example>", "List-Id: <x.evil.example>", "X-Original-From: <victim@example.org>"),
		mail("From: <support@ours.example>", "Reply-To: <victim@example.org>"),
		mail("From: <group@ours.example>", "List-Id: <g>", "X-Original-Sender: victim@example.org", "X-Original-From: victim@example.org"),
	} {
		got := Choose(m, policy)
		require.Equal(t, "victim@example.org", got.Key.Key)
		require.False(t, got.Provenance.Identifies())
		require.NotEmpty(t, got.Scope)
	}
}

func TestSenderIsOnlyNoted(t *testing.T) {
	t.Parallel()
	got := Choose(mail("From: Boss <boss@example.com>", "Sender: Assistant <pa@example.com>"), policy)
	require.Equal(t, "boss@example.com", got.Key.Key)
	require.Equal(t, "pa@example.com", got.OnBehalf.Addr)
	require.Empty(t, Choose(mail("From: Boss <boss@example.com>", "Sender: Boss <BOSS@example.com>"), policy).OnBehalf)
	several := Choose(mail("From: a@example.com; b@example.com"), policy)
	require.True(t, several.Several)
	require.Equal(t, "a@example.com", several.Key.Key)
}

func TestOnlyAnAgentForwards(t *testing.T) {
	t.Parallel()
	inner := Inner{"Miller, Ann", "Ann@Example.com"}
	agent := mail("From: Tom <tom@private.example>")
	got, ok := Forwarded(agent, policy, inner, contact.None)
	require.True(t, ok)
	require.Equal(t, "ann@example.com", got.Key.Key)
	require.Equal(t, "Ann Miller", got.Name)
	require.Equal(t, contact.FromAgent, got.Provenance)
	require.Equal(t, contact.None, got.Assurance)
	require.Equal(t, "tom@private.example", got.RecordedBy)
	for name, refused := range map[string]func() (Contact, bool){
		"a stranger": func() (Contact, bool) {
			return Forwarded(mail("From: <eve@evil.example>"), policy, inner, contact.Pass)
		},
		"a forged agent": func() (Contact, bool) { return Forwarded(agent, policy, inner, contact.Fail) },
		"an agent of two": func() (Contact, bool) {
			return Forwarded(mail("From: tom@private.example; eve@evil.example"), policy, inner, contact.None)
		},
		"our own mail": func() (Contact, bool) {
			return Forwarded(agent, policy, Inner{"", "support@ours.example"}, contact.None)
		},
		"another agent's": func() (Contact, bool) { return Forwarded(agent, policy, Inner{"", "eva@ours.example"}, contact.None) },
		"a far agent's": func() (Contact, bool) {
			return Forwarded(mail("From: <eva@ours.example>"), policy, Inner{"", "tom@private.example"}, contact.None)
		},
		"no address": func() (Contact, bool) { return Forwarded(agent, policy, Inner{"Ann", ""}, contact.None) },
		"the mailbox itself": func() (Contact, bool) {
			return Forwarded(mail("From: <support@ours.example>"), policy, inner, contact.None)
		},
	} {
		_, ok := refused()
		require.False(t, ok, name)
	}
}

func TestSubjectsThatForward(t *testing.T) {
	t.Parallel()
	for _, subject := range []string{"WG: Tisch", "Fwd: [12] Table", "TR : Table", "转发：表", "I: Tavolo", "İLT: Masa"} {
		require.True(t, Forwards(subject), subject)
	}
	for _, subject := range []string{"AW: WG: Tisch", "Re: Table", "Forwarding of mail", "Idea: a table", ""} {
		require.False(t, Forwards(subject), subject)
	}
}
