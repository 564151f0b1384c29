// Package twilio takes Twilio's webhooks: calls with their states, recordings and transcripts, and messages by SMS, MMS, WhatsApp, Messenger and RCS with their states.
// Each kind comes to an address of its own (the purpose), because the fields alone do not tell a call from the action of its own Record or Dial.
package twilio

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"usher/adapters"
	"usher/gateway/contact"
)

// The purposes: the last part of /hooks/{source}/{purpose}.
const (
	purposeVoice         = "voice"
	purposeStatus        = "status"
	purposeAction        = "action"
	purposeRecording     = "recording"
	purposeTranscription = "transcription"
	purposeMessage       = "message"
	purposeMessageStatus = "message-status"
)

// Adapter reads one source's deliveries.
type Adapter struct {
	config  Config
	secrets [][]byte
	answer  string // TwiML for an incoming call
}

// New builds the adapter. It checks the section and makes the answer to calls, and dials nothing.
func New(src adapters.Source) (adapters.Adapter, error) {
	config := Default()
	if err := src.Decode(&config); err != nil {
		return nil, err
	}
	if err := config.validate(len(src.Secrets)); err != nil {
		return nil, err
	}
	answer, err := config.Answer.twiml(src.PublicURL + "/" + src.Name)
	if err != nil {
		return nil, err
	}
	return &Adapter{config: config, secrets: src.Secrets, answer: answer}, nil
}

// Revision numbers what Normalize makes of a stored delivery.
func (a *Adapter) Revision() int { return 2 }

// Receive proves a request genuine by the auth token over the public address and every parameter, and decides the answer. Twilio signs no time, so a repeat is told by its key alone.
// https://www.twilio.com/docs/usage/security
func (a *Adapter) Receive(r adapters.Request) (adapters.Receipt, error) {
	if _, ok := readers[r.Purpose]; !ok {
		return adapters.Receipt{}, refuse(http.StatusNotFound, "unknown_purpose")
	}
	signature := r.Header.Get("X-Twilio-Signature")
	if signature == "" {
		return adapters.Receipt{}, refuse(http.StatusUnauthorized, "missing_signature")
	}
	form, err := formOf(r.Method, r.URL, r.Body)
	if err != nil {
		return adapters.Receipt{}, refuse(http.StatusBadRequest, "malformed_form")
	}
	key, ok := proven(a.secrets, signature, r.Method, r.URL, r.Body, form)
	if !ok {
		return adapters.Receipt{}, refuse(http.StatusForbidden, "bad_signature")
	}
	if !a.ours(form.Get("AccountSid")) {
		return adapters.Receipt{}, refuse(http.StatusForbidden, "wrong_account")
	}
	return adapters.Receipt{
		Key: keyOf(r.Purpose, form), Reply: a.reply(r.Purpose), Call: r.Purpose == purposeVoice || r.Purpose == purposeAction,
		Auth: contact.Auth{Scheme: "twilio", Verified: true, Key: key},
	}, nil
}

func refuse(status int, reason string) error {
	return &adapters.Refusal{Status: status, Reason: reason}
}

// ours reports whether an account is the configured one or one of its subaccounts, whose own tokens sign.
func (a *Adapter) ours(account string) bool {
	return account == a.config.Account || slices.Contains(a.config.Subaccounts, account)
}

// formOf are the parameters of a request: of a POST its body, of a GET its query.
func formOf(method, address string, body []byte) (url.Values, error) {
	if method != http.MethodGet {
		return url.ParseQuery(string(body))
	}
	_, query, _ := strings.Cut(address, "?")
	return url.ParseQuery(query)
}

// keyOf is a delivery's natural key, from signed parameters: what Twilio sends again has the same. Empty, and so a digest of everything, where the id is missing.
func keyOf(purpose string, form url.Values) string {
	var fields []string
	switch purpose {
	case purposeVoice:
		fields = []string{"CallSid"}
	case purposeStatus:
		fields = []string{"CallSid", "CallStatus", "SequenceNumber"}
	case purposeAction:
		fields = []string{"CallSid", "RecordingSid", "DialCallSid", "DialCallStatus", "QueueResult"}
	case purposeRecording:
		fields = []string{"RecordingSid", "RecordingStatus"}
	case purposeTranscription:
		fields = []string{"TranscriptionSid", "TranscriptionStatus"}
	case purposeMessage:
		fields = []string{"MessageSid"}
	case purposeMessageStatus:
		fields = []string{"MessageSid", "MessageStatus"}
	}
	if form.Get(fields[0]) == "" {
		return ""
	}
	key := purpose
	for _, name := range fields {
		key += "|" + form.Get(name)
	}
	return key
}

// reply is the answer to a purpose. A text/plain body would be sent to the customer as a message.
func (a *Adapter) reply(purpose string) adapters.Reply {
	switch purpose {
	case purposeVoice:
		return twimlReply(a.answer)
	case purposeAction: // greeting again would greet for ever
		return twimlReply(hangUp)
	case purposeMessage:
		return twimlReply(noAnswer)
	}
	return adapters.Reply{}
}

func twimlReply(document string) adapters.Reply {
	return adapters.Reply{Status: http.StatusOK, ContentType: "text/xml; charset=utf-8", Body: []byte(document)}
}
