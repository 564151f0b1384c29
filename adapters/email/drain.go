package email

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"

	"usher/gateway/contact"
)

// Bounds of one FETCH: mails, and bytes as the server counts them.
const (
	largestBatch = 200
	batchBytes   = 16 << 20
)

// acceptTime bounds storing one mail.
const acceptTime = 30 * time.Second

// drain fetches and stores everything behind the last mail.
func (f *folder) drain(ctx context.Context) error {
	for ctx.Err() == nil {
		uids, err := f.list(ctx, f.m.at(f.name).LastUID+1, 0)
		if err != nil || len(uids) == 0 {
			return err
		}
		if err := f.spotJunk(ctx, uids[0], uids[len(uids)-1]); err != nil {
			return err
		}
		f.quiet = false
		f.say(ctx, contact.Fetching)
		for len(uids) > 0 && ctx.Err() == nil {
			batch, err := f.next(ctx, uids)
			if err != nil {
				return err
			}
			covered, err := f.bring(ctx, batch)
			if err != nil {
				return err
			}
			if covered > 0 {
				f.date(ctx, uids[covered-1])
			}
			uids = uids[covered:]
		}
	}
	return ctx.Err()
}

// list asks which mails of a range there are.
func (f *folder) list(ctx context.Context, from, to imap.UID) (uids []imap.UID, err error) {
	f.listed, err = f.session.search(ctx, from, to, imap.SearchCriteria{})
	return f.listed, err
}

// sized is a mail to fetch.
type sized struct {
	uid  imap.UID
	size int64 // as the server says; 0 if it does not
}

// next is the next batch: as many as go well at the moment, and not too many bytes. A single mail is fetched without asking for its size first: that may be what the connection breaks on.
func (f *folder) next(ctx context.Context, uids []imap.UID) ([]sized, error) {
	uids = uids[:min(len(uids), f.batch)]
	if f.batch == 1 {
		return []sized{{uid: uids[0]}}, nil
	}
	sizes, err := f.session.sizes(ctx, uids)
	if err != nil && !errors.Is(err, errSaid) { // without sizes it goes too
		f.batch = 1
		return nil, err
	}
	var batch []sized
	var bytes int64
	for _, uid := range uids {
		bytes += sizes[uid]
		if len(batch) > 0 && bytes > batchBytes {
			break
		}
		batch = append(batch, sized{uid, sizes[uid]})
	}
	return batch, nil
}

// bring fetches and stores a batch, then moves the place over what is known of it, then marks the mails. Whoever stops in between is offered them again.
// It covers the batch up to the first mail that did not come: from there on they are fetched one by one.
func (f *folder) bring(ctx context.Context, batch []sized) (covered int, err error) {
	uids := uidsOf(batch)
	o, err := f.fetch(ctx, batch)
	if len(uids) == 1 && !o.knows(uids[0]) {
		o.aside[uids[0]] = f.blame(ctx, uids[0], err)
	}
	known := o.prefix(uids)
	f.batch = min(2*f.batch, largestBatch)
	if len(known) < len(uids) || len(o.aside) > 0 {
		f.batch = 1
	}
	if coverErr := f.cover(ctx, known, o); err != nil || coverErr != nil {
		return len(known), errors.Join(err, coverErr)
	}
	return len(known), f.markStored(ctx, o.storedOf(known))
}

// fetch asks for a batch, the large mails of it by their beginnings only, and finds out which of them are gone.
func (f *folder) fetch(ctx context.Context, batch []sized) (outcome, error) {
	o := outcome{stored: map[imap.UID]bool{}, gone: map[imap.UID]bool{}, aside: map[imap.UID]string{}}
	largest := int64(f.m.settings.MaxMessage)
	large := map[imap.UID]int64{}
	var small []imap.UID
	for _, mail := range batch {
		if mail.size > largest {
			large[mail.uid] = mail.size
			continue
		}
		small = append(small, mail.uid)
	}
	got, err := f.session.fetch(ctx, small, want{section: whole, largest: largest, accept: f.accept(ctx, nil)})
	maps.Copy(o.stored, got.stored)
	maps.Copy(large, got.large)
	if err != nil {
		return o, err
	}
	if err := f.fetchLarge(ctx, large, o); err != nil {
		return o, err
	}
	return o, f.findGone(ctx, o.unknown(uidsOf(batch)), o)
}

// fetchLarge fetches the beginnings of large mails, or puts them aside.
func (f *folder) fetchLarge(ctx context.Context, large map[imap.UID]int64, o outcome) error {
	if f.m.settings.Oversize == oversizeQuarantine {
		for uid := range large {
			o.aside[uid] = tooLarge
		}
		return nil
	}
	got, err := f.session.fetch(ctx, keys(large), want{section: head, largest: headBytes, accept: f.accept(ctx, large)})
	maps.Copy(o.stored, got.stored)
	return err
}

// accept stores a mail in the inbox. Sizes are the true ones of mails of which only the beginning comes.
func (f *folder) accept(ctx context.Context, sizes map[imap.UID]int64) accept {
	p := f.m.at(f.name)
	return func(uid imap.UID, body io.Reader) error {
		ctx, cancel := context.WithTimeout(ctx, acceptTime)
		defer cancel()
		a := f.arrival(p, uid, sizes[uid])
		a.Body = body
		return f.m.desk.Accept(ctx, a)
	}
}

// findGone finds out which of the mails that did not come were expunged meanwhile.
func (f *folder) findGone(ctx context.Context, missing []imap.UID, o outcome) error {
	if len(missing) == 0 {
		return nil
	}
	there, err := f.session.search(ctx, missing[0], missing[len(missing)-1], imap.SearchCriteria{UID: []imap.UIDSet{imap.UIDSetNum(missing...)}})
	if err != nil {
		return err
	}
	for _, uid := range missing {
		o.gone[uid] = !slices.Contains(there, uid)
	}
	return nil
}

// cover moves the place over mails of which it is known what became of them, and saves it. What is seen is counted from the server's list, not from what came: so a mail that is passed over by mistake shows as missing.
func (f *folder) cover(ctx context.Context, uids []imap.UID, o outcome) error {
	if len(uids) == 0 {
		return nil
	}
	now, last, crowded := contact.Instant(time.Now()), uids[len(uids)-1], false
	f.m.change(f.name, func(p *folderPlace) {
		if crowded = p.crowdedBy(o.aside); crowded {
			return
		}
		for _, uid := range f.listed {
			if uid > p.LastUID && uid <= last {
				p.see(uid)
			}
		}
		for _, uid := range uids {
			p.see(uid)
			p.settle(uid, o, now)
			delete(f.suspects, uid)
			f.gained = f.gained || o.stored[uid]
		}
	})
	if crowded {
		return fmt.Errorf("%w: more than %d mails of the folder cannot be fetched", errStopped, maxHoles)
	}
	return f.m.save(ctx)
}

func uidsOf(batch []sized) []imap.UID {
	uids := make([]imap.UID, len(batch))
	for i, mail := range batch {
		uids[i] = mail.uid
	}
	return uids
}

func keys(sizes map[imap.UID]int64) []imap.UID { return slices.Sorted(maps.Keys(sizes)) }
