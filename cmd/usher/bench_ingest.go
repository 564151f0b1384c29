package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/lookup"
	"usher/gateway/store"
)

// benchIngest measures the whole way of a contact: signed post, durable accept, normalise, resolve, record, done.
type benchIngest struct {
	benchStore `embed:""`
	Profiles   int `default:"100000" help:"Profiles present before."`
	Contacts   int `default:"5000" help:"Contacts a round and side: of five, four are from known senders and one is from a new one."`
}

// Run measures rounds of both sides in turn.
func (b benchIngest) Run(ctx context.Context, c console) (err error) {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	g, remove, err := b.open(ctx, address)
	if err != nil {
		return err
	}
	defer remove()
	if err := b.fill(ctx, g.DB, c.err); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	ran := make(chan error, 1)
	go func() { ran <- g.Run(ctx) }()
	defer func() { stop(); err = errors.Join(err, <-ran) }()
	if err := await(ctx, address); err != nil {
		return err
	}
	var ours, theirs []float64
	for round := range b.Rounds {
		rate, ids, err := b.wholeWay(ctx, g, address, round)
		if err != nil {
			return err
		}
		ours = append(ours, rate)
		if rate, err = b.bareRows(ctx, g.DB, ids, round); err != nil {
			return err
		}
		theirs = append(theirs, rate)
	}
	report(c.out, "contacts/s", ours, theirs)
	return nil
}

// senderOf is who writes the nth contact: four of five are among the profiles present.
func (b benchIngest) senderOf(n int) string {
	if n%5 == 0 {
		return fmt.Sprintf("+1628%07d", 2_000_000+n)
	}
	return b.number(n * 7919 % b.Profiles)
}

func (b benchIngest) number(i int) string { return fmt.Sprintf("+1415%07d", 2_000_000+i) }

// fill makes the profiles that are there before, as ingest would have made them.
func (b benchIngest) fill(ctx context.Context, db *store.DB, progress io.Writer) error {
	bar := newBar(progress, "profiles", int64(b.Profiles))
	look := lookup.New(db)
	return inParallel(b.Profiles, func(i int) error {
		now := store.Now()
		p := contact.Profile{Class: contact.Human, CreatedAt: now, UpdatedAt: now, Origin: "bench"}
		p.ID = db.Salt.ID(contact.ProfilePrefix, "bench", b.number(i))
		identity := contact.Identity{
			Scheme: contact.Tel, Value: b.number(i), ProfileID: p.ID, Origin: &contact.Origin{By: "bench", ProfileID: p.ID},
			Raw: []string{b.number(i)}, Provenance: contact.FromChannel, Assurance: contact.None, FirstSeen: now,
		}
		identity.ID = db.Salt.IdentityID(contact.Tel, "", b.number(i), "")
		identity.Of = identity.ID
		p.Name, p.NameProvenance = senderName(b.number(i)), contact.FromChannel
		p.Names = []contact.Name{{Value: p.Name, Provenance: contact.FromChannel, FirstSeen: now}}
		p.Points = []contact.Point{{ID: identity.ID, Scheme: contact.Tel, Value: identity.Value, Provenance: contact.FromChannel}}
		keys, err := look.Rows(ctx, p)
		if err != nil {
			return err
		}
		if err := db.BlockKeys.InsertMissing(ctx, keys); err != nil {
			return err
		}
		if err := db.Identities.Insert(ctx, identity); err != nil {
			return err
		}
		_ = bar.Add(1) // a bar that cannot be drawn is no reason to stop
		return db.Profiles.Insert(ctx, p)
	})
}

// wholeWay posts a round's contacts and waits until all of them are done; it returns the rate and the deliveries.
func (b benchIngest) wholeWay(ctx context.Context, g *gateway.Gateway, address string, round int) (float64, []string, error) {
	posts := smsPosts("http://"+address+hookPath, round*b.Contacts, b.Contacts, b.senderOf)
	ids := make([]string, b.Contacts)
	for i := range ids {
		ids[i] = g.DB.Salt.ID(contact.InteractionPrefix, benchSource, messageSID(round*b.Contacts+i))
	}
	began := time.Now()
	if _, err := load(address, hookPath, posts, 0); err != nil {
		return 0, nil, err
	}
	if err := g.Inbox.Drained(ctx); err != nil {
		return 0, nil, err
	}
	return float64(b.Contacts) / time.Since(began).Seconds(), ids, nil
}

// rows are the documents that one contact left behind.
type rows struct {
	delivery    contact.Delivery
	identities  []contact.Identity
	profiles    []contact.Profile
	keys        []store.BlockKey
	duplicates  []contact.Duplicate
	interaction contact.Interaction
	events      []store.Event
}

// bareRows writes copies of the rows that a round left behind, in the same steps, and nothing else.
func (b benchIngest) bareRows(ctx context.Context, db *store.DB, ids []string, round int) (float64, error) {
	all := make([]rows, len(ids))
	if err := inParallel(len(ids), func(i int) (err error) {
		all[i], err = copyRows(ctx, db, ids[i], fmt.Sprintf("%d", round))
		return err
	}); err != nil {
		return 0, fmt.Errorf("reading what was written: %w", err)
	}
	began := time.Now()
	err := inParallel(len(all), func(i int) error { return all[i].write(ctx, db) })
	return float64(len(all)) / time.Since(began).Seconds(), err
}

// copyRows reads what a contact wrote, under ids of a copy.
func copyRows(ctx context.Context, db *store.DB, interaction, round string) (r rows, err error) {
	if r.interaction, err = db.Interactions.Find(ctx, interaction); err != nil {
		return r, err
	}
	if r.delivery, err = db.Deliveries.Find(ctx, r.interaction.Events[0].Delivery); err != nil {
		return r, err
	}
	identities, err := db.Identities.FindAll(ctx, r.interaction.Identities...)
	if err != nil {
		return r, err
	}
	for _, i := range identities {
		if i.Origin.By != r.interaction.By {
			continue // it was there before
		}
		p, err := db.Profiles.Find(ctx, i.ProfileID)
		if err != nil {
			return r, err
		}
		if err := r.copyMatching(ctx, db, p, round); err != nil {
			return r, err
		}
		i.ID, p.ID = i.ID+round, p.ID+round
		r.identities, r.profiles = append(r.identities, i), append(r.profiles, p)
	}
	if err := r.copyEvents(ctx, db, round); err != nil {
		return r, err
	}
	r.interaction.ID += round
	r.delivery.ID += round
	return r, nil
}

// copyEvents reads what was told of a contact, under ids of a copy.
func (r *rows) copyEvents(ctx context.Context, db *store.DB, round string) error {
	told := []store.Event{events.New(db, events.InteractionRecorded, "", nil, r.interaction.ID)}
	for _, id := range r.interaction.Identities {
		told = append(told, events.New(db, events.IdentityAdded, "", nil, id))
	}
	told = append(told, events.New(db, events.ProfileCreated, "", nil, r.interaction.ProfileID))
	for _, e := range told {
		found, err := db.Events.FindAll(ctx, e.ID)
		if err != nil {
			return err
		}
		if stored, ok := found[e.ID]; ok && stored.By == r.interaction.By {
			stored.ID += round
			r.events = append(r.events, stored)
		}
	}
	return nil
}

// copyMatching reads the keys of a new profile and the flags that its contact raised, under ids and keys of a copy: they must not be found.
func (r *rows) copyMatching(ctx context.Context, db *store.DB, p contact.Profile, round string) error {
	keys, err := lookup.New(db).Rows(ctx, p)
	if err != nil {
		return err
	}
	for _, k := range keys {
		sum := sha256.Sum256([]byte(k.ID + round))
		k.ID = hex.EncodeToString(sum[:lookup.KeySize/2]) + p.ID
		r.keys = append(r.keys, k)
	}
	flags, err := db.FlagsOf(ctx, p.ID, store.MaxLimit)
	if err != nil {
		return err
	}
	for _, d := range flags {
		if d.CreatedBy == r.interaction.ID {
			d.ID, d.A, d.B = d.ID+round, d.A+round, d.B+round
			r.duplicates = append(r.duplicates, d)
		}
	}
	return nil
}

// write is the life of a delivery without its thoughts: accepted, leased, recorded, done.
func (r rows) write(ctx context.Context, db *store.DB) error {
	done := r.delivery
	d := done
	d.Queue, d.Outcome, d.Due, d.Plan, d.Attempts = "bare", contact.Accepted, d.ReceivedAt, nil, 0
	if err := db.Deliveries.Insert(ctx, d); err != nil {
		return err
	}
	d.Version = 1
	d.Lease = &contact.Lease{Owner: "bare", Until: d.ReceivedAt.Add(time.Minute)}
	d.Due = d.Lease.Until
	d, err := db.Deliveries.Swap(ctx, d)
	if err != nil {
		return err
	}
	for n := range r.identities {
		if err := db.Identities.Insert(ctx, r.identities[n]); err != nil {
			return err
		}
		if err := db.Profiles.Insert(ctx, r.profiles[n]); err != nil {
			return err
		}
	}
	if err := db.Interactions.Insert(ctx, r.interaction); err != nil {
		return err
	}
	if err := db.BlockKeys.InsertMissing(ctx, r.keys); err != nil {
		return err
	}
	for _, d := range r.duplicates {
		if err := db.Duplicates.Insert(ctx, d); err != nil {
			return err
		}
	}
	if err := db.Events.InsertMissing(ctx, r.events); err != nil {
		return err
	}
	done.Version = d.Version
	_, err = db.Deliveries.Swap(ctx, done)
	return err
}

// inParallel does n things over as many connections as the load has.
func inParallel(n int, do func(i int) error) error {
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var workers sync.WaitGroup
	for range connections {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && failed.Load() == nil; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	workers.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}
