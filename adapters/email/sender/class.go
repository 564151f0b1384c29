package sender

import (
	"strings"

	"usher/gateway/contact"
	"usher/matching/normal"
)

// Kind says more of a mail than its class: what the parser reads in it, and what a person may filter by. Empty is an ordinary mail.
type Kind string

// The kinds.
const (
	DeliveryReport Kind = "dsn"       // RFC 3464, or a bounce in words
	Receipt        Kind = "mdn"       // RFC 8098: the mail was shown
	Complaint      Kind = "arf"       // RFC 5965: a reader called our mail spam
	Loop           Kind = "loop"      // our own mail came back
	Agent          Kind = "agent"     // an agent wrote to the mailbox
	Absence        Kind = "auto"      // RFC 3834: auto-replied
	Generated      Kind = "generated" // RFC 3834: auto-generated, auto-notified
	MailingList    Kind = "list"      // RFC 2919, RFC 2369
	Bulk           Kind = "bulk"      // a newsletter, an advertisement
	Calendar       Kind = "calendar"  // RFC 5546 over RFC 6047
	NoReply        Kind = "no_reply"
	Form           Kind = "form"  // a relay that names the person in Reply-To or X-Original-From
	Group          Kind = "group" // our own group address forwarded it and rewrote From
)

// maxReceived is how many hops a mail has made that goes in circles: RFC 5321 section 6.3 wants at least 100 allowed, ordinary mail stays below 15.
const maxReceived = 50

// Class says what kind of sender a mail is from. The first rule that holds decides: reports before loops, loops before relays, so that nothing that a program sends back can make a profile.
func Class(m Mail, p Policy) (contact.Class, Kind) {
	for _, rule := range []func(Mail, Policy) (contact.Class, Kind){report, own, autoReply, relayed, distributed, calendar, automatic} {
		if class, kind := rule(m, p); class != "" {
			return class, kind
		}
	}
	if normal.RoleMailbox(KeyOf(m.from().Addr).Local()) {
		return contact.RoleBox, ""
	}
	return contact.Human, ""
}

// report recognises what mail systems tell of other mails: bounces, receipts, complaints.
func report(m Mail, _ Policy) (contact.Class, Kind) {
	kind, report := m.media("report-type")
	switch {
	case kind == "multipart/report" && report == "disposition-notification", kind == "message/disposition-notification":
		return contact.Automated, Receipt
	case kind == "multipart/report" && report == "feedback-report", kind == "message/feedback-report":
		return contact.Automated, Complaint
	case kind == "multipart/report" && (report == "delivery-status" || report == ""), kind == "message/delivery-status", kind == "message/global-delivery-status":
		return contact.Bounce, DeliveryReport
	case m.Headers.Has("X-Failed-Recipients"):
		return contact.Bounce, DeliveryReport
	case isDaemon(m.from()) && !isHuman(m), nullSender(m.Headers) && isBounceSubject(m.Subject):
		return contact.Bounce, DeliveryReport
	}
	return "", ""
}

// isDaemon reports whether an address is a mail server's. Some write it without a domain.
func isDaemon(a Address) bool {
	local, _, _ := strings.Cut(strings.ToLower(strings.Trim(a.Addr, "<> ")), "@")
	name := strings.ToLower(a.Name)
	return local == "mailer-daemon" || local == "mailerdaemon" || local == "mail-daemon" || local == "mdaemon" ||
		local == "postmaster" && (strings.Contains(name, "mail delivery") || strings.Contains(name, "mailer")) || strings.HasPrefix(name, "mail delivery s")
}

// isHuman reports whether a daemon's address stands on what a person answered: postmasters write too.
func isHuman(m Mail) bool {
	return m.Headers.Value("In-Reply-To") != "" && !nullSender(m.Headers) && !m.Headers.Has("Auto-Submitted")
}

// nullSender reports whether the envelope's sender was empty, as RFC 5321 section 4.5.5 wants it for every notice that must not be answered.
func nullSender(h Headers) bool {
	return h.Has("Return-Path") && strings.Trim(h.Value("Return-Path"), "<> ") == ""
}

// own recognises our own mails that came back, and our agents'.
func own(m Mail, p Policy) (contact.Class, Kind) {
	if len(m.Headers.Values("Received")) > maxReceived {
		return contact.Automated, Loop // whoever sent it: it goes in circles
	}
	if _, ok := stands(m, p); ok {
		return "", "" // a relay of ours, that names the person
	}
	switch addr := m.from().Addr; {
	case p.isAgent(addr):
		return contact.Own, Agent
	case p.isOwn(addr):
		return contact.Own, Loop
	}
	return "", ""
}

// relayed recognises mails that a relay sent for a person it names.
func relayed(m Mail, p Policy) (contact.Class, Kind) {
	s, ok := stands(m, p)
	if !ok || s.kind == MailingList || (!s.known && (isBulk(m.Headers) || isGenerated(m.Headers))) {
		return "", ""
	}
	return contact.Relay, s.kind
}

// distributed recognises what a mailing list distributed.
func distributed(m Mail, _ Policy) (contact.Class, Kind) {
	if isListed(m.Headers) {
		return contact.List, MailingList
	}
	return "", ""
}

func isListed(h Headers) bool {
	for _, name := range []string{"List-Id", "List-Post", "Mailing-List", "X-BeenThere", "X-Mailing-List", "X-Mailman-Version"} {
		if h.Value(name) != "" {
			return true
		}
	}
	return strings.EqualFold(h.Value("Precedence"), "list")
}

// automatic recognises what a program sent of its own accord.
func automatic(m Mail, _ Policy) (contact.Class, Kind) {
	switch {
	case isBulk(m.Headers):
		return contact.Automated, Bulk
	case isGenerated(m.Headers):
		return contact.Automated, Generated
	case isUnread(m.from().Addr):
		return contact.Automated, NoReply
	case nullSender(m.Headers):
		return contact.Automated, Generated
	}
	return "", ""
}

func localOf(addr string) string {
	local, _, _ := strings.Cut(strings.ToLower(bareAddr(addr)), "@")
	return local
}

// isNoReply recognises addresses that nobody reads, with what is glued to them: no-reply-shop, noreply.de, donotreply_123.
func isNoReply(local string) bool {
	local = separators.Replace(local)
	for _, word := range noReplyWords {
		if strings.HasPrefix(local, word) || strings.HasSuffix(local, word) {
			return true
		}
	}
	return false
}

var separators = strings.NewReplacer("-", "", "_", "", ".", "")

var noReplyWords = []string{"noreply", "donotreply", "dontreply", "nepasrepondre", "noresponder", "nonrispondere", "naoresponda", "naoresponder", "nichtantworten", "keineantwort", "nieodpowiadac", "neodpovidat", "svarej", "norepondre", "pasdereponse"}

// isBulk reports whether a mail went to many. List-Unsubscribe alone stands on newsletters and order confirmations alike.
func isBulk(h Headers) bool {
	switch strings.ToLower(h.Value("Precedence")) {
	case "bulk", "junk":
		return true
	}
	return h.Value("List-Unsubscribe") != ""
}

// isGenerated reports what RFC 3834 section 5 calls auto-generated, and notices that say it in a provider's way.
func isGenerated(h Headers) bool {
	value := submitted(h)
	return value != "" && value != "no" && value != "auto-replied"
}

// submitted is the keyword of Auto-Submitted without its parameters.
func submitted(h Headers) string {
	value, _, _ := strings.Cut(h.Value("Auto-Submitted"), ";")
	value, _, _ = strings.Cut(value, "(")
	return strings.ToLower(strings.TrimSpace(value))
}

// calendar recognises an invitation or the answer to one: a person sent it, with a program's form.
func calendar(m Mail, p Policy) (contact.Class, Kind) {
	kind, _ := m.media("method")
	if _, ok := stands(m, p); ok || isUnread(m.from().Addr) || isBulk(m.Headers) {
		return "", ""
	}
	if kind == "text/calendar" || strings.EqualFold(m.Headers.Value("Content-Class"), "urn:content-classes:calendarmessage") {
		return contact.Human, Calendar
	}
	return "", ""
}
