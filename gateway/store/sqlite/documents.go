package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Insert adds a document.
func (d *Driver) Insert(ctx context.Context, s *store.Schema, doc contact.Stored) error {
	body, err := encode(s, doc)
	if err != nil {
		return err
	}
	base := doc.Base()
	args := append([]any{base.ID, base.Version}, columns(s.Values(doc))...)
	return d.writer.do(ctx, write{query: statementsOf(s).insert, args: append(args, body)}, store.ErrExists)
}

// maxRows bounds the rows of one statement.
const maxRows = 64

// InsertMissing adds the documents whose ids are free; up to maxRows of them are one statement, and what is queued at once shares a commit.
func (d *Driver) InsertMissing(ctx context.Context, s *store.Schema, docs []contact.Stored) error {
	var together errgroup.Group
	for rows := range slices.Chunk(docs, maxRows) {
		var args []any
		for _, doc := range rows {
			body, err := encode(s, doc)
			if err != nil {
				return errors.Join(err, together.Wait())
			}
			args = append(args, doc.Base().ID, doc.Base().Version)
			args = append(append(args, columns(s.Values(doc))...), body)
		}
		together.Go(func() error { return d.writer.do(ctx, write{query: insertOf(s, len(rows)), args: args}, nil) })
	}
	return together.Wait()
}

// Swap replaces a document if its version is still old.
func (d *Driver) Swap(ctx context.Context, s *store.Schema, doc contact.Stored, old int64) error {
	body, err := encode(s, doc)
	if err != nil {
		return err
	}
	base := doc.Base()
	args := append([]any{base.Version}, columns(s.Values(doc))...)
	known := statementsOf(s)
	return d.writer.do(ctx, write{query: known.swap, steady: known.steady, args: append(args, body, base.ID, old)}, store.ErrStale)
}

// Delete removes a document if its version is still old.
func (d *Driver) Delete(ctx context.Context, s *store.Schema, id string, old int64) error {
	return d.writer.do(ctx, write{query: statementsOf(s).remove, args: []any{id, old}}, store.ErrStale)
}

// Read finds documents by id.
func (d *Driver) Read(ctx context.Context, s *store.Schema, ids []string, found func(store.Decode) error) error {
	for len(ids) > 0 {
		n := min(len(ids), maxRead)
		args := make([]any, 1<<bits.Len(uint(n-1))) // few statements serve all lengths: the last id fills up
		for i := range args {
			args[i] = ids[min(i, n-1)]
		}
		query := fmt.Sprintf("SELECT %s FROM %s WHERE id IN (?%s)", bodyOf(s), quote(s.Name), strings.Repeat(",?", len(args)-1))
		if err := d.query(ctx, s, query, args, found); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// maxRead bounds the parameters of one statement; it is a power of two.
const maxRead = 512

// ask runs a statement on one of the reading connections.
func (d *Driver) ask(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	stmt, err := d.prepared.of(ctx, d.readers, query)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return d.readers.QueryContext(ctx, query, args...)
	}
	return stmt.QueryContext(ctx, args...)
}

// query runs a statement that gives documents.
func (d *Driver) query(ctx context.Context, s *store.Schema, query string, args []any, found func(store.Decode) error) error {
	rows, err := d.ask(ctx, query, args)
	if err != nil {
		return unavailable(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var body sql.RawBytes
		if err := rows.Scan(&body); err != nil {
			return unavailable(err)
		}
		if err := found(decode(s, body)); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return unavailable(err)
	}
	return nil
}

// statements are a collection's writes. Steady is swap where no indexed field changes, with the same arguments: it leaves the indexes alone, and changes nothing if one has.
type statements struct{ insert, swap, steady, remove string }

var known sync.Map // *store.Schema to statements: built once, they are the key of the prepared ones

func statementsOf(s *store.Schema) statements {
	if built, ok := known.Load(s); ok {
		return built.(statements)
	}
	var set, same strings.Builder
	fields := s.IndexedFields()
	for i, f := range fields {
		fmt.Fprintf(&set, "%s = ?%d, ", quote(f), i+2)
		fmt.Fprintf(&same, " AND +%s = ?%d", quote(f), i+2) // the plus: the row is found by its id, and by no index
	}
	doc := len(fields) + 2
	where := fmt.Sprintf("doc = ?%d WHERE id = ?%d AND v = ?%d", doc, doc+1, doc+2)
	built := statements{
		insert: insertOf(s, 1),
		swap:   fmt.Sprintf("UPDATE %s SET v = ?1, %s%s", quote(s.Name), set.String(), where),
		remove: fmt.Sprintf("DELETE FROM %s WHERE id = ? AND v = ?", quote(s.Name)),
	}
	if len(fields) > 0 {
		built.steady = fmt.Sprintf("UPDATE %s SET v = ?1, %s%s", quote(s.Name), where, same.String())
	}
	known.Store(s, built)
	return built
}

// insertOf adds so many rows where their ids are free.
func insertOf(s *store.Schema, rows int) string {
	var names strings.Builder
	for _, f := range s.IndexedFields() {
		names.WriteString(quote(f) + ", ")
	}
	row := "(?, ?, " + strings.Repeat("?, ", len(s.IndexedFields())) + "?)"
	return fmt.Sprintf("INSERT INTO %s (id, v, %sdoc) VALUES %s%s ON CONFLICT (id) DO NOTHING", quote(s.Name), names.String(), row, strings.Repeat(", "+row, rows-1))
}
