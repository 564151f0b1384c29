package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"usher/gateway/store"
	"usher/gateway/store/mongo"
	"usher/gateway/store/sqlite"
)

// OpenStore opens the database of a URI: sqlite:///path/to/usher.db, mongodb://... or mongodb+srv://...
func OpenStore(ctx context.Context, uri string) (*store.DB, error) {
	driver, err := dial(ctx, uri)
	if err != nil {
		return nil, fmt.Errorf("opening store: %w", err)
	}
	db, err := store.Open(ctx, driver)
	if err != nil {
		_ = driver.Close() // the first error says why
		return nil, err
	}
	return db, nil
}

// OpenExisting is OpenStore for those who only work on what is there: of a file that is not, none is made.
func OpenExisting(ctx context.Context, uri string) (*store.DB, error) {
	if path := SQLitePath(uri); path != "" {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("opening store: %w", err)
		}
	}
	return OpenStore(ctx, uri)
}

func dial(ctx context.Context, uri string) (store.Driver, error) {
	scheme, _, _ := strings.Cut(uri, "://")
	switch scheme {
	case "sqlite":
		path := SQLitePath(uri)
		if path == "" {
			return nil, errors.New("reading store.uri: no path of a file")
		}
		return sqlite.Open(path)
	case "mongodb", "mongodb+srv":
		return mongo.Open(ctx, uri)
	}
	return nil, fmt.Errorf("a store is sqlite:///path or mongodb://..., not %q", scheme)
}

// SQLitePath is the file of sqlite:///absolute or sqlite://relative; empty for any other URI.
func SQLitePath(uri string) string {
	escaped, ok := strings.CutPrefix(uri, "sqlite://")
	path, err := url.PathUnescape(escaped)
	if !ok || err != nil {
		return ""
	}
	return path
}
