package store

import (
	"context"
	"slices"

	"usher/gateway/contact"
)

// Youngest reads the profiles that were made last, at most so many, and gives them page by page. Those that are erased are passed over.
func (db *DB) Youngest(ctx context.Context, most int, take func(page []contact.Profile) error) error {
	r := Range{Index: "created", Descending: true, Limit: MaxLimit}
	for most > 0 {
		page, next, err := db.Profiles.List(ctx, r)
		if err != nil {
			return err
		}
		page = slices.DeleteFunc(page, contact.Profile.Erased)
		page = page[:min(len(page), most)]
		if err := take(page); err != nil || next == nil {
			return err
		}
		most -= len(page)
		r.After = next
	}
	return nil
}
