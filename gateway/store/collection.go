package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/gateway/contact"
)

// Collection is the documents of one type in one database.
type Collection[T any, P interface {
	*T
	contact.Stored
}] struct {
	schema *Schema
	driver Driver
	// before is done with documents before they are written: what it writes is there when they are. Nil: nothing.
	before func(ctx context.Context, docs []T) error
	// alike reports whether that would be the same for two documents. Nil: nobody knows.
	alike func(a, b T) bool
}

// NewCollection declares documents of type T in a driver's database; Prepare of its schema makes it. It fails for an index over a field that cannot be indexed.
func NewCollection[T any, P interface {
	*T
	contact.Stored
}](d Driver, name string, indexes ...Index) (Collection[T, P], error) {
	var doc T
	s, err := schemaOf(name, doc, indexes)
	return Collection[T, P]{schema: s, driver: d}, err
}

// Schema declares the collection to a driver.
func (c Collection[T, P]) Schema() *Schema { return c.schema }

// ready does what comes before a write of docs.
func (c Collection[T, P]) ready(ctx context.Context, docs ...T) error {
	if c.before == nil {
		return nil
	}
	return c.before(ctx, docs)
}

// Insert adds doc as version 1, ErrExists if its id is taken.
func (c Collection[T, P]) Insert(ctx context.Context, doc T) error {
	if err := c.ready(ctx, doc); err != nil {
		return err
	}
	P(&doc).Base().Version = 1
	return c.wrap("inserting into", c.driver.Insert(ctx, c.schema, P(&doc)))
}

// InsertMissing adds those of docs as version 1 whose ids are free, in one step. Some may be there after an error.
func (c Collection[T, P]) InsertMissing(ctx context.Context, docs []T) error {
	if len(docs) == 0 {
		return nil
	}
	if err := c.ready(ctx, docs...); err != nil {
		return err
	}
	all := make([]contact.Stored, len(docs))
	for i := range docs {
		P(&docs[i]).Base().Version = 1
		all[i] = P(&docs[i])
	}
	return c.wrap("inserting into", c.driver.InsertMissing(ctx, c.schema, all))
}

// Find reads one document, ErrNotFound if there is none.
func (c Collection[T, P]) Find(ctx context.Context, id string) (T, error) {
	found, err := c.FindAll(ctx, id)
	if err != nil {
		var none T
		return none, err
	}
	doc, ok := found[id]
	if !ok {
		return doc, c.wrap("reading", ErrNotFound)
	}
	return doc, nil
}

// FindAll reads those of ids that are there, by id.
func (c Collection[T, P]) FindAll(ctx context.Context, ids ...string) (map[string]T, error) {
	docs := make(map[string]T, len(ids))
	if len(ids) == 0 {
		return docs, nil
	}
	err := c.driver.Read(ctx, c.schema, ids, func(decode Decode) error {
		var doc T
		if err := decode(&doc); err != nil {
			return err
		}
		docs[P(&doc).Base().ID] = doc
		return nil
	})
	return docs, c.wrap("reading", err)
}

// errBare refuses to replace a document that is nothing but its id.
var errBare = errors.New("a document that is its id alone is never replaced")

// Swap replaces a document that was read before, ErrStale if it changed meanwhile. It returns doc in its new version.
func (c Collection[T, P]) Swap(ctx context.Context, doc T) (T, error) {
	if c.schema.Bare() {
		return doc, c.wrap("changing", errBare)
	}
	if err := c.ready(ctx, doc); err != nil {
		return doc, err
	}
	return c.swap(ctx, doc)
}

// Replace is Swap by who has the document as it was read: what comes before a write has been done for that, and is done again only if it would be something else.
func (c Collection[T, P]) Replace(ctx context.Context, read, doc T) (T, error) {
	if c.alike == nil || !c.alike(read, doc) {
		return c.Swap(ctx, doc)
	}
	P(&doc).Base().Version = P(&read).Base().Version
	return c.swap(ctx, doc)
}

// maxChanges is how often a change is made again because somebody else was faster.
const maxChanges = 8

// Change reads a document, changes it and replaces it, and begins anew where it changed meanwhile. It returns the document in its new version, the error of change as it is, ErrNotFound if there is no such document, and ErrStale if others were faster each time.
func (c Collection[T, P]) Change(ctx context.Context, id string, change func(*T) error) (doc T, err error) {
	for range maxChanges {
		if doc, err = c.Find(ctx, id); err == nil {
			err = change(&doc)
		}
		if err != nil {
			return doc, err
		}
		if doc, err = c.Swap(ctx, doc); !errors.Is(err, ErrStale) {
			return doc, err
		}
	}
	return doc, err
}

// DeleteUntil deletes the documents whose time in an index is before until, the oldest first. One that somebody changes meanwhile is looked at again.
func (c Collection[T, P]) DeleteUntil(ctx context.Context, index string, until time.Time) error {
	for {
		old, _, err := c.List(ctx, Range{Index: index, Upper: until, Limit: deletedAtOnce})
		if err != nil || len(old) == 0 {
			return err
		}
		for _, doc := range old {
			if err := c.Delete(ctx, doc); err != nil && !errors.Is(err, ErrStale) {
				return err
			}
		}
	}
}

// deletedAtOnce is how many documents are read to be deleted.
const deletedAtOnce = 200

func (c Collection[T, P]) swap(ctx context.Context, doc T) (T, error) {
	old := P(&doc).Base().Version
	P(&doc).Base().Version = old + 1
	err := c.driver.Swap(ctx, c.schema, P(&doc), old)
	return doc, c.wrap("changing", err)
}

// Delete removes a document that was read before, ErrStale if it changed meanwhile.
func (c Collection[T, P]) Delete(ctx context.Context, doc T) error {
	base := P(&doc).Base()
	return c.wrap("deleting from", c.driver.Delete(ctx, c.schema, base.ID, base.Version))
}

// List reads one page of a range. Next continues it, and is nil when the page was not full.
func (c Collection[T, P]) List(ctx context.Context, r Range) (docs []T, next []any, err error) {
	err = c.driver.Range(ctx, c.schema, r, func(decode Decode) error {
		var doc T
		if err := decode(&doc); err != nil {
			return err
		}
		docs = append(docs, doc)
		return nil
	})
	if err != nil {
		return nil, nil, c.wrap("listing", err)
	}
	if len(docs) == r.Limit {
		next = c.schema.Position(P(&docs[len(docs)-1]), r)
	}
	return docs, next, nil
}

// ListAll reads the first page of several ranges in one step; which document is of which range is for its fields to tell.
func (c Collection[T, P]) ListAll(ctx context.Context, all []Range) (docs []T, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	err = c.driver.Ranges(ctx, c.schema, all, func(decode Decode) error {
		var doc T
		if err := decode(&doc); err != nil {
			return err
		}
		docs = append(docs, doc)
		return nil
	})
	return docs, c.wrap("listing", err)
}

// Count counts the documents of an index whose leading fields are equal.
func (c Collection[T, P]) Count(ctx context.Context, index string, equal ...any) (int64, error) {
	n, err := c.driver.Count(ctx, c.schema, Range{Index: index, Equal: equal})
	return n, c.wrap("counting", err)
}

// CountTo counts as Count does, but no further than most.
func (c Collection[T, P]) CountTo(ctx context.Context, most int, index string, equal ...any) (int64, error) {
	n, err := c.driver.Count(ctx, c.schema, Range{Index: index, Equal: equal, Limit: most})
	return n, c.wrap("counting", err)
}

func (c Collection[T, P]) wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", doing, c.schema.Name, err)
}

// Now is the current instant as documents hold it.
func Now() time.Time { return contact.Instant(time.Now()) }
