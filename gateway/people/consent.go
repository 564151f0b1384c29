package people

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Consent is what holds for one contact point on one channel.
type Consent struct {
	Identity contact.Identity
	Channel  contact.Channel
	State    contact.ConsentState
	By       contact.Said // what was said last to make it so
}

// ChannelConsent is what holds for a person on a channel: the most restrictive of the contact points.
type ChannelConsent struct {
	Channel contact.Channel
	State   contact.ConsentState
}

// Consents reads what a person's contact points have said, of all profiles that are the person, and what follows for each channel.
func (p *People) Consents(ctx context.Context, profile string) ([]Consent, []ChannelConsent, error) {
	person, err := p.Person(ctx, profile)
	if err != nil {
		return nil, nil, err
	}
	held, err := p.Identities(ctx, person.IDs()...)
	if err != nil {
		return nil, nil, err
	}
	all, err := p.ConsentsOf(ctx, held)
	return all, Strictest(all), err
}

// ConsentsOf reads what contact points have said. One that several people use speaks for each of them.
func (p *People) ConsentsOf(ctx context.Context, held []contact.Identity) ([]Consent, error) {
	var ranges []store.Range
	for _, i := range held {
		ranges = append(ranges, store.Range{Index: "identity", Equal: []any{i.Of}, Limit: maxChannels})
	}
	said, err := p.db.Consents.ListAll(ctx, ranges)
	if err != nil {
		return nil, err
	}
	var all []Consent
	for _, i := range held {
		for _, c := range said {
			if c.Identity != i.Of {
				continue
			}
			state, by := c.Holds()
			all = append(all, Consent{Identity: i, Channel: c.Channel, State: state, By: by})
		}
	}
	slices.SortFunc(all, func(a, b Consent) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Identity.ID, b.Identity.ID))
	})
	return slices.CompactFunc(all, func(a, b Consent) bool { return a.Channel == b.Channel && a.Identity.ID == b.Identity.ID }), nil
}

// maxChannels bounds on how many channels one contact point is read, and in how many contacts one is looked for.
const maxChannels = 100

// Strictest is what follows for each channel from what contact points have said, in the order of their channels.
func Strictest(all []Consent) []ChannelConsent {
	var channels []ChannelConsent
	rank := func(s contact.ConsentState) int { return slices.Index(contact.ConsentStates, s) }
	for _, c := range all { // they are in the order of their channels
		last := len(channels) - 1
		switch {
		case last < 0 || channels[last].Channel != c.Channel:
			channels = append(channels, ChannelConsent{c.Channel, c.State})
		case rank(c.State) < rank(channels[last].State):
			channels[last].State = c.State
		}
	}
	return channels
}

// Word is what an agent says that a contact point wants.
type Word struct {
	Profile  string
	Identity string          // of the person that the profile belongs to
	Channel  contact.Channel // in capitals or not
	State    contact.ConsentState
	Scope    string
	Who      string
	Why      string
}

// actions are how a state is said.
var actions = map[contact.ConsentState]string{contact.OptedIn: contact.OptIn, contact.OptedOut: contact.OptOut, contact.UnknownConsent: contact.ClearConsent}

// SetConsent keeps an agent's word. It holds until the contact point says something else later. NotFound if it is not the person's, Invalid (unknown_channel) if the channel is none.
func (p *People) SetConsent(ctx context.Context, w Word) (Consent, error) {
	person, err := p.Person(ctx, w.Profile)
	if err != nil {
		return Consent{}, err
	}
	found, err := p.db.Identities.FindAll(ctx, w.Identity)
	if err != nil {
		return Consent{}, err
	}
	identity := found[w.Identity]
	if !slices.Contains(person.IDs(), identity.ProfileID) {
		return Consent{}, contact.NewError(contact.NotFound, "not_found", "no such contact point of this person", nil)
	}
	if w.Channel, err = p.channelOf(ctx, w); err != nil {
		return Consent{}, err
	}
	decision, err := newDecisionID()
	if err != nil {
		return Consent{}, err
	}
	said := contact.Said{Key: decision, Action: actions[w.State], Scope: w.Scope, How: "agent", Who: w.Who, At: store.Now()}
	if said.EvidenceID, err = p.keepReason(ctx, decision, contact.Basis{A: identity.Of, Why: w.Why}); err != nil {
		return Consent{}, err
	}
	c, err := p.addWord(ctx, identity.Of, w.Channel, said)
	state, by := c.Holds()
	return Consent{Identity: identity, Channel: w.Channel, State: state, By: by}, err
}

// channelOf is the channel that a word is of. Beside those that Usher knows it is one that the contact point was seen on: adapters and own senders have words of their own, and what was said of a misspelt channel would hold nowhere.
func (p *People) channelOf(ctx context.Context, w Word) (contact.Channel, error) {
	channel := contact.Channel(strings.ToLower(strings.TrimSpace(string(w.Channel))))
	if slices.Contains(contact.Channels, channel) {
		return channel, nil
	}
	seen, _, err := p.db.Interactions.List(ctx, store.Range{Index: "identity", Equal: []any{w.Identity}, Descending: true, Limit: maxChannels})
	if err != nil {
		return "", err
	}
	for _, i := range seen {
		if strings.EqualFold(string(i.Channel), string(channel)) {
			return i.Channel, nil
		}
	}
	return "", contact.NewError(contact.Invalid, "unknown_channel", "no such channel, and nothing came by it from this contact point", nil)
}

// addWord adds an agent's word to what a contact point has said, then lists the decision.
func (p *People) addWord(ctx context.Context, identity string, channel contact.Channel, said contact.Said) (contact.Consents, error) {
	id := p.db.Salt.ConsentID(identity, channel)
	for range maxTries {
		found, err := p.db.Consents.FindAll(ctx, id)
		if err != nil {
			return contact.Consents{}, err
		}
		c, there := found[id]
		if c, err = p.listConsent(ctx, c); err != nil {
			return c, err
		}
		c.ID, c.Identity, c.Channel, c.Pending = id, identity, channel, said.Key
		c.Said = contact.JoinSaid(c.Said, []contact.Said{said})
		c.At = c.Said[len(c.Said)-1].At
		if there {
			c, err = p.db.Consents.Swap(ctx, c)
		} else if err = p.db.Consents.Insert(ctx, c); err == nil {
			c.Version = 1
		}
		if errors.Is(err, store.ErrStale) || errors.Is(err, store.ErrExists) {
			continue
		}
		if err != nil {
			return c, err
		}
		return p.listConsent(ctx, c)
	}
	return contact.Consents{}, busy()
}

// listConsent lists an agent's decision with the others, if that is still to be done.
func (p *People) listConsent(ctx context.Context, c contact.Consents) (contact.Consents, error) {
	i := slices.IndexFunc(c.Said, func(s contact.Said) bool { return s.Key == c.Pending })
	if c.Pending == "" || i < 0 {
		return c, nil
	}
	said := c.Said[i]
	d := contact.Decision{Kind: contact.ConsentMade, Subject: c.Identity, To: said.Action, Who: said.Who, EvidenceID: said.EvidenceID, At: said.At}
	d.ID = c.Pending
	if err := p.db.Conclude(ctx, &contact.Pending{Decision: d}); err != nil {
		return c, err
	}
	c.Pending = ""
	listed, err := p.db.Consents.Swap(ctx, c)
	if errors.Is(err, store.ErrStale) { // somebody else has listed it, or more was said
		return p.db.Consents.Find(ctx, c.ID)
	}
	return listed, err
}
