package lookup

import "context"

// Profiles is how many profiles a lookup takes there to be.
func (l *Lookup) Profiles(ctx context.Context) (int, error) { return l.census.of(ctx, l.db) }
