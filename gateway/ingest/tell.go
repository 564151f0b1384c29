package ingest

import (
	"context"
	"fmt"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/store"
)

// tell says what became of a contact, to those who follow. It comes last: who hears of something can read it.
func (g *Ingest) tell(ctx context.Context, c inbound, recorded contact.Interaction, who resolution) error {
	data := []contact.Pair{
		{Name: "profile_id", Value: recorded.ProfileID}, {Name: "channel", Value: string(recorded.Channel)}, {Name: "direction", Value: string(recorded.Direction)},
		{Name: "class", Value: string(recorded.Class)}, {Name: "source", Value: recorded.Source},
	}
	news := []store.Event{g.event(c, events.InteractionRecorded, recorded.ID, data, recorded.ID)}
	if len(recorded.Events) > 1 {
		news = append(news, g.event(c, events.InteractionUpdated, recorded.ID, data, recorded.ID, c.event.Key))
	}
	if recorded.ProfileID != "" && recorded.By == c.by {
		made, err := g.made(ctx, c, recorded, who)
		if err != nil {
			return err
		}
		news = append(news, made...)
	}
	return g.publish(ctx, news...)
}

// made are the profile and the identities that a contact made.
func (g *Ingest) made(ctx context.Context, c inbound, recorded contact.Interaction, who resolution) (news []store.Event, err error) {
	if recorded.ProfileID == g.profileID(c.by) || recorded.ProfileID == g.profileID(c.interaction) {
		news = append(news, g.event(c, events.ProfileCreated, recorded.ProfileID, nil, recorded.ProfileID))
	}
	held := who.view
	if who.decided { // by an earlier run
		if held, err = g.db.Identities.FindAll(ctx, recorded.Identities...); err != nil {
			return nil, err
		}
	}
	for _, id := range recorded.Identities {
		news = append(news, g.added(c, recorded.ProfileID, held[id])...)
	}
	return news, nil
}

// tellEntry says what became of an entry, to those who follow.
func (g *Ingest) tellEntry(ctx context.Context, c inbound, profile string, out Outcome) error {
	var news store.Event
	switch out {
	case Created:
		news = g.event(c, events.ProfileCreated, profile, nil, profile)
	case Updated:
		news = g.event(c, events.ProfileUpdated, profile, nil, c.by)
	default:
		return nil
	}
	if err := g.publish(ctx, news); err != nil {
		return fmt.Errorf("telling of it: %w", err)
	}
	return nil
}

func (g *Ingest) event(c inbound, t events.Type, subject string, data []contact.Pair, key ...string) store.Event {
	e := events.New(g.db, t, subject, data, key...)
	e.By = c.by
	return e
}

// added is the news of a contact point, if this contact or entry made it.
func (g *Ingest) added(c inbound, profile string, i contact.Identity) []store.Event {
	if i.Origin == nil || i.Origin.By != c.by {
		return nil
	}
	data := []contact.Pair{{Name: "identity_id", Value: i.ID}, {Name: "scheme", Value: string(i.Scheme)}}
	return []store.Event{g.event(c, events.IdentityAdded, profile, data, i.ID)}
}

// tellPoints tells of the contact points that an entry made. A repeat finds that it made them.
func (g *Ingest) tellPoints(ctx context.Context, c inbound, who resolution) error {
	var news []store.Event
	for _, i := range who.view {
		news = append(news, g.added(c, who.profile, i)...)
	}
	if len(news) == 0 {
		return nil
	}
	return g.publish(ctx, news...)
}
