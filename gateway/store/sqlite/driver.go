// Package sqlite keeps Usher's documents in one SQLite file: a table a collection, with the document as CBOR and its indexed fields as columns.
// It is the embedded default, and the whole of production for a single gateway. One goroutine writes; what is queued while it commits shares the next commit.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"usher/gateway/store"
)

// Driver is a store.Driver on one file, which it locks against other processes while it is open.
type Driver struct {
	readers *sql.DB
	writer  *writer
	lock    *os.File

	prepared prepared
}

var _ store.Driver = (*Driver)(nil)

// readerConnections is how many reads run at once; they are short, and two cores are what Usher is sized for.
const readerConnections = 4

// Open opens or creates the file, and its folder. It fails with store.ErrInUse if another process has it open.
func Open(path string) (*Driver, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("making folder of store: %w", err)
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, err
	}
	d, err := open(path)
	if err != nil {
		_ = lock.Close() // the first error says why
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	d.lock = lock
	return d, nil
}

func open(path string) (*Driver, error) {
	if err := keepPrivate(path); err != nil {
		return nil, err
	}
	writes, err := connect(path, "rwc", 1)
	if err != nil {
		return nil, err
	}
	if err := makePing(writes); err != nil {
		_ = writes.Close()
		return nil, err
	}
	readers, err := connect(path, "ro", readerConnections)
	if err != nil {
		_ = writes.Close()
		return nil, err
	}
	w, err := startWriter(writes)
	if err != nil {
		_ = readers.Close()
		_ = writes.Close()
		return nil, err
	}
	return &Driver{readers: readers, writer: w}, nil
}

// keepPrivate makes the file, or makes it its owner's alone, as the log and the index beside it: customers' messages are in all three. SQLite would make them readable by everybody; what it makes beside a file gets the file's own permissions.
func keepPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		found, err := os.Stat(name)
		if err == nil && found.Mode().Perm()&0o077 != 0 {
			err = os.Chmod(name, 0o600)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// connect opens connections with the pragmas that every one needs. secure_delete overwrites what is deleted: an erased person leaves no plaintext in the file.
// Nothing is mapped and the caches are small: the system's own cache serves as fast (measured with usher bench ingest), and a gateway under load stays within 64 MiB.
func connect(path, mode string, connections int) (*sql.DB, error) {
	query := url.Values{"mode": {mode}, "_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(ON)", "wal_autocheckpoint(4000)", "cache_size(-5120)", "mmap_size(0)", "temp_store(MEMORY)",
	}}
	if mode == "ro" {
		query["_pragma"] = []string{"busy_timeout(5000)", "cache_size(-1024)", "mmap_size(0)", "query_only(ON)"}
		query.Del("_txlock")
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, db.PingContext(context.Background()) // opening a file waits for nobody
}

// makePing makes the row that Ping writes to.
func makePing(writes *sql.DB) error {
	for _, statement := range []string{
		"CREATE TABLE IF NOT EXISTS usher_ping (n INTEGER)",
		"INSERT INTO usher_ping SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM usher_ping)",
	} {
		if _, err := writes.ExecContext(context.Background(), statement); err != nil { // opening a file waits for nobody
			return err
		}
	}
	return nil
}

// Exclusive is true: the lock keeps other processes out.
func (d *Driver) Exclusive() bool { return true }

// Ping writes, and so fails when the disk is full or gone.
func (d *Driver) Ping(ctx context.Context) error {
	return d.writer.do(ctx, write{query: "UPDATE usher_ping SET n = n + 1"}, nil)
}

// Close finishes what is queued and closes the file.
func (d *Driver) Close() error {
	err := d.writer.close()
	if statements := d.prepared.close(); err == nil {
		err = statements
	}
	if readers := d.readers.Close(); err == nil {
		err = readers
	}
	if lock := d.lock.Close(); err == nil {
		err = lock
	}
	return err
}
