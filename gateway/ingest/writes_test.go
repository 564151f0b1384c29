package ingest_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/organizations"
	"usher/gateway/store"
)

// counted counts what is written.
type counted struct {
	store.Driver
	writes atomic.Int64
}

func (c *counted) Insert(ctx context.Context, s *store.Schema, doc contact.Stored) error {
	c.writes.Add(1)
	return c.Driver.Insert(ctx, s, doc)
}

func (c *counted) InsertMissing(ctx context.Context, s *store.Schema, docs []contact.Stored) error {
	c.writes.Add(1) // one step to the store
	return c.Driver.InsertMissing(ctx, s, docs)
}

func (c *counted) Swap(ctx context.Context, s *store.Schema, doc contact.Stored, old int64) error {
	c.writes.Add(1)
	return c.Driver.Swap(ctx, s, doc, old)
}

func (c *counted) Delete(ctx context.Context, s *store.Schema, id string, old int64) error {
	c.writes.Add(1)
	return c.Driver.Delete(ctx, s, id, old)
}

// Beside the delivery's own state a contact costs as many writes as the protocol's table says: most contacts are from known senders, and cost one.
// Matching adds one for the keys of a profile that is new, and two (the keys, and the profile that was seen with it) for one that gained a contact point. What is told of it is one step more.
func TestAContactCostsNoMoreWritesThanTheProtocol(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		c := &counted{Driver: driver}
		tr := trial{lab: newLab(t, c), label: "writes", matches: true}
		for _, step := range []struct {
			what   string
			ids    []int
			writes int64
		}{
			{"new sender, one identity", []int{1}, 3 + 1 + 1},
			{"known sender", []int{1}, 1 + 1},
			{"one held, one new", []int{1, 2}, 2 + 2 + 1},
			{"new sender, two identities", []int{3, 4}, 5 + 1 + 1},
			{"known sender, two identities", []int{3, 4}, 1 + 1},
		} {
			before := c.writes.Load()
			require.NoError(t, tr.handle(tr.lab.db, step.what, step.ids))
			require.Equal(t, step.writes, c.writes.Load()-before, step.what)
		}
	})
}

// A member's first proven mail costs the membership, and no contact after it anything; mail from a free-mail domain does not even ask whose the domain is.
func TestAMembershipIsOneWriteOnce(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		c := &counted{Driver: driver}
		db, err := store.Open(t.Context(), c)
		require.NoError(t, err)
		groups := organizations.New(db)
		acme, err := groups.Create(t.Context(), "", contact.Organization{Name: "Acme"})
		require.NoError(t, err)
		_, err = groups.AddDomain(t.Context(), acme.ID, "acme-corp.example", "anna")
		require.NoError(t, err)
		for n, step := range []struct {
			what         string
			identifiers  []contact.Identifier
			writes       int64
			organization string
		}{
			{"new sender", []contact.Identifier{provenMail("ada@acme-corp.example"), visitor}, 6 + 1 + 1, acme.ID},
			{"known sender, by mail", []contact.Identifier{provenMail("ada@acme-corp.example")}, 1 + 1, acme.ID},
			{"known sender, by chat", []contact.Identifier{visitor}, 1 + 1, acme.ID},
			{"new sender of free mail", []contact.Identifier{provenMail("ada@gmail.com")}, 4 + 1, ""},
		} {
			before := c.writes.Load()
			d := contact.Delivery{Source: "lab", ReceivedAt: store.Now(), Body: []byte{}}
			d.ID = fmt.Sprint("organized-", n)
			event := contact.Inbound{Type: contact.MessageReceived, ID: d.ID, Time: d.ReceivedAt, Data: contact.Data{Channel: contact.WebChat, Direction: contact.FromCustomer, From: contact.Party{Identifiers: step.identifiers}}}
			g := ingest.New(db, map[string]ingest.Source{"lab": {Adapter: fixed{event}}}, ingest.Own{}, slog.New(slog.DiscardHandler))
			_, err := g.Handle(t.Context(), &d, strings.NewReader(""))
			require.NoError(t, err)
			require.Equal(t, step.writes, c.writes.Load()-before, step.what)
			i, err := db.Interactions.Find(t.Context(), db.Salt.ID(contact.InteractionPrefix, "lab", d.ID))
			require.NoError(t, err)
			require.Equal(t, step.organization, i.OrganizationID, step.what)
		}
	})
}

var visitor = contact.Identifier{Scheme: contact.Visitor, Value: "v-1", Scope: "shop"}

func provenMail(address string) contact.Identifier {
	return contact.Identifier{Scheme: contact.Mailto, Value: address, Assurance: contact.Pass}
}

// What a profile can be found by is one step more wherever a profile is written: for a new sender with a name, and when somebody has another name. A known sender still costs one write.
func TestBeingFoundCostsOneWriteForEachOfAProfile(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		c := &counted{Driver: driver}
		db := newLab(t, c).db
		for n, step := range []struct {
			name   string
			writes int64
		}{{"Ana Silva", 3 + 1 + 1 + 1}, {"Ana Silva", 1 + 1}, {"Ana Maria Silva", 1 + 2 + 1 + 1}} {
			d := contact.Delivery{Source: "lab", ReceivedAt: store.Now(), Body: []byte{}}
			d.ID = fmt.Sprint("found", n)
			event := contact.Inbound{Type: contact.MessageReceived, ID: d.ID, Time: d.ReceivedAt, Data: contact.Data{
				Channel: contact.WebChat, Direction: contact.FromCustomer, From: contact.Party{DisplayName: step.name, Identifiers: []contact.Identifier{{Scheme: contact.External, Value: "found"}}},
			}}
			before := c.writes.Load()
			_, err := ingest.New(db, map[string]ingest.Source{"lab": {Adapter: fixed{event}}}, ingest.Own{}, slog.New(slog.DiscardHandler)).Handle(t.Context(), &d, strings.NewReader(""))
			require.NoError(t, err)
			require.Equal(t, step.writes, c.writes.Load()-before, step.name)
		}
	})
}
