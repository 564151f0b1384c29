package twilio

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"usher/gateway/contact"
)

var errNoCall = errors.New("no CallSid")

// call reads an incoming call, as it rings. https://www.twilio.com/docs/voice/twiml#request-parameters
func call(f *fields, in *contact.Inbound) error {
	if err := aboutCall(f, in, contact.CallStarted); err != nil {
		return err
	}
	in.Data.Call.State = callState(f.get("CallStatus"))
	return nil
}

// callStatus reads a status callback. https://www.twilio.com/docs/voice/api/call-resource#statuscallback
func callStatus(f *fields, in *contact.Inbound) error {
	if err := aboutCall(f, in, contact.CallUpdated); err != nil {
		return err
	}
	c := in.Data.Call
	c.State = callState(f.get("CallStatus"))
	c.DurationS = number(f.get("CallDuration", "Duration"))
	c.Sequence = number(f.get("SequenceNumber"))
	c.HangupCause = f.get("SipResponseCode")
	at := moment(f.get("Timestamp"))
	in.Time = at
	switch c.State {
	case "in_progress":
		c.AnsweredAt = at
	case "completed", "busy", "no_answer", "failed", "canceled":
		in.Type, c.EndedAt = contact.CallEnded, at
	}
	return nil
}

// callAction reads what came of a Dial, Record or Enqueue of ours.
func callAction(f *fields, in *contact.Inbound) error {
	if err := aboutCall(f, in, contact.CallUpdated); err != nil {
		return err
	}
	in.Data.Direction = contact.FromSystem
	in.Data.Call.State = callState(f.get("CallStatus"))
	in.Data.Call.DTMF = f.get("Digits")
	if f.form.Get("RecordingSid") != "" && f.form.Get("RecordingUrl") != "" {
		in.Data.Recording = recordingOf(f)
		in.Data.Recording.State = "completed"
	}
	return nil
}

// recording reads a recording's status. https://www.twilio.com/docs/voice/api/recording#recordingstatuscallback
func recording(f *fields, in *contact.Inbound) error {
	if err := ofCall(f, in, contact.RecordingAvailable); err != nil {
		return err
	}
	in.Data.Recording = recordingOf(f)
	return nil
}

func recordingOf(f *fields) *contact.Recording {
	r := &contact.Recording{
		ID: f.get("RecordingSid"), State: strings.ReplaceAll(f.get("RecordingStatus"), "-", "_"),
		DurationS: number(f.get("RecordingDuration")), Channels: number(f.get("RecordingChannels")), Source: f.get("RecordingSource"),
	}
	if address := f.get("RecordingUrl"); address != "" {
		r.Media = &contact.Media{ProviderID: r.ID, URL: address, AuthRef: "twilio", ContentType: "audio/x-wav", DurationS: r.DurationS, State: "remote"}
	}
	return r
}

// transcription reads a recording's transcript.
func transcription(f *fields, in *contact.Inbound) error {
	if err := ofCall(f, in, contact.TranscriptAvailable); err != nil {
		return err
	}
	in.Data.Transcript = &contact.Transcript{
		ID: f.get("TranscriptionSid"), RecordingID: f.get("RecordingSid"), State: f.get("TranscriptionStatus"), Text: f.get("TranscriptionText"), Engine: "twilio",
	}
	return nil
}

// ofCall begins an event that belongs to a call and says nothing of who is in it.
func ofCall(f *fields, in *contact.Inbound, kind contact.Type) error {
	sid := f.get("CallSid")
	if sid == "" {
		return errNoCall
	}
	in.Type, in.Subject = kind, sid
	in.Data.Channel, in.Data.Interaction, in.Data.Direction = contact.Voice, sid, contact.FromSystem
	in.Data.Conversation = &contact.Conversation{ID: sid, Kind: "call"}
	return nil
}

// aboutCall reads what every request about a call says: who calls whom, and what the network says of it.
func aboutCall(f *fields, in *contact.Inbound, kind contact.Type) error {
	if err := ofCall(f, in, kind); err != nil {
		return err
	}
	from, to, account := f.get("From", "Caller"), f.get("To", "Called"), in.Data.Provider.AccountID
	direction := f.get("Direction")
	in.Data.Direction = contact.FromCustomer
	fromRole, toRole := contact.Customer, contact.Business
	if strings.HasPrefix(direction, "outbound") {
		in.Data.Direction, fromRole, toRole = contact.FromUs, contact.Business, contact.Customer
	}
	in.Data.From = party(fromRole, from, to, account)
	in.Data.To = []contact.Party{party(toRole, to, from, account)}
	in.Data.Call = &contact.Call{ID: in.Data.Interaction, ParentID: f.get("ParentCallSid"), Dialled: to, Direction: direction}
	in.Data.Caller = caller(f)
	in.Data.From.Country = f.get("FromCountry", "CallerCountry")
	if in.Data.Caller == nil {
		return nil
	}
	in.Data.From.DisplayName = in.Data.Caller.CNAM
	if in.Data.Caller.STIR != nil {
		in.Data.From = assured(in.Data.From, assurance(in.Data.Caller.STIR))
	}
	return nil
}

// caller is what the network says beyond the number, nil for nothing.
func caller(f *fields) *contact.Caller {
	c := contact.Caller{
		CNAM: f.get("CallerName"), STIR: stir(f.get("StirVerstat")), Forwarded: f.get("ForwardedFrom"),
		City: f.get("FromCity", "CallerCity"), Region: f.get("FromState", "CallerState"), PostalCode: f.get("FromZip", "CallerZip"), Country: f.form.Get("FromCountry"),
	}
	c = withAddOns(c, f.form.Get("AddOns"))
	if c == (contact.Caller{}) {
		return nil
	}
	return &c
}

// stir reads TN-Validation-{Passed,Failed}-{A,B,C}[-Diverted], TN-Validation-Failed and No-TN-Validation. https://www.twilio.com/docs/voice/trusted-calling-with-shakenstir
func stir(verstat string) *contact.STIR {
	if verstat == "" || verstat == "NULL" {
		return nil
	}
	s := &contact.STIR{Verstat: verstat}
	rest, diverted := strings.CutSuffix(verstat, "-Diverted")
	s.Diverted = diverted
	if i := strings.LastIndex(rest, "-"); i >= 0 && len(rest[i+1:]) == 1 {
		s.Attestation = rest[i+1:]
	}
	return s
}

// assurance: only a full attestation that was verified proves a number; a failed one disproves it.
func assurance(s *contact.STIR) contact.Assurance {
	switch {
	case strings.HasPrefix(s.Verstat, "TN-Validation-Failed"):
		return contact.Fail
	case s.Verstat == "TN-Validation-Passed-A":
		return contact.Pass
	}
	return contact.None
}

// callState is Twilio's word in ours: with underscores.
func callState(status string) string { return strings.ReplaceAll(status, "-", "_") }

// number is 0 for what is no number.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// moment reads Twilio's RFC 2822 times; the zero time for what is none.
func moment(text string) time.Time {
	for _, layout := range []string{time.RFC1123Z, time.RFC1123, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
