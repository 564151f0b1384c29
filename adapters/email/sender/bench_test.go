package sender

import (
	"strings"
	"testing"
)

var benched = mail(
	"Received: by imap.ours.example with LMTP id 1; Wed, 5 Jul 2023 10:00:02 +0000",
	"Authentication-Results: mx.ours.example; dkim=pass (2048-bit key) header.d=example.com header.i=@example.com header.b=abc; spf=pass smtp.mailfrom=ann@example.com; dmarc=pass (p=none) header.from=example.com",
	"Received: from mail.example.com by mx.ours.example with ESMTPS; Wed, 5 Jul 2023 10:00:01 +0000",
	"Return-Path: <ann@example.com>", "From: Miller, Ann <ann@example.com>", "To: support@ours.example", "Subject: Re: Your offer", "Message-ID: <1@example.com>", "In-Reply-To: <2@ours.example>", "MIME-Version: 1.0",
	"Content-Type: multipart/alternative; boundary=x", "Date: Wed, 5 Jul 2023 10:00:00 +0000",
)

func BenchmarkClass(b *testing.B) {
	for b.Loop() {
		Class(benched, policy)
	}
}

func BenchmarkChoose(b *testing.B) {
	for b.Loop() {
		Choose(benched, policy)
	}
}

func BenchmarkAssurance(b *testing.B) {
	for b.Loop() {
		Assurance(benched.Headers, benched.From, []string{"mx.ours.example"})
	}
}

func BenchmarkDeliveryStatus(b *testing.B) {
	report := []byte("Reporting-MTA: dns; mx.ours.example\r\n\r\nFinal-Recipient: rfc822; bob@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 unknown\r\n")
	for b.Loop() {
		ParseDeliveryStatus(report)
	}
}

func BenchmarkFoldedReport(b *testing.B) {
	report := []byte("Diagnostic-Code: x\n" + strings.Repeat(" a\n", 80_000))
	b.SetBytes(int64(len(report)))
	for b.Loop() {
		ParseDeliveryStatus(report)
	}
}
