package sqlite

import (
	"context"
	"fmt"
	"strings"

	"usher/gateway/store"
)

// Prepare makes the tables, columns and indexes that are missing. A column that comes later holds the zero value, as a document without the field does. An index of a declared name with other fields is refused: it needs a migration.
func (d *Driver) Prepare(ctx context.Context, schemas []*store.Schema) error {
	var statements []string
	for _, s := range schemas {
		missing, err := d.missingColumns(ctx, s)
		if err != nil {
			return err
		}
		statements = append(append(statements, tableOf(s)), missing...)
		for _, index := range s.Indexes {
			if err := d.checkIndex(ctx, s, index); err != nil {
				return err
			}
			statements = append(statements, fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s ON %s (%s)", indexName(s, index), quote(s.Name), indexColumns(index)))
		}
	}
	for _, statement := range statements {
		if err := d.writer.do(ctx, write{query: statement}, nil); err != nil {
			return fmt.Errorf("preparing: %w", err)
		}
	}
	return nil
}

func tableOf(s *store.Schema) string {
	var fields strings.Builder
	for _, f := range s.IndexedFields() {
		fmt.Fprintf(&fields, "%s %s NOT NULL, ", quote(f), typeOf(s.Kind(f)))
	}
	return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (id TEXT NOT NULL PRIMARY KEY, v INTEGER NOT NULL, %sdoc BLOB NOT NULL)", quote(s.Name), fields.String())
}

func typeOf(kind store.Kind) string {
	if kind == store.String {
		return "TEXT"
	}
	return "INTEGER"
}

// missingColumns adds the fields that were not indexed when a table was made. A table that is not there yet misses none.
func (d *Driver) missingColumns(ctx context.Context, s *store.Schema) (statements []string, err error) {
	rows, err := d.readers.QueryContext(ctx, "SELECT name FROM pragma_table_info(?)", s.Name)
	if err != nil {
		return nil, unavailable(err)
	}
	defer func() { _ = rows.Close() }()
	there := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, unavailable(err)
		}
		there[name] = true
	}
	for _, f := range s.IndexedFields() {
		if len(there) > 0 && !there[f] {
			zero := map[string]string{"TEXT": "''", "INTEGER": "0"}[typeOf(s.Kind(f))]
			statements = append(statements, fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s NOT NULL DEFAULT %s", quote(s.Name), quote(f), typeOf(s.Kind(f)), zero))
		}
	}
	return statements, rows.Err()
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
