package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/organizations"
	"usher/gateway/store"
	"usher/gateway/store/sqlite"
)

// history is what was there before anybody registered the domain: proven mail of two people, one of them with a second address below it and a chat; mail that was proven only later; mail that never was; and a neighbour's.
func (w *town) history() (members []string, interactions int64) {
	w.t.Helper()
	ada := w.says("email", "Ada Lovelace", proven("ada@acme-corp.example"))
	w.says("email", "Ada Lovelace", proven("ada@acme-corp.example"))
	w.says("web_chat", "Ada Lovelace", visitor("v-1"), proven("ada@acme-corp.example"))
	w.says("web_chat", "Ada Lovelace", visitor("v-1"))                                                                 // by no address
	w.says("email", "Ada Lovelace", proven("ada@acme-corp.example"), proven("ada@eu.acme-corp.example"))               // by both
	bob := w.says("email", "Bob Byron", mail("bob@acme-corp.example"))                                                 // before it was proven
	w.says("email", "Bob Byron", proven("bob@acme-corp.example"))                                                      // since
	w.says("email", "Mallory Moss", mail("mallory@acme-corp.example"))                                                 // never
	w.says("email", "Cyd Cole", proven("cyd@cloud.acme-corp.example"))                                                 // is another's
	w.says("email", "Dan Dare", proven("dan@notacme-corp.example"))                                                    // is nobody's
	w.says("email", "Ada Lovelace", object{"scheme": "mailto", "value": "ada@acme-corp.example", "assurance": "fail"}) // is not hers
	return []string{ada.ProfileID, bob.ProfileID}, 6
}

// What the preview says is what applying a domain does, and done again it does nothing more.
func TestApplyingADomainDoesWhatThePreviewSaid(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		members, interactions := w.history()
		acme, cloud := w.organization("Acme"), w.organization("Acme Cloud", "cloud.acme-corp.example")
		seen := w.preview(acme, "acme-corp.example")
		require.Equal(t, []any{int64(len(members)), interactions, true, len(members)}, []any{seen.Members, seen.Interactions, seen.Complete, len(seen.Samples)})
		require.Empty(t, w.members(acme, "standing"), "a preview changes nothing")
		domain := w.domain(acme, "acme-corp.example")
		require.Empty(t, w.members(acme, "standing"), "nor does registering")
		require.Equal(t, seen, w.preview(acme, "acme-corp.example"))

		done := w.applied(acme, domain)
		require.Equal(t, []int64{seen.Members, seen.Interactions}, []int64{done.Application.Members, done.Application.Interactions})
		var now []string
		for _, m := range w.members(acme, "standing") {
			now = append(now, m.ProfileID)
		}
		require.ElementsMatch(t, members, now)
		require.Len(t, all[belonging](t, w.Gateway, "/v1/organizations/"+acme+"/interactions?"), int(interactions))
		require.Empty(t, w.members(cloud, "standing"), "another's domain was not applied")

		after := w.preview(acme, "acme-corp.example")
		require.Equal(t, []int64{0, 0}, []int64{after.Members, after.Interactions})
		require.Equal(t, http.StatusOK, w.API(http.MethodDelete, "/v1/organizations/"+acme+"/memberships/"+w.members(acme, "standing")[0].ID, nil).Status)
		again := w.applied(acme, domain)
		require.Equal(t, []int64{0, 0}, []int64{again.Application.Members, again.Application.Interactions})
		require.Len(t, w.members(acme, "standing"), 1, "an agent ended it: applying does not make it anew")
		require.Equal(t, int64(1), w.preview(cloud, "cloud.acme-corp.example").Members)
	})
}

// Somebody who wrote more than one step goes over is gone on with where the step ended, and counted once.
func TestApplyingADomainGoesOnWithinOnePerson(t *testing.T) {
	t.Parallel()
	w := &town{Gateway: gatewaytest.Start(t, gatewaytest.SQLite(t), "US"), t: t}
	const many = 2345
	require.Equal(t, http.StatusNoContent, w.Standard("from", said("many", "email", "Ada Lovelace", proven("ada@acme-corp.example"))).Status)
	w.Settled()
	first, _, err := w.DB.Interactions.List(t.Context(), store.Range{Index: "occurred", Limit: 1})
	require.NoError(t, err)
	for at := 1; at < many; at += 500 { // the rest lie in the store as if they had come the same way
		var more []contact.Interaction
		for n := at; n < min(at+500, many); n++ {
			i := first[0]
			i.Key = fmt.Sprint("many-", n)
			i.ID = w.DB.Salt.ID(contact.InteractionPrefix, "web", i.Key)
			more = append(more, i)
		}
		require.NoError(t, w.DB.Interactions.InsertMissing(t.Context(), more))
	}
	acme := w.organization("Acme")
	seen := w.preview(acme, "acme-corp.example")
	require.False(t, seen.Complete, "it does not look at everything, and says so")
	require.Less(t, seen.Interactions, int64(many))
	require.Equal(t, []int64{1, seen.Interactions}, []int64{seen.Members, seen.Samples[0].Interactions})
	domain, o := w.domain(acme, "acme-corp.example"), organizations.New(w.DB)
	_, err = o.Apply(t.Context(), acme, domain, "anna")
	require.NoError(t, err)
	require.NoError(t, o.Work(t.Context())) // not waited for: so many commits take what the disk leaves them
	d, err := w.DB.Domains.Find(t.Context(), domain)
	require.NoError(t, err)
	require.Equal(t, []any{"", int64(1), int64(many)}, []any{d.Queue, d.Application.Members, d.Application.Interactions})
	healthy(t, w.Gateway)
}

// A process that dies after any write of an application has lost nothing: the next one goes on, and what is counted in the end is what was done.
func TestACrashWhileADomainIsAppliedIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "usher.db")
	g, stop := gatewaytest.StartStoppable(t, "sqlite://"+path, "US")
	w := &town{Gateway: g, t: t}
	members, interactions := w.history()
	acme := w.organization("Acme")
	w.organization("Acme Cloud", "cloud.acme-corp.example")
	domain := w.domain(acme, "acme-corp.example")
	require.NoError(t, stop())
	file, err := os.ReadFile(path)
	require.NoError(t, err)

	writes, done := applyUntil(t, file, acme, domain, forever)
	require.Greater(t, writes, int64(8))
	require.Equal(t, []int64{int64(len(members)), interactions}, done)
	for k := int64(1); k <= writes; k++ {
		_, done := applyUntil(t, file, acme, domain, k)
		require.Equal(t, []int64{int64(len(members)), interactions}, done, "died after write %d", k)
	}
}

// applyUntil applies a domain in a process that dies after so many writes and lets another finish; it returns the writes of the first and the final counts.
func applyUntil(t *testing.T, file []byte, organization, domain string, writes int64) (made int64, counts []int64) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "usher.db")
	require.NoError(t, os.WriteFile(path, file, 0o600))
	driver, err := sqlite.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, driver.Close()) }()
	m := &mortal{Driver: driver, died: make(chan struct{})}
	m.left.Store(forever)
	dying, err := store.Open(t.Context(), m)
	require.NoError(t, err)
	m.left.Store(writes)
	apply := func(ctx context.Context, db *store.DB) error {
		o := organizations.New(db)
		_, err := o.Apply(ctx, organization, domain, "anna")
		return errors.Join(err, o.Work(ctx))
	}
	if err := apply(t.Context(), dying); writes != forever {
		require.ErrorContains(t, err, errDead.Error())
	}
	made = writes - m.left.Load()
	db, err := store.Open(t.Context(), driver)
	require.NoError(t, err)
	d, err := db.Domains.Find(t.Context(), domain)
	require.NoError(t, err)
	if d.Application == nil || d.Queue == contact.Applying { // else it died after the last write
		require.NoError(t, apply(t.Context(), db))
	}
	d, err = db.Domains.Find(t.Context(), domain)
	require.NoError(t, err)
	require.Empty(t, d.Queue)
	return made, []int64{d.Application.Members, d.Application.Interactions}
}

// The same by mail: what our own server says of a sender counts, and what the mail says of itself does not.
func TestMailThatOurServerVouchesForMakesMembers(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		s := startMail(t)
		g := gatewaytest.Start(t, uri, "US", mailSource("mail", s))
		w := &town{Gateway: g, t: t}
		acme := w.organization("Acme", "acme-corp.example")
		vouched := func(by string) string {
			return "Authentication-Results: " + by + "; dmarc=pass header.from=acme-corp.example"
		}
		put(t, s,
			letter("hello", vouched("mx.acme.example"), "From: Ada Lovelace <ada@acme-corp.example>", "Message-ID: <1@acme-corp.example>"),
			letter("hello", "From: Bob Byron <bob@acme-corp.example>", vouched("mx.evil.example"), "Message-ID: <2@acme-corp.example>"),
			letter("hello", "From: Cyd Cole <cyd@acme-corp.example>", "Message-ID: <3@acme-corp.example>"),
		)
		g.Fetched("mail", 3)
		members := w.members(acme, "standing")
		require.Len(t, members, 1)
		require.True(t, strings.HasPrefix(members[0].ID, contact.MembershipPrefix))
		require.Equal(t, "Ada Lovelace", stored(t, g, members[0].ProfileID).Name)
		require.Len(t, all[belonging](t, g, "/v1/organizations/"+acme+"/interactions?"), 1)
		healthy(t, g)
	})
}
