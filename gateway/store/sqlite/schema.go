package sqlite

import (
	"context"
	"fmt"
	"strings"

	"usher/gateway/store"
)

// Prepare makes the tables, columns and indexes that are missing. An index of a declared name with other fields is refused: it needs a migration.
func (d *Driver) Prepare(ctx context.Context, schemas []*store.Schema) error {
	for _, s := range schemas {
		if err := d.prepare(ctx, s); err != nil {
			return fmt.Errorf("preparing %s: %w", s.Name, err)
		}
	}
	return nil
}

func (d *Driver) prepare(ctx context.Context, s *store.Schema) error {
	if err := d.cluster(ctx, s); err != nil {
		return err
	}
	if err := d.writer.do(ctx, write{query: tableOf(s)}, nil); err != nil {
		return err
	}
	if err := d.addColumns(ctx, s); err != nil {
		return err
	}
	for _, index := range s.Indexes {
		if len(index.Fields) == 0 { // the table itself
			continue
		}
		if err := d.checkIndex(ctx, s, index); err != nil {
			return err
		}
		create := fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s ON %s (%s)", indexName(s, index), quote(s.Name), indexColumns(index))
		if err := d.writer.do(ctx, write{query: create}, nil); err != nil {
			return err
		}
	}
	return nil
}

func tableOf(s *store.Schema) string {
	var fields strings.Builder
	for _, f := range s.IndexedFields() {
		fmt.Fprintf(&fields, "%s NOT NULL, ", columnOf(s, f))
	}
	table := fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (id TEXT NOT NULL PRIMARY KEY, v INTEGER NOT NULL, %sdoc BLOB NOT NULL)", quote(s.Name), fields.String())
	if s.Clustered() {
		return table + " WITHOUT ROWID"
	}
	return table
}

// cluster rebuilds a table whose rows an earlier version kept in the order they came, with the ids in an index beside it. It is one transaction: a start that was stopped leaves the old table, and the next one begins again.
func (d *Driver) cluster(ctx context.Context, s *store.Schema) error {
	if !s.Clustered() {
		return nil
	}
	var old bool
	if err := d.readers.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pragma_table_list WHERE name = ? AND NOT wr)", s.Name).Scan(&old); err != nil {
		return unavailable(err)
	}
	if !old {
		return nil
	}
	body := "doc"
	if s.Bare() {
		body = "x''"
	}
	name, before := quote(s.Name), quote(s.Name+" before")
	script := []string{
		fmt.Sprintf("ALTER TABLE %s RENAME TO %s", name, before),
		tableOf(s),
		fmt.Sprintf("INSERT INTO %s (id, v, doc) SELECT id, v, %s FROM %s ORDER BY id", name, body, before),
		"DROP TABLE " + before,
	}
	return d.writer.do(ctx, write{query: strings.Join(script, "; ")}, nil)
}

func columnOf(s *store.Schema, field string) string {
	if s.Kind(field) == store.String {
		return quote(field) + " TEXT"
	}
	return quote(field) + " INTEGER"
}

// checkIndex compares an index that is there with its declaration.
func (d *Driver) checkIndex(ctx context.Context, s *store.Schema, index store.Index) error {
	rows, err := d.readers.QueryContext(ctx, "SELECT name FROM pragma_index_info(?)", strings.Trim(indexName(s, index), `"`))
	if err != nil {
		return unavailable(err)
	}
	defer func() { _ = rows.Close() }()
	var found []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return unavailable(err)
		}
		found = append(found, quote(name))
	}
	if got := strings.Join(found, ", "); got != "" && got != indexColumns(index) {
		return fmt.Errorf("index %s of %s is on (%s), not (%s)", index.Name, s.Name, got, indexColumns(index))
	}
	return rows.Err()
}

func indexName(s *store.Schema, index store.Index) string { return quote(s.Name + "_" + index.Name) }

func indexColumns(index store.Index) string {
	var names []string
	for _, f := range index.Fields {
		names = append(names, quote(f))
	}
	return strings.Join(append(names, `"id"`), ", ")
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
