package contact

import (
	"cmp"
	"slices"
	"time"
)

// View is what an interaction shows: a pure function of the set of its events, so that it does not depend on their order of arrival.
type View struct {
	Type          Type         `json:"type"` // of the event that began it
	Subject       string       `json:"subject,omitempty"`
	From          Party        `json:"from"`
	To            []Party      `json:"to,omitempty"`
	CC            []Party      `json:"cc,omitempty"`
	Caller        *Caller      `json:"caller,omitempty"`
	Content       []Part       `json:"content,omitempty"` // as last edited
	Edits         int          `json:"edits,omitempty"`
	Deleted       bool         `json:"deleted,omitempty"`
	Status        *Status      `json:"status,omitempty"`
	Reactions     []Reaction   `json:"reactions,omitempty"`
	Call          *Call        `json:"call,omitempty"`
	Recordings    []Recording  `json:"recordings,omitempty"`
	Transcripts   []Transcript `json:"transcripts,omitempty"`
	Consent       *Consent     `json:"consent,omitempty"`
	Referral      *Referral    `json:"referral,omitempty"`
	RelatesTo     *Relation    `json:"relates_to,omitempty"`
	Parse         string       `json:"parse,omitempty"`          // damaged or failed: what it is made of could not be read in whole
	Warnings      []string     `json:"warnings,omitempty"`       // what was wrong with it, in codes
	TimeEstimated bool         `json:"time_estimated,omitempty"` // the provider sent no time, or one that lies too far ahead: it is when it was received
	Events        int          `json:"events"`
}

// Reaction is a standing reaction of one party.
type Reaction struct {
	Emoji string `json:"emoji"`
	From  string `json:"from,omitempty"`
}

// View computes what the interaction shows.
func (i Interaction) View() View {
	events := slices.Clone(i.Events)
	slices.SortFunc(events, func(a, b Event) int {
		return cmp.Or(a.Inbound.Data.Times.OccurredAt.Compare(b.Inbound.Data.Times.OccurredAt), cmp.Compare(a.Key, b.Key))
	})
	v := View{Events: len(events)}
	for _, e := range events {
		v.add(e.Inbound)
	}
	v.Reactions = reactions(events)
	return v
}

// add takes over what one event says, the events coming in the order they happened.
func (v *View) add(in Inbound) {
	d := in.Data
	if v.begins(in) {
		v.Type, v.Subject, v.TimeEstimated = in.Type, in.Subject, d.Times.OccurredAtSource == "received"
		if d.Conversation != nil && d.Conversation.Subject != "" {
			v.Subject = d.Conversation.Subject
		}
		v.From, v.To, v.CC = d.From, d.To, d.CC
		v.Parse, v.Warnings = d.Parse, d.Warnings
	}
	v.addMessage(in)
	v.Call = joinCalls(v.Call, d.Call)
	if d.Recording != nil {
		v.Recordings = joined(v.Recordings, *d.Recording, func(r Recording) string { return r.ID }, joinRecordings)
	}
	if d.Transcript != nil {
		v.Transcripts = joined(v.Transcripts, *d.Transcript, func(t Transcript) string { return t.ID }, joinTranscripts)
	}
	if d.Caller != nil && v.Caller == nil {
		v.Caller = d.Caller
	}
	if d.Consent != nil {
		v.Consent = d.Consent
	}
	if d.Referral != nil && v.Referral == nil { // it is sent once, with the first message
		v.Referral = d.Referral
	}
}

// begins reports whether an event says better than those before it what the interaction is: one from or to somebody rather than a provider's notice.
func (v *View) begins(in Inbound) bool {
	if v.Type == "" {
		return true
	}
	return weight(v.Type, v.From, v.To) < weight(in.Type, in.Data.From, in.Data.To)
}

func weight(t Type, from Party, to []Party) int {
	w := 0
	switch t {
	case MessageReceived, CallStarted, Postback:
		w = 2
	case CallUpdated, CallEnded, MessageEdited:
		w = 1
	}
	if len(from.Identifiers) > 0 || from.Withheld || len(to) > 0 {
		w += 3
	}
	return w
}

// addMessage follows a message's text, deletion, status and relation.
func (v *View) addMessage(in Inbound) {
	d := in.Data
	switch in.Type {
	case MessageEdited:
		v.Content, v.Edits = d.Content, v.Edits+1
	case MessageDeleted:
		v.Deleted = true
	default:
		if len(d.Content) > 0 && v.Edits == 0 {
			v.Content = d.Content
		}
	}
	if d.Status != nil && (v.Status == nil || rankOf(messageStates, d.Status.State) >= rankOf(messageStates, v.Status.State)) {
		v.Status = d.Status
	}
	if d.RelatesTo != nil && !d.RelatesTo.folds() && v.RelatesTo == nil {
		v.RelatesTo = d.RelatesTo
	}
}

// The states in the order they follow each other; a later report of an earlier one changes nothing.
var (
	messageStates   = []string{"accepted", "queued", "scheduled", "sending", "sent", "failed", "undelivered", "delivered", "read"}
	callStates      = []string{"queued", "ringing", "in_progress", "voicemail", "canceled", "missed", "no_answer", "busy", "failed", "blocked", "completed"}
	recordingStates = []string{"in_progress", "absent", "failed", "completed"}
)

func rankOf(states []string, state string) int { return slices.Index(states, state) }

// joinCalls lets the further state of a call win and fills in what either event says.
func joinCalls(a, b *Call) *Call {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	lead, other := *b, *a
	if cmp.Or(cmp.Compare(rankOf(callStates, a.State), rankOf(callStates, b.State)), cmp.Compare(a.Sequence, b.Sequence)) > 0 {
		lead, other = *a, *b
	}
	lead.StartedAt = earlier(lead.StartedAt, other.StartedAt)
	lead.AnsweredAt = earlier(lead.AnsweredAt, other.AnsweredAt)
	if lead.EndedAt.Before(other.EndedAt) {
		lead.EndedAt = other.EndedAt
	}
	lead.DurationS = max(lead.DurationS, other.DurationS)
	lead.ID, lead.ParentID = cmp.Or(lead.ID, other.ID), cmp.Or(lead.ParentID, other.ParentID)
	lead.HangupCause = cmp.Or(lead.HangupCause, other.HangupCause)
	lead.Dialled, lead.DTMF = cmp.Or(lead.Dialled, other.Dialled), cmp.Or(lead.DTMF, other.DTMF)
	lead.Direction = cmp.Or(lead.Direction, other.Direction)
	return &lead
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// joined keeps one of each id, joined from all that say something of it.
func joined[T any](all []T, next T, id func(T) string, join func(earlier, later T) T) []T {
	i := slices.IndexFunc(all, func(t T) bool { return id(t) == id(next) })
	if i >= 0 {
		all[i] = join(all[i], next)
		return all
	}
	all = append(all, next)
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(id(a), id(b)) })
	return all
}

// joinRecordings lets the further state win, of equal ones the later, and fills in what the other says: an action knows less of a recording than its callback.
func joinRecordings(earlier, later Recording) Recording {
	lead, other := later, earlier
	if rankOf(recordingStates, earlier.State) > rankOf(recordingStates, later.State) {
		lead, other = earlier, later
	}
	lead.DurationS, lead.Channels = cmp.Or(lead.DurationS, other.DurationS), cmp.Or(lead.Channels, other.Channels)
	lead.Source, lead.Media = cmp.Or(lead.Source, other.Source), cmp.Or(lead.Media, other.Media)
	return lead
}

// joinTranscripts lets the longer text win, of equal ones the later.
func joinTranscripts(earlier, later Transcript) Transcript {
	lead, other := later, earlier
	if len(earlier.Text) > len(later.Text) {
		lead, other = earlier, later
	}
	lead.RecordingID, lead.State = cmp.Or(lead.RecordingID, other.RecordingID), cmp.Or(lead.State, other.State)
	lead.Language, lead.Engine = cmp.Or(lead.Language, other.Language), cmp.Or(lead.Engine, other.Engine)
	return lead
}

// reactions are those that stand after all events, by party and emoji.
func reactions(events []Event) []Reaction {
	var standing []Reaction
	for _, e := range events {
		if e.Inbound.Data.RelatesTo == nil {
			continue
		}
		r := Reaction{Emoji: e.Inbound.Data.RelatesTo.Emoji, From: nameOf(e.Inbound.Data.From)}
		switch e.Inbound.Type {
		case ReactionAdded:
			if !slices.Contains(standing, r) {
				standing = append(standing, r)
			}
		case ReactionRemoved:
			standing = slices.DeleteFunc(standing, func(s Reaction) bool { return s == r })
		}
	}
	return standing
}

// nameOf is how a party is told apart in a list of reactions.
func nameOf(p Party) string {
	if p.DisplayName != "" || len(p.Identifiers) == 0 {
		return p.DisplayName
	}
	return p.Identifiers[0].Value
}
