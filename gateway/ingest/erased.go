package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
