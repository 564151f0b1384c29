package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"usher/gateway/contact"
	"usher/gateway/lookup"
	"usher/gateway/store"
)

// fillChunk is how many profiles are made before they are written, each collection in the order of its ids: rows in no order would rewrite a page each.
const fillChunk = 50_000

// filler writes made-up people in batches, as ingest would have left them: with identities, keys, and marks where a key is hot.
type filler struct {
	db     *store.DB
	had    map[uint64]uint8 // how many profiles have a key, up to its cap
	filled int
	began  time.Time // from when the profiles are, a second apart
}

// newFiller goes on with a store that was filled before: as many of its people are there as it has profiles.
func newFiller(ctx context.Context, db *store.DB) (*filler, error) {
	n, err := db.Profiles.Count(ctx, "created")
	f := &filler{db: db, had: map[uint64]uint8{}, filled: int(n), began: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
	return f, err
}

// recall counts the keys of those who were there before.
func (f *filler) recall() {
	if len(f.had) > 0 {
		return
	}
	for n := range f.filled {
		p, _ := beingOf(n).profile(f.db.Salt, f.idOf(n), f.began)
		f.keys([]contact.Profile{p})
	}
}

// idOf is the profile of the nth being.
func (f *filler) idOf(n int) string {
	return f.db.Salt.ID(contact.ProfilePrefix, "bench", fmt.Sprint(n))
}

// grow brings the store to so many profiles.
func (f *filler) grow(ctx context.Context, profiles int, progress io.Writer) error {
	if f.filled >= profiles {
		return nil
	}
	f.recall()
	bar := newBar(progress, "profiles", int64(profiles-f.filled))
	for f.filled < profiles {
		n := min(fillChunk, profiles-f.filled)
		if err := f.chunk(ctx, n); err != nil {
			return err
		}
		_ = bar.Add(n) // a bar that cannot be drawn is no reason to stop
	}
	return nil
}

// chunk writes the next n people.
func (f *filler) chunk(ctx context.Context, n int) error {
	profiles := make([]contact.Profile, n)
	identities := make([][]contact.Identity, n)
	for i := range profiles {
		at := f.began.Add(time.Duration(f.filled+i) * time.Second)
		profiles[i], identities[i] = beingOf(f.filled+i).profile(f.db.Salt, f.idOf(f.filled+i), at)
	}
	keys, hot := f.keys(profiles)
	if err := writeAll(ctx, f.db.BlockKeys, keys); err != nil {
		return err
	}
	if err := writeAll(ctx, f.db.HotKeys, hot); err != nil {
		return err
	}
	if err := writeAll(ctx, f.db.SearchTerms, store.TermRows(profiles...)); err != nil {
		return err
	}
	if err := writeAll(ctx, f.db.Identities, slices.Concat(identities...)); err != nil {
		return err
	}
	f.filled += n
	return writeAll(ctx, f.db.Profiles, profiles)
}

// keys are the rows of a chunk's keys. A key is marked hot where its next holder would be one too many, and from then on is not written.
func (f *filler) keys(profiles []contact.Profile) (rows []store.BlockKey, hot []store.HotKey) {
	for _, p := range profiles {
		for _, k := range lookup.Keys(p) {
			switch had := int(f.had[k.Hash]); {
			case had > k.Cap():
				continue
			case had == k.Cap():
				hot = append(hot, lookup.Mark(k))
			}
			f.had[k.Hash]++
			rows = append(rows, lookup.Row(k, p.ID))
		}
	}
	return rows, hot
}

// writeAll inserts documents in the order of their ids, several statements to a commit.
func writeAll[T any, P interface {
	*T
	contact.Stored
}](ctx context.Context, c store.Collection[T, P], docs []T) error {
	slices.SortFunc(docs, func(a, b T) int { return cmp.Compare(P(&a).Base().ID, P(&b).Base().ID) })
	const batch = 64
	return inParallel((len(docs)+batch-1)/batch, func(i int) error {
		return c.InsertMissing(ctx, docs[i*batch:min(len(docs), (i+1)*batch)])
	})
}

// fillTimeline records so many messages: one person's are a tenth of them, the others' ten each.
func (f *filler) fillTimeline(ctx context.Context, interactions int, progress io.Writer) (busy string, err error) {
	bar := newBar(progress, "interactions", int64(interactions))
	for done := 0; done < interactions; {
		n := min(fillChunk, interactions-done)
		docs := make([]contact.Interaction, n)
		for i := range docs {
			docs[i] = f.message(done + i)
		}
		if err := writeAll(ctx, f.db.Interactions, docs); err != nil {
			return "", err
		}
		done += n
		_ = bar.Add(n) // a bar that cannot be drawn is no reason to stop
	}
	return f.idOf(0), nil
}

// message is the nth message that was recorded.
func (f *filler) message(n int) contact.Interaction {
	profile, at := 0, f.began.Add(time.Duration(n)*time.Minute)
	if n%10 > 0 {
		profile = n / 10 % f.filled
	}
	b := beingOf(profile)
	identifier := contact.Identifier{Scheme: contact.Tel, Value: cmp.Or(b.phone, "+49301234567"), Provenance: contact.FromChannel, Assurance: contact.None, Primary: true}
	in := contact.Inbound{SpecVersion: "1.0", ID: fmt.Sprint("evt_", n), Type: contact.MessageReceived, Time: at, Data: contact.Data{
		Channel: contact.SMS, Direction: contact.FromCustomer, Dedupe: contact.Dedupe{Key: fmt.Sprint("SM", n)}, Times: contact.Times{OccurredAt: at, ReceivedAt: at},
		From:    contact.Party{DisplayName: b.name, Identifiers: []contact.Identifier{identifier}},
		Content: []contact.Part{{Kind: "text", Text: "Hello, my order has not come yet. Could you look into it?"}},
	}}
	i := contact.Interaction{
		Key: in.ID, Source: benchSource, Channel: contact.SMS, Direction: contact.FromCustomer, Class: contact.Human, ProfileID: f.idOf(profile),
		IdentityID: f.db.Salt.IdentityID(contact.Tel, "", identifier.Value, ""), OccurredAt: at, RecordedAt: at, By: "bench", Events: []contact.Event{{Key: "k", Delivery: fmt.Sprint("dlv_", n), Revision: 1, Inbound: in}},
	}
	i.ID = f.db.Salt.ID(contact.InteractionPrefix, "bench", in.ID)
	return i
}

// settle gives the store a moment's peace: what filling left in memory is collected before anything is measured.
func settle() { runtime.GC() }
