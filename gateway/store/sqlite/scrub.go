package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
)

// Scrub overwrites what nothing refers to any more in the pages of the file, writes the log back and empties it. secure_delete overwrites a row where it is deleted, but not the copies that the balancing of a tree left in the unused middle of other pages while the row was there.
// It goes through the whole file in pieces. They are read beside other work, and only pages that have something to overwrite come before the writer, which they hold for some milliseconds.
func (d *Driver) Scrub(ctx context.Context) error {
	for from := int64(1); ; from += scrubbed {
		unclean, more, err := d.unclean(ctx, from, from+scrubbed)
		if err != nil {
			return unavailable(err)
		}
		if len(unclean) > 0 {
			err = d.writer.between(ctx, func(ctx context.Context) error { return d.writer.clean(ctx, unclean) })
		}
		if err != nil {
			return err
		}
		if !more {
			return d.writer.between(ctx, d.writer.truncate)
		}
	}
}

// unclean are those of some pages that have something to overwrite, as of one moment: what was deleted before it is in no page that is written later. There are more behind them unless the file ends.
func (d *Driver) unclean(ctx context.Context, from, to int64) (pages []int64, more bool, err error) {
	view, err := d.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = view.Rollback() }() // nothing was written
	var count int64
	if err := view.QueryRowContext(ctx, "PRAGMA page_count").Scan(&count); err != nil {
		return nil, false, err
	}
	if count >= maxPages {
		return nil, false, errLarge
	}
	read, err := view.PrepareContext(ctx, readPage)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = read.Close() }()
	for n := from; n < min(to, count+1); n++ {
		page, err := pageOf(ctx, read, n)
		if err != nil {
			return nil, false, err
		}
		if !bytes.Equal(cleanPage(page, n == 1), page) {
			pages = append(pages, n)
		}
	}
	return pages, to <= count, nil
}

// readPage reads one page.
const readPage = "SELECT data FROM sqlite_dbpage WHERE pgno = ?"

func pageOf(ctx context.Context, read *sql.Stmt, n int64) (page []byte, err error) {
	if err := read.QueryRowContext(ctx, n).Scan(&page); err != nil {
		return nil, fmt.Errorf("reading page %d: %w", n, err)
	}
	return page, nil
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

// clean overwrites the unused space of some pages, as they are by now, in one transaction.
func (w *writer) clean(ctx context.Context, pages []int64) error {
	if err := w.exec(ctx, write{query: "BEGIN IMMEDIATE"}); err != nil {
		w.rollback(ctx)
		return unavailable(err)
	}
	err := w.cleanPages(ctx, pages)
	if err == nil {
		err = w.exec(ctx, write{query: "COMMIT"})
	}
	if err != nil {
		w.rollback(ctx)
		return unavailable(err)
	}
	return nil
}

func (w *writer) cleanPages(ctx context.Context, pages []int64) error {
	read, err := w.prepared(ctx, readPage)
	if err != nil {
		return err
	}
	for _, n := range pages {
		page, err := pageOf(ctx, read, n)
		if err != nil {
			return err
		}
		cleaned := cleanPage(page, n == 1)
		if bytes.Equal(cleaned, page) {
			continue
		}
		if err := w.exec(ctx, write{query: "UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?", args: []any{cleaned, n}}); err != nil {
			return fmt.Errorf("overwriting page %d: %w", n, err)
		}
	}
	return nil
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
