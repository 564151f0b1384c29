package contact

import (
	"cmp"
	"slices"
	"time"
)

// Consents is what was said, by one contact point on one channel, about being written to. What holds is a function of the set, so that neither the order nor repeats of events matter.
type Consents struct {
	Document `bson:",inline"`

	Identity string    `json:"identity"` // the contact point: the base identity where several people use it
	Channel  Channel   `json:"channel"`
	Said     []Said    `json:"said"`
	Pending  string    `json:"pending"` // an agent's decision, until it is listed with the others
	At       time.Time `json:"at"`      // of the latest
}

// Said is one yes or no.
type Said struct {
	Key         string    `json:"key"` // of the event; of an agent's word: the decision
	Revision    int       `json:"revision,omitempty"`
	Action      string    `json:"action"` // opt_in, opt_out, or an agent's clear
	Scope       string    `json:"scope,omitempty"`
	Keyword     string    `json:"keyword,omitempty"`
	How         string    `json:"how"` // keyword, complaint, twilio, agent, ...
	Interaction string    `json:"interaction,omitempty"`
	At          time.Time `json:"at"` // when it was said
	Who         string    `json:"who,omitempty"`
	EvidenceID  string    `json:"evidence_id,omitempty"`
}

// The actions of consent.
const (
	OptIn        = "opt_in"
	OptOut       = "opt_out"
	ClearConsent = "clear"
)

// ConsentState is what holds.
type ConsentState string

// The states, the most restrictive first.
const (
	OptedOut       ConsentState = "opted_out"
	OptedIn        ConsentState = "opted_in"
	UnknownConsent ConsentState = "unknown"
)

// ConsentStates are in the order in which one of a person's wins.
var ConsentStates = []ConsentState{OptedOut, OptedIn, UnknownConsent}

// MaxSaid is how much one document keeps: the latest.
const MaxSaid = 64

// Again is the word that means yes only after a no: by itself it answers any question. https://help.twilio.com/articles/223134027
const Again = "YES"

// ConsentID is the id of what a contact point said on a channel.
func (s Salt) ConsentID(identity string, channel Channel) string {
	return s.ID(ConsentPrefix, identity, string(channel))
}

// JoinSaid is the union of two sets, in order: of two readings of one event that of the later revision. It is commutative, associative and idempotent; what is left out of a set is left out of every larger one.
func JoinSaid(a, b []Said) []Said {
	all := slices.Concat(a, b)
	slices.SortFunc(all, func(x, y Said) int {
		return cmp.Or(cmp.Compare(x.Key, y.Key), cmp.Compare(y.Revision, x.Revision), later(y, x))
	})
	all = slices.CompactFunc(all, func(x, y Said) bool { return x.Key == y.Key })
	slices.SortFunc(all, later)
	return all[max(0, len(all)-MaxSaid):]
}

// later orders what was said by time, and of one time the more restrictive last.
func later(a, b Said) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(restriction(a), restriction(b)), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Keyword, b.Keyword), cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Interaction, b.Interaction))
}

func restriction(s Said) int { return slices.Index([]string{ClearConsent, OptIn, OptOut}, s.Action) }

// Holds is what holds, and what was said last to make it so.
func (c Consents) Holds() (ConsentState, Said) {
	state, by := UnknownConsent, Said{}
	for _, s := range c.Said {
		switch {
		case s.Action == OptOut:
			state, by = OptedOut, s
		case s.Action == ClearConsent:
			state, by = UnknownConsent, s
		case s.Action == OptIn && (s.Keyword != Again || state == OptedOut):
			state, by = OptedIn, s
		}
	}
	return state, by
}

// SameSaid reports whether two sets in order are the same.
func SameSaid(a, b []Said) bool {
	return slices.EqualFunc(a, b, func(x, y Said) bool {
		same := x.At.Equal(y.At)
		x.At = y.At
		return same && x == y
	})
}
