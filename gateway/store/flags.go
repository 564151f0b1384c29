package store

import (
	"context"

	"usher/gateway/contact"
)

// FlagsOf are flags that a profile is one side of, at most so many of either side, in one step.
func (db *DB) FlagsOf(ctx context.Context, profile string, most int) ([]contact.Duplicate, error) {
	return db.Duplicates.ListAll(ctx, []Range{
		{Index: "a", Equal: []any{profile}, Limit: most},
		{Index: "b", Equal: []any{profile}, Limit: most},
	})
}
