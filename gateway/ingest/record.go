package ingest

import (
	"context"
	"errors"
	"slices"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// record inserts the interaction, or folds the event into the one that is there. An interaction that has a profile keeps it.
func (g *Ingest) record(ctx context.Context, c inbound, who resolution) (contact.Interaction, error) {
	fresh := c.newInteraction(who)
	if !who.decided {
		err := g.db.Interactions.Insert(ctx, fresh)
		if !errors.Is(err, store.ErrExists) {
			return fresh, err
		}
	}
	for range maxRestarts {
		recorded, err := g.db.Interactions.Find(ctx, fresh.ID)
		if err != nil {
			return recorded, err
		}
		joined := join(recorded, fresh)
		if contact.Same(joined.Events, recorded.Events) && joined.ProfileID == recorded.ProfileID {
			return recorded, nil
		}
		joined, err = g.db.Interactions.Swap(ctx, joined)
		if !errors.Is(err, store.ErrStale) {
			return joined, err
		}
	}
	return contact.Interaction{}, errContended
}

// newInteraction is the interaction as this contact alone makes it.
func (c *inbound) newInteraction(who resolution) contact.Interaction {
	in := c.event.Inbound
	i := contact.Interaction{
		Key: in.InteractionKey(), Source: c.delivery.Source, Channel: in.Data.Channel, Direction: in.Data.Direction, Class: c.class,
		OccurredAt: in.Data.Times.OccurredAt, RecordedAt: store.Now(),
		ProfileID: who.profile, OrganizationID: who.organization, Candidates: who.candidates, Events: []contact.Event{c.event},
	}
	i.ID = c.interaction
	if len(who.points) > 0 {
		i.IdentityID, i.Identities = who.points[0].ID, ids(who.points)
	}
	if who.profile != "" {
		i.By = c.by
	}
	return i
}

// join folds what another event made of an interaction into the one recorded. Whose it is comes from the first that knew, and what it was is read from all its events.
func join(recorded, other contact.Interaction) contact.Interaction {
	if recorded.ProfileID == "" && len(recorded.Moves) == 0 && (other.ProfileID != "" || recorded.IdentityID == "") {
		recorded.ProfileID, recorded.By, recorded.Candidates, recorded.OrganizationID = other.ProfileID, other.By, other.Candidates, other.OrganizationID
		recorded.IdentityID, recorded.Identities = other.IdentityID, other.Identities
	}
	recorded.Events = contact.Fold(recorded.Events, other.Events)
	lead := leading(recorded.Events)
	recorded.Channel, recorded.Direction, recorded.Class = lead.Data.Channel, lead.Data.Direction, lead.Data.Class
	recorded.OccurredAt = earliest(recorded.Events)
	return recorded
}

// precedence orders classes by how much they say of an interaction: a provider's notice of a call says less than the call.
var precedence = []contact.Class{
	contact.Human, contact.Relay, contact.RoleBox, contact.AutoReply, contact.Bounce, contact.List, contact.Automated, contact.Withheld, contact.Own,
}

// leading is the event that says what an interaction is: of the first class in precedence, from the customer rather than from us, from us rather than from a system, then the smallest key.
func leading(events []contact.Event) contact.Inbound {
	best := slices.MinFunc(events, func(a, b contact.Event) int {
		return 8*compareRank(precedence, a.Inbound.Data.Class, b.Inbound.Data.Class) +
			4*compareRank(directions, a.Inbound.Data.Direction, b.Inbound.Data.Direction) +
			2*compareIDs(a.Key, b.Key)
	})
	return best.Inbound
}

var directions = []contact.Direction{contact.FromCustomer, contact.FromUs, contact.FromSystem}

// compareRank is -1, 0 or 1 by the places of a and b in order; one that is not there comes last.
func compareRank[T comparable](order []T, a, b T) int {
	place := func(v T) int {
		if i := slices.Index(order, v); i >= 0 {
			return i
		}
		return len(order)
	}
	return min(1, max(-1, place(a)-place(b)))
}

func earliest(events []contact.Event) time.Time {
	first := events[0].Inbound.Data.Times.OccurredAt
	for _, e := range events[1:] {
		if t := e.Inbound.Data.Times.OccurredAt; t.Before(first) {
			first = t
		}
	}
	return first
}
