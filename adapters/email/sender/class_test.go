package sender

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
)

// policy is a mailbox as an ordinary customer sets it up.
var policy = Policy{
	OwnAddresses: []string{"support@ours.example", "group@ours.example"},
	OwnDomains:   []string{"ours.example"},
	Agents:       []string{"tom@private.example"},
	Relays:       []Relay{{From: "form@shop.example"}, {From: "@market.example"}},
}

// mail builds a Mail from header lines: From, Sender, Reply-To and Subject are read as the parser would.
func mail(lines ...string) Mail {
	m := Mail{From: []Address{{"Ann Miller", "ann@example.com"}}}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		m.Headers = append(m.Headers, contact.Pair{Name: name, Value: value})
		switch name {
		case "From":
			m.From = parsed(value)
		case "Sender":
			m.Sender = parsed(value)
		case "Reply-To":
			m.ReplyTo = parsed(value)
		case "Subject":
			m.Subject = value
		case "Content-Type":
			m.ContentType = value
		}
	}
	return m
}

func parsed(value string) []Address {
	var all []Address
	for one := range strings.SplitSeq(value, "; ") {
		name, addr, ok := strings.Cut(strings.TrimSuffix(one, ">"), "<")
		if !ok {
			name, addr = "", one
		}
		all = append(all, Address{strings.TrimSpace(name), addr})
	}
	return all
}

func TestClass(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mail  Mail
		class contact.Class
		kind  Kind
	}{
		"a person":                            {mail("From: Ann <ann@example.com>", "Subject: Hello"), contact.Human, ""},
		"a shared box":                        {mail("From: Info <info@acme.example>"), contact.RoleBox, ""},
		"a delivery report":                   {mail("From: MAILER-DAEMON@mx.example", `Content-Type: multipart/report; report-type=delivery-status; boundary="x"`), contact.Bounce, DeliveryReport},
		"an Exchange report":                  {mail("From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@acme.example>", "Subject: Undeliverable: Offer", "Content-Type: multipart/report; boundary=x; report-type=delivery-status"), contact.Bounce, DeliveryReport},
		"a Gmail bounce that answers":         {mail("Return-Path: <>", "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "In-Reply-To: <1@ours.example>", "Subject: Delivery Status Notification (Failure)"), contact.Bounce, DeliveryReport},
		"a qmail bounce in words":             {mail("Return-Path: <>", "From: MAILER-DAEMON@mx.example", "Subject: failure notice", "Content-Type: text/plain"), contact.Bounce, DeliveryReport},
		"an Exim bounce":                      {mail("X-Failed-Recipients: bob@example.com", "From: Mail Delivery System <Mailer-Daemon@mx.example>", "Subject: Mail delivery failed: returning message to sender"), contact.Bounce, DeliveryReport},
		"a bounce without a domain":           {mail("From: MAILER-DAEMON", "Subject: Returned mail: see transcript for details"), contact.Bounce, DeliveryReport},
		"a German bounce in words":            {mail("Return-Path: <>", "From: post@mx.example", "Subject: Unzustellbar: Angebot"), contact.Bounce, DeliveryReport},
		"a Russian bounce in words":           {mail("Return-Path: <>", "From: post@mx.example", "Subject: Недоставленное сообщение"), contact.Bounce, DeliveryReport},
		"a person's undeliverable":            {mail("From: Ann <ann@example.com>", "Return-Path: <ann@example.com>", "Subject: Undeliverable parcel"), contact.Human, ""},
		"a receipt":                           {mail("Content-Type: multipart/report; report-type=disposition-notification; boundary=x", "Subject: Read: Offer"), contact.Automated, Receipt},
		"a complaint":                         {mail("Content-Type: multipart/report; report-type=feedback-report; boundary=x"), contact.Automated, Complaint},
		"our own address":                     {mail("From: Support <support@ours.example>"), contact.Own, Loop},
		"an agent at home":                    {mail("From: Tom <tom@private.example>"), contact.Own, Agent},
		"an agent of our domain":              {mail("From: Eva <eva@Ours.Example>"), contact.Own, Agent},
		"an agent's absence note":             {mail("From: Eva <eva@ours.example>", "Auto-Submitted: auto-replied"), contact.Own, Agent},
		"a mail in circles":                   {mail(strings.Split(strings.Repeat("Received: by mx.example\n", 51)+"From: Ann <ann@example.com>", "\n")...), contact.Automated, Loop},
		"a long way":                          {mail(strings.Split(strings.Repeat("Received: by mx.example\n", 50)+"From: Ann <ann@example.com>", "\n")...), contact.Human, ""},
		"auto-replied":                        {mail("Auto-Submitted: auto-replied (vacation)"), contact.AutoReply, Absence},
		"auto-replied with a parameter":       {mail("Auto-Submitted: Auto-Replied; owner-email=\"ann@example.com\""), contact.AutoReply, Absence},
		"Auto-Submitted says no":              {mail("Auto-Submitted: no"), contact.Human, ""},
		"auto-generated":                      {mail("Auto-Submitted: auto-generated"), contact.Automated, Generated},
		"auto-notified":                       {mail("Auto-Submitted: auto-notified; x=y"), contact.Automated, Generated},
		"an Exchange absence note":            {mail("Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All", "Subject: Automatische Antwort: Angebot"), contact.AutoReply, Absence},
		"X-Autoreply":                         {mail("X-Autoreply: yes"), contact.AutoReply, Absence},
		"X-Autoreply says no":                 {mail("X-Autoreply: no"), contact.Human, ""},
		"X-Autorespond":                       {mail("X-Autorespond: Offer"), contact.AutoReply, Absence},
		"Precedence auto_reply":               {mail("Precedence: auto_reply"), contact.AutoReply, Absence},
		"a vacation note with a null sender":  {mail("Return-Path: <>", "Subject: Im Urlaub bis Montag"), contact.AutoReply, Absence},
		"a helpdesk that suppresses":          {mail("X-Auto-Response-Suppress: All", "Subject: Your question"), contact.Human, ""},
		"a subject alone, as a server writes": {mail("Subject: Out of Office: Offer"), contact.AutoReply, Absence},
		"a subject alone, as a person writes": {mail("Subject: Out of office chairs, we need more"), contact.Human, ""},
		"a person asks for a holiday":         {mail("Subject: Urlaub"), contact.Human, ""},
		"an answer to an absence note":        {mail("Subject: Re: Automatic reply: Offer", "In-Reply-To: <1@x.example>"), contact.Human, ""},
		"a list":                              {mail("List-Id: Users <users.lists.example>", "List-Post: <mailto:users@lists.example>", "Precedence: list"), contact.List, MailingList},
		"a list by its precedence":            {mail("Precedence: list"), contact.List, MailingList},
		"a list that rewrites From":           {mail("List-Id: <users.lists.example>", "List-Post: <mailto:users@lists.example>", "From: Ann via Users <users@lists.example>", "Reply-To: Ann <ann@example.com>"), contact.List, MailingList},
		"a newsletter":                        {mail("List-Unsubscribe: <https://x.example/u>", "From: Shop <news@x.example>"), contact.Automated, Bulk},
		"bulk":                                {mail("Precedence: bulk"), contact.Automated, Bulk},
		"no-reply":                            {mail("From: Shop <no-reply@x.example>"), contact.Automated, NoReply},
		"no-reply in French":                  {mail("From: Shop <ne-pas-repondre@x.example>"), contact.Automated, NoReply},
		"no-reply with the shop's Reply-To":   {mail("From: Shop <noreply@x.example>", "Reply-To: Shop <service@mail.x.example>"), contact.Automated, NoReply},
		"no-reply that names a stranger":      {mail("From: Forms <noreply@forms.example>", "Reply-To: Ann <ann@example.com>"), contact.Relay, Form},
		"a bulk mail that names a stranger":   {mail("From: Forms <noreply@forms.example>", "Reply-To: Ann <ann@example.com>", "List-Unsubscribe: <mailto:u@forms.example>"), contact.Automated, Bulk},
		"a registered form":                   {mail("From: Form <form@shop.example>", "Reply-To: Ann <ann@example.com>", "Auto-Submitted: auto-generated"), contact.Relay, Form},
		"a registered form names nobody":      {mail("From: Form <form@shop.example>"), contact.Relay, Form},
		"a registered market":                 {mail("From: Ann via Market <a1b2@market.example>", "Precedence: bulk"), contact.Relay, Form},
		"a registered form's absence note":    {mail("From: Form <form@shop.example>", "Auto-Submitted: auto-replied"), contact.AutoReply, Absence},
		"our own form":                        {mail("From: Website <support@ours.example>", "Reply-To: Ann <ann@example.com>"), contact.Relay, Form},
		"our own form answers to us":          {mail("From: Website <support@ours.example>", "Reply-To: Eva <eva@ours.example>"), contact.Own, Loop},
		"our own group":                       {mail("List-Id: <group.ours.example>", "From: 'Ann' via Group <group@ours.example>", "X-Original-From: Ann <ann@example.com>", "Reply-To: Ann <ann@example.com>"), contact.Relay, Group},
		"an invitation":                       {mail("Content-Type: text/calendar; method=REQUEST", "Subject: Meeting"), contact.Human, Calendar},
		"an invitation by a program":          {mail("Content-Type: text/calendar; method=REQUEST", "From: noreply@cal.example"), contact.Automated, NoReply},
		"no From at all":                      {Mail{}, contact.Human, ""},
		"a null sender and no words":          {mail("Return-Path: <>", "Subject: Hello"), contact.Automated, Generated},
	} {
		class, kind := Class(c.mail, policy)
		require.Equal(t, c.class, class, name)
		require.Equal(t, c.kind, kind, name)
	}
}

// What a mail system or our own gateway sent must never make a profile, whatever else its header says: an attacker chooses the rest.
func TestReportsAndLoopsStandAboveAllElse(t *testing.T) {
	t.Parallel()
	for _, extra := range []string{"Auto-Submitted: no", "List-Id: <x.example>", "From: Form <form@shop.example>", "From: Ann <ann@example.com>", "Precedence: bulk"} {
		class, _ := Class(mail(extra, "Content-Type: multipart/report; report-type=delivery-status"), policy)
		require.Equal(t, contact.Bounce, class, extra)
		circles := append(slices.Repeat([]string{"Received: by mx.example"}, maxReceived+1), extra)
		class, _ = Class(mail(circles...), policy)
		require.Equal(t, contact.Automated, class, extra)
	}
}

func TestAbsenceSubjectsOfLanguages(t *testing.T) {
	t.Parallel()
	for language, subject := range map[string]string{
		"en": "Automatic reply: Offer", "en_ooo": "[Out of office] Offer", "de": "Automatische Antwort: Angebot", "de_note": "Abwesenheitsnotiz: Angebot", "fr": "Réponse automatique : Devis", "es": "Respuesta automática: Oferta", "it": "Risposta automatica: Offerta",
		"pt": "Resposta automática: Oferta", "nl": "Automatisch antwoord: Offerte", "pl": "Automatyczna odpowiedź: Oferta", "cs": "Automatická odpověď: Nabídka", "tr": "Otomatik yanıt: Teklif", "ru": "Автоматический ответ: Счёт", "uk": "Автоматична відповідь: Рахунок",
		"el": "Αυτόματη απάντηση: Προσφορά", "sv": "Automatiskt svar: Offert", "da": "Automatisk svar: Tilbud", "fi": "Automaattinen vastaus: Tarjous", "hu": "Automatikus válasz: Ajánlat", "ro": "Răspuns automat: Ofertă", "ar": "رد تلقائي: عرض", "he": "תשובה אוטומטית: הצעה",
		"fa": "پاسخ خودکار: پیشنهاد", "zh": "自动答复: 报价", "zh_wide": "自動回覆：報價", "ja": "自動応答: 見積", "ko": "자동 회신: 견적", "vi": "Trả lời tự động: Báo giá", "upper": "AUTOMATIC REPLY: X", "bidi": "\u202aAutomatic reply\u202c: X",
	} {
		class, kind := Class(mail("Subject: "+subject), policy)
		require.Equal(t, contact.AutoReply, class, language)
		require.Equal(t, Absence, kind, language)
	}
	for _, subject := range []string{"", "Re: Automatic reply: x", "Urlaub im Juni", "Vacation rental", "Abwesenheit eintragen", "Automatic replying machine broken", "外出先から", "Semester", "Autorespect"} {
		class, _ := Class(mail("Subject: "+subject), policy)
		require.Equal(t, contact.Human, class, subject)
	}
}
