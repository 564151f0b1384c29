package gateway_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/gatewaytest"
)

// followed is an event as whoever follows reads it.
type followed struct {
	Type, Subject string
	Data          map[string]string
}

// profiles are those that whoever hears of it has to know.
func (e followed) profiles() []string {
	all := []string{e.Data["profile_id"], e.Data["a"], e.Data["b"]}
	if e.Type == string(events.IdentityAdded) {
		all = append(all, e.Subject)
	}
	return slices.DeleteFunc(all, func(id string) bool { return id == "" })
}

// Whoever follows hears of a profile first that it was made, then what was added to it, then of its contacts, and of its flags last: however it was made, and also of two contacts that come at once.
func TestEventsOfAProfileAreToldInTheirOrder(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "US")
		const people = 12
		for n := range people {
			enteredAndSaid(t, g, n)
		}
		g.Settled()
		flags := duplicates(t, g)
		require.GreaterOrEqual(t, len(flags), people)
		var told []followed
		require.True(t, eventually(func() bool {
			told = all[followed](t, g, "/v1/events?")
			flagged := slices.DeleteFunc(slices.Clone(told), func(e followed) bool { return e.Type != string(events.DuplicateFlagged) })
			return len(flagged) == len(flags)
		}))
		requireInOrder(t, told, flags)
	})
}

// enteredAndSaid enters two people with contact points, and has somebody write by mail and somebody of that name by chat, twice at once, who types the mail's address.
func enteredAndSaid(t *testing.T, g *gatewaytest.Gateway, n int) {
	t.Helper()
	points := func(of string) []object {
		return []object{point("mailto", fmt.Sprintf("%s%d@web.example", of, n)), point("tel", fmt.Sprintf("+1415555%d0%02d", len(of), n))}
	}
	send[profile](t, g, http.StatusCreated, "/v1/profiles", object{"display_name": fmt.Sprint("Zebulon Quist ", n), "identifiers": points("posted")})
	require.Less(t, g.API(http.MethodPut, "/v1/profiles/upsert", object{"display_name": fmt.Sprint("Ottoline Vane ", n), "identifiers": points("upserted")}).Status, 300)
	name, address := "Wilhelmina Okonkwo"+string(rune('a'+n)), fmt.Sprintf("written%d@web.example", n)
	g.Standard(fmt.Sprint("mail-", n), said(fmt.Sprint("mail-", n), "email", name, point("mailto", address)))
	g.Settled()
	typed := object{"scheme": "mailto", "value": address, "provenance": "claimed"}
	var both sync.WaitGroup
	for _, id := range []string{fmt.Sprint("chat-", n), fmt.Sprint("again-", n)} {
		both.Go(func() {
			g.Standard(id, said(id, "web_chat", name, object{"scheme": "visitor", "value": fmt.Sprint("v-", n), "scope": "shop"}, typed))
		})
	}
	both.Wait()
}

// requireInOrder holds events against what each follows from.
func requireInOrder(t *testing.T, told []followed, flags []flag) {
	t.Helper()
	cause := map[string]string{}
	for _, f := range flags {
		cause[f.ID] = f.CreatedBy
	}
	known, recorded := map[string]bool{}, map[string]bool{}
	for _, e := range told {
		switch events.Type(e.Type) {
		case events.ProfileCreated:
			known[e.Subject] = true
		case events.InteractionRecorded:
			recorded[e.Subject] = true
		case events.DuplicateFlagged:
			if by := cause[e.Subject]; strings.HasPrefix(by, contact.InteractionPrefix) {
				require.True(t, recorded[by], "flagged before the contact")
			}
		}
		for _, id := range e.profiles() {
			require.True(t, known[id], "%s before its profile was created", e.Type)
		}
	}
	require.NotEmpty(t, recorded)
}
