package contact

import (
	"encoding/json"
	"time"
)

// Type says what an event reports. Unknown types are kept as they came and fold into their interaction without changing it.
type Type string

// The types of the canonical event.
const (
	MessageReceived     Type = "contact.message.received.v1"
	MessageEdited       Type = "contact.message.edited.v1"
	MessageDeleted      Type = "contact.message.deleted.v1"
	MessageStatus       Type = "contact.message.status.v1"
	ReactionAdded       Type = "contact.reaction.added.v1"
	ReactionRemoved     Type = "contact.reaction.removed.v1"
	Typing              Type = "contact.typing.v1"
	CallStarted         Type = "contact.call.started.v1"
	CallUpdated         Type = "contact.call.updated.v1"
	CallEnded           Type = "contact.call.ended.v1"
	RecordingAvailable  Type = "contact.recording.available.v1"
	TranscriptAvailable Type = "contact.transcript.available.v1"
	Postback            Type = "contact.postback.v1"
	MembershipChanged   Type = "contact.membership.changed.v1"
	ConsentChanged      Type = "contact.consent.changed.v1"
	IdentityChanged     Type = "contact.identity.changed.v1"
	Unparsed            Type = "contact.unparsed.v1"
)

// Channel is the kind of way a contact came by. Adapters of later channels add their own word; an unknown one is kept.
type Channel string

// The channels Usher knows by name.
const (
	Email     Channel = "email"
	Voice     Channel = "voice"
	SMS       Channel = "sms"
	WhatsApp  Channel = "whatsapp"
	Messenger Channel = "messenger"
	RCS       Channel = "rcs"
	WebChat   Channel = "web_chat"
)

// Channels are all of these.
var Channels = []Channel{Email, Voice, SMS, WhatsApp, Messenger, RCS, WebChat}

// Direction tells a customer's contact from our own and from a provider's notice.
type Direction string

// The directions.
const (
	FromCustomer Direction = "inbound"
	FromUs       Direction = "outbound"
	FromSystem   Direction = "system"
)

// OwnSource is the source of the events that Usher tells of. What says that it comes from there is no contact of anybody: an endpoint that events are sent to may be a source, of ours or of another Usher.
const OwnSource = "/usher"

// Inbound is one normalised event: a CloudEvents 1.0 envelope (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md)
// whose data says who wrote or called, what arrived, and to which interaction it belongs.
type Inbound struct {
	SpecVersion string    `json:"specversion"`
	ID          string    `json:"id"`
	Source      string    `json:"source"`
	Type        Type      `json:"type"`
	Subject     string    `json:"subject,omitempty"` // the conversation or the call
	Time        time.Time `json:"time"`              // when it happened; when it was received if the provider does not say
	DataSchema  string    `json:"dataschema,omitempty"`
	TraceParent string    `json:"traceparent,omitempty"`
	TraceState  string    `json:"tracestate,omitempty"`
	Data        Data      `json:"data"`
}

// Data is the body of an Inbound. Numbers that are ids stay strings; unknown words stay as they came.
type Data struct {
	// Interaction is the provider's key of the interaction this event folds into (CallSid, MessageSid, wamid), unique within the source. Empty: see Inbound.InteractionKey.
	Interaction string `json:"interaction,omitempty"`
	// InteractionScope is what Interaction is unique in, where that is more than the source: a mail that lies in two mailboxes is one interaction.
	InteractionScope string          `json:"interaction_scope,omitempty"`
	Class            Class           `json:"class,omitempty"` // the adapter's hint; ingest decides
	Channel          Channel         `json:"channel"`
	Direction        Direction       `json:"direction"`
	Dedupe           Dedupe          `json:"dedupe"`
	Provider         Provider        `json:"provider"`
	Times            Times           `json:"times"`
	Conversation     *Conversation   `json:"conversation,omitempty"`
	From             Party           `json:"from"`
	To               []Party         `json:"to,omitempty"`
	CC               []Party         `json:"cc,omitempty"`
	Caller           *Caller         `json:"caller,omitempty"`
	Content          []Part          `json:"content,omitempty"`
	RelatesTo        *Relation       `json:"relates_to,omitempty"`
	Status           *Status         `json:"status,omitempty"`
	Call             *Call           `json:"call,omitempty"`
	Recording        *Recording      `json:"recording,omitempty"`
	Transcript       *Transcript     `json:"transcript,omitempty"`
	Consent          *Consent        `json:"consent,omitempty"`
	IdentityChange   *IdentityChange `json:"identity_change,omitempty"`
	Referral         *Referral       `json:"referral,omitempty"`
	Segments         *Segments       `json:"segments,omitempty"`
	Auth             *Auth           `json:"auth,omitempty"`
	Raw              *Raw            `json:"raw,omitempty"`
	Evidence         []Evidence      `json:"evidence,omitempty"`   // values found in what was said; they attach nothing
	Parse            string          `json:"parse,omitempty"`      // damaged, failed; empty: nothing was wrong
	Warnings         []string        `json:"warnings,omitempty"`   // what was wrong with it, or which limit it went beyond, in codes
	Extensions       []Pair          `json:"extensions,omitempty"` // every provider field that has no place above, verbatim
}

// Pair is a name and its value. Lists of pairs stand where a map would: names repeat, and a store's field names may hold neither "." nor "$".
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Dedupe is what a repeat of the event is recognised by.
type Dedupe struct {
	Key             string `json:"key"` // unique per source, from signed content
	ProviderEventID string `json:"provider_event_id,omitempty"`
	Redelivery      bool   `json:"redelivery,omitempty"`
	Attempt         int    `json:"attempt,omitempty"`
}

// Provider says who delivered the event and under which names of its own.
type Provider struct {
	Name       string  `json:"name,omitempty"`
	AccountID  string  `json:"account_id,omitempty"`
	Channel    Channel `json:"channel,omitempty"`
	EventType  string  `json:"event_type,omitempty"`
	APIVersion string  `json:"api_version,omitempty"`
}

// Times holds when the event happened and who says so: "provider", "signed_header" or "received" (an estimate: Twilio sends no time).
type Times struct {
	OccurredAt       time.Time `json:"occurred_at"`
	OccurredAtSource string    `json:"occurred_at_source,omitempty"`
	ReceivedAt       time.Time `json:"received_at"`
	ProviderTZ       string    `json:"provider_tz,omitempty"`
}

// Conversation is the thread, room or call the event belongs to.
type Conversation struct {
	ID         string   `json:"id,omitempty"`
	Kind       string   `json:"kind,omitempty"` // direct, group, channel, room, call
	GroupID    string   `json:"group_id,omitempty"`
	Subject    string   `json:"subject,omitempty"`
	ThreadID   string   `json:"thread_id,omitempty"`
	InReplyTo  string   `json:"in_reply_to,omitempty"`
	References []string `json:"references,omitempty"`
}

// Auth says how the delivery was proved genuine, and by which of two live secrets.
type Auth struct {
	Scheme   string    `json:"scheme"`
	Verified bool      `json:"verified"`
	Key      int       `json:"key_id"`
	SignedAt time.Time `json:"signed_at,omitzero"`
	SkewMS   int64     `json:"skew_ms,omitempty"`
}

// Raw points from an event into the delivery it was read from.
type Raw struct {
	RequestID   string   `json:"request_id,omitempty"`
	ItemPath    string   `json:"item_path,omitempty"` // JSON Pointer, RFC 6901
	ContentType string   `json:"content_type,omitempty"`
	SHA256      string   `json:"sha256,omitempty"`
	Redacted    []string `json:"redacted,omitempty"`
}

// InteractionKey is the natural key of the interaction the event folds into: the one given, else the message it relates to, else the call, else the event's own key.
func (in Inbound) InteractionKey() string {
	switch {
	case in.Data.Interaction != "":
		return in.Data.Interaction
	case in.Data.RelatesTo != nil && in.Data.RelatesTo.folds():
		return in.Data.RelatesTo.ProviderMessageID
	case in.Data.Call != nil && in.Data.Call.ID != "":
		return in.Data.Call.ID
	}
	return in.EventKey()
}

// EventKey is the key by which a repeat of this event is recognised within its source.
func (in Inbound) EventKey() string {
	switch {
	case in.Data.Dedupe.Key != "":
		return in.Data.Dedupe.Key
	case in.Data.Dedupe.ProviderEventID != "":
		return in.Data.Dedupe.ProviderEventID
	}
	return in.ID
}

// canonical is the one byte form by which two versions of an event are ordered.
func (in Inbound) canonical() string {
	b, _ := json.Marshal(in) // every field of Inbound marshals
	return string(b)
}
