package sqlite

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// addColumns adds a column for each indexed field that an earlier version did not index, and fills it from the documents.
// Required are the columns that are there, and whether each holds a value in every row by declaration. One that was added is empty (NULL) in the rows that are still to be filled, so that a start that was stopped is finished by the next one.
func (d *Driver) addColumns(ctx context.Context, s *store.Schema, required map[string]bool) error {
	for _, field := range s.IndexedFields() {
		if _, there := required[field]; there {
			continue
		}
		if err := d.writer.do(ctx, write{query: fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s", quote(s.Name), columnOf(s, field))}, nil); err != nil {
			return err
		}
	}
	for _, field := range s.IndexedFields() { // filling a row writes all of its columns, so that none may be missing
		if required[field] {
			continue
		}
		if err := d.fill(ctx, s, field); err != nil {
			return err
		}
	}
	return nil
}

// fillPage is how many rows are filled by one commit.
const fillPage = maxBatch

// fill writes the indexed fields of all rows that lack one of them.
func (d *Driver) fill(ctx context.Context, s *store.Schema, lacking string) error {
	var set []string
	for _, f := range s.IndexedFields() {
		set = append(set, quote(f)+" = ?")
	}
	update := fmt.Sprintf("UPDATE %s SET %s WHERE id = ?", quote(s.Name), strings.Join(set, ", "))
	query := fmt.Sprintf("SELECT doc FROM %s WHERE %s IS NULL LIMIT %d", quote(s.Name), quote(lacking), fillPage)
	for {
		var page []contact.Stored
		err := d.query(ctx, s, query, nil, func(decode store.Decode) error {
			doc := s.New()
			page = append(page, doc)
			return decode(doc)
		})
		if err != nil || len(page) == 0 {
			return err
		}
		var together errgroup.Group // what is queued at once shares a commit
		for _, doc := range page {
			together.Go(func() error {
				return d.writer.do(ctx, write{query: update, args: append(columns(s.Values(doc)), doc.Base().ID)}, store.ErrNotFound)
			})
		}
		if err := together.Wait(); err != nil {
			return err
		}
	}
}
