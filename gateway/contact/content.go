package contact

import (
	"strings"
	"time"
)

// Part is one piece of what was sent.
type Part struct {
	Kind     string    `json:"kind"` // text, image, audio, voice, video, file, sticker, location, contact, interactive_reply, order, unsupported
	Text     string    `json:"text,omitempty"`
	Sections []Section `json:"sections,omitempty"` // what the text is made of, where it is more than the sender's own words
	Format   string    `json:"format,omitempty"`   // plain, markdown, html
	Media    *Media    `json:"media,omitempty"`
	Location *Location `json:"location,omitempty"`
	Contact  string    `json:"contact,omitempty"` // vCard 4, RFC 6350
	Reply    *Reply    `json:"reply,omitempty"`
}

// Section is a stretch of a text, in runes: from Start up to but not including End.
type Section struct {
	Kind  SectionKind `json:"kind"`
	Start int         `json:"start"`
	End   int         `json:"end"`
}

// SectionKind says whose words a stretch of a text is.
type SectionKind string

// The kinds. Only the first two are the sender's.
const (
	OwnText   SectionKind = "own_text"
	Signature SectionKind = "signature"
	Quoted    SectionKind = "quoted"
	Forwarded SectionKind = "forwarded"
)

// Of is what of the text is of a kind, trimmed, one stretch below the other.
func (p Part) Of(kind SectionKind) string {
	if len(p.Sections) == 0 && kind == OwnText {
		return p.Text
	}
	runes := []rune(p.Text)
	var pieces []string
	for _, s := range p.Sections {
		if s.Kind != kind || s.Start < 0 || s.Start > s.End || s.End > len(runes) {
			continue
		}
		if piece := strings.TrimSpace(string(runes[s.Start:s.End])); piece != "" {
			pieces = append(pieces, piece)
		}
	}
	return strings.Join(pieces, "\n\n")
}

// Media is a file, kept by reference until it is fetched.
type Media struct {
	ProviderID  string    `json:"provider_id,omitempty"`
	URL         string    `json:"url,omitempty"`
	ExpiresAt   time.Time `json:"expires_at,omitzero"`
	AuthRef     string    `json:"auth_ref,omitempty"`
	ContentType string    `json:"content_type,omitempty"`
	Filename    string    `json:"filename,omitempty"`
	Size        int64     `json:"size,omitempty"`
	SHA256      string    `json:"sha256,omitempty"`
	ContentID   string    `json:"content_id,omitempty"` // by which HTML refers to it: "cid:" and this
	DurationS   int       `json:"duration_s,omitempty"`
	StoredRef   string    `json:"stored_ref,omitempty"`
	State       string    `json:"state,omitempty"` // remote, enclosed, stored, gone
}

// The states of a file.
const (
	Remote   = "remote"   // with the provider, still to be fetched
	Enclosed = "enclosed" // in the delivery, still to be taken out
	InStore  = "stored"
	Gone     = "gone"
)

// Location is a place the sender shared, in degrees (WGS 84).
type Location struct {
	Lat     float64 `json:"lat"`
	Lon     float64 `json:"lon"`
	Name    string  `json:"name,omitempty"`
	Address string  `json:"address,omitempty"`
}

// Reply is a button or list answer.
type Reply struct {
	ID      string `json:"id,omitempty"`
	Title   string `json:"title,omitempty"`
	Payload string `json:"payload,omitempty"`
}

// Relation ties an event to an earlier message.
type Relation struct {
	Kind              string `json:"kind"` // edits, deletes, reacts, replies, forwards, status_of
	ProviderMessageID string `json:"provider_message_id,omitempty"`
	Emoji             string `json:"emoji,omitempty"`
}

// folds reports whether the event changes the message it relates to, rather than being one of its own.
func (r Relation) folds() bool {
	switch r.Kind {
	case "edits", "deletes", "reacts", "status_of":
		return r.ProviderMessageID != ""
	}
	return false
}

// Status is how far a message got.
type Status struct {
	State   string       `json:"state"` // accepted, queued, sending, sent, delivered, read, failed, undelivered
	Error   *StatusError `json:"error,omitempty"`
	Pricing string       `json:"pricing,omitempty"`
}

// StatusError is the provider's reason for a message that did not arrive.
type StatusError struct {
	Code   string `json:"code,omitempty"`
	Title  string `json:"title,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// Call is the state of a call as one event reports it.
type Call struct {
	ID          string    `json:"id,omitempty"`
	LegID       string    `json:"leg_id,omitempty"`
	SessionID   string    `json:"session_id,omitempty"`
	ParentID    string    `json:"parent_id,omitempty"`
	State       string    `json:"state,omitempty"` // queued, ringing, in_progress, completed, busy, no_answer, failed, canceled, missed, voicemail, blocked
	StartedAt   time.Time `json:"started_at,omitzero"`
	AnsweredAt  time.Time `json:"answered_at,omitzero"`
	EndedAt     time.Time `json:"ended_at,omitzero"`
	DurationS   int       `json:"duration_s,omitempty"`
	HangupCause string    `json:"hangup_cause,omitempty"` // Q.850 or SIP
	Dialled     string    `json:"dialled,omitempty"`
	DTMF        string    `json:"dtmf,omitempty"`
	Direction   string    `json:"direction,omitempty"`
	Sequence    int       `json:"sequence,omitempty"` // the provider's order of the call's events
}

// Recording is a call's recording, or a voicemail.
type Recording struct {
	ID        string `json:"id"`
	State     string `json:"state,omitempty"` // in_progress, completed, absent, failed
	DurationS int    `json:"duration_s,omitempty"`
	Channels  int    `json:"channels,omitempty"`
	Source    string `json:"source,omitempty"`
	Media     *Media `json:"media,omitempty"`
}

// Transcript is what was said, in whole or in part.
type Transcript struct {
	ID          string    `json:"id"`
	RecordingID string    `json:"recording_id,omitempty"`
	State       string    `json:"state,omitempty"` // completed, failed
	Text        string    `json:"text,omitempty"`
	Segments    []Segment `json:"segments,omitempty"`
	Language    string    `json:"language,omitempty"`
	Partial     bool      `json:"partial,omitempty"`
	Engine      string    `json:"engine,omitempty"`
}

// Segment is one stretch of a transcript; start and end in milliseconds from the recording's beginning.
type Segment struct {
	Start      int64   `json:"start"`
	End        int64   `json:"end"`
	Speaker    string  `json:"speaker,omitempty"`
	Text       string  `json:"text"`
	Confidence float64 `json:"confidence,omitempty"`
}

// Consent is a sender's yes or no to being written to.
type Consent struct {
	Action  string `json:"action"` // opt_in, opt_out, help
	Scope   string `json:"scope,omitempty"`
	Keyword string `json:"keyword,omitempty"`
	Source  string `json:"source,omitempty"`
}

// IdentityChange says that a sender's contact point was replaced by another.
type IdentityChange struct {
	Old    []Identifier `json:"old"`
	New    []Identifier `json:"new"`
	Reason string       `json:"reason,omitempty"` // number_changed, bsuid_rotated, username_changed, device_changed
}

// Referral is the advertisement or page a sender came from. Meta sends it once, with the first message.
type Referral struct {
	SourceType string `json:"source_type,omitempty"`
	SourceID   string `json:"source_id,omitempty"`
	SourceURL  string `json:"source_url,omitempty"`
	Headline   string `json:"headline,omitempty"`
	Body       string `json:"body,omitempty"`
	ClickID    string `json:"click_id,omitempty"`
	AdID       string `json:"ad_id,omitempty"`
	Ref        string `json:"ref,omitempty"`
	Media      *Media `json:"media,omitempty"`
}

// Segments says how a long SMS was cut.
type Segments struct {
	Count    int    `json:"count"`
	Encoding string `json:"encoding,omitempty"` // GSM-7, UCS-2
	Ref      string `json:"ref,omitempty"`
	Index    int    `json:"index,omitempty"`
}
