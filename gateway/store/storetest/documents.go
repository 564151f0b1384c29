package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// everyDocument stores documents of every kind with drawn contents. What is an empty list before may be none after: JSON says the same of both.
func everyDocument(t *testing.T, d store.Driver) {
	db, err := store.Open(t.Context(), d)
	require.NoError(t, err)
	odd := contact.Delivery{Key: "k", Header: []contact.Pair{{Name: "X-City", Value: "Z\xfcrich"}}}
	odd.ID = "dlv_odd"
	require.NoError(t, db.Deliveries.Insert(t.Context(), odd))
	_, err = db.Deliveries.Find(t.Context(), odd.ID) // whatever became of the text, the document can be read
	require.NoError(t, err)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		same(t, db.Deliveries, delivery().Draw(t, "delivery"), n)
		same(t, db.Identities, identity().Draw(t, "identity"), n)
		same(t, db.Profiles, profile().Draw(t, "profile"), n)
		same(t, db.Interactions, interaction().Draw(t, "interaction"), n)
	})
}

// same inserts a document under an id of its own and compares what comes back.
func same[T any, P interface {
	*T
	contact.Stored
}](t *rapid.T, c store.Collection[T, P], doc T, n int) {
	base := P(&doc).Base()
	base.ID = rapid.StringMatching(`[a-z0-9]{20}`).Draw(t, "id")
	if err := c.Insert(t.Context(), doc); err != nil {
		t.Fatalf("inserting document %d: %v", n, err)
	}
	got, err := c.Find(t.Context(), base.ID)
	if err != nil {
		t.Fatal(err)
	}
	base.Version = 1
	if diff := cmp.Diff(doc, got); diff != "" {
		t.Fatalf("it came back changed (-sent +got):\n%s", diff)
	}
}

func word() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"", "a", "Ana Silva", "$where.a", "中文 \U0001F600", "line\nbreak\ttab", "\x00zero"})
}

func instant() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time { return time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "ms")).UTC() })
}

func delivery() *rapid.Generator[contact.Delivery] {
	return rapid.Custom(func(t *rapid.T) contact.Delivery {
		d := contact.Delivery{
			Key: word().Draw(t, "key"), Source: "s", Queue: word().Draw(t, "queue"), Due: instant().Draw(t, "due"), ReceivedAt: instant().Draw(t, "received"), Outcome: contact.Accepted,
			Size: rapid.Int64Range(0, 1<<40).Draw(t, "size"), Attempts: rapid.IntRange(0, 9).Draw(t, "attempts"),
		}
		if rapid.Bool().Draw(t, "more") {
			d.Body = []byte{0, 0xff, 'x'}
			d.Header = []contact.Pair{{Name: "a.b", Value: word().Draw(t, "header")}, {Name: "$x", Value: ""}}
			d.Auth = &contact.Auth{Scheme: "s", Verified: true, SignedAt: instant().Draw(t, "signed")}
			d.Lease = &contact.Lease{Owner: "o", Until: instant().Draw(t, "until")}
			d.Plan = []contact.Planned{{Index: 1, Interaction: "int_1"}}
		}
		return d
	})
}

func identity() *rapid.Generator[contact.Identity] {
	return rapid.Custom(func(t *rapid.T) contact.Identity {
		i := contact.Identity{Scheme: contact.Tel, Value: word().Draw(t, "value"), Of: "idn_1", ProfileID: word().Draw(t, "profile"), FirstSeen: instant().Draw(t, "seen")}
		if rapid.Bool().Draw(t, "claimed") {
			i.Claim = &contact.Claim{By: "dlv_1.0", Name: word().Draw(t, "name"), At: instant().Draw(t, "at"), Points: []contact.ContactPoint{{ID: "idn_1", Scheme: contact.Tel, Value: "+1", Shared: true}}}
			i.Origin = &contact.Origin{By: "dlv_1.0", ProfileID: "prf_1"}
			i.Raw = []string{word().Draw(t, "raw")}
		}
		return i
	})
}

func profile() *rapid.Generator[contact.Profile] {
	return rapid.Custom(func(t *rapid.T) contact.Profile {
		p := contact.Profile{Name: word().Draw(t, "name"), CreatedAt: instant().Draw(t, "created"), UpdatedAt: instant().Draw(t, "updated"), TreeSeq: rapid.Int64().Draw(t, "seq")}
		if rapid.Bool().Draw(t, "more") {
			p.Names = []contact.Name{{Value: word().Draw(t, "other"), Provenance: contact.FromChannel, FirstSeen: instant().Draw(t, "seen")}}
			p.Languages = []string{"de", ""}
			p.Evidence = []contact.Evidence{{Kind: "mailto", WeightBits: rapid.Float64Range(-12, 12).Draw(t, "bits"), Source: &contact.Place{InteractionID: "int_1", Span: []int{1, 2}}}}
		}
		return p
	})
}

func interaction() *rapid.Generator[contact.Interaction] {
	return rapid.Custom(func(t *rapid.T) contact.Interaction {
		in := contact.Inbound{SpecVersion: "1.0", ID: "evt_1", Type: contact.MessageReceived, Time: instant().Draw(t, "time"), Data: contact.Data{
			Channel: contact.SMS, Direction: contact.FromCustomer, Dedupe: contact.Dedupe{Key: word().Draw(t, "dedupe")},
			Times:      contact.Times{OccurredAt: instant().Draw(t, "occurred"), ReceivedAt: instant().Draw(t, "received")},
			From:       contact.Party{DisplayName: word().Draw(t, "name"), Identifiers: []contact.Identifier{{Scheme: contact.Tel, Value: "+1", Primary: true}}},
			Content:    []contact.Part{{Kind: "text", Text: word().Draw(t, "text")}, {Kind: "location", Location: &contact.Location{Lat: 1.5, Lon: -2.25}}},
			Call:       &contact.Call{ID: "CA1", StartedAt: instant().Draw(t, "started")},
			Extensions: []contact.Pair{{Name: "a.$b", Value: word().Draw(t, "extension")}},
		}}
		return contact.Interaction{
			Key: word().Draw(t, "key"), Source: "s", OccurredAt: instant().Draw(t, "at"), RecordedAt: instant().Draw(t, "recorded"), ProfileID: word().Draw(t, "profile"),
			Events: []contact.Event{{Key: "k", Delivery: "dlv_1", Revision: 1, Inbound: in}},
			Moves:  []contact.Move{{ID: "dec_1", From: "", To: "prf_1", Who: "agent-1", At: instant().Draw(t, "moved")}},
		}
	})
}
