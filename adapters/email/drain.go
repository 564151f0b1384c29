package email

import (
	"context"
	"errors"
	"io"
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
		uids, err := f.session.search(ctx, f.m.at(f.name).LastUID+1, 0, imap.SearchCriteria{})
		if err != nil || len(uids) == 0 {
			return err
		}
		f.quiet = false
		f.m.set(ctx, f.name, condition{state: contact.Fetching})
		for len(uids) > 0 && ctx.Err() == nil {
			batch, err := f.next(ctx, uids)
			if err != nil {
				return err
			}
			if err := f.bring(ctx, batch); err != nil {
				return err
			}
			uids = uids[len(batch):]
		}
	}
	return ctx.Err()
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
	if err != nil {
		return nil, f.suspect(uids, err)
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

// bring fetches and stores a batch, then moves the place on, then marks the mails. Whoever stops in between is offered them again.
func (f *folder) bring(ctx context.Context, batch []sized) error {
	got, oversize, err := f.fetch(ctx, batch)
	uids := uidsOf(batch)
	if err != nil {
		f.advance(prefix(uids, got), got, oversize)
		return errors.Join(f.suspect(uids, err), f.m.save(ctx))
	}
	if err := f.settle(ctx, uids, got, oversize); err != nil {
		return err
	}
	f.advance(uids, got, oversize)
	if err := f.m.save(ctx); err != nil {
		return err
	}
	f.batch = min(2*f.batch, largestBatch)
	return f.markStored(ctx, keys(got))
}

// fetch fetches a batch, the large mails of it by their beginnings only. Oversize are those that are put aside unfetched.
func (f *folder) fetch(ctx context.Context, batch []sized) (got map[imap.UID]bool, oversize []imap.UID, err error) {
	var small, large []imap.UID
	for _, mail := range batch {
		if mail.size > int64(f.m.settings.MaxMessage) {
			large = append(large, mail.uid)
		} else {
			small = append(small, mail.uid)
		}
	}
	got = map[imap.UID]bool{}
	if len(small) > 0 {
		got, err = f.session.fetch(ctx, small, whole, f.take(ctx, nil))
	}
	if err != nil || len(large) == 0 {
		return got, nil, err
	}
	if f.m.settings.Oversize == oversizeQuarantine {
		return got, large, nil
	}
	sizes := map[imap.UID]int64{}
	for _, mail := range batch {
		sizes[mail.uid] = mail.size
	}
	heads, err := f.session.fetch(ctx, large, head, f.take(ctx, sizes))
	for uid := range heads {
		got[uid] = true
	}
	return got, nil, err
}

// take stores a mail in the inbox. Sizes are the true ones of mails of which only the beginning comes.
func (f *folder) take(ctx context.Context, sizes map[imap.UID]int64) take {
	p := f.m.at(f.name)
	return func(uid imap.UID, body io.Reader, _ int64) error {
		ctx, cancel := context.WithTimeout(ctx, acceptTime)
		defer cancel()
		a := f.m.arrival(f.name, p, uid, sizes[uid])
		a.Body = body
		return f.m.desk.Accept(ctx, a)
	}
}

// settle finds out about mails that the server was asked for and did not give: expunged meanwhile, or swallowed; the latter are asked for one by one, and put aside if that does not help.
func (f *folder) settle(ctx context.Context, uids []imap.UID, got map[imap.UID]bool, oversize []imap.UID) error {
	missing := slices.DeleteFunc(slices.Clone(uids), func(u imap.UID) bool { return got[u] || slices.Contains(oversize, u) })
	if len(missing) == 0 {
		return nil
	}
	there, err := f.session.search(ctx, missing[0], missing[len(missing)-1], imap.SearchCriteria{})
	if err != nil {
		return err
	}
	for _, uid := range missing {
		if !slices.Contains(there, uid) {
			continue
		}
		one, err := f.session.fetch(ctx, []imap.UID{uid}, whole, f.take(ctx, nil))
		switch {
		case one[uid]:
			got[uid] = true
		case err != nil && (errors.Is(err, errStore) || f.session.fatal() || ctx.Err() != nil):
			return f.suspect([]imap.UID{uid}, err)
		default:
			if err := f.putAside(uid, "the server lists it and does not give it"); err != nil {
				return err
			}
		}
	}
	return nil
}

// prefix is the part of a broken batch up to the first mail of which nothing is known.
func prefix(uids []imap.UID, got map[imap.UID]bool) []imap.UID {
	i := slices.IndexFunc(uids, func(u imap.UID) bool { return !got[u] })
	if i < 0 {
		return uids
	}
	return uids[:i]
}

// advance moves the place over mails that are stored, put aside or gone.
func (f *folder) advance(uids []imap.UID, got map[imap.UID]bool, oversize []imap.UID) {
	now := contact.Instant(time.Now())
	f.m.change(f.name, func(p *folderPlace) {
		for _, uid := range uids {
			if got[uid] {
				p.Stored++
				p.NewestAt = now
				delete(f.suspects, uid)
			}
			if slices.Contains(oversize, uid) {
				p.dig(uid, "larger than email.max_message", time.Time{})
			}
			p.LastUID = max(p.LastUID, uid)
		}
	})
}

func uidsOf(batch []sized) []imap.UID {
	uids := make([]imap.UID, len(batch))
	for i, mail := range batch {
		uids[i] = mail.uid
	}
	return uids
}

func keys(got map[imap.UID]bool) []imap.UID {
	var uids []imap.UID
	for uid := range got {
		uids = append(uids, uid)
	}
	slices.Sort(uids)
	return uids
}
