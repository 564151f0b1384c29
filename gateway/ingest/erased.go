package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"usher/gateway/contact"
	"usher/gateway/inbox"
	"usher/gateway/store"
	"usher/matching"
)

// errErased: the contact happened before somebody was erased whose it was, or may have been.
var errErased = errors.New("the person was erased")

// turnAway keeps nothing of a contact of an erased person: what an earlier run may have taken out of it is deleted, and its delivery ends without its body.
func (g *Ingest) turnAway(ctx context.Context, c inbound, result *inbox.Result) error {
	if err := g.dropFiles(ctx, c); err != nil {
		return fmt.Errorf("dropping files: %w", err)
	}
	result.Strip = true
	if result.Outcome == contact.Nothing {
		result.Outcome = contact.Quarantined
	}
	return nil
}

// dropFiles deletes the files of a contact that may have been taken out.
func (g *Ingest) dropFiles(ctx context.Context, c inbound) error {
	for _, part := range c.event.Inbound.Data.Content {
		if m := part.Media; m != nil && m.State == contact.Enclosed {
			if err := g.db.DropBlob(ctx, g.fileRef(c, *m)); err != nil {
				return err
			}
		}
	}
	return nil
}

// admit fails with errErased for a contact from before its person was erased. It is for contacts that are not attached by who holds what.
func (g *Ingest) admit(ctx context.Context, c *inbound) error {
	if len(c.points) > 0 {
		_, err := g.look(ctx, c)
		return err
	}
	if len(c.sentTo) == 0 {
		return nil
	}
	h, err := g.holders(ctx, c.sentTo, c.at())
	if err == nil && slices.ContainsFunc(c.sentTo, func(p contact.ContactPoint) bool { return h.gone(p, c) }) {
		err = errErased
	}
	return err
}

// look reads who holds a contact's points, and fails with errErased if it is from before one of them was erased, or if it was entered and made a profile that was erased: under its name nobody comes back.
func (g *Ingest) look(ctx context.Context, c *inbound) (holders, error) {
	var made []string
	if c.entered() {
		made = append(made, g.profileID(c.by))
	}
	h, err := g.holders(ctx, c.points, c.at(), made...)
	if err != nil {
		return h, err
	}
	for _, id := range made {
		if h.profiles[id].Erased() {
			return h, errErased
		}
	}
	for _, p := range c.points {
		if h.gone(p, c) {
			return h, errErased
		}
	}
	return h, nil
}

// gone reports whether a contact came by a contact point before one of its holders was erased, unless it names somebody who used it beside them and still does.
func (h holders) gone(p contact.ContactPoint, c *inbound) bool {
	at := h.erasedAt(p)
	return c.happened.Before(at) && !h.another(p, c.name, at)
}

// another reports whether a name is of somebody who used a contact point before a time and still does, and whose identity is not among some.
func (h holders) another(p contact.ContactPoint, name string, at time.Time, but ...string) bool {
	others := slices.DeleteFunc(h.of(p), func(i contact.Identity) bool {
		return slices.Contains(but, i.ID) || !i.ErasedAt.IsZero() || h.profiles[i.ProfileID].Erased() || !i.FirstSeen.Before(at)
	})
	return len(h.fitting(others, name, matching.Fits)) > 0
}

// erasedAt is when a holder of a contact point was erased last. Who did not have it any more when the contact was, or not yet, does not count; what somebody else's identity says of its erased holder does.
func (h holders) erasedAt(p contact.ContactPoint) (at time.Time) {
	for _, i := range h.byBase[p.Of] {
		if !i.ValidAt(h.at) && (i.Vacant() || i.ErasedAt.IsZero()) {
			continue
		}
		at = later(at, later(i.ErasedAt, h.profiles[i.ProfileID].ErasedAt))
	}
	return at
}

// vacant are the tombstones, by id.
func (h holders) vacant() map[string]contact.Identity {
	view := map[string]contact.Identity{}
	for _, identities := range h.byBase {
		for _, i := range identities {
			if i.Vacant() {
				view[i.ID] = i
			}
		}
	}
	return view
}

// received is when the delivery of a contact came in; entries have none.
func (c *inbound) received() time.Time {
	if c.delivery == nil {
		return time.Time{}
	}
	return c.delivery.ReceivedAt
}

// entryError is what is answered for an entry that failed.
func entryError(doing string, err error) error {
	if errors.Is(err, errErased) {
		return contact.NewError(contact.Conflict, contact.CodeErased, "the person was erased after this was said", nil)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// beingErased refuses what would hang on an erased person's contact point until it is a tombstone.
func beingErased() *contact.Error {
	return contact.NewError(contact.Conflict, "busy", "the person who has the contact point is being erased", nil)
}

// erasedSince is when an identity of a claim was erased, if that was after its contact.
func erasedSince(view map[string]contact.Identity, c contact.Claim) (at time.Time, erased bool) {
	for _, i := range view {
		at = later(at, i.ErasedAt)
	}
	return at, c.Time().Before(at)
}

// dissolve makes tombstones of a contact's own claims: they hold what it said, and whoever met them would make a profile of that.
func (g *Ingest) dissolve(ctx context.Context, view map[string]contact.Identity, c contact.Claim, at time.Time) error {
	for _, i := range view {
		if !i.Claimed() || !i.Claim.Same(c) {
			continue
		}
		if _, err := g.db.Identities.Swap(ctx, i.Tombstone(at)); errors.Is(err, store.ErrStale) {
			return errRestart
		} else if err != nil {
			return err
		}
	}
	return errErased
}

// Trace is what a person is recognised by: one that is erased, or one whose all is looked for.
type Trace struct {
	Identities []string // ids
	Points     []string // ids of the contact points that those are of
	Words      []string // what they were, in any spelling seen; empty once that is forgotten
	Called     []string // what the person is called
	Before     time.Time
}

// Concerns reports whether a delivery that was not recorded holds contacts of an erased person, and whether it holds any of others; files that were taken out of the former are dropped. One that cannot be read, or says nothing, is searched for the person's contact points as text.
func (g *Ingest) Concerns(ctx context.Context, d contact.Delivery, body contact.Body, t Trace) (theirs, others bool, err error) {
	mine, others, named, err := g.contactsIn(ctx, d, body, t)
	for _, c := range mine {
		if err := g.dropFiles(ctx, c); err != nil {
			return true, others, fmt.Errorf("dropping files: %w", err)
		}
	}
	return named || len(mine) > 0, others, err
}

// Brought is Concerns for who only wants to know, and drops nothing.
func (g *Ingest) Brought(ctx context.Context, d contact.Delivery, body contact.Body, t Trace) (theirs, others bool, err error) {
	mine, others, named, err := g.contactsIn(ctx, d, body, t)
	return named || len(mine) > 0, others, err
}

// contactsIn are the contacts of a person in a delivery, and whether it holds any of others. Where it cannot be read, or says nothing, named is whether it mentions the person.
func (g *Ingest) contactsIn(ctx context.Context, d contact.Delivery, body contact.Body, t Trace) (mine []inbound, others, named bool, err error) {
	source, configured := g.sources[d.Source]
	if !configured {
		named, err = mentions(d, body, t)
		return nil, false, named, err
	}
	read := &watched{Body: body}
	events, unreadable := source.Adapter.Normalize(d, read)
	if read.failed != nil {
		return nil, false, false, fmt.Errorf("reading delivery: %w", read.failed)
	}
	if unreadable != nil || len(events) == 0 {
		named, err = mentions(d, body, t)
		return nil, false, named, err
	}
	for index, event := range events {
		c := g.read(&d, index, event)
		is, err := g.from(ctx, &c, t)
		if err != nil {
			return mine, others, false, err
		}
		if is {
			mine = append(mine, c)
		} else {
			others = true
		}
	}
	return mine, others, false, nil
}

// KeptOut reports whether a contact that was kept out is an erased person's.
func (g *Ingest) KeptOut(ctx context.Context, q contact.Quarantine, t Trace) (bool, error) {
	c := inbound{salt: g.db.Salt, name: q.Name, happened: contact.Happened(q.OccurredAt, q.At)}
	c.event.Inbound.Data.Times.OccurredAt = q.OccurredAt
	for _, p := range q.Points() {
		c.points = append(c.points, contact.ContactPoint{ID: p.ID, Of: p.ID, Scheme: p.Scheme, Value: p.Value, Scope: p.Scope})
	}
	return g.from(ctx, &c, t)
}

// Unplaced reports whether an interaction that is nobody's came from an erased person, or was sent to them and others.
func (g *Ingest) Unplaced(ctx context.Context, i contact.Interaction, t Trace) (bool, error) {
	for _, e := range i.Events {
		in := e.Inbound
		c := inbound{salt: g.db.Salt, delivery: &contact.Delivery{Source: i.Source}, class: in.Data.Class, policy: in.Data.Class.Policy(), event: e}
		c.happened = contact.Happened(in.Data.Times.OccurredAt, in.Data.Times.ReceivedAt)
		g.identify(&c, in)
		if is, err := g.from(ctx, &c, t); is || err != nil {
			return is, err
		}
	}
	return false, nil
}

// from reports whether a contact is an erased person's.
func (g *Ingest) from(ctx context.Context, c *inbound, t Trace) (bool, error) {
	if !c.happened.Before(t.Before) {
		return false, nil
	}
	points := slices.DeleteFunc(slices.Concat(c.points, c.sentTo), func(p contact.ContactPoint) bool { return !slices.Contains(t.Points, p.Of) })
	if len(points) == 0 {
		return false, nil
	}
	h, err := g.holders(ctx, points, c.at())
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(points, func(p contact.ContactPoint) bool { return h.theirs(p, c, t) }), nil
}

// theirs reports whether it was the person who had a contact point when a contact came by it.
func (h holders) theirs(p contact.ContactPoint, c *inbound, t Trace) bool {
	had := slices.ContainsFunc(h.byBase[p.Of], func(i contact.Identity) bool {
		named := i.ID == p.ID || c.name != "" && i.ID == composite(p, c).ID || !i.ValidFrom.IsZero() // a later holder's, whatever their name
		return named && i.ValidAt(h.at) && slices.Contains(t.Identities, i.ID)
	})
	return had && !h.another(p, c.name, t.Before, t.Identities...)
}

// Bounds of a search in text: what is shorter stands anywhere by chance, and what is longer is no request of ours.
const (
	minWord  = 6
	maxWords = 64 << 20
)

// mentions searches what a delivery brought.
func mentions(d contact.Delivery, body contact.Body, t Trace) (bool, error) {
	if !d.ReceivedAt.Before(t.Before) {
		return false, nil
	}
	whole, err := io.ReadAll(io.LimitReader(io.NewSectionReader(body, 0, body.Size()), maxWords))
	if err != nil {
		return false, fmt.Errorf("reading delivery: %w", err)
	}
	whole = append(whole, d.URL...)
	for _, h := range d.Header {
		whole = append(whole, h.Value...)
	}
	return t.Names(whole), nil
}

// Names reports whether a text holds one of the words, as it is or as forms and addresses write it; a number in whatever spelling.
func (t Trace) Names(text []byte) bool {
	text = bytes.ToLower(text)
	squeezed := bytes.Map(func(r rune) rune {
		if strings.ContainsRune(between, r) {
			return -1
		}
		return r
	}, text)
	return slices.ContainsFunc(t.Words, func(word string) bool {
		word = strings.ToLower(word)
		if number, is := strings.CutPrefix(word, "+"); is && len(number) >= minWord {
			return bytes.Contains(squeezed, []byte(number[max(0, min(longestCode, len(number)-minNumber)):]))
		}
		return len(word) >= minWord && (bytes.Contains(text, []byte(word)) || bytes.Contains(text, []byte(strings.ToLower(url.QueryEscape(word)))))
	})
}

// InRow reports whether a row of a file names the person, by a contact point or by all words of a name; one of a single word names too many.
func (t Trace) InRow(row string) bool {
	if row == "" {
		return false
	}
	text := strings.ToLower(row)
	named := slices.ContainsFunc(t.Called, func(name string) bool {
		words := strings.Fields(strings.ToLower(name))
		return len(words) > 1 && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
	})
	return named || t.Names([]byte(row))
}

// How a number is searched: without what people write between its digits, and without a country's code, as far as enough is left to tell it from others.
const (
	between     = " +-./()\t\u00a0"
	longestCode = 3
	minNumber   = 9
)

// fileRef is the id that a file of a contact is stored under.
func (g *Ingest) fileRef(c inbound, m contact.Media) string {
	return g.db.Salt.ID(contact.FilePrefix, c.interaction, m.SHA256)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
