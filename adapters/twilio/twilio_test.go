package twilio

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/adapters/adaptertest"
	"usher/gateway/contact"
)

const account = "AC00000000000000000000000000000000"

func suite() adaptertest.Suite {
	form := url.Values{"AccountSid": {account}, "MessageSid": {"SM1"}, "From": {"+14155550123"}, "To": {"+14155550100"}, "Body": {"hello"}}
	return adaptertest.Suite{
		Build: New, Adapter: "twilio", Section: "account: " + account, Secrets: [3]string{"token-one-1234", "token-two-1234", "stranger-1234"},
		Request: adapters.Request{
			Method: http.MethodPost, Purpose: purposeMessage, URL: "https://usher.example/hooks/suite/message",
			Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, Body: []byte(form.Encode()),
		},
		Sign: func(t testing.TB, secret string, r *adapters.Request) {
			values, err := url.ParseQuery(string(r.Body))
			require.NoError(t, err)
			r.Header.Set("X-Twilio-Signature", Sign([]byte(secret), r.URL, values))
		},
		Signed: []string{"X-Twilio-Signature", "url"},
	}
}

func TestTwilioPassesWhatEveryAdapterPasses(t *testing.T) {
	t.Parallel()
	adaptertest.Run(t, suite())
}

func FuzzReceive(f *testing.F)   { adaptertest.FuzzReceive(f, suite()) }
func FuzzNormalize(f *testing.F) { adaptertest.FuzzNormalize(f, suite()) }

func build(t testing.TB, answer Answer) *Adapter {
	a, err := New(adapters.Source{Name: "tw", Region: "US", Secrets: [][]byte{[]byte("token")}, PublicURL: "https://usher.example/hooks", Decode: func(into any) error {
		*into.(*Config) = Config{Account: account, Answer: answer}
		return nil
	}})
	require.NoError(t, err)
	return a.(*Adapter)
}

// receive posts a signed form to a purpose.
func receive(t testing.TB, a *Adapter, purpose string, fields ...string) (adapters.Receipt, error) {
	form := url.Values{"AccountSid": {account}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	address := "https://usher.example/hooks/tw/" + purpose
	return a.Receive(adapters.Request{
		Method: http.MethodPost, Purpose: purpose, URL: address, Body: []byte(form.Encode()), Received: time.Now(),
		Header: http.Header{"X-Twilio-Signature": {Sign([]byte("token"), address, form)}},
	})
}

func read(t testing.TB, purpose string, fields ...string) contact.Inbound {
	form := url.Values{"AccountSid": {account}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	events, err := build(t, Answer{}).Normalize(contact.Delivery{Method: http.MethodPost, Purpose: purpose}, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	require.Len(t, events, 1)
	return events[0]
}

// A call is answered as configured; the action of our own Record or Dial hangs up, or an unanswered Record would greet for ever.
func TestCallsAreAnsweredAsConfigured(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer Answer
		want   []string
	}{
		"nothing":  {Answer{}, []string{"<Say>" + defaultSay + "</Say>", "<Hangup/>"}},
		"say":      {Answer{Say: "Hello & welcome", Language: "en-GB"}, []string{`<Say language="en-GB">Hello &amp; welcome</Say>`, "<Hangup/>"}},
		"record":   {Answer{Record: true, Transcribe: true}, []string{`action="https://usher.example/hooks/tw/action"`, `recordingStatusCallback="https://usher.example/hooks/tw/recording"`, `transcribeCallback="https://usher.example/hooks/tw/transcription"`}},
		"dial":     {Answer{Dial: "+4930123450", Record: true}, []string{`<Number>+4930123450</Number>`, `record="record-from-answer-dual"`, `action="https://usher.example/hooks/tw/action"`}},
		"sip":      {Answer{Dial: "sip:desk@pbx.example"}, []string{`<Sip>sip:desk@pbx.example</Sip>`}},
		"enqueue":  {Answer{Enqueue: "support"}, []string{`>support</Enqueue>`}},
		"redirect": {Answer{Redirect: "https://example.com/twiml"}, []string{`>https://example.com/twiml</Redirect>`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := build(t, c.answer)
			first, err := receive(t, a, purposeVoice, "CallSid", "CA1")
			require.NoError(t, err)
			require.True(t, first.Call)
			require.Contains(t, first.Reply.ContentType, "text/xml")
			for _, part := range c.want {
				require.Contains(t, string(first.Reply.Body), part)
			}
			again, err := receive(t, a, purposeVoice, "CallSid", "CA1")
			require.NoError(t, err)
			require.Equal(t, first, again)
			action, err := receive(t, a, purposeAction, "CallSid", "CA1")
			require.NoError(t, err)
			require.Contains(t, string(action.Reply.Body), "<Hangup/>")
			require.NotContains(t, string(action.Reply.Body), "<Say")
		})
	}
}

// A retry that comes after a restart, or to another gateway, is answered in the same bytes.
func TestTheAnswerIsTheSameAfterARestart(t *testing.T) {
	t.Parallel()
	answer := Answer{Say: "Hello", Language: "en-GB", Voice: "Polly.Amy", Dial: "+4930123450", Record: true}
	first := build(t, answer).answer
	for range 30 {
		require.Equal(t, first, build(t, answer).answer)
	}
}

// A page or an agent is the scope of its customers' ids; no customer's id is the scope of ours.
func TestOurOwnAddressesHaveNoScope(t *testing.T) {
	t.Parallel()
	for from, to := range map[string]string{"messenger:6842345678901234": "messenger:1029384756", "rcs:+14155550123": "rcs:shop"} {
		require.Empty(t, read(t, purposeMessage, "MessageSid", "SM1", "From", from, "To", to).Data.To[0].Identifiers[0].Scope)
		sent := read(t, purposeMessageStatus, "MessageSid", "SM2", "From", to, "To", from, "MessageStatus", "sent")
		require.Empty(t, sent.Data.From.Identifiers[0].Scope)
	}
}

func TestMessagesAreAnsweredWithoutAMessage(t *testing.T) {
	t.Parallel()
	receipt, err := receive(t, build(t, Answer{}), purposeMessage, "MessageSid", "SM1")
	require.NoError(t, err)
	require.Equal(t, "text/xml; charset=utf-8", receipt.Reply.ContentType)
	require.NotContains(t, string(receipt.Reply.Body), "Message")
}

func TestWhatIsNotOursIsRefused(t *testing.T) {
	t.Parallel()
	a := build(t, Answer{})
	for name, c := range map[string]struct {
		purpose string
		change  func(*adapters.Request)
		status  int
		reason  string
	}{
		"no signature":    {purposeVoice, func(r *adapters.Request) { r.Header = http.Header{} }, 401, "missing_signature"},
		"wrong signature": {purposeVoice, func(r *adapters.Request) { r.Header.Set("X-Twilio-Signature", "AAAA") }, 403, "bad_signature"},
		"other address":   {purposeVoice, func(r *adapters.Request) { r.URL += "x" }, 403, "bad_signature"},
		"other purpose":   {"", func(*adapters.Request) {}, 404, "unknown_purpose"},
		"malformed form":  {purposeVoice, func(r *adapters.Request) { r.Body = []byte("%zz") }, 400, "malformed_form"},
		"other account": {purposeVoice, func(r *adapters.Request) {
			form := url.Values{"AccountSid": {"AC11111111111111111111111111111111"}}
			r.Body = []byte(form.Encode())
			r.Header.Set("X-Twilio-Signature", Sign([]byte("token"), r.URL, form))
		}, 403, "wrong_account"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			form := url.Values{"AccountSid": {account}, "CallSid": {"CA1"}}
			r := adapters.Request{Method: http.MethodPost, Purpose: c.purpose, URL: "https://usher.example/hooks/tw/voice", Body: []byte(form.Encode()), Header: http.Header{}}
			r.Header.Set("X-Twilio-Signature", Sign([]byte("token"), r.URL, form))
			c.change(&r)
			_, err := a.Receive(r)
			refusal, ok := adapters.Refused(err)
			require.True(t, ok)
			require.Equal(t, c.status, refusal.Status)
			require.Equal(t, c.reason, refusal.Reason)
		})
	}
}

func TestMistakesInTheSectionAreNamed(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]Config{
		"twilio.account":          {Account: "AC1"},
		"at most one of":          {Account: account, Answer: Answer{Dial: "+1", Enqueue: "x"}},
		"goes with record":        {Account: account, Answer: Answer{Transcribe: true}},
		"twilio.answer.redirect":  {Account: account, Answer: Answer{Redirect: "ftp://x"}},
		"twilio.subaccounts[0]":   {Account: account, Subaccounts: []string{"x"}},
		"at most 4096 characters": {Account: account, Answer: Answer{Say: strings.Repeat("x", 5000)}},
	} {
		require.ErrorContains(t, c.validate(1), want)
	}
	require.ErrorContains(t, Config{Account: account}.validate(0), "auth token")
}

// A call's attestation is the assurance of its number. https://www.twilio.com/docs/voice/trusted-calling-with-shakenstir
func TestStirVerstatIsTheAssurance(t *testing.T) {
	t.Parallel()
	for verstat, want := range map[string]contact.Assurance{
		"TN-Validation-Passed-A": contact.Pass, "TN-Validation-Passed-B": contact.None, "TN-Validation-Passed-A-Diverted": contact.None,
		"TN-Validation-Failed": contact.Fail, "TN-Validation-Failed-A": contact.Fail, "No-TN-Validation": contact.None,
	} {
		in := read(t, purposeVoice, "CallSid", "CA1", "From", "+14155550123", "StirVerstat", verstat)
		require.Equal(t, want, in.Data.From.Identifiers[0].Assurance, verstat)
	}
	require.Empty(t, read(t, purposeVoice, "CallSid", "CA1", "From", "+14155550123", "StirVerstat", "NULL").Data.From.Identifiers[0].Assurance)
}

// The scheme of an address tells the channel and the kind of contact point.
func TestAddressesAreReadByTheirScheme(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]struct {
		channel contact.Channel
		id      contact.Identifier
	}{
		"+14155550123":               {contact.SMS, contact.Identifier{Scheme: contact.Tel, Value: "+14155550123"}},
		"whatsapp:+14155550123":      {contact.WhatsApp, contact.Identifier{Scheme: contact.Tel, Value: "+14155550123"}},
		"whatsapp:US.13491208655302": {contact.WhatsApp, contact.Identifier{Scheme: contact.BSUID, Value: "US.13491208655302", Scope: account}},
		"messenger:1234567":          {contact.Messenger, contact.Identifier{Scheme: contact.PSID, Value: "1234567", Scope: "page"}},
		"rcs:+14155550123":           {contact.RCS, contact.Identifier{Scheme: contact.Tel, Value: "+14155550123"}},
		"rcs:user-1":                 {contact.RCS, contact.Identifier{Scheme: contact.RCSUser, Value: "user-1", Scope: "page"}},
	} {
		in := read(t, purposeMessage, "MessageSid", "SM1", "From", from, "To", "messenger:page")
		require.Equal(t, want.channel, in.Data.Channel, from)
		want.id.Raw, want.id.Primary = from, true
		require.Equal(t, []contact.Identifier{want.id}, in.Data.From.Identifiers, from)
	}
}

// Since 2026 a WhatsApp user may show a number, a business-scoped id, or both; Twilio's two names for the field are both read.
func TestWhatsAppIdsInAllThreeShapes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ExternalUserId", "ExternalUserIdentifier"} {
		both := read(t, purposeMessage, "MessageSid", "SM1", "From", "whatsapp:+14155550123", name, "US.1349")
		require.Len(t, both.Data.From.Identifiers, 2)
		require.Equal(t, contact.BSUID, both.Data.From.Identifiers[1].Scheme)
	}
	only := read(t, purposeMessage, "MessageSid", "SM1", "From", "whatsapp:US.1349", "ExternalUserId", "US.1349")
	require.Len(t, only.Data.From.Identifiers, 1)
	withNumber := read(t, purposeMessage, "MessageSid", "SM1", "From", "whatsapp:US.1349", "WaId", "14155550123")
	require.Equal(t, "+14155550123", withNumber.Data.From.Identifiers[1].Value)
}

func TestMessagePartsAreRead(t *testing.T) {
	t.Parallel()
	in := read(t, purposeMessage, "MessageSid", "SM1", "From", "whatsapp:+14155550123", "Body", "see", "NumMedia", "1", "MediaUrl0", "https://api.twilio.com/m", "MediaContentType0", "image/jpeg",
		"Latitude", "52.5", "Longitude", "13.4", "Label", "Here", "ButtonText", "Yes", "ButtonPayload", "y", "ReferralSourceId", "ad-1", "OriginalRepliedMessageSid", "SM0", "Unknown", "kept")
	kinds := []string{}
	for _, p := range in.Data.Content {
		kinds = append(kinds, p.Kind)
	}
	require.Equal(t, []string{"text", "interactive_reply", "location", "image"}, kinds)
	require.Equal(t, "ad-1", in.Data.Referral.SourceID)
	require.Equal(t, "replies", in.Data.RelatesTo.Kind)
	require.Contains(t, in.Data.Extensions, contact.Pair{Name: "Unknown", Value: "kept"})
}

func TestConsentIsRead(t *testing.T) {
	t.Parallel()
	require.Equal(t, "opt_out", read(t, purposeMessage, "MessageSid", "SM1", "From", "+1", "Body", "whatever", "OptOutType", "STOP").Data.Consent.Action)
	require.Equal(t, "opt_out", read(t, purposeMessage, "MessageSid", "SM1", "From", "+1", "Body", " stop ").Data.Consent.Action)
	require.Nil(t, read(t, purposeMessage, "MessageSid", "SM1", "From", "+1", "Body", "please stop calling").Data.Consent)
	refused := read(t, purposeMessageStatus, "MessageSid", "SM1", "To", "+1", "MessageStatus", "failed", "ErrorCode", "21610")
	require.Equal(t, "opt_out", refused.Data.Consent.Action)
}

// A call that we made is ours: the customer is the one called.
func TestOutboundCallsAreOurs(t *testing.T) {
	t.Parallel()
	in := read(t, purposeStatus, "CallSid", "CA1", "From", "+14155550100", "To", "+14155550123", "Direction", "outbound-api", "CallStatus", "completed", "CallDuration", "12", "Timestamp", "Mon, 23 Nov 2026 10:00:30 +0000")
	require.Equal(t, contact.FromUs, in.Data.Direction)
	require.Equal(t, contact.Customer, in.Data.To[0].Role)
	require.Equal(t, contact.CallEnded, in.Type)
	require.Equal(t, 12, in.Data.Call.DurationS)
	require.Equal(t, time.Date(2026, 11, 23, 10, 0, 30, 0, time.UTC), in.Data.Call.EndedAt)
}

// A GET carries its parameters in the address, which is what is signed.
func TestAGetIsReadFromItsAddress(t *testing.T) {
	t.Parallel()
	a := build(t, Answer{})
	address := "https://usher.example/hooks/tw/voice?AccountSid=" + account + "&CallSid=CA1&From=%2B14155550123"
	receipt, err := a.Receive(adapters.Request{Method: http.MethodGet, Purpose: purposeVoice, URL: address, Header: http.Header{"X-Twilio-Signature": {Sign([]byte("token"), address, nil)}}})
	require.NoError(t, err)
	require.Equal(t, "voice|CA1", receipt.Key)
	events, err := a.Normalize(contact.Delivery{Method: http.MethodGet, Purpose: purposeVoice, URL: address}, strings.NewReader(""))
	require.NoError(t, err)
	require.Equal(t, "+14155550123", events[0].Data.From.Identifiers[0].Value)
}

// The auth token goes to Twilio's own hosts and nowhere else.
func TestMediaIsFetchedFromTwilioOnly(t *testing.T) {
	t.Parallel()
	a := build(t, Answer{})
	r, err := a.Media(contact.Media{URL: "https://api.twilio.com/2010-04-01/Accounts/AC0/Recordings/RE1"})
	require.NoError(t, err)
	user, password, _ := r.BasicAuth()
	require.Equal(t, account, user)
	require.Equal(t, "token", password)
	for _, address := range []string{"http://api.twilio.com/x", "https://twilio.com.evil.example/x", "https://evil.example/x", "https://user@api.twilio.com/x", "https://api.twilio.com:8443/x", "file:///etc/passwd", "://"} {
		_, err := a.Media(contact.Media{URL: address})
		require.Error(t, err, address)
		require.NotContains(t, err.Error(), "token")
	}
}

func TestUnknownPurposesAreNotRead(t *testing.T) {
	t.Parallel()
	for _, purpose := range []string{"", "other"} {
		_, err := build(t, Answer{}).Normalize(contact.Delivery{Purpose: purpose}, strings.NewReader("CallSid=CA1"))
		require.Error(t, err)
	}
	_, err := build(t, Answer{}).Normalize(contact.Delivery{Purpose: purposeVoice, Method: http.MethodPost}, strings.NewReader("From=%2B1"))
	require.ErrorIs(t, err, errNoCall)
}

func BenchmarkReceive(b *testing.B) {
	a := build(b, Answer{})
	form := url.Values{"AccountSid": {account}, "MessageSid": {"SM1"}, "From": {"+14155550123"}, "To": {"+14155550100"}, "Body": {strings.Repeat("hello ", 20)}}
	address := "https://usher.example/hooks/tw/message"
	r := adapters.Request{Method: http.MethodPost, Purpose: purposeMessage, URL: address, Body: []byte(form.Encode()), Header: http.Header{"X-Twilio-Signature": {Sign([]byte("token"), address, form)}}}
	for b.Loop() {
		if _, err := a.Receive(r); err != nil {
			b.Fatal(err)
		}
	}
}
