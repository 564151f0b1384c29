package event

import (
	"regexp"
	"strconv"
	"strings"

	"usher/adapters/email/reply"
	"usher/adapters/email/sender"
	"usher/gateway/contact"
)

// bounces are a status of our mail for each recipient that a report names. They belong to the recipient; who sent the report is nobody.
func (m mail) bounces() []contact.Inbound {
	recipients := m.recipients()
	if len(recipients) == 0 {
		return []contact.Inbound{m.bounce(sender.Recipient{})}
	}
	var events []contact.Inbound
	for i, r := range recipients {
		in := m.bounce(r)
		if i > 0 { // each recipient's is an interaction of its own
			in.Data.Interaction += "/" + strconv.Itoa(i)
			in.Data.Dedupe.Key = in.Data.Interaction
		}
		events = append(events, in)
	}
	return events
}

func (m mail) bounce(r sender.Recipient) contact.Inbound {
	in := m.envelope(contact.MessageStatus)
	in.Data.Class, in.Data.Direction = contact.Bounce, contact.FromSystem
	address := r.Original
	if sender.KeyOf(address).Key == "" {
		address = r.Final
	}
	in.Data.From = m.recipient(address)
	in.Data.RelatesTo = m.original()
	in.Data.Status = &contact.Status{State: state(r), Error: &contact.StatusError{Code: r.Status, Detail: r.Diagnostic}}
	if r.Diagnostic == "" && r.Status == "" {
		in.Data.Status.Error = nil
	}
	in.Data.Content = m.content()
	return in
}

// state is a recipient's fate in the words of message states (RFC 3464, section 2.3.3).
func state(r sender.Recipient) string {
	switch r.Action {
	case "delayed":
		return "queued"
	case "delivered", "relayed", "expanded":
		return "delivered"
	}
	return "undelivered"
}

// recipient is somebody our mail was for.
func (m mail) recipient(address string) contact.Party {
	key := sender.KeyOf(address)
	if key.Key == "" || m.Policy.Ours(address) {
		return contact.Party{}
	}
	return contact.Party{Role: contact.Customer, Identifiers: []contact.Identifier{{Scheme: contact.Mailto, Value: key.Key, Raw: key.Addr, Primary: true}}}
}

// named are addresses at the beginning of a line, as servers write them whose bounces are words: "<ann@example.com>:", "  ann@example.com".
var named = regexp.MustCompile(`(?im)^[ \t]*(?:(?:to|an|recipients?|empfänger|destinataire|destinatario|получатель|收件人|收件地址|宛先)[ \t]*[:：][ \t]*)?<?([^\s<>@:：]{1,64}@[^\s<>@:]{1,255}?)>?:?[ \t]*$|^<([^\s<>@]{1,64}@[^\s<>@]{1,255})>:`)

// recipients are those a report names: in its own part, in Google's header field, or in words.
func (m mail) recipients() []sender.Recipient {
	for _, r := range m.message.Reports {
		if strings.HasSuffix(r.Type, "delivery-status") {
			if all := sender.ParseDeliveryStatus(r.Content); len(all) > 0 {
				return all
			}
		}
	}
	var all []sender.Recipient
	for address := range strings.SplitSeq(m.message.Headers.Value("X-Failed-Recipients"), ",") {
		if sender.KeyOf(address).Key != "" {
			all = append(all, sender.Recipient{Final: strings.TrimSpace(address), Action: "failed"})
		}
	}
	if len(all) > 0 {
		return all
	}
	for _, found := range named.FindAllStringSubmatch(m.parts.Text(reply.Own), maxNamed) {
		if address := found[1] + found[2]; sender.KeyOf(address).Key != "" && !m.Policy.Ours(address) {
			all = append(all, sender.Recipient{Final: address, Action: "failed", Status: sender.StatusIn(m.message.Text[:min(len(m.message.Text), maxKept)])})
			return all // below it the server may name anybody
		}
	}
	return nil
}

const maxNamed = 20

// original is the mail of ours that a report is about, if it says so.
func (m mail) original() *contact.Relation {
	for _, r := range m.message.Reports {
		if (strings.HasPrefix(r.Type, "message/rfc822") || strings.HasSuffix(r.Type, "rfc822-headers") || strings.HasPrefix(r.Type, "message/global")) && len(r.Groups) > 0 {
			if id := strings.Trim(r.Groups[0].Value("Message-ID"), "<> "); id != "" {
				return &contact.Relation{Kind: "status_of", ProviderMessageID: id}
			}
		}
	}
	if ids := append(m.message.InReplyTo, m.message.References...); len(ids) > 0 {
		return &contact.Relation{Kind: "status_of", ProviderMessageID: ids[0]}
	}
	return nil
}

// receipt is the status of our mail that a reader's program reports (RFC 8098). One that is not proven to be the reader's is nobody's.
func (m mail) receipt() contact.Inbound {
	in := m.envelope(contact.MessageStatus)
	in.Data.Class, in.Data.Direction = contact.Own, contact.FromSystem
	if !m.proven() {
		in.Data.Class = contact.Automated
	}
	reader := m.recipient(m.sentBy().Addr)
	for i := range reader.Identifiers {
		reader.Identifiers[i].Assurance = m.auth.Assurance
	}
	in.Data.To = []contact.Party{reader}
	in.Data.RelatesTo = m.original()
	for _, r := range m.message.Reports {
		if !strings.HasSuffix(r.Type, "disposition-notification") {
			continue
		}
		d, ok := sender.ParseDisposition(r.Content)
		if !ok {
			continue
		}
		in.Data.Status = &contact.Status{State: d.Type}
		if d.Read() {
			in.Data.Status.State = "read"
		}
		if d.MessageID != "" {
			in.Data.RelatesTo = &contact.Relation{Kind: "status_of", ProviderMessageID: d.MessageID}
		}
	}
	in.Data.Content = m.content()
	return in
}

// complaint is a mailbox provider's word that a reader called our mail spam (RFC 5965): whoever complains wants no more of it. Anybody can write one about anybody; so it is recorded with whom it names, and attached to nobody.
func (m mail) complaint() contact.Inbound {
	in := m.envelope(contact.ConsentChanged)
	in.Data.Class, in.Data.Direction = contact.Automated, contact.FromSystem
	in.Data.RelatesTo = m.original()
	in.Data.Consent = &contact.Consent{Action: "opt_out", Scope: "marketing", Source: "complaint"}
	for _, r := range m.message.Reports {
		for _, group := range r.Groups {
			if address := group.Value("Original-Rcpt-To"); address != "" && strings.HasSuffix(r.Type, "feedback-report") {
				in.Data.To = []contact.Party{m.recipient(strings.Trim(address, "<> "))}
			}
		}
	}
	in.Data.Content = m.content()
	return in
}
