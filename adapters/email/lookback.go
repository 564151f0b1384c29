package email

import (
	"context"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// lookedBack is how far back it is checked that everything is stored.
const lookedBack = 1000

// lookBack compares what lies in the folder with what is stored and counted: a mail may become visible after a later one, and whoever stored one may have stopped before it was counted or marked.
func (f *folder) lookBack(ctx context.Context) error {
	if err := f.dropGone(ctx); err != nil {
		return err
	}
	p := f.m.at(f.name)
	from := p.StartUID
	if p.LastUID > lookedBack {
		from = max(from, p.LastUID-lookedBack)
	}
	if p.LastUID < from {
		return nil
	}
	there, err := f.list(ctx, from, p.LastUID)
	if err != nil {
		return err
	}
	stored, err := f.stored(ctx, p, there)
	if err != nil {
		return err
	}
	if err := f.recount(ctx, p, there, stored); err != nil {
		return err
	}
	return f.markMissed(ctx)
}

// recount fetches what is there and not stored, and counts what is stored and not counted.
func (f *folder) recount(ctx context.Context, p folderPlace, there []imap.UID, stored map[imap.UID]bool) error {
	var counted []imap.UID
	for _, uid := range there {
		switch {
		case stored[uid] && (p.isAside(uid) || !p.Recent.has(uid)):
			counted = append(counted, uid)
		case stored[uid] || p.isAside(uid):
		default:
			if err := f.bringLate(ctx, uid); err != nil {
				return err
			}
		}
	}
	return f.cover(ctx, counted, outcome{stored: stored})
}

// stored tells which of the mails are in the inbox.
func (f *folder) stored(ctx context.Context, p folderPlace, uids []imap.UID) (map[imap.UID]bool, error) {
	names := make([]string, len(uids))
	for i, uid := range uids {
		names[i] = p.key(f.name, uid)
	}
	accepted, err := f.m.desk.Accepted(ctx, names)
	if err != nil {
		return nil, err
	}
	stored := make(map[imap.UID]bool, len(uids))
	for i, uid := range uids {
		stored[uid] = accepted[names[i]]
	}
	return stored, nil
}

// bringLate fetches one mail behind which the place has moved on already. One that was counted as stored is not: the inbox does not have it.
func (f *folder) bringLate(ctx context.Context, uid imap.UID) error {
	f.m.change(f.name, func(p *folderPlace) {
		if p.Recent.has(uid) {
			p.unsee(uid)
		}
	})
	if err := f.spotJunk(ctx, uid, uid); err != nil {
		return err
	}
	_, err := f.bring(ctx, []sized{{uid: uid}})
	return err
}

// markMissed marks stored mails that are not marked, however old: a line that breaks often leaves many. A mail that people have read or unread since is left as it is.
func (f *folder) markMissed(ctx context.Context) error {
	after := f.m.settings.After
	if after != afterKeyword && !strings.HasPrefix(after, afterMove) || after == afterKeyword && !keywords(f.permanent) {
		return nil
	}
	p := f.m.at(f.name)
	unmarked, err := f.session.search(ctx, p.StartUID, p.LastUID, imap.SearchCriteria{NotFlag: []imap.Flag{ingested}})
	if err != nil {
		return err
	}
	for some := range slices.Chunk(slices.DeleteFunc(unmarked, p.isAside), largestBatch) {
		stored, err := f.stored(ctx, p, some)
		if err != nil {
			return err
		}
		if err := f.markStored(ctx, outcome{stored: stored}.storedOf(some)); err != nil {
			return err
		}
	}
	return nil
}

// markStored marks mails that are stored, if the folder can be marked at all.
func (f *folder) markStored(ctx context.Context, uids []imap.UID) error {
	if f.m.settings.After == afterKeyword && !keywords(f.permanent) {
		return nil
	}
	return f.session.mark(ctx, f.m.settings.After, uids)
}
