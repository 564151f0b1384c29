package lookup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/matching/block"
	"usher/matching/compare"
)

// hexKey names a key in ids.
func hexKey(hash uint64) string { return fmt.Sprintf("%016x", hash) }

// usable parts a profile's keys from those that are known to be hot; one query reads their marks.
func (l *Lookup) usable(ctx context.Context, keys []block.Key) (usable, hot []block.Key, err error) {
	ids := make([]string, len(keys))
	for i, k := range keys {
		ids[i] = hexKey(k.Hash)
	}
	marks, err := l.db.HotKeys.FindAll(ctx, ids...)
	if err != nil {
		return nil, nil, err
	}
	usable, hot = block.Usable(keys, func(k block.Key) bool { _, marked := marks[hexKey(k.Hash)]; return marked })
	return usable, hot, nil
}

// store says that a profile has keys, in one step. A rerun finds them there.
func (l *Lookup) store(ctx context.Context, profile string, keys []block.Key) error {
	return l.db.BlockKeys.InsertMissing(ctx, rowsOf(profile, keys))
}

// rowsOf are a profile's keys as they are stored.
func rowsOf(profile string, keys []block.Key) []store.BlockKey {
	rows := make([]store.BlockKey, len(keys))
	for i, k := range keys {
		rows[i] = Row(k, profile)
	}
	return rows
}

// Row says that a profile has a key.
func Row(k block.Key, profile string) store.BlockKey {
	return store.BlockKey{Document: contact.Document{ID: hexKey(k.Hash) + profile}}
}

// Keys are a profile's keys, hot ones among them.
func Keys(p contact.Profile) []block.Key { return block.Keys(compare.Prepare(profileOf(p, nil))) }

// Mark says that a key is hot.
func Mark(k block.Key) store.HotKey {
	return hotKey(k, hexKey(k.Hash))
}

// KeySize is how many bytes of a row's id are the key; the profile's id follows.
const KeySize = 16

// afterKey comes after whatever an id of a profile begins with: the rows of a key are those from the key to the key and it.
const afterKey = "\x7f"

// Rows are the keys of a profile that are not hot, as they are stored.
func (l *Lookup) Rows(ctx context.Context, p contact.Profile) ([]store.BlockKey, error) {
	usable, _, err := l.usable(ctx, Keys(p))
	return rowsOf(p.ID, usable), err
}

// rowsOfKey are the rows of a key.
func rowsOfKey(hash uint64, limit int) store.Range {
	return store.Range{Index: "id", Lower: hexKey(hash), Upper: hexKey(hash) + afterKey, Limit: limit}
}

// read finds who has the keys, the rarest key's list first and no more than maxRows in all, and the keys that turned out to be hot.
func (l *Lookup) read(ctx context.Context, keys []block.Key) (lists [][]string, hot []block.Key, err error) {
	ranges := make([]store.Range, len(keys))
	for i, k := range keys {
		ranges[i] = rowsOfKey(k.Hash, k.Cap()+1)
	}
	found, err := l.db.BlockKeys.ListAll(ctx, ranges)
	if err != nil {
		return nil, nil, err
	}
	holders := map[string][]string{}
	for _, row := range found {
		key, profile := row.ID[:KeySize], row.ID[KeySize:]
		holders[key] = append(holders[key], profile)
	}
	for _, k := range keys {
		list := holders[hexKey(k.Hash)]
		if len(list) > k.Cap() {
			hot = append(hot, k)
			continue
		}
		lists = append(lists, list)
	}
	slices.SortStableFunc(lists, func(a, b []string) int { return cmp.Compare(len(a), len(b)) })
	rows := 0
	for i, list := range lists {
		if rows += len(list); rows > maxRows {
			return lists[:i], hot, nil
		}
	}
	return lists, hot, nil
}

// mark says that keys are hot: the first to see it does, and from then on nobody writes or reads them.
func (l *Lookup) mark(ctx context.Context, hot []block.Key) error {
	for _, k := range hot {
		err := l.db.HotKeys.Insert(ctx, Mark(k))
		if err != nil && !errors.Is(err, store.ErrExists) {
			return err
		}
	}
	return nil
}

// without takes a profile out of lists, which has all the keys itself, and the lists that are then empty.
func without(lists [][]string, profile string) [][]string {
	var others [][]string
	for _, list := range lists {
		if rest := slices.DeleteFunc(slices.Clone(list), func(id string) bool { return id == profile }); len(rest) > 0 {
			others = append(others, rest)
		}
	}
	return others
}
