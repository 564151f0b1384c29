package ingest

import (
	"slices"
	"strings"

	"usher/gateway/contact"
	"usher/matching/mention"
	"usher/matching/normal"
)

// Own is what the workspace says of itself: contacts from these are ours, and never a customer's.
type Own struct {
	Emails  []string // normal forms
	Domains []string
	Numbers []string // E.164

	References []mention.Pattern // what the numbers of our orders and tickets look like
}

// classify decides what kind of sender a contact is from. An adapter that knows better (a bounce, a registered form) has said so.
func (o Own) classify(in contact.Inbound) contact.Class {
	from := in.Data.From
	switch {
	case in.Data.Class != "" && in.Data.Class != contact.Human:
		return in.Data.Class
	case in.Data.IdentityChange != nil && in.Data.Direction == contact.FromSystem: // the network speaks of the customer
		return contact.Human
	case in.Data.Direction == contact.FromUs, in.Data.Direction == contact.FromSystem, from.Role == contact.Agent, o.ours(from):
		return contact.Own
	case from.Withheld && len(from.Identifiers) == 0:
		return contact.Withheld
	case from.Role == contact.Bot:
		return contact.Automated
	}
	return mailClass(from)
}

// ours reports whether a party is one of the workspace's own.
func (o Own) ours(p contact.Party) bool {
	return slices.ContainsFunc(p.Identifiers, func(id contact.Identifier) bool {
		switch id.Scheme {
		case contact.Tel:
			return slices.Contains(o.Numbers, id.Value)
		case contact.Mailto:
			_, domain, _ := strings.Cut(id.Value, "@")
			return slices.Contains(o.Emails, id.Value) || slices.Contains(o.Domains, domain)
		}
		return false
	})
}

// mailClass tells a shared or automatic mailbox from a person's.
func mailClass(p contact.Party) contact.Class {
	for _, id := range p.Identifiers {
		if id.Scheme != contact.Mailto {
			continue
		}
		switch local, _, _ := strings.Cut(id.Value, "@"); {
		case normal.AutomaticMailbox(local):
			return contact.Automated
		case normal.RoleMailbox(local):
			return contact.RoleBox
		}
	}
	return contact.Human
}
