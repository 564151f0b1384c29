package gateway_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/gatewaytest"
)

// village is a gateway with people who are made as they are needed.
type village struct {
	*gatewaytest.Gateway
	t      *testing.T
	people int
}

// number is one that nobody has yet.
func (w *village) number() string {
	w.people++
	return fmt.Sprintf("+141555502%02d", w.people)
}

// texter is somebody who has written from a number of their own.
func (w *village) texter() (profile, number string) {
	w.t.Helper()
	number = w.number()
	sms(w.Gateway, "SM"+number, number, "hello")
	return search(w.t, w.Gateway, number), number
}

// entered is somebody whom an agent entered, without any contact point.
func (w *village) entered() string {
	w.t.Helper()
	return send[profile](w.t, w.Gateway, http.StatusCreated, "/v1/profiles", object{"display_name": fmt.Sprint("Somebody ", w.number())}).ID
}

// interactionOf is the only interaction of a person.
func (w *village) interactionOf(profile string) string {
	w.t.Helper()
	found := all[interaction](w.t, w.Gateway, "/v1/profiles/"+profile+"/timeline?")
	require.Len(w.t, found, 1)
	return found[0].ID
}

// pointOf is the only contact point of a person.
func (w *village) pointOf(profile string) string {
	w.t.Helper()
	var found list[struct{ ID string }]
	w.API(http.MethodGet, "/v1/profiles/"+profile+"/identities", nil).Decode(w.t, &found)
	require.Len(w.t, found.Data, 1)
	return found.Data[0].ID
}

// asks sends a change of what was just seen, and expects that it is made.
func (w *village) asks(method, path, seen string, body any) {
	w.t.Helper()
	header := http.Header{}
	if seen != "" {
		header.Set("If-Match", w.API(http.MethodGet, seen, nil).Header.Get("ETag"))
	}
	a := w.With(header, method, path, body)
	require.Less(w.t, a.Status, 300, a.Body)
}

// marks changes the contact point of somebody new.
func (w *village) marks(body object) string {
	w.t.Helper()
	profile, _ := w.texter()
	w.asks(http.MethodPatch, "/v1/profiles/"+profile+"/identities/"+w.pointOf(profile), "", body)
	return profile
}

// blocked blocks a number that nobody has.
func (w *village) blocked() (id, number string) {
	w.t.Helper()
	number = w.number()
	return blockOf(w.t, w.Gateway, object{"contact_point": point("tel", number)}).ID, number
}

// keptOut is a contact in quarantine.
func (w *village) keptOut() string {
	w.t.Helper()
	_, number := w.blocked()
	sms(w.Gateway, "SM"+number, number, "hello")
	return keptOut(w.Gateway, number)
}

// flagged are two of a name, of which there is one pair each, who say the same number, and their flag.
func (w *village) flagged(name string) (flag string, p *pair) {
	w.t.Helper()
	p = newPair(w.t, w.Gateway)
	p.names = [2]string{name, name}
	p.ids = [2][]object{{point("mailto", "box"+w.number()[1:]+"@web.example")}, {point("telegram", w.number()[1:])}}
	number := point("tel", w.number())
	p.says(0, number)
	p.says(1, number)
	a, b := contact.OrderedPair(holderOf(w.t, w.Gateway, contact.Mailto, p.ids[0][0]["value"].(string)), holderOf(w.t, w.Gateway, contact.Scheme("telegram"), p.ids[1][0]["value"].(string)))
	return w.DB.Salt.ID(contact.DuplicatePrefix, a, b), p
}

// decides is flagged with something that is then decided about the flag.
func (w *village) decides(name string, actions ...string) string {
	w.t.Helper()
	flag, _ := w.flagged(name)
	for _, action := range actions {
		w.asks(http.MethodPost, "/v1/duplicates/"+flag+"/"+action, "", object{})
	}
	return flag
}

// apart tells two people apart, and is how that is called.
func (w *village) apart() string {
	w.t.Helper()
	a, b := w.entered(), w.entered()
	w.asks(http.MethodPost, "/v1/not_same", "", object{"profiles": []string{a, b}})
	return w.DB.Salt.NotSameID(a, b)
}

// merges merges somebody into somebody else.
func (w *village) merges() (from, decision string) {
	w.t.Helper()
	from = w.entered()
	return from, mergeInto(w.t, w.Gateway, w.entered(), from)
}

// provoked is what has each type of event happen, and the subject that it then has.
var provoked = map[events.Type]func(*village) (subject string){
	events.InteractionRecorded: func(w *village) string { p, _ := w.texter(); return w.interactionOf(p) },
	events.InteractionUpdated: func(w *village) string {
		number := w.number()
		for purpose, state := range map[string]string{"voice": "ringing", "status": "completed"} {
			w.Twilio(purpose, "CallSid", "CA"+number, "From", number, "To", "+14155550100", "CallStatus", state)
			w.Settled()
		}
		return w.interactionOf(search(w.t, w.Gateway, number))
	},
	events.InteractionAttached: func(w *village) string {
		from, _ := w.texter()
		id := w.interactionOf(from)
		w.asks(http.MethodPatch, "/v1/interactions/"+id, "/v1/interactions/"+id, object{"profile_id": w.entered()})
		return id
	},
	events.ProfileCreated: func(w *village) string { return w.entered() },
	events.ProfileUpdated: func(w *village) string {
		id := w.entered()
		w.asks(http.MethodPatch, "/v1/profiles/"+id, "/v1/profiles/"+id, object{"tags": []string{"vip"}})
		return id
	},
	events.ProfileDeleted: func(w *village) string {
		id := w.entered()
		w.asks(http.MethodDelete, "/v1/profiles/"+id, "/v1/profiles/"+id, nil)
		return id
	},
	events.ProfileMerged: func(w *village) string { from, _ := w.merges(); return from },
	events.ProfileUnmerged: func(w *village) string {
		from, decision := w.merges()
		w.asks(http.MethodPost, "/v1/merges/"+decision+"/undo", "", object{})
		return from
	},
	events.ProfileErased: func(w *village) string { p, _ := w.texter(); erase(w.t, w.Gateway, p); return p },
	events.IdentityAdded: func(w *village) string {
		return send[profile](w.t, w.Gateway, http.StatusCreated, "/v1/profiles", object{"identifiers": []object{point("tel", w.number())}}).ID
	},
	events.IdentityRemoved: func(w *village) string {
		id := w.entered()
		w.asks(http.MethodPost, "/v1/profiles/"+id+"/identities", "", point("tel", w.number()))
		w.asks(http.MethodDelete, "/v1/profiles/"+id+"/identities/"+w.pointOf(id), "", nil)
		return id
	},
	events.IdentityMoved: func(w *village) string {
		_, number := w.texter()
		id := w.entered()
		w.asks(http.MethodPost, "/v1/profiles/"+id+"/identities", "", object{"scheme": "tel", "value": number, "take_over": true})
		return id
	},
	events.IdentityVerified: func(w *village) string { return w.marks(object{"verified": true}) },
	events.IdentityUpdated:  func(w *village) string { return w.marks(object{"primary": true}) },
	events.SharedChanged:    func(w *village) string { return w.marks(object{"shared": true}) },
	events.ConsentChanged: func(w *village) string {
		p, _ := w.texter()
		id := w.pointOf(p)
		w.asks(http.MethodPost, "/v1/profiles/"+p+"/consent", "", object{"identity_id": id, "channel": "sms", "state": "opted_out", "why": "said so"})
		return id
	},
	events.BlockAdded: func(w *village) string { id, _ := w.blocked(); return id },
	events.BlockRemoved: func(w *village) string {
		id, _ := w.blocked()
		unblock(w.t, w.Gateway, id)
		return id
	},
	events.QuarantineAdded: func(w *village) string { return w.keptOut() },
	events.QuarantineReleased: func(w *village) string {
		id := w.keptOut()
		w.asks(http.MethodPost, "/v1/quarantine/"+id+"/release", "", object{})
		return id
	},
	events.QuarantineDiscarded: func(w *village) string {
		id := w.keptOut()
		w.asks(http.MethodPost, "/v1/quarantine/"+id+"/discard", "", object{})
		return id
	},
	events.NotSameAdded: func(w *village) string { return w.apart() },
	events.NotSameRemoved: func(w *village) string {
		id := w.apart()
		w.asks(http.MethodDelete, "/v1/not_same/"+id, "", nil)
		return id
	},
	events.DuplicateFlagged: func(w *village) string { return w.decides("Wilhelmina Okonkwo") },
	events.DuplicateUpdated: func(w *village) string {
		flag, p := w.flagged("Bartholomew Quist")
		p.says(1, p.ids[0][0])
		return flag
	},
	events.DuplicateMerged:     func(w *village) string { return w.decides("Xanthippe Zimmermann", "merge") },
	events.DuplicateDismissed:  func(w *village) string { return w.decides("Ludmilla Aarhus", "dismiss") },
	events.DuplicateReopened:   func(w *village) string { return w.decides("Ferdinand Ivory", "dismiss", "reopen") },
	events.SourceHealthChanged: func(*village) string { return "mail" }, // whose owner does not let us in any more
}

// declaredEvents are the types of events that the code declares.
func declaredEvents(t *testing.T) (all []events.Type) {
	file, err := parser.ParseFile(token.NewFileSet(), "events/events.go", nil, 0)
	require.NoError(t, err)
	for _, d := range file.Decls {
		block, ok := d.(*ast.GenDecl)
		if !ok || block.Tok != token.CONST {
			continue
		}
		for _, s := range block.Specs {
			for _, v := range s.(*ast.ValueSpec).Values {
				if text, ok := v.(*ast.BasicLit); ok && text.Kind == token.STRING {
					name, err := strconv.Unquote(text.Value)
					require.NoError(t, err)
					all = append(all, events.Type(name))
				}
			}
		}
	}
	return all
}

// Each type of event that there is can be heard: what people and contacts do is told on the feed, about what it happened to, and sent to who wants to be told. A new type has to be provoked here too.
func TestEveryTypeOfEventIsToldOfItsSubject(t *testing.T) {
	t.Parallel()
	declared := declaredEvents(t)
	require.Greater(t, len(declared), 20)
	require.ElementsMatch(t, declared, events.Types)
	for _, name := range declared {
		require.Contains(t, provoked, name)
	}
	require.Len(t, provoked, len(declared), "one that is not declared in events.go")
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		}))
		t.Cleanup(tokens.Close)
		oauth := fmt.Sprintf("oauth2: {provider: custom, flow: refresh_token, client_id: usher, refresh_token: first, token_url: %q}", tokens.URL+"/token")
		w := &village{Gateway: gatewaytest.Start(t, uri, "US", mailSource("mail", startMail(t), oauth)), t: t}
		l := listen(t, w.Gateway)
		want := map[string]bool{}
		for name, provoke := range provoked {
			want[string(name)+" "+provoke(w)] = true
		}
		var missing []string
		heard := func() bool {
			told := all[struct{ Type, Subject string }](t, w.Gateway, "/v1/events?")
			missing = nil
			for event := range want {
				if !slices.ContainsFunc(told, func(e struct{ Type, Subject string }) bool { return e.Type+" "+e.Subject == event }) {
					missing = append(missing, event)
				}
			}
			return len(missing) == 0
		}
		if !eventually(heard) {
			require.Empty(t, missing, "not told")
		}
		if !eventually(l.heardAll) {
			require.Equal(t, l.told(), l.heard())
		}
	})
}

// eventually tries something until it holds, for as long as a busy machine may take.
func eventually(holds func() bool) bool {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 600 {
		if <-tick.C; holds() {
			return true
		}
	}
	return false
}
