package twilio

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/twilio/twilio-go/twiml"
)

// Config is the section "twilio" of a source.
type Config struct {
	// The account's SID (AC and 32 hexadecimal digits). A request of another account is refused, even with a right signature.
	Account string `yaml:"account"`
	// SIDs of subaccounts whose numbers also come in here. Their own auth tokens sign: list them under secrets.
	Subaccounts []string `yaml:"subaccounts"`
	// What an incoming call hears. Empty: a sentence, then it hangs up.
	Answer Answer `yaml:"answer"`
}

// Answer is what an incoming call hears: first the sentence, then at most one of redirect, enqueue, dial and record.
type Answer struct {
	// A sentence that is read out, at most 4096 characters. Empty with nothing else set: a short English one.
	Say string `yaml:"say"`
	// Its language, such as en-GB. Empty: Twilio's default.
	Language string `yaml:"language"`
	// Its voice, such as Polly.Amy. Empty: Twilio's default.
	Voice string `yaml:"voice"`
	// A number (E.164) or SIP address (sip:user@host) to connect the caller to.
	Dial string `yaml:"dial"`
	// The queue that the caller waits in.
	Enqueue string `yaml:"enqueue"`
	// An address that gives further TwiML.
	Redirect string `yaml:"redirect"`
	// Whether the caller may leave a message, or the connected call is recorded.
	Record bool `yaml:"record"`
	// Whether a message is transcribed.
	Transcribe bool `yaml:"transcribe"`
}

// Default returns the settings in force where the section is silent.
func Default() Config { return Config{} }

var accountSID = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)

func (c Config) validate(secrets int) error {
	if secrets == 0 {
		return errors.New("secrets: want the account's auth token")
	}
	if !accountSID.MatchString(c.Account) {
		return errors.New("twilio.account: want AC and 32 hexadecimal digits")
	}
	for i, s := range c.Subaccounts {
		if !accountSID.MatchString(s) {
			return fmt.Errorf("twilio.subaccounts[%d]: want AC and 32 hexadecimal digits", i)
		}
	}
	return c.Answer.validate()
}

func (a Answer) validate() error {
	ways := 0
	for _, way := range []string{a.Dial, a.Enqueue, a.Redirect} {
		if way != "" {
			ways++
		}
	}
	if ways > 1 || (a.Record && (a.Enqueue != "" || a.Redirect != "")) {
		return errors.New("twilio.answer: want at most one of dial, enqueue, redirect; record goes alone or with dial")
	}
	if a.Transcribe && !a.Record {
		return errors.New("twilio.answer.transcribe: goes with record")
	}
	if len([]rune(a.Say)) > 4096 {
		return errors.New("twilio.answer.say: want at most 4096 characters")
	}
	if u, err := url.Parse(a.Redirect); a.Redirect != "" && (err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "") {
		return errors.New("twilio.answer.redirect: want an http or https address")
	}
	return nil
}

// defaultSay is what a call hears where nothing is configured.
const defaultSay = "Thank you for calling. We have noted your call and will get back to you."

// Answers that are the same for every source.
const (
	hangUp   = `<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>`
	noAnswer = `<?xml version="1.0" encoding="UTF-8"?><Response/>`
)

// twiml makes the answer to an incoming call. Base is the source's own address, to which Twilio reports what came of it.
func (a Answer) twiml(base string) (string, error) {
	var verbs []twiml.Element
	say := a.Say
	if a == (Answer{}) {
		say = defaultSay
	}
	if say != "" {
		verbs = append(verbs, &twiml.VoiceSay{Message: say, Language: a.Language, Voice: a.Voice})
	}
	switch {
	case a.Redirect != "":
		verbs = append(verbs, &twiml.VoiceRedirect{Url: a.Redirect, Method: "POST"})
	case a.Enqueue != "":
		verbs = append(verbs, &twiml.VoiceEnqueue{Name: a.Enqueue, Action: base + "/" + purposeAction, Method: "POST"})
	case a.Dial != "":
		verbs = append(verbs, a.dial(base))
	case a.Record:
		verbs = append(verbs, a.record(base))
	default:
		verbs = append(verbs, &twiml.VoiceHangup{})
	}
	document, response := twiml.CreateDocument()
	twiml.AddAllVerbs(response, verbs)
	for _, element := range response.FindElements("//*") {
		element.SortAttrs() // twilio-go takes them from a map: a retry after a restart would be answered in other bytes
	}
	text, err := twiml.ToXML(document)
	if err != nil {
		return "", fmt.Errorf("making TwiML: %w", err)
	}
	return text, nil
}

func (a Answer) dial(base string) twiml.Element {
	dial := &twiml.VoiceDial{Action: base + "/" + purposeAction, Method: "POST", AnswerOnBridge: "true"}
	if a.Record {
		dial.Record, dial.RecordingStatusCallback = "record-from-answer-dual", base+"/"+purposeRecording
	}
	if strings.HasPrefix(a.Dial, "sip:") {
		dial.InnerElements = []twiml.Element{&twiml.VoiceSip{SipUrl: a.Dial}}
		return dial
	}
	dial.InnerElements = []twiml.Element{&twiml.VoiceNumber{PhoneNumber: a.Dial}}
	return dial
}

func (a Answer) record(base string) twiml.Element {
	record := &twiml.VoiceRecord{
		Action: base + "/" + purposeAction, Method: "POST", MaxLength: "300", PlayBeep: "true",
		RecordingStatusCallback: base + "/" + purposeRecording, RecordingStatusCallbackEvent: "completed absent",
	}
	if a.Transcribe {
		record.Transcribe, record.TranscribeCallback = "true", base+"/"+purposeTranscription
	}
	return record
}
