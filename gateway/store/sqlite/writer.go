package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"usher/gateway/store"
)

// maxBatch bounds how many writes share a commit, and so how long the first of them waits.
const maxBatch = 512

// errClosed is the answer to a write after Close.
var errClosed = errors.New("store is closed")

// write is one statement, and what it means when it changes nothing.
type write struct {
	query  string
	steady string // the same for less if no indexed field changes, else it changes nothing; empty: there is none
	args   []any
	reply  chan error
	none   error // the answer when no row was changed; nil: that is fine
}

// writer is the one goroutine that writes.
type writer struct {
	db     *sql.DB
	queue  chan write
	tasks  chan func() // done between two commits
	stop   sync.Once
	closed chan struct{} // closed when the writer is told to stop
	ended  chan struct{} // closed when it has stopped
	err    error         // what closing the file said; read after ended
	cached map[string]*sql.Stmt
	moving map[string]int // steady statements that changed nothing, to how many times they are not tried again
	conn   *sql.Conn
}

// movingFor is how many times a steady statement is not tried after it changed nothing: in a queue every change moves the document.
const movingFor = 64

func startWriter(db *sql.DB) (*writer, error) {
	conn, err := db.Conn(context.Background()) // for as long as the driver lives
	if err != nil {
		return nil, err
	}
	w := &writer{db: db, conn: conn, queue: make(chan write, maxBatch), tasks: make(chan func()), closed: make(chan struct{}), ended: make(chan struct{}), cached: map[string]*sql.Stmt{}, moving: map[string]int{}}
	go w.run()
	return w, nil
}

// do queues a write and waits until it is committed. A caller that gives up while waiting does not know whether it was.
func (w *writer) do(ctx context.Context, one write, none error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	one.reply, one.none = make(chan error, 1), none
	select {
	case w.queue <- one:
	case <-w.closed:
		return unavailable(errClosed)
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-one.reply:
		return err
	case <-w.ended:
		return one.answerAfterTheEnd()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answerAfterTheEnd tells a write that was committed by the last drain from one that was queued after it.
func (one write) answerAfterTheEnd() error {
	select {
	case err := <-one.reply:
		return err
	default:
		return unavailable(errClosed)
	}
}

func (w *writer) run() {
	defer close(w.ended)
	for {
		select {
		case first := <-w.queue:
			w.commit(w.batch(first))
		case do := <-w.tasks:
			do()
		case <-w.closed:
			w.drain()
			w.err = w.shut()
			return
		}
	}
}

// batch takes what is queued at this moment; nobody waits for company.
func (w *writer) batch(first write) []write {
	batch := []write{first}
	for len(batch) < maxBatch {
		select {
		case next := <-w.queue:
			batch = append(batch, next)
		default:
			return batch
		}
	}
	return batch
}

// drain commits what was queued before the writer was told to stop.
func (w *writer) drain() {
	for {
		select {
		case first := <-w.queue:
			w.commit(w.batch(first))
		default:
			return
		}
	}
}

// commit runs a batch in one transaction and answers each write by itself. If anything but a write's own outcome goes wrong, all of them have failed.
func (w *writer) commit(batch []write) {
	answers, err := w.transact(batch)
	for i, one := range batch {
		switch {
		case err != nil:
			one.reply <- unavailable(err)
		default:
			one.reply <- answers[i]
		}
	}
}

func (w *writer) transact(batch []write) ([]error, error) {
	ctx := context.Background() // a commit serves many callers; none of them may end it
	if err := w.exec(ctx, write{query: "BEGIN IMMEDIATE"}); err != nil {
		w.rollback(ctx)
		return nil, err
	}
	answers := make([]error, len(batch))
	for i, one := range batch {
		err := w.exec(ctx, one)
		if err != nil && !errors.Is(err, one.none) {
			w.rollback(ctx)
			return nil, err
		}
		answers[i] = err
	}
	if err := w.exec(ctx, write{query: "COMMIT"}); err != nil {
		w.rollback(ctx)
		return nil, err
	}
	return answers, nil
}

// rollback undoes the transaction, if there is one: SQLite may have done so itself (a full disk does), and then says that it cannot. What it says else, the next BEGIN says too.
func (w *writer) rollback(ctx context.Context) {
	_, _ = w.conn.ExecContext(ctx, "ROLLBACK")
}

func (w *writer) exec(ctx context.Context, one write) error {
	if done, err := w.execSteady(ctx, one); done || err != nil {
		return err
	}
	stmt, err := w.prepared(ctx, one.query)
	if err != nil {
		return err
	}
	result, err := stmt.ExecContext(ctx, one.args...)
	if err != nil || one.none == nil {
		return err
	}
	changed, err := result.RowsAffected()
	if err == nil && changed == 0 {
		return one.none
	}
	return err
}

// execSteady tries a write's steady statement.
func (w *writer) execSteady(ctx context.Context, one write) (done bool, err error) {
	if one.steady == "" {
		return false, nil
	}
	if w.moving[one.steady] > 0 {
		w.moving[one.steady]--
		return false, nil
	}
	err = w.exec(ctx, write{query: one.steady, args: one.args, none: store.ErrStale})
	if errors.Is(err, store.ErrStale) {
		w.moving[one.steady] = movingFor
		return false, nil
	}
	return err == nil, err
}

func (w *writer) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := w.cached[query]; ok {
		return stmt, nil
	}
	stmt, err := w.conn.PrepareContext(ctx, query)
	if err == nil {
		w.cached[query] = stmt
	}
	return stmt, err
}

func (w *writer) close() error {
	w.stop.Do(func() { close(w.closed) })
	<-w.ended
	return w.err
}

// shut writes the log back into the file and closes it.
func (w *writer) shut() error {
	_, err := w.conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
	for _, stmt := range w.cached {
		err = errors.Join(err, stmt.Close())
	}
	return errors.Join(err, w.conn.Close(), w.db.Close())
}

// unavailable marks an error of the database itself.
func unavailable(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
}
