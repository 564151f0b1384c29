package twilio

import (
	"errors"
	"fmt"
	"io"

	"usher/gateway/contact"
)

// maxBody bounds what is read of a stored body; Twilio's forms are a few KB.
const maxBody = 4 << 20

// readers read a request of each purpose.
var readers = map[string]func(*fields, *contact.Inbound) error{
	purposeVoice: call, purposeStatus: callStatus, purposeAction: callAction, purposeRecording: recording, purposeTranscription: transcription,
	purposeMessage: message, purposeMessageStatus: messageStatus,
}

// Normalize reads a stored request by its purpose.
func (a *Adapter) Normalize(d contact.Delivery, body contact.Body) ([]contact.Inbound, error) {
	text, err := io.ReadAll(io.LimitReader(body, maxBody))
	if err != nil {
		return nil, fmt.Errorf("reading body: %w", err)
	}
	form, err := formOf(d.Method, d.URL, text)
	if err != nil {
		return nil, errors.New("reading form: malformed") // its error would quote the form
	}
	read, ok := readers[d.Purpose]
	if !ok {
		return nil, errors.New("reading form: unknown purpose")
	}
	f := newFields(form)
	in := contact.Inbound{Data: contact.Data{
		Provider: contact.Provider{Name: "twilio", AccountID: f.get("AccountSid"), APIVersion: f.get("ApiVersion"), EventType: d.Purpose},
		Dedupe:   contact.Dedupe{Key: keyOf(d.Purpose, f.form)},
	}}
	if err := read(f, &in); err != nil {
		return nil, fmt.Errorf("reading form: %w", err)
	}
	in.Data.Extensions = f.rest()
	return []contact.Inbound{in}, nil
}
