package sqlite

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"usher/gateway/store"
)

// Prepare makes the tables, columns and indexes that are missing; the new ones share a commit. An index of a declared name with other fields is refused: it needs a migration.
func (d *Driver) Prepare(ctx context.Context, schemas []*store.Schema) error {
	there, err := d.layout(ctx)
	if err != nil {
		return fmt.Errorf("reading layout: %w", err)
	}
	var missing []string
	for _, s := range schemas {
		made, err := d.prepare(ctx, there, s)
		if err != nil {
			return fmt.Errorf("preparing %s: %w", s.Name, err)
		}
		missing = append(missing, made...)
	}
	if len(missing) == 0 {
		return nil
	}
	return d.writer.do(ctx, write{query: strings.Join(missing, "; ")}, nil)
}

// prepare brings a table that is there to its declaration, and gives what makes all that is missing.
func (d *Driver) prepare(ctx context.Context, there layout, s *store.Schema) (missing []string, err error) {
	old, found := there.tables[s.Name]
	switch {
	case !found:
		missing = append(missing, tableOf(s))
	case s.Clustered() && !old.clustered:
		err = d.cluster(ctx, s)
		there.indexes = nil // they went with the old table
	default:
		err = d.addColumns(ctx, s, old.columns)
	}
	if err != nil {
		return nil, err
	}
	for _, index := range s.Indexes {
		if len(index.Fields) == 0 { // the table itself
			continue
		}
		got, want := there.indexes[indexName(s, index)], indexColumns(index)
		if got == nil {
			missing = append(missing, fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s ON %s (%s)", quote(indexName(s, index)), quote(s.Name), strings.Join(quoted(want), ", ")))
			continue
		}
		if !slices.Equal(got, want) {
			return nil, fmt.Errorf("index %s of %s is on %v, not %v", index.Name, s.Name, got, want)
		}
	}
	return missing, nil
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

func indexName(s *store.Schema, index store.Index) string { return s.Name + "_" + index.Name }

func indexColumns(index store.Index) []string { return append(slices.Clone(index.Fields), "id") }

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
