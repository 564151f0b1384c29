package ingest

import (
	"context"
	"errors"
	"strings"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// consent keeps a yes or no to being written to with the contact points it came by. It is a fold of events: repeats and order do not matter. Of what was kept out, that of a blocked sender counts too; a yes counts for nothing if the network says that it is not the sender's.
func (g *Ingest) consent(ctx context.Context, c inbound, why cause) error {
	said := c.event.Inbound.Data.Consent
	if said == nil {
		said = keyword(c.event.Inbound)
	}
	if said == nil || said.Action != contact.OptIn && said.Action != contact.OptOut || why.code != "" && why.code != string(contact.Blocked) {
		return nil
	}
	points, failed := g.consenting(c)
	if failed && said.Action == contact.OptIn {
		return nil
	}
	entry := contact.Said{
		Key: c.event.Inbound.ID, Revision: c.event.Revision, Action: said.Action, Scope: said.Scope, Keyword: strings.ToUpper(said.Keyword), How: said.Source,
		Interaction: c.interaction, At: c.event.Inbound.Data.Times.OccurredAt,
	}
	for _, p := range points {
		if err := g.say(ctx, p.Of, c.event.Inbound.Data.Channel, entry); err != nil {
			return err
		}
	}
	return nil
}

// consenting are the contact points that a consent is about: the sender's, of a message of ours its reader's, of a complaint that of whom it names.
func (g *Ingest) consenting(c inbound) (points []contact.ContactPoint, bad bool) {
	in := c.event.Inbound
	if in.Type == contact.ConsentChanged && len(in.Data.From.Identifiers) == 0 && len(in.Data.To) == 1 {
		return g.points(in.Data.To[0], in, c), failed(in.Data.To[0])
	}
	return c.points, failed(subject(in, c.class))
}

// say adds what was said to a contact point's.
func (g *Ingest) say(ctx context.Context, identity string, channel contact.Channel, entry contact.Said) error {
	id := g.db.Salt.ConsentID(identity, channel)
	for range maxRestarts {
		found, err := g.db.Consents.FindAll(ctx, id)
		if err != nil {
			return err
		}
		all, there := found[id]
		said := contact.JoinSaid(all.Said, []contact.Said{entry})
		if there && contact.SameSaid(said, all.Said) {
			return nil
		}
		all.Identity, all.Channel, all.Said, all.At = identity, channel, said, said[len(said)-1].At
		if there {
			_, err = g.db.Consents.Swap(ctx, all)
		} else {
			all.ID = id
			err = g.db.Consents.Insert(ctx, all)
		}
		if !errors.Is(err, store.ErrStale) && !errors.Is(err, store.ErrExists) {
			return err
		}
	}
	return errContended
}

// keywords are the words by which a customer opts out and in by SMS, alone in a message. https://help.twilio.com/articles/223134027
var keywords = map[string]string{
	"STOP": contact.OptOut, "STOPALL": contact.OptOut, "UNSUBSCRIBE": contact.OptOut, "CANCEL": contact.OptOut, "END": contact.OptOut, "QUIT": contact.OptOut, "REVOKE": contact.OptOut, "OPTOUT": contact.OptOut,
	"START": contact.OptIn, "UNSTOP": contact.OptIn, contact.Again: contact.OptIn,
}

// keyword is the consent of an SMS whose adapter does not read it, nil if it is no keyword.
func keyword(in contact.Inbound) *contact.Consent {
	if in.Type != contact.MessageReceived || in.Data.Channel != contact.SMS || in.Data.Direction != contact.FromCustomer || len(in.Data.Content) != 1 {
		return nil
	}
	word := strings.ToUpper(strings.TrimSpace(in.Data.Content[0].Text))
	action, ok := keywords[word]
	if !ok {
		return nil
	}
	return &contact.Consent{Action: action, Scope: "all", Keyword: word, Source: "keyword"}
}
