package email

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"

	"usher/gateway/contact"
)

// triesBeforeAside is how often a connection breaks on one mail before the mail is put aside: once or twice it may be the line.
const triesBeforeAside = 3

// suspect draws the consequence of a fetch that failed: what came of the batch is stored already, so the mail it broke on is most likely the next one, which is then fetched alone; and if that breaks too, again and again, it is put aside and no longer in the way of the others.
func (f *folder) suspect(uids []imap.UID, err error) error {
	if errors.Is(err, errStore) || errors.Is(err, context.Canceled) {
		return err
	}
	f.batch = 1
	if len(uids) > 1 {
		return err
	}
	f.suspects[uids[0]]++
	if f.suspects[uids[0]] < triesBeforeAside {
		return err
	}
	delete(f.suspects, uids[0])
	if aside := f.putAside(uids[0], "the connection breaks on it"); aside != nil {
		return aside
	}
	f.advance(uids, nil, nil)
	return err
}

// putAside lists a mail as one that could not be fetched.
func (f *folder) putAside(uid imap.UID, reason string) error {
	holes := 0
	f.m.change(f.name, func(p *folderPlace) {
		p.dig(uid, reason, contact.Instant(time.Now()))
		holes = len(p.Holes)
	})
	if holes > maxHoles {
		return fmt.Errorf("%w: %d mails of the folder cannot be fetched", errStopped, holes)
	}
	return nil
}

// fillHoles tries again, one by one, what is put aside and due.
func (f *folder) fillHoles(ctx context.Context) error {
	for _, h := range f.m.at(f.name).Holes {
		if h.Next.IsZero() || h.Next.After(time.Now()) {
			continue
		}
		if err := f.fillHole(ctx, h); err != nil {
			return errors.Join(err, f.m.save(ctx))
		}
		if err := f.m.save(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (f *folder) fillHole(ctx context.Context, h hole) error {
	there, err := f.session.search(ctx, h.UID, h.UID, imap.SearchCriteria{})
	if err != nil {
		return err
	}
	if len(there) == 0 {
		f.m.change(f.name, func(p *folderPlace) { p.dig(h.UID, "it is gone from the server", time.Time{}) })
		return nil
	}
	// Put off first: if the connection breaks on it, it has had its turn.
	if err := f.putAside(h.UID, h.Reason); err != nil {
		return err
	}
	got, err := f.session.fetch(ctx, there, whole, f.take(ctx, nil))
	if !got[h.UID] {
		return err
	}
	f.m.change(f.name, func(p *folderPlace) {
		p.fill(h.UID)
		p.Stored++
	})
	return f.markStored(ctx, there)
}
