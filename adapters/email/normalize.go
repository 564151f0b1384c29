package email

import (
	"io"
	"slices"
	"strings"

	"usher/adapters"
	"usher/adapters/email/event"
	"usher/adapters/email/sender"
	"usher/gateway/contact"
)

// reader is how the mails of the source are read.
func (s Config) reader(source adapters.Source) event.Reader {
	policy := sender.Policy{
		Choice: sender.Choice(s.Sender), OwnAddresses: slices.Concat(s.OwnAddresses, source.Own.Emails), OwnDomains: source.Own.Domains, Agents: source.Own.Agents,
	}
	if strings.Contains(s.User, "@") {
		policy.OwnAddresses = append(policy.OwnAddresses, s.User)
	}
	for _, relay := range s.Relays {
		policy.Relays = append(policy.Relays, sender.Relay{From: relay})
	}
	return event.Reader{Policy: policy, AuthservIDs: s.AuthservIDs, KeepSpam: s.Spam != spamQuarantine, Region: source.Region, Own: source.Own}
}

// Normalize reads a stored mail.
func (a *Adapter) Normalize(d contact.Delivery, body contact.Body) ([]contact.Inbound, error) {
	return a.reader.Read(d, body)
}

// Enclosed reads a file of a stored mail.
func (a *Adapter) Enclosed(m contact.Media, body contact.Body) (io.Reader, error) {
	return event.Enclosed(m, body)
}
