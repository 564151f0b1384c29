package ingest

import (
	"context"
	"errors"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/inbox"
	"usher/gateway/store"
)

// firstTime is the version of a delivery that is read for the first time: it was inserted, and then claimed. One of a higher version may have been in quarantine.
const firstTime = 2

// cause is what stands against a contact by its class, or by what was decided about it before. One that was released is read anew, as if nothing stood against it.
func (g *Ingest) cause(ctx context.Context, c *inbound) (cause, error) {
	if c.policy.Records && c.delivery.Version <= firstTime {
		return cause{}, nil
	}
	id := g.db.Salt.QuarantineID(c.delivery.ID, c.index)
	found, err := g.db.Quarantine.FindAll(ctx, id)
	if err != nil {
		return cause{}, err
	}
	if before, ok := found[id]; ok {
		c.aside = &before
		switch before.State {
		case contact.QuarantineReleased:
			g.release(c)
			return cause{}, nil
		case contact.QuarantineDiscarded:
			return cause{code: before.Code, block: before.Block}, nil
		}
	}
	if !c.policy.Records {
		return cause{code: string(c.class)}, nil
	}
	return cause{}, nil
}

// release reads a contact as if nothing stood against it: as what its sender is, and if that would make no profile, as a person.
func (g *Ingest) release(c *inbound) {
	in := c.event.Inbound
	if !in.Data.Class.Policy().Records {
		in.Data.Class = contact.Human
	}
	class := g.own.classify(in)
	if !class.Policy().Creates && class != contact.Own {
		class = contact.Human
	}
	aside := c.aside
	*c = g.readAs(class, c.delivery, c.index, in)
	c.aside, c.interaction = aside, aside.Interaction
}

// maxFollowed bounds the contacts of one interaction that are looked through for what became of it.
const maxFollowed = 50

// follow keeps out what belongs to a contact that is kept out: the recording of a call, say, which nobody signed with a number.
func (g *Ingest) follow(ctx context.Context, c *inbound, recorded contact.Interaction) (cause, error) {
	if c.aside != nil && c.aside.State == contact.QuarantineReleased || recorded.Version > 0 {
		return cause{}, nil
	}
	others, _, err := g.db.Quarantine.List(ctx, store.Range{Index: "interaction", Equal: []any{c.interaction}, Limit: maxFollowed})
	if err == nil && slices.ContainsFunc(others, func(q contact.Quarantine) bool { return q.Code == contact.CodeErased }) {
		return cause{}, errErased
	}
	if err != nil || len(others) == 0 || others[0].State == contact.QuarantineReleased {
		return cause{}, err
	}
	return cause{code: others[0].Code, block: others[0].Block}, nil
}

// setAside puts a contact into quarantine, unless it is there.
func (g *Ingest) setAside(ctx context.Context, c inbound, why cause, result *inbox.Result) error {
	result.Code = why.code
	if result.Outcome == contact.Nothing {
		result.Outcome = contact.Quarantined
	}
	if c.aside != nil && c.aside.State == contact.QuarantineDiscarded {
		return nil
	}
	result.Waiting++
	q := c.quarantine(why)
	if c.aside == nil {
		err := g.db.Quarantine.Insert(ctx, q)
		if err != nil && !errors.Is(err, store.ErrExists) { // by an earlier run; if it was decided about since, the delivery is read again
			return err
		}
	}
	data := []contact.Pair{{Name: "code", Value: why.code}, {Name: "source", Value: q.Source}}
	return g.publish(ctx, g.event(c, events.QuarantineAdded, q.ID, data, q.ID))
}

// quarantine is the contact as it waits.
func (c *inbound) quarantine(why cause) contact.Quarantine {
	q := contact.Quarantine{
		Delivery: c.delivery.ID, Index: c.index, Interaction: c.interaction, Source: c.delivery.Source, Channel: c.event.Inbound.Data.Channel, Code: why.code, Block: why.block,
		Name: c.name, OccurredAt: c.event.Inbound.Data.Times.OccurredAt, At: c.delivery.ReceivedAt, State: contact.QuarantineWaiting,
	}
	q.ID = c.salt.QuarantineID(c.delivery.ID, c.index)
	if len(c.points) > 0 {
		q.Identity, q.Scheme, q.Scope, q.Sender = c.points[0].ID, c.points[0].Scheme, c.points[0].Scope, c.points[0].Value
		q.Further = seenPoints(c.points[1:min(len(c.points), contact.MaxPoints)])
		q.Weaker = int64(len(q.Further))
	}
	return q
}

// letGo says of a recorded contact that it does not wait any more: what it was kept out for was over when it was read again. Nobody decided that, so there is no decision, and ingest tells of it; also of one that it let go before and may have stopped before it told.
func (g *Ingest) letGo(ctx context.Context, c inbound) error {
	if c.aside == nil {
		return nil
	}
	q := *c.aside
	if q.State == contact.QuarantineWaiting {
		q.State, q.Who, q.DecidedAt = contact.QuarantineReleased, letGoBy, store.Now()
		_, err := g.db.Quarantine.Swap(ctx, q)
		if errors.Is(err, store.ErrStale) { // somebody decided about it meanwhile, and has it read again
			return nil
		}
		if err != nil {
			return err
		}
	}
	if q.Who != letGoBy || q.DecisionID != "" {
		return nil
	}
	data := []contact.Pair{{Name: "code", Value: q.Code}, {Name: "source", Value: q.Source}}
	return g.publish(ctx, g.event(c, events.QuarantineReleased, q.ID, data, q.ID))
}

// letGoBy is who released a contact that nobody decided about.
const letGoBy = "usher"
