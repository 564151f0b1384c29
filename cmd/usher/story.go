package main

// storyPost is one webhook of the story: a form of Twilio's to a purpose, or an event of our own.
type storyPost struct {
	purpose string         // of Twilio's; empty for an event
	form    []string       // names and values
	event   map[string]any // of the standard adapter
	id      string         // of the event's request
	forged  bool           // signed by somebody else
}

const ours = "+14155550100"

func callFrom(sid, from, status string, more ...string) storyPost {
	purpose := "status"
	if status == "ringing" {
		purpose = "voice"
	}
	return storyPost{purpose: purpose, form: append([]string{"CallSid", sid, "From", from, "To", ours, "CallStatus", status, "Direction", "inbound"}, more...)}
}

func text(sid, from, to, body string, more ...string) storyPost {
	return storyPost{purpose: "message", form: append([]string{"MessageSid", sid, "From", from, "To", to, "Body", body}, more...)}
}

func sms(sid, from, body string, more ...string) storyPost {
	return text(sid, from, ours, body, more...)
}

func whatsapp(sid, from, body string, more ...string) storyPost {
	return text(sid, "whatsapp:"+from, "whatsapp:"+ours, body, more...)
}

func chat(id, name, body string, identifiers ...map[string]any) storyPost {
	return storyPost{id: id, event: map[string]any{
		"specversion": "1.0", "id": id, "type": "contact.message.received.v1",
		"data": map[string]any{"channel": "web_chat", "from": map[string]any{"display_name": name, "identifiers": identifiers}, "content": []any{map[string]any{"kind": "text", "text": body}}},
	}}
}

func point(scheme, value string, more ...string) map[string]any {
	p := map[string]any{"scheme": scheme, "value": value}
	for i := 0; i+1 < len(more); i += 2 {
		p[more[i]] = more[i+1]
	}
	return p
}

// story is what the demonstration posts, in chapters: within one, repeats and disorder are the providers' own; between them the gateway catches up.
var story = [][]storyPost{
	{ // Ana calls; the events come shuffled and more than once
		{purpose: "recording", form: []string{"CallSid", "CA-ana", "RecordingSid", "RE-ana", "RecordingStatus", "completed", "RecordingDuration", "19", "RecordingUrl", "https://api.twilio.com/RE-ana"}},
		callFrom("CA-ana", "+14155550123", "completed", "CallDuration", "42", "SequenceNumber", "2"),
		callFrom("CA-ana", "+14155550123", "ringing", "CallerName", "SILVA ANA", "StirVerstat", "TN-Validation-Passed-A"),
		callFrom("CA-ana", "+14155550123", "ringing", "CallerName", "SILVA ANA", "StirVerstat", "TN-Validation-Passed-A"),
		{purpose: "transcription", form: []string{"CallSid", "CA-ana", "RecordingSid", "RE-ana", "TranscriptionSid", "TR-ana", "TranscriptionStatus", "completed", "TranscriptionText", "Hello, this is Ana. My order has not arrived."}},
		callFrom("CA-ana", "+14155550123", "in-progress", "SequenceNumber", "1"),
	},
	{ // she texts and writes on WhatsApp, with another spelling of her number
		sms("SM-ana", "(415) 555-0123", "Any news of my order?"),
		whatsapp("WA-ana", "+14155550123", "A photo of it", "ProfileName", "Ana Silva", "NumMedia", "1", "MediaUrl0", "https://api.twilio.com/ME-1", "MediaContentType0", "image/jpeg"),
		sms("SM-ana", "(415) 555-0123", "Any news of my order?"),
	},
	{ // Bruno's WhatsApp shows a number, then both ids, then only the business-scoped one
		whatsapp("WA-bruno-1", "+5511987654321", "Oi", "ProfileName", "Bruno Costa"),
	},
	{whatsapp("WA-bruno-2", "+551187654321", "Tudo bem?", "ProfileName", "Bruno Costa", "ExternalUserId", "BR.1349120865530274")},
	{whatsapp("WA-bruno-3", "BR.1349120865530274", "Ainda estou aqui", "ProfileName", "Bruno Costa")},
	{ // Chiara chats on the web site, and is known by telephone too: nobody knows yet that she is one
		chat("web-1", "Chiara Rossi", "Is anybody there?", point("visitor", "v-77")),
		callFrom("CA-chiara", "+14155550177", "ringing"),
	},
	{ // logged in, the widget vouches for both: two profiles in one contact
		chat("web-2", "Chiara Rossi", "It is me, from the telephone", point("visitor", "v-77"), point("tel", "+14155550177")),
	},
	{ // Dora and Emil share an office number
		callFrom("CA-dora", "+14155550188", "ringing", "CallerName", "Dora Berg"),
	},
	{callFrom("CA-emil", "+14155550188", "ringing", "CallerName", "Emil Wirth")},
	{callFrom("CA-office", "+14155550188", "ringing")},
	{ // a typed address is a claim: it opens nobody's history
		chat("web-3", "Somebody", "I am Ana, show me my orders", point("visitor", "v-99"), point("tel", "+14155550123", "provenance", "claimed")),
	},
	{ // Farid writes on Messenger, where nobody has a number; the provider delivers twice
		text("FB-farid-1", "messenger:5550001", "messenger:1230001", "Do you ship to Leeds?", "ProfileName", "Farid Noor"),
		text("FB-farid-2", "messenger:5550001", "messenger:1230001", "And how fast?", "ProfileName", "Farid Noor"),
		text("FB-farid-2", "messenger:5550001", "messenger:1230001", "And how fast?", "ProfileName", "Farid Noor"),
	},
	{ // Greta rings when nobody is there, leaves a message, and texts afterwards in four pieces
		callFrom("CA-greta", "+14155550166", "no-answer", "SequenceNumber", "2"),
		callFrom("CA-greta", "+14155550166", "ringing", "CallerName", "GRETA LIND"),
		{purpose: "recording", form: []string{"CallSid", "CA-greta", "RecordingSid", "RE-greta", "RecordingStatus", "in-progress"}},
		{purpose: "recording", form: []string{"CallSid", "CA-greta", "RecordingSid", "RE-greta", "RecordingStatus", "completed", "RecordingDuration", "7", "RecordingUrl", "https://api.twilio.com/RE-greta"}},
		sms("SM-greta", "415.555.0166", "I left you a message", "NumSegments", "4"),
	},
	{ // our answer to her, and how far it got
		{purpose: "message-status", form: []string{"MessageSid", "SM-reply", "From", ours, "To", "+14155550166", "MessageStatus", "delivered"}},
		{purpose: "message-status", form: []string{"MessageSid", "SM-reply", "From", ours, "To", "+14155550166", "MessageStatus", "sent"}},
		{purpose: "message-status", form: []string{"MessageSid", "SM-reply", "From", ours, "To", "+14155550166", "MessageStatus", "sent"}},
	},
	{text("RC-hana", "rcs:+819012345678", "rcs:usher_agent", "Konnichiwa", "ProfileName", "Hana Mori")},
	{ // withheld, spoofed, forged, our own, an opt-out
		callFrom("CA-withheld", "+266696687", "ringing"),
		callFrom("CA-spoofed", "+14155550123", "ringing", "StirVerstat", "TN-Validation-Failed-A"),
		{purpose: "message", form: []string{"MessageSid", "SM-forged", "From", "+14155550123", "To", ours, "Body", "Send me the money"}, forged: true},
		{purpose: "message-status", form: []string{"MessageSid", "SM-ours", "From", ours, "To", "+14155550123", "MessageStatus", "delivered"}},
		sms("SM-stop", "+14155550123", "STOP"),
	},
}
