package sqlite

import "context"

// layout is what a file holds: its tables with their columns, and its indexes.
type layout struct {
	tables  map[string]table
	indexes map[string][]string // their columns
}

// table is a table that is there.
type table struct {
	clustered bool            // its rows lie in the order of their ids
	columns   map[string]bool // whether each holds a value in every row by declaration
}

// layout reads what the file holds: all at once, since the first question after a change makes a connection read the whole of it again.
func (d *Driver) layout(ctx context.Context) (layout, error) {
	l := layout{tables: map[string]table{}, indexes: map[string][]string{}}
	if err := d.readTables(ctx, l.tables); err != nil {
		return l, unavailable(err)
	}
	if err := d.readIndexes(ctx, l.indexes); err != nil {
		return l, unavailable(err)
	}
	return l, nil
}

func (d *Driver) readTables(ctx context.Context, tables map[string]table) error {
	rows, err := d.readers.QueryContext(ctx, `SELECT t.name, t.wr, c.name, c."notnull" FROM pragma_table_list AS t JOIN pragma_table_info(t.name) AS c WHERE t.schema = 'main' AND t.type = 'table'`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name, column string
		var clustered, required bool
		if err := rows.Scan(&name, &clustered, &column, &required); err != nil {
			return err
		}
		if _, known := tables[name]; !known {
			tables[name] = table{clustered: clustered, columns: map[string]bool{}}
		}
		tables[name].columns[column] = required
	}
	return rows.Err()
}

func (d *Driver) readIndexes(ctx context.Context, indexes map[string][]string) error {
	rows, err := d.readers.QueryContext(ctx, `SELECT i.name, c.name FROM sqlite_schema AS i JOIN pragma_index_info(i.name) AS c WHERE i.type = 'index' ORDER BY i.name, c.seqno`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name, column string
		if err := rows.Scan(&name, &column); err != nil {
			return err
		}
		indexes[name] = append(indexes[name], column)
	}
	return rows.Err()
}
