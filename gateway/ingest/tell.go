package ingest

import (
	"context"
	"fmt"
	"time"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/store"
)

// tell says what became of a contact, to those who follow, and how late that is in the feed: what it made, then that it was recorded. What follows from it is told after it.
func (g *Ingest) tell(ctx context.Context, c inbound, recorded contact.Interaction, who resolution) (time.Time, error) {
	news, err := g.made(ctx, c, recorded, who)
	if err != nil {
		return time.Time{}, err
	}
	data := []contact.Pair{
		{Name: "profile_id", Value: recorded.ProfileID}, {Name: "channel", Value: string(recorded.Channel)}, {Name: "direction", Value: string(recorded.Direction)},
		{Name: "class", Value: string(recorded.Class)}, {Name: "source", Value: recorded.Source},
	}
	news = append(news, g.event(c, events.InteractionRecorded, recorded.ID, data, recorded.ID))
	if len(recorded.Events) > 1 {
		news = append(news, g.event(c, events.InteractionUpdated, recorded.ID, data, recorded.ID, c.event.Key))
	}
	err = g.publish(ctx, news...)
	return news[len(news)-1].At, err
}

// made are the profile and the contact points that a contact made. An earlier run may have made them, which had come as far as the interaction.
func (g *Ingest) made(ctx context.Context, c inbound, recorded contact.Interaction, who resolution) ([]store.Event, error) {
	if !who.decided {
		return g.madeNow(ctx, c, who)
	}
	if recorded.ProfileID == "" || recorded.By != c.by && !g.makes(c, recorded.ProfileID) {
		return nil, nil
	}
	held, err := g.db.Identities.FindAll(ctx, recorded.Identities...)
	who.profile, who.view = recorded.ProfileID, held
	return g.madeBy(c, who), err
}

// makes reports whether a profile is the one that a contact or an entry makes.
func (g *Ingest) makes(c inbound, profile string) bool {
	return profile == g.profileID(c.by) || profile == g.profileID(c.interaction)
}

// madeBy are the profile and the contact points that a contact or an entry made, as it was resolved.
func (g *Ingest) madeBy(c inbound, who resolution) (news []store.Event) {
	if who.profile != "" && g.makes(c, who.profile) {
		news = append(news, g.created(c, who.profile))
	}
	for _, i := range who.view {
		news = append(news, g.added(c, who.profile, i)...)
	}
	return news
}

// justMade is for how long after the contact that made a profile others may come before it was told of.
const justMade = time.Minute

// madeNow is madeBy of a contact in its first run, and its profile also if another contact of that moment made it and may not have told of it yet: whoever hears of this one has to know the profile.
func (g *Ingest) madeNow(ctx context.Context, c inbound, who resolution) ([]store.Event, error) {
	news := g.madeBy(c, who)
	if who.profile == "" || g.makes(c, who.profile) {
		return news, nil
	}
	p := who.person
	if p.ID != who.profile {
		found, err := g.db.Profiles.FindAll(ctx, who.profile)
		if err != nil {
			return nil, err
		}
		p = found[who.profile]
	}
	if p.ID == "" || p.Erased() || c.at().Sub(p.CreatedAt).Abs() > justMade {
		return news, nil
	}
	return append([]store.Event{g.created(c, p.ID)}, news...), nil
}

// tellEntry says what became of an entry, to those who follow, and how late that is in the feed.
func (g *Ingest) tellEntry(ctx context.Context, c inbound, who resolution, out Outcome) (time.Time, error) {
	news := g.madeBy(c, who)
	if out == Updated {
		news = append(news, g.event(c, events.ProfileUpdated, who.profile, nil, c.by))
	}
	if len(news) == 0 {
		return time.Time{}, nil
	}
	if err := g.publish(ctx, news...); err != nil {
		return time.Time{}, fmt.Errorf("telling of it: %w", err)
	}
	return news[len(news)-1].At, nil
}

func (g *Ingest) created(c inbound, profile string) store.Event {
	return g.event(c, events.ProfileCreated, profile, nil, profile)
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
