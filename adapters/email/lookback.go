package email

import (
	"context"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// lookedBack is how far back it is checked that everything is stored.
const lookedBack = 1000

// lookBack compares what lies in the folder with what is stored: a mail may become visible after a later one, and the library may have dropped one. It also marks what was stored and not marked, because somebody stopped in between.
func (f *folder) lookBack(ctx context.Context) error {
	p := f.m.at(f.name)
	from := p.StartUID
	if p.LastUID > lookedBack {
		from = max(from, p.LastUID-lookedBack)
	}
	if p.LastUID < from {
		return nil
	}
	there, err := f.session.search(ctx, from, p.LastUID, imap.SearchCriteria{})
	if err != nil {
		return err
	}
	if len(there) == 0 {
		return nil
	}
	stored, err := f.stored(ctx, p, there)
	if err != nil {
		return err
	}
	for _, uid := range there {
		if stored[uid] || p.aside(uid) {
			continue
		}
		if err := f.bringLate(ctx, uid); err != nil {
			return err
		}
	}
	return f.markMissed(ctx, p, there, stored)
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

// bringLate fetches one mail behind which the place has moved on already.
func (f *folder) bringLate(ctx context.Context, uid imap.UID) error {
	sizes, err := f.session.sizes(ctx, []imap.UID{uid})
	if err != nil {
		return f.suspect([]imap.UID{uid}, err)
	}
	got, oversize, err := f.fetch(ctx, []sized{{uid, sizes[uid]}})
	if err != nil {
		return f.suspect([]imap.UID{uid}, err)
	}
	if !got[uid] && len(oversize) == 0 {
		if err := f.putAside(uid, "the server lists it and does not give it"); err != nil {
			return err
		}
	}
	f.advance([]imap.UID{uid}, got, oversize)
	if err := f.m.save(ctx); err != nil || !got[uid] {
		return err
	}
	return f.markStored(ctx, []imap.UID{uid})
}

// markMissed marks stored mails that are not marked. A mail that people have read or unread since is left as it is.
func (f *folder) markMissed(ctx context.Context, p folderPlace, there []imap.UID, stored map[imap.UID]bool) error {
	after := f.m.settings.After
	if after != afterKeyword && !strings.HasPrefix(after, afterMove) {
		return nil
	}
	unmarked, err := f.session.search(ctx, there[0], p.LastUID, imap.SearchCriteria{NotFlag: []imap.Flag{ingested}})
	if err != nil {
		return err
	}
	return f.markStored(ctx, slices.DeleteFunc(unmarked, func(u imap.UID) bool { return !stored[u] }))
}

// markStored marks mails that are stored, if the folder can be marked at all.
func (f *folder) markStored(ctx context.Context, uids []imap.UID) error {
	if f.m.settings.After == afterKeyword && !keywords(f.permanent) {
		return nil
	}
	return f.session.mark(ctx, f.m.settings.After, uids)
}
