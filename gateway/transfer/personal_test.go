package transfer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/adapters/standard"
	"usher/gateway/contact"
	"usher/gateway/people"
	"usher/gateway/privacy"
	"usher/gateway/store"
	"usher/gateway/transfer"
)

// Whatever is personal by the list of what an erasure does is in an export of one person, or is left out with a reason; an export of everything says it of every collection.
func TestWhatAnExportLeavesOutHasAReason(t *testing.T) {
	t.Parallel()
	all := newDesk(t, onSQLite(t)).db.Collections()
	require.ElementsMatch(t, all, slices.Collect(maps.Keys(privacy.Treated)))
	for name, s := range map[string]scope{"one person": onePerson, "everything": everything} {
		for _, collection := range all {
			_, given := s.lines[collection]
			require.NotEqual(t, given, s.leftOut[collection] != "", "%s: %s is a line, or is left out with a reason", name, collection)
		}
		require.Len(t, all, len(s.lines)+len(s.leftOut), name)
	}
	for collection, treated := range privacy.Treated {
		if !strings.HasPrefix(treated, "nothing of a") && onePerson.leftOut[collection] != "" {
			require.NotContains(t, onePerson.leftOut[collection], "nothing of a", "%s is personal", collection)
		}
	}
}

// held are the documents of a store by the type of their lines and their ids, as JSON has them.
type held map[string]map[string]any

func (d desk) held() held {
	all := held{}
	take(d, all, "organizations", d.db.Organizations, "name")
	take(d, all, "domains", d.db.Domains, "organization")
	take(d, all, "profiles", d.db.Profiles, "created")
	take(d, all, "identities", d.db.Identities, "of")
	take(d, all, "interactions", d.db.Interactions, "occurred")
	take(d, all, "deliveries", d.db.Deliveries, "received")
	take(d, all, "blobs", d.db.Blobs, "owner")
	take(d, all, "duplicates", d.db.Duplicates, "a")
	take(d, all, "decisions", d.db.Decisions, "at")
	take(d, all, "evidence", d.db.Evidence, "at")
	take(d, all, "not_same", d.db.NotSame, "a")
	take(d, all, "memberships", d.db.Memberships, "profile")
	take(d, all, "claim_links", d.db.ClaimLinks, "profile")
	take(d, all, "consents", d.db.Consents, "identity")
	take(d, all, "blocks", d.db.Blocks, "state")
	take(d, all, "quarantine", d.db.Quarantine, "at")
	take(d, all, "job_rows", d.db.JobRows, "row")
	return all
}

func take[T any, P interface {
	*T
	contact.Stored
}](d desk, all held, collection string, c store.Collection[T, P], index string) {
	docs, next, err := c.List(d.t.Context(), store.Range{Index: index, Limit: store.MaxLimit})
	require.NoError(d.t, err)
	require.Nil(d.t, next)
	all[collection] = map[string]any{}
	for _, doc := range docs {
		text, err := json.Marshal(doc)
		require.NoError(d.t, err)
		var plain any
		require.NoError(d.t, json.Unmarshal(text, &plain))
		all[collection][P(&doc).Base().ID] = plain
	}
}

// linesOf are an export's lines that are documents, each once.
func linesOf(t *testing.T, export string, s scope) held {
	collections := map[string]string{}
	for collection, kind := range s.lines {
		collections[kind] = collection
	}
	all := held{}
	for text := range strings.Lines(export) {
		var line struct {
			Type     string
			Document map[string]any
			LeftOut  string `json:"left_out"`
		}
		require.NoError(t, json.Unmarshal([]byte(text), &line))
		collection := collections[line.Type]
		if line.Document == nil || line.Type == "candidate" || line.LeftOut != "" {
			continue
		}
		require.NotEmpty(t, collection, line.Type)
		id, _ := line.Document["id"].(string)
		require.NotContains(t, all[collection], id, "%s is written once", line.Type)
		if all[collection] == nil {
			all[collection] = map[string]any{}
		}
		all[collection][id] = line.Document
	}
	return all
}

// brought is what the bodies and files of an export hold, as plain text.
func brought(t *testing.T, export string) string {
	var all []byte
	for text := range strings.Lines(export) {
		var line struct{ Document struct{ Body, Data []byte } }
		require.NoError(t, json.Unmarshal([]byte(text), &line))
		all = append(append(all, line.Document.Body...), line.Document.Data...)
	}
	return string(all)
}

// whole is a body in memory.
type whole struct{ *bytes.Reader }

// life puts into a store all that can be stored of somebody: two profiles that were merged, what was decided about them, and what came in, was kept out or could not be read.
func (d desk) life(who, name, stranger string) (profile string) {
	t, ctx, p := d.t, d.t.Context(), people.New(d.db)
	mail, second := who+"@mail.example", who+"@second.example"
	job := d.run(transfer.Wish{}, fmt.Sprintf("Name,Email\n%s,%s\n%s Two,%s\n\"%s;%s,broken\n", name, mail, name, second, name, mail))
	shown, ids := d.rows(job)
	require.Equal(t, "rejected bad_quotes", shown[2])
	one, two := ids[0], ids[1]
	require.NotEqual(t, one, two)
	identity := d.db.Salt.IdentityID(contact.Mailto, "", mail, "")
	edit := people.Edit{Profile: one, Who: "agent-1", Why: "why of " + who}
	done := func(_ any, err error) { t.Helper(); require.NoError(t, err) }

	yes := true
	done(p.Mark(ctx, edit, identity, people.Mark{Verified: &yes}))
	done(p.AddNote(ctx, edit, "a note about "+who))
	done(p.SetConsent(ctx, people.Word{Profile: one, Identity: identity, Channel: contact.Email, State: contact.OptedOut, Who: "agent-1", Why: "said so, " + who}))
	block, err := p.Block(ctx, people.Barring{Kind: contact.IdentityBlock, Target: identity, Who: "agent-1", Why: "rude, " + who})
	require.NoError(t, err)
	done(p.Unblock(ctx, block.ID, 0, "agent-1"))
	done(p.TellApart(ctx, people.Wish{Who: "agent-1", Why: "not " + who}, contact.Distinct, one, stranger))
	done(p.Merge(ctx, people.Wish{From: []string{two}, Into: one, Who: "agent-1", Why: "the same " + who}))
	done(p.Block(ctx, people.Barring{Kind: contact.ProfileBlock, Target: one, Who: "agent-1"}))

	at := store.Now()
	flag := contact.Duplicate{Document: contact.Document{ID: "dup_" + who}, A: one, B: stranger, FlaggedAt: at}
	require.NoError(t, d.db.Duplicates.Insert(ctx, flag))
	moved := contact.Decision{Document: contact.Document{ID: "dec_moved_" + who}, Kind: contact.Moved, Subject: "prf_before", Object: identity, From: "prf_before", To: one, At: at}
	require.NoError(t, d.db.Decisions.Insert(ctx, moved))
	require.NoError(t, d.db.Memberships.Insert(ctx, contact.Membership{Document: contact.Document{ID: "mem_" + who}, ProfileID: two, OrganizationID: "org_1", State: contact.Ended}))
	require.NoError(t, d.db.ClaimLinks.Insert(ctx, store.ClaimLink{Document: contact.Document{ID: "lnk_" + who}, ProfileID: two, ExpiresAt: at}))

	body := func(id string) []byte {
		return fmt.Appendf(nil, `{"id":%q,"type":%q,"time":%q,"data":{"channel":"email","from":{"display_name":%q,"identifiers":[{"scheme":"mailto","value":%q}]},"content":[{"kind":"text","text":%q}]}}`,
			id, contact.MessageReceived, at.Format(time.RFC3339Nano), name, mail, "text of "+id)
	}
	record := func(id, profile string, parts ...contact.Part) {
		delivery := contact.Delivery{Document: contact.Document{ID: "dlv_" + id}, Source: "web", ReceivedAt: at}
		read, err := standard.NewReader().Normalize(delivery, whole{bytes.NewReader(body(id))})
		require.NoError(t, err)
		in := read[0]
		in.Data.Class, in.Data.Content = contact.Human, append(in.Data.Content, parts...)
		i := contact.Interaction{Document: contact.Document{ID: "int_" + id}, Key: id, Source: "web", ProfileID: profile, OccurredAt: at, Events: []contact.Event{{Key: in.EventKey(), Delivery: "dlv_" + id, Inbound: in}}}
		require.NoError(t, d.db.Interactions.Insert(ctx, i))
	}
	deliver := func(d2 contact.Delivery) {
		if d2.Blob == "" {
			d2.Body = body(d2.ID)
		}
		d2.ID, d2.Source, d2.ReceivedAt = "dlv_"+d2.ID, "web", at
		require.NoError(t, d.db.Deliveries.Insert(ctx, d2))
	}
	for file, content := range map[string][]byte{"blb_" + who: body(who), "fil_" + who: []byte("bytes of " + who)} {
		_, err := d.db.WriteBlob(ctx, file, bytes.NewReader(content))
		require.NoError(t, err)
	}
	record(who, two, contact.Part{Media: &contact.Media{Filename: "contract.pdf", StoredRef: "fil_" + who}})
	deliver(contact.Delivery{Document: contact.Document{ID: who}, Outcome: contact.Recorded, Blob: "blb_" + who, Size: int64(len(body(who))), Plan: []contact.Planned{{Interaction: "int_" + who}}})
	done2 := func(_, _ any, err error) { t.Helper(); require.NoError(t, err) }
	record("moved_"+who, "")
	i, decision, err := p.Attach(ctx, people.Placement{Interaction: "int_moved_" + who, To: one, Who: "agent-1", Why: "surely " + who})
	done2(i, decision, err)
	deliver(contact.Delivery{Document: contact.Document{ID: "moved_" + who}, Outcome: contact.Recorded, Plan: []contact.Planned{{Interaction: "int_moved_" + who}}})
	record("nobodys_"+who, "")
	deliver(contact.Delivery{Document: contact.Document{ID: "nobodys_" + who}, Outcome: contact.Recorded, Plan: []contact.Planned{{Interaction: "int_nobodys_" + who}}})

	weak := d.db.Salt.IdentityID(contact.Mailto, "", second, "")
	for n, q := range []contact.Quarantine{
		{Identity: identity, Scheme: contact.Mailto, Sender: mail},
		{Identity: "idn_elsewhere_" + who, Scheme: contact.Tel, Sender: "+4930", Further: []contact.Point{{ID: weak, Scheme: contact.Mailto, Value: second}}, Weaker: 1},
	} {
		id := fmt.Sprint("kept_", n, "_", who)
		q.ID, q.Delivery, q.Name, q.OccurredAt, q.At, q.State, q.EvidenceID = "qua_"+id, "dlv_"+id, name, at, at, contact.QuarantineDiscarded, "evd_"+id
		require.NoError(t, d.db.Quarantine.Insert(ctx, q))
		require.NoError(t, d.db.Evidence.Insert(ctx, contact.Basis{Document: contact.Document{ID: q.EvidenceID}, A: "idn_elsewhere_" + who, Why: "spam of " + who, At: at}))
		require.NoError(t, d.db.Decisions.Insert(ctx, contact.Decision{Document: contact.Document{ID: "dec_" + id}, Kind: contact.DiscardMade, Subject: q.ID, At: at}))
		deliver(contact.Delivery{Document: contact.Document{ID: id}, Outcome: contact.Quarantined})
	}
	for _, outcome := range contact.Outcomes {
		if outcome != contact.Recorded && outcome != contact.Quarantined {
			deliver(contact.Delivery{Document: contact.Document{ID: string(outcome) + "_" + who}, Outcome: outcome})
		}
	}
	return one
}

// An export of one person is, document for document, what is stored of that person, whichever of the profiles it is asked of, and nothing of others.
func TestAnExportOfOnePersonIsAllThatIsStoredOfTheOne(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver) {
		d := newDesk(t, driver)
		_, strangers := d.rows(d.run(transfer.Wish{}, "Name,Email\nCarla Diaz,carla@mail.example\n"))
		before := d.held()
		ana := d.life("ana", "Ana Silva", strangers[0])
		after := d.held()
		bruno := d.life("bruno", "Bruno Kurz", strangers[0])
		want, now := held{}, d.held()
		for collection := range onePerson.lines {
			want[collection] = map[string]any{}
			for id := range after[collection] {
				if _, earlier := before[collection][id]; !earlier && id != d.db.Salt.BlockID(contact.PeopleMark, "") {
					want[collection][id] = now[collection][id]
				}
			}
			require.NotEmpty(t, want[collection], "the story has none of %s", collection)
		}
		for _, asked := range d.members(ana) {
			var file bytes.Buffer
			require.NoError(t, d.ExportPerson(t.Context(), &file, asked))
			got := linesOf(t, file.String(), onePerson)
			for collection := range want {
				require.Equal(t, want[collection], got[collection], collection)
			}
			for _, others := range []string{bruno, "bruno", "Bruno", "carla@"} {
				require.NotContains(t, file.String()+brought(t, file.String()), others)
			}
		}
	})
}

func (d desk) members(profile string) []string {
	person, err := people.New(d.db).Person(d.t.Context(), profile)
	require.NoError(d.t, err)
	return person.IDs()
}

// An export of everything has every document of the collections that it is of.
func TestAnExportOfEverythingHasAllThatItSays(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver) {
		d := newDesk(t, driver)
		d.run(transfer.Wish{}, `{"type":"organization","usher":1,"id":"org_1","name":"Acme","domains":["acme-customer.example"]}`)
		_, strangers := d.rows(d.run(transfer.Wish{}, "Name,Email\nCarla Diaz,carla@mail.example\n"))
		d.life("ana", "Ana Silva", strangers[0])
		var file bytes.Buffer
		require.NoError(t, d.Export(t.Context(), &file, transfer.AsNDJSON))
		got, want := linesOf(t, file.String(), everything), d.held()
		for collection, kind := range everything.lines {
			require.NotEmpty(t, want[collection], "the story has none of %s", collection)
			if kind == "organization" { // a line of its own form
				require.Equal(t, len(want[collection]), strings.Count(file.String(), `"type":"organization"`))
				continue
			}
			require.Equal(t, want[collection], got[collection], collection)
		}
	})
}
