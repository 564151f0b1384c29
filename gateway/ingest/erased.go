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
	if len(c.points) == 0 {
		return nil
	}
	_, err := g.look(ctx, c)
	return err
}

// look reads who holds a contact's points, and fails with errErased if it is from before one of them was erased.
func (g *Ingest) look(ctx context.Context, c *inbound) (holders, error) {
	h, err := g.holders(ctx, c.points)
	if err != nil {
		return h, err
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
	if !c.at.Before(at) {
		return false
	}
	others := slices.DeleteFunc(h.of(p), func(i contact.Identity) bool {
		return !i.ErasedAt.IsZero() || h.profiles[i.ProfileID].Erased() || !i.FirstSeen.Before(at)
	})
	return len(h.fitting(others, c.name, matching.Fits)) == 0
}

// erasedAt is when a holder of a contact point was erased last.
func (h holders) erasedAt(p contact.ContactPoint) (at time.Time) {
	for _, i := range h.byBase[p.Of] {
		at = later(at, later(i.ErasedAt, h.profiles[i.ProfileID].ErasedAt))
	}
	return at
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

// Trace is what an erased person is recognised by.
type Trace struct {
	Identities []string // ids
	Words      []string // what they were, in any spelling seen; empty once that is forgotten
	Before     time.Time
}

// Concerns reports whether a delivery that was not recorded holds contacts of an erased person, and whether it holds any of others; files that were taken out of the former are dropped. One that cannot be read is searched for the person's contact points as text.
func (g *Ingest) Concerns(ctx context.Context, d contact.Delivery, body contact.Body, t Trace) (theirs, others bool, err error) {
	source, configured := g.sources[d.Source]
	if !configured {
		theirs, err = mentions(d, body, t)
		return theirs, false, err
	}
	read := &watched{Body: body}
	events, unreadable := source.Adapter.Normalize(d, read)
	if read.failed != nil {
		return false, false, fmt.Errorf("reading delivery: %w", read.failed)
	}
	if unreadable != nil {
		theirs, err = mentions(d, body, t)
		return theirs, false, err
	}
	for index, event := range events {
		c := g.read(&d, index, event)
		if !c.from(t) {
			others = true
			continue
		}
		theirs = true
		if err := g.dropFiles(ctx, c); err != nil {
			return theirs, others, fmt.Errorf("dropping files: %w", err)
		}
	}
	return theirs, others, nil
}

// from reports whether a contact is an erased person's.
func (c *inbound) from(t Trace) bool {
	return c.at.Before(t.Before) && slices.ContainsFunc(c.points, func(p contact.ContactPoint) bool {
		return slices.Contains(t.Identities, p.ID) || c.name != "" && slices.Contains(t.Identities, composite(p, c).ID)
	})
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

// Names reports whether a text holds one of the words, as it is or as forms and addresses write it.
func (t Trace) Names(text []byte) bool {
	text = bytes.ToLower(text)
	return slices.ContainsFunc(t.Words, func(word string) bool {
		word = strings.ToLower(strings.TrimPrefix(word, "+"))
		return len(word) >= minWord && (bytes.Contains(text, []byte(word)) || bytes.Contains(text, []byte(strings.ToLower(url.QueryEscape(word)))))
	})
}

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
