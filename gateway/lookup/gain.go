package lookup

import (
	"context"
	"errors"
	"slices"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Carried is a contact that carried contact points of two profiles.
type Carried struct {
	By   string            // the profile whose contact it is
	Flag contact.Duplicate // that it would raise
	At   time.Time
}

// Gain lets the flag of a pair, if there is one, have what one contact more says that carried contact points of both. Each of the other's contact points counts once, because whoever has seen it knows that both use it.
// A pair that was told apart gains by contacts from after that alone: of those before, whoever decided spoke.
func (l *Lookup) Gain(ctx context.Context, c Carried) error {
	for {
		found, err := l.db.Duplicates.FindAll(ctx, c.Flag.ID)
		d, flagged := found[c.Flag.ID]
		fresh := c.beyond(d.Evidence)
		if err != nil || !flagged || len(fresh) == 0 {
			return err
		}
		apart, err := l.people.ToldApart(ctx, d)
		if contact.KindOf(err) == contact.NotFound { // one of the two is being erased
			return nil
		}
		if err != nil || c.At.Before(apart) {
			return err
		}
		again := carrying(d, slices.Concat(d.Evidence, fresh))
		if err := l.tellRejudged(ctx, c.Flag.CreatedBy, d, again); err != nil {
			return err
		}
		if _, err = l.db.Duplicates.Swap(ctx, again); !errors.Is(err, store.ErrStale) {
			return err
		}
	}
}

// beyond is what it says of contact points of the other profile that no contact is known to have carried.
func (c Carried) beyond(known []contact.Evidence) []contact.Evidence {
	known = contact.Carried(known)
	return slices.DeleteFunc(contact.Carried(c.Flag.Evidence), func(e contact.Evidence) bool {
		others := e.Left
		if c.Flag.A == c.By {
			others = e.Right
		}
		return slices.ContainsFunc(known, func(k contact.Evidence) bool { return k.Left == others || k.Right == others })
	})
}
