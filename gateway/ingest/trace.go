package ingest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"usher/gateway/contact"
)

// Trace is what a person is recognised by: one that is erased, or one whose all is looked for.
type Trace struct {
	Profiles   []string // ids; of one that is erased they say nothing any more
	Identities []string // ids
	Points     []string // ids of the contact points that those are of
	Words      []string // what they were, in any spelling seen; empty once that is forgotten
	Called     []string // what the person is called
	Before     time.Time
}

// Concerns reports whether a delivery that was not recorded holds contacts of an erased person, and whether it holds any of others; files that were taken out of the former are dropped. One that cannot be read, or says nothing, is searched for the person's contact points as text.
func (g *Ingest) Concerns(ctx context.Context, d contact.Delivery, body contact.Body, t Trace) (theirs, others bool, err error) {
	contacts, err := g.contactsIn(d, body)
	if err != nil {
		return false, false, err
	}
	if len(contacts) == 0 {
		theirs, err = mentions(d, body, t)
		return theirs, false, err
	}
	for _, c := range contacts {
		is, err := g.from(ctx, &c, t)
		if err != nil {
			return theirs, others, err
		}
		if !is {
			others = true
			continue
		}
		theirs = true
		if err := g.dropFiles(ctx, c); err != nil {
			return theirs, others, fmt.Errorf("dropping files: %w", err)
		}
	}
	return theirs, others, nil
}

// Brought is what a delivery brought of a person.
type Brought struct {
	Theirs bool // a contact of theirs; of what cannot be read: it names them
	Others bool // an event that is not theirs
	Unread bool // nobody can tell what is in it
}

// Brought reads again what a delivery brought of a person, and changes nothing. What was recorded is whose interaction it is part of, whatever contact points it came by.
func (g *Ingest) Brought(ctx context.Context, d contact.Delivery, body contact.Body, t Trace) (b Brought, err error) {
	contacts, err := g.contactsIn(d, body)
	if err != nil {
		return b, err
	}
	if len(contacts) == 0 {
		b.Unread = true
		b.Theirs, err = mentions(d, body, t)
		return b, err
	}
	recorded, err := g.db.Interactions.FindAll(ctx, interactionsOf(contacts)...)
	if err != nil {
		return b, err
	}
	for _, c := range contacts {
		is, err := g.belongs(ctx, &c, recorded[c.interaction], t)
		if err != nil {
			return b, err
		}
		b.Theirs, b.Others = b.Theirs || is, b.Others || !is
	}
	return b, nil
}

func interactionsOf(contacts []inbound) []string {
	ids := make([]string, len(contacts))
	for i, c := range contacts {
		ids[i] = c.interaction
	}
	return ids
}

// belongs reports whether a contact is a person's: by the interaction that it was recorded in, else by its contact points.
func (g *Ingest) belongs(ctx context.Context, c *inbound, recorded contact.Interaction, t Trace) (bool, error) {
	part := slices.ContainsFunc(recorded.Events, func(e contact.Event) bool { return e.Delivery == c.delivery.ID && e.Key == c.event.Key })
	if part && recorded.ProfileID != "" {
		return slices.Contains(t.Profiles, recorded.ProfileID), nil
	}
	return g.from(ctx, c, t)
}

// contactsIn are all contacts of a delivery, also those that are not recorded; none where it cannot be read or says nothing.
func (g *Ingest) contactsIn(d contact.Delivery, body contact.Body) ([]inbound, error) {
	source, configured := g.sources[d.Source]
	if !configured {
		return nil, nil
	}
	read := &watched{Body: body}
	events, unreadable := source.Adapter.Normalize(d, read)
	if read.failed != nil {
		return nil, fmt.Errorf("reading delivery: %w", read.failed)
	}
	if unreadable != nil {
		events = nil
	}
	contacts := make([]inbound, len(events))
	for index, event := range events {
		contacts[index] = g.read(&d, index, event)
	}
	return contacts, nil
}

// KeptOut reports whether a contact that was kept out is an erased person's.
func (g *Ingest) KeptOut(ctx context.Context, q contact.Quarantine, t Trace) (bool, error) {
	c := inbound{salt: g.db.Salt, name: q.Name, happened: contact.Happened(q.OccurredAt, q.At)}
	c.event.Inbound.Data.Times.OccurredAt = q.OccurredAt
	for _, p := range q.Points() {
		c.points = append(c.points, contact.ContactPoint{ID: p.ID, Of: p.ID, Scheme: p.Scheme, Value: p.Value, Scope: p.Scope})
	}
	return g.from(ctx, &c, t)
}

// Unplaced reports whether an interaction that is nobody's came from an erased person, or was sent to them and others.
func (g *Ingest) Unplaced(ctx context.Context, i contact.Interaction, t Trace) (bool, error) {
	for _, e := range i.Events {
		in := e.Inbound
		c := inbound{salt: g.db.Salt, delivery: &contact.Delivery{Source: i.Source}, class: in.Data.Class, policy: in.Data.Class.Policy(), event: e}
		c.happened = contact.Happened(in.Data.Times.OccurredAt, in.Data.Times.ReceivedAt)
		g.identify(&c, in)
		if is, err := g.from(ctx, &c, t); is || err != nil {
			return is, err
		}
	}
	return false, nil
}

// from reports whether a contact is an erased person's.
func (g *Ingest) from(ctx context.Context, c *inbound, t Trace) (bool, error) {
	if !c.happened.Before(t.Before) {
		return false, nil
	}
	points := slices.DeleteFunc(slices.Concat(c.points, c.sentTo), func(p contact.ContactPoint) bool { return !slices.Contains(t.Points, p.Of) })
	if len(points) == 0 {
		return false, nil
	}
	h, err := g.holders(ctx, points, c.at())
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(points, func(p contact.ContactPoint) bool { return h.theirs(p, c, t) }), nil
}

// theirs reports whether it was the person who had a contact point when a contact came by it.
func (h holders) theirs(p contact.ContactPoint, c *inbound, t Trace) bool {
	had := slices.ContainsFunc(h.byBase[p.Of], func(i contact.Identity) bool {
		named := i.ID == p.ID || c.name != "" && i.ID == composite(p, c).ID || !i.ValidFrom.IsZero() // a later holder's, whatever their name
		return named && i.ValidAt(h.at) && slices.Contains(t.Identities, i.ID)
	})
	return had && !h.another(p, c.name, t.Before, t.Identities...)
}
