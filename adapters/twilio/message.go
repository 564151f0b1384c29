package twilio

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"usher/gateway/contact"
)

var errNoMessage = errors.New("no MessageSid")

// maxMedia is how many files one message can have.
const maxMedia = 10

// message reads an incoming message. https://www.twilio.com/docs/messaging/guides/webhook-request
func message(f *fields, in *contact.Inbound) error {
	sid := f.get("MessageSid", "SmsSid", "SmsMessageSid")
	if sid == "" {
		return errNoMessage
	}
	from, to, account := f.get("From"), f.get("To"), in.Data.Provider.AccountID
	in.Type, in.Data.Interaction, in.Data.Direction = contact.MessageReceived, sid, contact.FromCustomer
	in.Data.Channel = channelOf(from)
	in.Data.Provider.Channel = in.Data.Channel
	in.Data.From = party(contact.Customer, from, to, account)
	in.Data.To = []contact.Party{party(contact.Business, to, from, account)}
	in.Data.From.DisplayName, in.Data.From.Country = f.get("ProfileName"), f.get("FromCountry")
	if in.Data.Channel == contact.WhatsApp {
		addBSUID(&in.Data.From, f, account)
	}
	in.Data.Content = content(f)
	in.Data.Consent = consent(f)
	in.Data.Referral = referral(f)
	if original := f.get("OriginalRepliedMessageSid"); original != "" {
		in.Data.RelatesTo = &contact.Relation{Kind: "replies", ProviderMessageID: original}
	}
	if n := number(f.get("NumSegments")); n > 1 {
		in.Data.Segments = &contact.Segments{Count: n}
	}
	sender := withAddOns(contact.Caller{City: f.get("FromCity"), Region: f.get("FromState"), PostalCode: f.get("FromZip")}, f.form.Get("AddOns"))
	if sender != (contact.Caller{}) {
		sender.Country = in.Data.From.Country
		in.Data.Caller = &sender
	}
	return nil
}

// content are a message's parts: text, button, place, files.
func content(f *fields) []contact.Part {
	var parts []contact.Part
	if text := f.get("Body"); text != "" {
		parts = append(parts, contact.Part{Kind: "text", Text: text, Format: "plain"})
	}
	if text, payload := f.get("ButtonText"), f.get("ButtonPayload"); text != "" || payload != "" {
		parts = append(parts, contact.Part{Kind: "interactive_reply", Reply: &contact.Reply{Title: text, Payload: payload}})
	}
	if place, ok := location(f); ok {
		parts = append(parts, contact.Part{Kind: "location", Location: &place})
	}
	for i := range min(number(f.get("NumMedia")), maxMedia) {
		address, kind := f.get(fmt.Sprintf("MediaUrl%d", i)), f.get(fmt.Sprintf("MediaContentType%d", i))
		if address != "" {
			parts = append(parts, contact.Part{Kind: mediaKind(kind), Media: &contact.Media{URL: address, ContentType: kind, AuthRef: "twilio", State: "remote"}})
		}
	}
	return parts
}

func location(f *fields) (contact.Location, bool) {
	lat, latErr := strconv.ParseFloat(f.get("Latitude"), 64)
	lon, lonErr := strconv.ParseFloat(f.get("Longitude"), 64)
	ok := latErr == nil && lonErr == nil && lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180
	return contact.Location{Lat: lat, Lon: lon, Name: f.get("Label"), Address: f.get("Address")}, ok
}

func mediaKind(contentType string) string {
	switch kind, _, _ := strings.Cut(contentType, "/"); kind {
	case "image", "audio", "video":
		return kind
	}
	return "file"
}

// keywords are the words by which a customer opts out and in where Twilio does not say so itself. https://help.twilio.com/articles/223134027
var keywords = map[string]string{
	"STOP": "opt_out", "STOPALL": "opt_out", "UNSUBSCRIBE": "opt_out", "CANCEL": "opt_out", "END": "opt_out", "QUIT": "opt_out", "REVOKE": "opt_out", "OPTOUT": "opt_out",
	"START": "opt_in", "UNSTOP": "opt_in", contact.Again: "opt_in", "HELP": "help", "INFO": "help",
}

// consent reads Advanced Opt-Out's verdict, or a message that is nothing but a keyword.
func consent(f *fields) *contact.Consent {
	if kind := f.get("OptOutType"); kind != "" {
		return &contact.Consent{Action: keywords[strings.ToUpper(kind)], Scope: "all", Keyword: kind, Source: "twilio"}
	}
	word := strings.ToUpper(strings.TrimSpace(f.form.Get("Body")))
	if action, ok := keywords[word]; ok {
		return &contact.Consent{Action: action, Scope: "all", Keyword: word, Source: "keyword"}
	}
	return nil
}

// referral reads the advertisement a WhatsApp conversation began with; it is sent once.
func referral(f *fields) *contact.Referral {
	r := contact.Referral{
		SourceType: f.get("ReferralSourceType"), SourceID: f.get("ReferralSourceId"), SourceURL: f.get("ReferralSourceUrl"),
		Headline: f.get("ReferralHeadline"), Body: f.get("ReferralBody"), ClickID: f.get("ReferralCtwaClid"),
	}
	if address := f.get("ReferralMediaUrl"); address != "" {
		r.Media = &contact.Media{ProviderID: f.get("ReferralMediaId"), URL: address, ContentType: f.get("ReferralMediaContentType"), AuthRef: "twilio", State: "remote"}
	}
	if r == (contact.Referral{}) {
		return nil
	}
	return &r
}

// unsubscribed is the error of a message to somebody who opted out. https://www.twilio.com/docs/api/errors/21610
const unsubscribed = "21610"

// messageStatus reads how far a message of ours got.
func messageStatus(f *fields, in *contact.Inbound) error {
	sid := f.get("MessageSid", "SmsSid")
	if sid == "" {
		return errNoMessage
	}
	from, to, account := f.get("From"), f.get("To"), in.Data.Provider.AccountID
	in.Type, in.Data.Interaction, in.Data.Direction = contact.MessageStatus, sid, contact.FromUs
	in.Data.Channel = channelOf(to)
	in.Data.From = party(contact.Business, from, to, account)
	in.Data.To = []contact.Party{party(contact.Customer, to, from, account)}
	in.Data.RelatesTo = &contact.Relation{Kind: "status_of", ProviderMessageID: sid}
	in.Data.Status = &contact.Status{State: f.get("MessageStatus", "SmsStatus")}
	if code := f.get("ErrorCode"); code != "" && code != "0" {
		in.Data.Status.Error = &contact.StatusError{Code: code, Title: f.get("ErrorMessage")}
		if code == unsubscribed {
			in.Data.Consent = &contact.Consent{Action: "opt_out", Scope: "all", Source: "twilio"}
		}
	}
	return nil
}
