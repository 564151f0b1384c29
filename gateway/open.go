package gateway

import (
	"context"
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
	if strings.HasPrefix(uri, "sqlite://") {
		path, err := sqlitePath(uri)
		if err == nil {
			_, err = os.Stat(path)
		}
		if err != nil {
			return nil, fmt.Errorf("opening store: %w", err)
		}
	}
	return OpenStore(ctx, uri)
}

func dial(ctx context.Context, uri string) (store.Driver, error) {
	scheme, _, _ := strings.Cut(uri, "://")
	switch scheme {
	case "sqlite":
		path, err := sqlitePath(uri)
		if err != nil {
			return nil, err
		}
		return sqlite.Open(path)
	case "mongodb", "mongodb+srv":
		return mongo.Open(ctx, uri)
	}
	return nil, fmt.Errorf("a store is sqlite:///path or mongodb://..., not %q", scheme)
}

// sqlitePath is the file of sqlite:///absolute or sqlite://relative.
func sqlitePath(uri string) (string, error) {
	path, err := url.PathUnescape(strings.TrimPrefix(uri, "sqlite://"))
	if err != nil || path == "" {
		return "", fmt.Errorf("reading store.uri: no path of a file")
	}
	return path, nil
}
