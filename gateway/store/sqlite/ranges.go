package sqlite

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"usher/gateway/store"
)

// Range lists documents in the order of an index.
func (d *Driver) Range(ctx context.Context, s *store.Schema, r store.Range, found func(store.Decode) error) error {
	query, args, err := rangeQuery(s, r)
	if err != nil {
		return err
	}
	return d.query(ctx, s, query, args, found)
}

// maxUnited bounds how many ranges are one statement.
const maxUnited = 32

// Ranges lists several ranges; up to maxUnited of them are one statement.
func (d *Driver) Ranges(ctx context.Context, s *store.Schema, all []store.Range, found func(store.Decode) error) error {
	for some := range slices.Chunk(all, maxUnited) {
		var united []string
		var args []any
		for _, r := range some {
			query, values, err := rangeQuery(s, r)
			if err != nil {
				return err
			}
			united, args = append(united, "SELECT * FROM ("+query+")"), append(args, values...)
		}
		if err := d.query(ctx, s, strings.Join(united, " UNION ALL "), args, found); err != nil {
			return err
		}
	}
	return nil
}

// rangeQuery is the statement of a range: it names the index, so that a plan without it is an error and not a slow day.
func rangeQuery(s *store.Schema, r store.Range) (string, []any, error) {
	index, err := s.Check(r)
	if err != nil {
		return "", nil, err
	}
	var where []string
	var args []any
	condition := func(sql string, values ...any) {
		where = append(where, sql)
		args = append(args, columns(values)...)
	}
	for i, v := range r.Equal {
		condition(quote(index.Fields[i])+" = ?", v)
	}
	order := append(quoted(index.Fields[len(r.Equal):]), `"id"`)
	if r.Lower != nil {
		condition(order[0]+" >= ?", r.Lower)
	}
	if r.Upper != nil {
		condition(order[0]+" < ?", r.Upper)
	}
	direction, after := "ASC", ">"
	if r.Descending {
		direction, after = "DESC", "<"
	}
	if r.After != nil {
		condition(fmt.Sprintf("(%s) %s (?%s)", strings.Join(order, ", "), after, strings.Repeat(", ?", len(order)-1)), r.After...)
	}
	query := fmt.Sprintf("SELECT %s FROM %s", bodyOf(s), indexed(s, index))
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	query += fmt.Sprintf(" ORDER BY %s %s LIMIT %d", strings.Join(order, " "+direction+", "), direction, r.Limit)
	return query, args, nil
}

// indexed is a table with the index that it is read by; one that is clustered is its own.
func indexed(s *store.Schema, index store.Index) string {
	if len(index.Fields) == 0 {
		return quote(s.Name)
	}
	return quote(s.Name) + " INDEXED BY " + quote(indexName(s, index))
}

func quoted(names []string) []string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = quote(n)
	}
	return all
}

// Count counts the documents whose leading index fields are equal; it reads the index alone.
func (d *Driver) Count(ctx context.Context, s *store.Schema, r store.Range) (int64, error) {
	index, err := s.Check(store.Range{Index: r.Index, Equal: r.Equal, Limit: 1})
	if err != nil {
		return 0, err
	}
	query := "SELECT 1 FROM " + indexed(s, index)
	for i := range r.Equal {
		query += map[bool]string{true: " WHERE ", false: " AND "}[i == 0] + quote(index.Fields[i]) + " = ?"
	}
	if r.Limit > 0 {
		query += fmt.Sprintf(" LIMIT %d", r.Limit)
	}
	var n int64
	if err := d.readers.QueryRowContext(ctx, "SELECT count(*) FROM ("+query+")", columns(r.Equal)...).Scan(&n); err != nil {
		return 0, unavailable(err)
	}
	return n, nil
}

// Explain is SQLite's plan of a range, for tests.
func (d *Driver) Explain(ctx context.Context, s *store.Schema, r store.Range) (string, error) {
	query, args, err := rangeQuery(s, r)
	if err != nil {
		return "", err
	}
	rows, err := d.readers.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		return "", unavailable(err)
	}
	defer func() { _ = rows.Close() }()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return "", unavailable(err)
		}
		plan.WriteString(detail + "\n")
	}
	return plan.String(), rows.Err()
}
