package lookup

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/matching"
	"usher/matching/block"
	"usher/matching/compare"
)

// What is to be done about a hot key.
const (
	pending = "pending" // its profiles are to be looked at again
	looked  = "done"
)

// hotKey is the mark of a key under an id. Only what a number or an address says in a score changes with it: other keys only find.
func hotKey(k block.Key, id string) store.HotKey {
	mark := store.HotKey{Document: contact.Document{ID: id}, Kind: k.Kind, Key: int64(k.Hash), Relook: looked, At: store.Now()}
	if k.IsPoint() {
		mark.Relook = pending
	}
	return mark
}

// markShared notes each time that a contact point of a profile turns out to be used by one more person, until there are so many that it says nothing.
func (l *Lookup) markShared(ctx context.Context, record *compare.Record) error {
	shared := block.Shared(record)
	if len(shared) == 0 {
		return nil
	}
	var ids []string
	marks := map[string]store.HotKey{}
	for k, names := range shared {
		id := hexKey(k.Hash) + "." + strconv.Itoa(min(names, compare.ManyNames))
		mark := hotKey(k, id)
		mark.Kind = "shared " + k.Kind
		ids, marks[id] = append(ids, id), mark
	}
	known, err := l.db.HotKeys.FindAll(ctx, ids...)
	if err != nil {
		return err
	}
	var fresh []store.HotKey
	for id, mark := range marks {
		if _, ok := known[id]; !ok {
			fresh = append(fresh, mark)
		}
	}
	return l.db.HotKeys.InsertMissing(ctx, fresh)
}

// Bounds of a second look.
const (
	relookPage = 20
	maxRelook  = 2 * block.StrongCap // profiles that have one key; after its mark nobody gains it but who was about to
)

// Relook looks again at the profiles that have a key which has turned hot, or a contact point that more people use than was known: their open flags are scored by what the key still says. A key is done once all its profiles are; who is stopped before begins it again,
// and finds most flags scored.
func (l *Lookup) Relook(ctx context.Context) error {
	for {
		marks, _, err := l.db.HotKeys.List(ctx, store.Range{Index: "relook", Equal: []any{pending}, Limit: relookPage})
		if err != nil || len(marks) == 0 {
			return err
		}
		for _, mark := range marks {
			if err := l.relookKey(ctx, mark); err != nil {
				return fmt.Errorf("looking again at the profiles of key %s: %w", mark.ID, err)
			}
		}
	}
}

func (l *Lookup) relookKey(ctx context.Context, mark store.HotKey) error {
	rows, _, err := l.db.BlockKeys.List(ctx, rowsOfKey(uint64(mark.Key), maxRelook))
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := l.relookProfile(ctx, row.ID[KeySize:]); err != nil {
			return err
		}
	}
	mark.Relook = looked
	_, err = l.db.HotKeys.Swap(ctx, mark)
	if errors.Is(err, store.ErrStale) { // another gateway has done it
		return nil
	}
	return err
}

// relookProfile scores a profile's open flags again.
func (l *Lookup) relookProfile(ctx context.Context, id string) error {
	p, err := l.db.Profiles.Find(ctx, id)
	if errors.Is(err, store.ErrNotFound) { // its keys are written first
		return nil
	}
	if err != nil {
		return err
	}
	record, err := l.prepare(ctx, p)
	if err != nil {
		return err
	}
	_, hot, err := l.usable(ctx, block.Keys(record))
	if err != nil {
		return err
	}
	if _, err := l.census.of(ctx, l.db); err != nil {
		return err
	}
	block.Crowd(record, hot)
	return l.rescore(ctx, News{Profile: p, At: store.Now()}, Found{Record: record, Ignored: hot, matcher: matching.Matcher{Model: l.Model, Frequencies: &l.census}})
}
