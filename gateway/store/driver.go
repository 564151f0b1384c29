package store

import (
	"context"
	"errors"

	"usher/gateway/contact"
)

// The answers of a driver that callers act on.
var (
	// ErrExists: a document of this id is there already; somebody was first.
	ErrExists = errors.New("document exists")
	// ErrNotFound: no document of this id.
	ErrNotFound = errors.New("no such document")
	// ErrStale: the document is not there in the version the change was made from.
	ErrStale = errors.New("document has changed")
	// ErrUnavailable wraps every failure to reach or use the database.
	ErrUnavailable = errors.New("store is unavailable")
	// ErrInUse: another process has the database for itself.
	ErrInUse = errors.New("in use by another process")
)

// Driver talks to one database. All methods are safe for concurrent use; a write that returned nil is durable (MongoDB: majority and journal; SQLite: WAL with a full sync), and is seen by every read that begins after it.
type Driver interface {
	// Prepare makes the collections and their indexes, and fails if an index of that name has other fields.
	Prepare(ctx context.Context, schemas []*Schema) error
	// Insert adds doc under its id, ErrExists if there is one. The document's version must be set.
	Insert(ctx context.Context, s *Schema, doc contact.Stored) error
	// InsertMissing adds those of docs whose ids are free; the others stay as they are. It is one step to the database, and not atomic: after an error some may be there.
	InsertMissing(ctx context.Context, s *Schema, docs []contact.Stored) error
	// Read finds the documents of ids and has each decoded by calling found once for each that is there, in no particular order.
	Read(ctx context.Context, s *Schema, ids []string, found func(Decode) error) error
	// Swap replaces the document of doc's id if its version is old, else ErrStale (also when it is absent). doc carries the new version.
	Swap(ctx context.Context, s *Schema, doc contact.Stored, old int64) error
	// Delete removes the document of id if its version is old, else ErrStale.
	Delete(ctx context.Context, s *Schema, id string, old int64) error
	// Range lists documents in the order of an index, calling found for each, at most r.Limit times.
	Range(ctx context.Context, s *Schema, r Range, found func(Decode) error) error
	// Ranges lists several ranges in one step, one after the other; together they are no more atomic than one.
	Ranges(ctx context.Context, s *Schema, all []Range, found func(Decode) error) error
	// Count counts the documents whose leading index fields equal r.Equal, with a limit no further than that; the rest of r is ignored but for the index.
	Count(ctx context.Context, s *Schema, r Range) (int64, error)
	// Exclusive reports whether no other process can be using this database (an SQLite file is locked while it is open).
	Exclusive() bool
	// Scrub returns when what was deleted or replaced before it can no longer be read from the database's own files, where the database can promise that (SQLite); elsewhere it does nothing. It may take as long as the files are large.
	Scrub(ctx context.Context) error
	// Ping fails with ErrUnavailable unless the database can be written to now.
	Ping(ctx context.Context) error
	Close() error
}

// Decode reads the document at hand into a pointer to its struct.
type Decode func(into any) error

// Range asks for documents in the order of an index: its fields, then the id.
type Range struct {
	Index string
	// Equal are the values of the index's leading fields; all documents of the range have them. Values are string, int64 or time.Time, as the field is.
	Equal []any
	// Lower bounds the first field after Equal from below, inclusively; Upper from above, exclusively. Nil: no bound. In an index without fields they bound the id.
	Lower, Upper any
	// After is where the previous page ended: the values of the fields after Equal, then the id. Nil: from the start. In a descending range it is passed downwards.
	After []any
	// Descending turns the order of everything after Equal, the id too.
	Descending bool
	// Limit is how many documents at most, 1 to MaxLimit; a range without a limit is refused.
	Limit int
}

// MaxLimit bounds one range read.
const MaxLimit = 1000
