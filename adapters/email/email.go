// Package email is the adapter for mailboxes that are read over IMAP (RFC 9051, RFC 3501). It fetches each mail whole, hands it in, and marks it on the server only then; what a mail says is read later, from what was stored.
package email

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"usher/adapters"
	"usher/adapters/email/event"
)

// Adapter is one mailbox.
type Adapter struct {
	name      string
	settings  Config
	passwords [][]byte
	reader    event.Reader
	dial      func(context.Context) (net.Conn, error)
	transport http.RoundTripper // to the token server; nil: the default
}

var (
	_ adapters.Poller    = (*Adapter)(nil)
	_ adapters.Enclosing = (*Adapter)(nil)
)

// New builds the adapter of a source.
func New(source adapters.Source) (adapters.Adapter, error) {
	settings := Default()
	if err := source.Decode(&settings); err != nil {
		return nil, err
	}
	if err := settings.validate(len(source.Secrets)); err != nil {
		return nil, fmt.Errorf("building email: %w", err)
	}
	for i, folder := range settings.Folders { // what was read is remembered by it
		settings.Folders[i] = inboxed(folder)
	}
	return &Adapter{name: source.Name, settings: settings, passwords: source.Secrets, reader: settings.reader(source), dial: settings.dial}, nil
}

// Revision numbers what Normalize makes of a mail.
func (a *Adapter) Revision() int { return 2 }
