// Package ingest is the way of one contact: read from its delivery, classified, resolved to a profile, recorded, flagged.
// Every step is an insert, else a compare-and-set, under an id that only the contact decides; so a crash between any two steps is repaired by running the delivery again.
package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"usher/adapters"
	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/inbox"
	"usher/gateway/lookup"
	"usher/gateway/organizations"
	"usher/gateway/people"
	"usher/gateway/store"
)

// Source is what ingest has to know of a configured source.
type Source struct {
	Adapter adapters.Adapter
	Region  string // for national number formats
	OnFail  string // "attach": contacts whose assurance failed attach all the same
}

// Ingest records contacts in one store.
type Ingest struct {
	db      *store.DB
	sources map[string]Source
	own     Own
	people  *people.People // says who is blocked, and which holders of a contact point are one person: ingest itself knows nothing of trees
	lookup  *lookup.Lookup
	learn   func(context.Context, lookup.News) error    // of the lookup
	gain    func(context.Context, lookup.Carried) error // of the lookup
	publish func(context.Context, ...store.Event) error
	log     *slog.Logger

	organizations *organizations.Organizations
}

// New makes an Ingest for the configured sources.
func New(db *store.DB, sources map[string]Source, own Own, log *slog.Logger) *Ingest {
	matcher := lookup.New(db)
	return &Ingest{
		db: db, sources: sources, own: own, people: people.New(db), lookup: matcher, learn: matcher.Learn, gain: matcher.Gain, log: log, organizations: organizations.New(db),
		publish: func(ctx context.Context, news ...store.Event) error { return events.Record(ctx, db, news...) },
	}
}

// ShareLookup makes ingest search for duplicates as others do, and count with them how common names are. It must be called before ingest works.
func (g *Ingest) ShareLookup(l *lookup.Lookup) { g.lookup, g.learn, g.gain = l, l.Learn, l.Gain }

// Relook looks again at profiles after what they share with others turned out to say less.
func (g *Ingest) Relook(ctx context.Context) error { return g.lookup.Relook(ctx) }

// Handle records what a delivery holds; it is the inbox's Handler. What cannot be read is unparsed, not an error: it is kept and can be replayed.
func (g *Ingest) Handle(ctx context.Context, d *contact.Delivery, body contact.Body) (inbox.Result, error) {
	source, ok := g.sources[d.Source]
	if !ok {
		return inbox.Result{}, fmt.Errorf("handling delivery: source %s is not configured", d.Source)
	}
	read := &watched{Body: body}
	events, err := source.Adapter.Normalize(*d, read)
	if read.failed != nil { // the store's trouble, not the sender's: whatever was made of it is worthless
		return inbox.Result{}, fmt.Errorf("handling delivery: %w", read.failed)
	}
	if err != nil {
		g.log.Warn("reading delivery", "delivery_id", d.ID, "source", d.Source, "err", err)
		return inbox.Result{Outcome: contact.NotParsed, Code: "unparsed", Error: err.Error()}, nil
	}
	result := inbox.Result{Outcome: contact.Nothing}
	for index, event := range events {
		if event.Type == contact.Typing {
			continue
		}
		if err := g.one(ctx, d, index, event, body, &result); err != nil {
			return inbox.Result{}, err
		}
	}
	if result.Strip {
		result.Code = contact.CodeErased
	}
	return result, nil
}

// one takes one contact of a delivery all its way.
func (g *Ingest) one(ctx context.Context, d *contact.Delivery, index int, event contact.Inbound, body contact.Body, result *inbox.Result) error {
	c := g.read(d, index, event)
	cause, err := g.cause(ctx, &c)
	if err != nil {
		return fmt.Errorf("reading quarantine: %w", err)
	}
	who := resolution{cause: cause}
	if cause.code == "" {
		who, err = g.resolve(ctx, &c)
	}
	if err == nil && who.cause.code != "" { // of what an erased person sent, nothing waits
		err = g.admit(ctx, &c)
	}
	if errors.Is(err, errErased) {
		return g.turnAway(ctx, c, result)
	}
	if err != nil {
		return fmt.Errorf("resolving contact: %w", err)
	}
	if err := g.consent(ctx, c, who.cause); err != nil {
		return fmt.Errorf("keeping consent: %w", err)
	}
	if who.cause.code != "" {
		if err := g.setAside(ctx, c, who.cause, result); err != nil {
			return fmt.Errorf("putting into quarantine: %w", err)
		}
		return nil
	}
	return g.keep(ctx, c, who, body, result)
}

// keep records a contact that nothing stands against, with what follows from it.
func (g *Ingest) keep(ctx context.Context, c inbound, who resolution, body contact.Body, result *inbox.Result) error {
	if err := g.takeOut(ctx, &c, body); err != nil {
		return fmt.Errorf("taking out files: %w", err)
	}
	if err := g.flag(ctx, c, who); err != nil {
		return fmt.Errorf("flagging duplicates: %w", err)
	}
	organization, err := g.organization(ctx, c, who)
	if err != nil {
		return fmt.Errorf("finding organization: %w", err)
	}
	who.organization = organization
	recorded, err := g.record(ctx, c, who)
	if err != nil {
		return fmt.Errorf("recording interaction: %w", err)
	}
	if err := g.follows(ctx, c, recorded, who); err != nil {
		return err
	}
	result.Outcome = contact.Recorded
	if !recorded.Holds(c.event.Key) {
		result.Code = "interaction_full"
	}
	result.Plan = append(result.Plan, contact.Planned{Index: c.index, Interaction: c.interaction})
	return nil
}

// follows tells of a recorded contact, and does what follows from it. If that took so long that whoever heard of it may have looked before, it is told again.
func (g *Ingest) follows(ctx context.Context, c inbound, recorded contact.Interaction, who resolution) (err error) {
	began := time.Now()
	if who.told, err = g.tell(ctx, c, recorded, who); err != nil {
		return fmt.Errorf("telling of it: %w", err)
	}
	if err := g.refresh(ctx, c, recorded, who); err != nil {
		return fmt.Errorf("refreshing profile: %w", err)
	}
	if err := g.letGo(ctx, c); err != nil {
		return fmt.Errorf("leaving quarantine: %w", err)
	}
	if !events.Late(began) {
		return nil
	}
	if _, err := g.tell(ctx, c, recorded, who); err != nil {
		return fmt.Errorf("telling of it again: %w", err)
	}
	return nil
}

// inbound is one contact on its way.
type inbound struct {
	by          string // the contact's own name: delivery and index
	index       int
	salt        contact.Salt
	delivery    *contact.Delivery
	event       contact.Event
	interaction string
	class       contact.Class
	policy      contact.Policy
	points      []contact.ContactPoint // what it attaches by, strongest first
	sentTo      []contact.ContactPoint // of several people whom we wrote to at once: it attaches to none of them
	evidence    []contact.Evidence     // what it says about the person without attaching
	name        string
	language    string
	happened    time.Time           // when, as far as it can be told: contact.Happened
	failed      bool                // its assurance failed: it does not attach
	aside       *contact.Quarantine // it was kept out before
	byPerson    bool                // there are blocks that hang on whose it is
	passed      bool                // it belongs to a contact that came in before
	provenance  contact.Provenance  // an agent's or an import's, if it is no contact but was entered
}

// at is when the contact was.
func (c *inbound) at() time.Time { return c.event.Inbound.Data.Times.OccurredAt }

// entered reports whether an agent or an import says it, and no contact.
func (c *inbound) entered() bool { return c.provenance != "" }

// read classifies an event and brings it to its normal form.
func (g *Ingest) read(d *contact.Delivery, index int, in contact.Inbound) inbound {
	source := g.sources[d.Source]
	in = complete(in, *d, g.db.Salt, source.Region)
	return g.readAs(g.own.classify(in), d, index, in)
}

// readAs is read of a complete event whose class is decided.
func (g *Ingest) readAs(class contact.Class, d *contact.Delivery, index int, in contact.Inbound) inbound {
	source := g.sources[d.Source]
	c := inbound{by: d.ID + "." + strconv.Itoa(index), index: index, salt: g.db.Salt, delivery: d, class: class}
	c.policy = c.class.Policy()
	in.Data.Class = c.class
	party := g.identify(&c, in)
	c.evidence = g.own.evidence(party, slices.Concat(in.Data.Evidence, g.own.heard(in, c.policy)), source.Region)
	c.happened = contact.Happened(in.Data.Times.OccurredAt, d.ReceivedAt)
	c.failed = failed(party) && source.OnFail != "attach"
	c.interaction = planned(*d, index, g.db.Salt.ID(contact.InteractionPrefix, cmp.Or(in.Data.InteractionScope, d.Source), in.InteractionKey()))
	c.event = contact.Event{Key: in.EventKey(), Delivery: d.ID, Revision: source.Adapter.Revision(), Inbound: in}
	return c
}

// identify says of a contact whose it is by itself.
func (g *Ingest) identify(c *inbound, in contact.Inbound) contact.Party {
	party := subject(in, c.class)
	c.name, c.language = party.DisplayName, party.Language
	c.points = g.points(party, in, *c)
	for _, to := range severally(in, c.class) {
		c.sentTo = append(c.sentTo, g.points(to, contact.Inbound{}, *c)...)
	}
	return party
}

// planned is the interaction that a contact was recorded as before, else the given one.
func planned(d contact.Delivery, index int, id string) string {
	for _, p := range d.Plan {
		if p.Index == index {
			return p.Interaction
		}
	}
	return id
}

// subject is the party whose profile a contact belongs to: who wrote or called, for our own messages who they were for.
func subject(in contact.Inbound, class contact.Class) contact.Party {
	if class != contact.Own {
		return in.Data.From
	}
	if in.Data.Direction != contact.FromCustomer && len(in.Data.To) == 1 {
		return in.Data.To[0]
	}
	return contact.Party{}
}

// severally are the people whom we wrote to at once: the message is nobody's, and names them all.
func severally(in contact.Inbound, class contact.Class) []contact.Party {
	if class != contact.Own || in.Data.Direction == contact.FromCustomer || len(in.Data.To) == 1 {
		return nil
	}
	return slices.Concat(in.Data.To, in.Data.CC)
}
