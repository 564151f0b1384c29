package sender

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

func TestDeliveryStatus(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		report string
		want   []Recipient
	}{
		"Postfix": {"Reporting-MTA: dns; mx.ours.example\r\nX-Postfix-Queue-ID: 4ABC\r\nArrival-Date: Wed,  5 Jul 2023 10:00:00 +0200 (CEST)\r\n\r\nFinal-Recipient: rfc822; bob@example.com\r\nOriginal-Recipient: rfc822;Bob@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mx.example.com\r\nDiagnostic-Code: smtp; 550 5.1.1 <bob@example.com>: Recipient address\r\n    rejected: User unknown\r\n",
			[]Recipient{{"bob@example.com", "Bob@example.com", "failed", "5.1.1", "550 5.1.1 <bob@example.com>: Recipient address rejected: User unknown"}}},
		"Exchange":                    {"Reporting-MTA: dns;ex.example.com\nReceived-From-MTA: dns;mx.ours.example\nArrival-Date: Wed, 5 Jul 2023 08:00:00 +0000\n\nFinal-Recipient: rfc822;bob@example.com\nAction: failed\nStatus: 5.1.10\nDiagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound\n", []Recipient{{"bob@example.com", "", "failed", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound"}}},
		"two, one delayed":            {"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.0.0\n\nFinal-Recipient: rfc822; b@example.com\nAction: delayed\nStatus: 4.4.1 (timed out)\n", []Recipient{{"a@example.com", "", "failed", "5.0.0", ""}, {"b@example.com", "", "delayed", "4.4.1", ""}}},
		"no empty lines":              {"Reporting-MTA: dns; x\nFinal-Recipient: rfc822; a@example.com\nAction: failed\nFinal-Recipient: rfc822; b@example.com\nAction: failed\n", []Recipient{{"a@example.com", "", "failed", "", ""}, {"b@example.com", "", "failed", "", ""}}},
		"too many empty lines":        {"\n\nReporting-MTA: dns; x\n\n\n\nFinal-Recipient: rfc822; a@example.com\nStatus: 5.2.2\n\n\n", []Recipient{{"a@example.com", "", "", "5.2.2", ""}}},
		"the status in words":         {"Final-Recipient: rfc822; a@example.com\nAction: Failed\nDiagnostic-Code: smtp; 552-5.2.2 mailbox full\n", []Recipient{{"a@example.com", "", "failed", "5.2.2", "552-5.2.2 mailbox full"}}},
		"utf-8":                       {"Final-Recipient: utf-8; j\\x{F6}rg@example.com\nAction: failed\n", []Recipient{{"jörg@example.com", "", "failed", "", ""}}},
		"no type":                     {"Final-Recipient: <a@example.com>\nAction: failed (no such user)\n", []Recipient{{"a@example.com", "", "failed", "", ""}}},
		"only the original":           {"Original-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.0.0\n", []Recipient{{"", "a@example.com", "failed", "5.0.0", ""}}},
		"a status before a full stop": {"Final-Recipient: rfc822; a@example.com\nAction: failed\nDiagnostic-Code: smtp; 550 refused (see 5.7.1). Or 5.1.1\n", []Recipient{{"a@example.com", "", "failed", "5.7.1", "550 refused (see 5.7.1). Or 5.1.1"}}},
		"a status that ends a text":   {"Final-Recipient: rfc822; a@example.com\nAction: failed\nDiagnostic-Code: smtp; 550 refused, 5.7.1.\n", []Recipient{{"a@example.com", "", "failed", "5.7.1", "550 refused, 5.7.1."}}},
		"a status that is an address": {"Final-Recipient: rfc822; a@example.com\nAction: failed\nDiagnostic-Code: smtp; 550 from 5.1.1.9 refused\n", []Recipient{{"a@example.com", "", "failed", "", "550 from 5.1.1.9 refused"}}},
		"nothing":                     {"", nil},
		"garbage":                     {"hello\n world\n:::\n", nil},
	} {
		require.Empty(t, cmp.Diff(c.want, ParseDeliveryStatus([]byte(c.report))), name)
	}
}

func TestDisposition(t *testing.T) {
	t.Parallel()
	d, ok := ParseDisposition([]byte("Reporting-UA: mail.example; X\r\nOriginal-Recipient: rfc822;ann@example.com\r\nFinal-Recipient: rfc822; ann@example.com\r\nOriginal-Message-ID: <1@ours.example>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n"))
	require.True(t, ok)
	require.Equal(t, Disposition{"1@ours.example", "ann@example.com", "ann@example.com", "manual-action/mdn-sent-manually", "displayed"}, d)
	require.True(t, d.Read())
	d, ok = ParseDisposition([]byte("Final-Recipient: rfc822; a@example.com\nOriginal-Message-ID:\n <1@ours.example>\nDisposition: automatic-action / MDN-sent-automatically; deleted/error\n"))
	require.True(t, ok)
	require.Equal(t, "1@ours.example", d.MessageID)
	require.Equal(t, "deleted", d.Type)
	require.False(t, d.Read())
	_, ok = ParseDisposition([]byte("Final-Recipient: rfc822; a@example.com\n"))
	require.False(t, ok)
}

func FuzzReportsAreBounded(f *testing.F) {
	f.Add([]byte("Final-Recipient: rfc822; a@example.com\nAction: failed\n\n"))
	f.Add([]byte(strings.Repeat("Final-Recipient: a@b.example\n", 200)))
	f.Add([]byte("Disposition: a/b; displayed\n folded\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		all := ParseDeliveryStatus(b)
		require.LessOrEqual(t, len(all), maxRecipients)
		for _, r := range all {
			require.NotEmpty(t, r.Final+r.Original)
			require.True(t, utf8.ValidString(r.Final+r.Original+r.Action+r.Status+r.Diagnostic))
			require.LessOrEqual(t, len(r.Diagnostic), maxReportLine)
		}
		ParseDisposition(b)
	})
}

// FuzzClassAndChoiceAgree holds what ingest relies on for any header: one rule finds the person, so a relay's claim never comes as a person's own address.
func FuzzClassAndChoiceAgree(f *testing.F) {
	f.Add("Ann via X", "no-reply@x.example", "ann@example.com", "List-Id", "x", "Re: x")
	f.Fuzz(func(t *testing.T, name, from, replyTo, header, value, subject string) {
		m := Mail{From: []Address{{name, from}}, ReplyTo: []Address{{"", replyTo}}, Subject: subject}
		m.Headers = append(m.Headers, Headers{{Name: header, Value: value}}...)
		class, _ := Class(m, policy)
		c := Choose(m, policy)
		require.NotEmpty(t, class)
		require.True(t, utf8.ValidString(c.Name))
		require.NotContains(t, c.Name, "\u202e")
		require.Equal(t, c.Provenance.Identifies(), c.Scope == "")
		if class == "relay" {
			require.False(t, c.Provenance.Identifies())
		}
		if class == "human" || class == "role" {
			require.Equal(t, KeyOf(from).Key, c.Key.Key)
		}
	})
}
