package email

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
)

// triesBeforeAside is how often a connection breaks on one mail before the mail is put aside: once or twice it may be the line.
const triesBeforeAside = 3

// blame is why a mail that was fetched alone, and is still there, did not come; empty if that may not be its fault. A connection that breaks on it once or twice may be the line.
func (f *folder) blame(ctx context.Context, uid imap.UID, err error) string {
	if err == nil {
		return swallowed
	}
	if ctx.Err() != nil || errors.Is(err, errStore) || errors.Is(err, errBusy) {
		return ""
	}
	f.suspects[uid]++
	if f.suspects[uid] < triesBeforeAside {
		return ""
	}
	return breaking
}

// fillHoles tries again, one by one, what is put aside and due.
func (f *folder) fillHoles(ctx context.Context) error {
	for _, h := range f.m.at(f.name).Holes {
		if h.Next.IsZero() || h.Next.After(time.Now()) {
			continue
		}
		if err := f.fillHole(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

// fillHole tries one again. If it does not come it has had its turn, whatever the reason.
func (f *folder) fillHole(ctx context.Context, h hole) error {
	if err := f.spotJunk(ctx, h.UID, h.UID); err != nil {
		return err
	}
	one := []imap.UID{h.UID}
	o, err := f.fetch(ctx, []sized{{uid: h.UID}})
	if !o.knows(h.UID) {
		if ctx.Err() != nil || errors.Is(err, errStore) || errors.Is(err, errBusy) {
			return err
		}
		o.aside[h.UID] = h.Reason
	}
	if coverErr := f.cover(ctx, one, o); err != nil || coverErr != nil {
		return errors.Join(err, coverErr)
	}
	return f.markStored(ctx, o.storedOf(one))
}

// dropGone takes those off the list that are gone from the server.
func (f *folder) dropGone(ctx context.Context) error {
	var uids []imap.UID
	for _, h := range f.m.at(f.name).Holes {
		uids = append(uids, h.UID)
	}
	for some := range slices.Chunk(uids, largestBatch) {
		slices.Sort(some)
		o := outcome{gone: map[imap.UID]bool{}}
		if err := f.findGone(ctx, some, o); err != nil {
			return err
		}
		gone := slices.DeleteFunc(some, func(u imap.UID) bool { return !o.gone[u] })
		if err := f.cover(ctx, gone, o); err != nil {
			return err
		}
	}
	return nil
}
