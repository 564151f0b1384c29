package normal

import (
	"strings"
	"unicode"
)

// MailKind says what an address is good for as evidence.
type MailKind uint8

// The kinds of addresses.
const (
	Personal MailKind = iota // at a domain of its own: a company's, a family's
	FreeMail                 // at a provider where anybody may take any free local part
	Role                     // a function that several people answer for
	Relay                    // a stand-in that a marketplace or a privacy service made up
)

// Mail is an address in the forms it is compared by.
type Mail struct {
	Key    string // lower case, domain in ASCII
	Weak   string // without "+tag", and without dots where the provider ignores them; it never replaces the key
	Local  string // of the weak form
	Bare   string // the letters and digits of the local part
	Domain string
	Kind   MailKind
	Words  []string // the runs of letters of the local part, romanised
	Digits string   // of the local part
}

// maxMailWords bounds the words of a local part that are kept.
const maxMailWords = 4

// ParseMail reads an address. What Email refuses but has a local part and a domain is kept for comparison as it stands: imported tables hold slips of the pen.
func ParseMail(raw string) (Mail, bool) {
	key, ok := Email(raw)
	if !ok {
		key = strings.ToLower(strings.TrimSpace(raw))
	}
	local, domain, found := cutLast(key, "@")
	if !found || local == "" || domain == "" || len(key) > maxEmail || strings.ContainsFunc(key, unicode.IsControl) {
		return Mail{}, false
	}
	m := Mail{Key: key, Local: weakLocal(local, domain), Domain: sameDomain(domain)}
	m.Weak = m.Local + "@" + m.Domain
	m.Bare = bare(m.Local)
	m.Kind = mailKind(m.Local, m.Domain)
	m.Words, m.Digits = localWords(m.Local)
	return m, true
}

// weakLocal is the mailbox behind an address: sub-addresses (RFC 5233) and Gmail's dots end in the same one.
func weakLocal(local, domain string) string {
	if base, _, ok := strings.Cut(local, "+"); ok && base != "" {
		local = base
	}
	if sameDomain(domain) == "gmail.com" {
		if bare := strings.ReplaceAll(local, ".", ""); bare != "" {
			local = bare
		}
	}
	return local
}

// sameDomain maps a provider's second domain to its first.
func sameDomain(domain string) string {
	if domain == "googlemail.com" {
		return "gmail.com"
	}
	return domain
}

// bare drops the dots and dashes of a local part, which people forget.
func bare(local string) string {
	kept := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, local)
	if kept == "" {
		return local
	}
	return kept
}

func mailKind(local, domain string) MailKind {
	switch {
	case RoleMailbox(local) || AutomaticMailbox(local):
		return Role
	case relays[domain]:
		return Relay
	case freeMail[domain]:
		return FreeMail
	}
	return Personal
}

// localWords are the words a local part is made of: a candidate name, if it is shaped like one.
func localWords(local string) (words []string, digits string) {
	words = strings.FieldsFunc(local, func(r rune) bool { return !unicode.IsLetter(r) })
	for i, w := range words {
		words[i] = Roman(w)
	}
	return words[:min(len(words), maxMailWords)], onlyDigits(local)
}

// relays are domains whose addresses stand in for somebody else's.
var relays = set("privaterelay.appleid.com relay.firefox.com mozmail.com duck.com simplelogin.com anonaddy.com marketplace.amazon.com marketplace.amazon.de marketplace.amazon.co.uk members.ebay.com members.ebay.de " +
	"guest.booking.com guest.airbnb.com reply.airbnb.com mailer.etsy.com reply.facebook.com mail.kleinanzeigen.de")

// freeMail are providers where anybody may have an address.
var freeMail = set("gmail.com googlemail.com yahoo.com yahoo.de yahoo.co.uk yahoo.fr yahoo.es yahoo.it ymail.com hotmail.com hotmail.de hotmail.co.uk hotmail.fr hotmail.es hotmail.it outlook.com outlook.de live.com live.de msn.com " +
	"icloud.com me.com mac.com aol.com aol.de gmx.de gmx.net gmx.com gmx.at gmx.ch web.de t-online.de freenet.de arcor.de mail.de posteo.de mailbox.org proton.me protonmail.com pm.me mail.ru yandex.ru ya.ru bk.ru inbox.ru list.ru rambler.ru ukr.net i.ua " +
	"wp.pl o2.pl onet.pl interia.pl gazeta.pl seznam.cz centrum.cz email.cz libero.it virgilio.it tiscali.it alice.it orange.fr wanadoo.fr free.fr laposte.net sfr.fr bluewin.ch btinternet.com sky.com virginmedia.com comcast.net verizon.net att.net " +
	"qq.com 163.com 126.com sina.com naver.com daum.net hanmail.net uol.com.br bol.com.br terra.com.br terra.es telefonica.net sapo.pt mynet.com zoho.com fastmail.com hey.com mail.com walla.co.il rediffmail.com")

func set(words string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(words) {
		all[w] = true
	}
	return all
}
