package sqlite

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
)

// Scrub overwrites what nothing refers to any more in the pages of the file, writes the log back and empties it. secure_delete overwrites a row where it is deleted, but not the copies that the balancing of a tree left in the unused middle of other pages while the row was there.
// It goes through the whole file, in pieces between which others write; a piece holds the writer for some milliseconds.
func (d *Driver) Scrub(ctx context.Context) error {
	for from := int64(1); ; from += scrubbed {
		more := false
		err := d.writer.between(ctx, func(ctx context.Context) (err error) {
			more, err = d.writer.clean(ctx, from, from+scrubbed)
			return err
		})
		if err != nil {
			return err
		}
		if !more {
			return d.writer.between(ctx, d.writer.truncate)
		}
	}
}

// scrubbed is how many pages are one piece.
const scrubbed = 512

// maxPages is up to which size of a file the first byte of a page tells a tree's page from others: those begin with the number of a page. It is 128 GiB.
const maxPages = 2 << 24

// errRead: somebody was reading what is older than the log's end.
var errRead = errors.New("emptying the log: it is being read")

// errLarge: the file has more pages than can be told apart.
var errLarge = errors.New("overwriting unused space: the file is too large")

// between has the writer do something between two commits.
func (w *writer) between(ctx context.Context, do func(context.Context) error) error {
	reply := make(chan error, 1)
	task := func() { reply <- do(context.WithoutCancel(ctx)) } // what is begun is finished
	select {
	case w.tasks <- task:
		return <-reply
	case <-w.closed:
		return unavailable(errClosed)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// truncate writes the log back into the file and empties it. It waits for readers as long as a write waits for a lock.
func (w *writer) truncate(ctx context.Context) error {
	var busy, pages, written int
	if err := w.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &written); err != nil {
		return unavailable(err)
	}
	if busy != 0 {
		return unavailable(errRead)
	}
	return nil
}

// clean overwrites the unused space of some pages, in one transaction. There are more behind them unless the file ends.
func (w *writer) clean(ctx context.Context, from, to int64) (more bool, err error) {
	if err := w.exec(ctx, write{query: "BEGIN IMMEDIATE"}); err != nil {
		w.rollback(ctx)
		return false, unavailable(err)
	}
	more, err = w.cleanPages(ctx, from, to)
	if err == nil {
		err = w.exec(ctx, write{query: "COMMIT"})
	}
	if err != nil {
		w.rollback(ctx)
		return false, unavailable(err)
	}
	return more, nil
}

func (w *writer) cleanPages(ctx context.Context, from, to int64) (more bool, err error) {
	var pages int64
	if err := w.conn.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
		return false, err
	}
	if pages >= maxPages {
		return false, errLarge
	}
	read, err := w.prepared(ctx, "SELECT data FROM sqlite_dbpage WHERE pgno = ?")
	if err != nil {
		return false, err
	}
	for n := from; n < min(to, pages+1); n++ {
		var page []byte
		if err := read.QueryRowContext(ctx, n).Scan(&page); err != nil {
			return false, fmt.Errorf("reading page %d: %w", n, err)
		}
		cleaned := cleanPage(page, n == 1)
		if bytes.Equal(cleaned, page) {
			continue
		}
		if err := w.exec(ctx, write{query: "UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?", args: []any{cleaned, n}}); err != nil {
			return false, fmt.Errorf("overwriting page %d: %w", n, err)
		}
	}
	return to <= pages, nil
}

// cleanPage is a page with zeros where nothing is stored; one that is no page of a tree, or not as it should be, stays as it is. https://www.sqlite.org/fileformat2.html section 1.6
func cleanPage(page []byte, first bool) []byte {
	head := 0
	if first { // it begins with the header of the file
		head = 100
	}
	if len(page) < head+12 {
		return page
	}
	size := 8
	switch page[head] {
	case 2, 5: // inner pages have a pointer more
		size = 12
	case 10, 13:
	default:
		return page
	}
	number := func(at int) int { return int(binary.BigEndian.Uint16(page[at:])) }
	begin, end := head+size+2*number(head+3), number(head+5)
	if end == 0 {
		end = 1 << 16
	}
	if begin > end || end > len(page) {
		return page
	}
	cleaned := bytes.Clone(page)
	clear(cleaned[begin:end])
	for block := number(head + 1); block != 0; block = number(block) { // freed blocks: each says where the next is, and how long it is
		if block < end || block+4 > len(page) || block+number(block+2) > len(page) || number(block+2) < 4 || number(block) != 0 && number(block) <= block {
			return page
		}
		clear(cleaned[block+4 : block+number(block+2)])
	}
	return cleaned
}
