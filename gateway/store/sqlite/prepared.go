package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// maxPrepared bounds how many statements stay prepared, on each of the reading connections; others are prepared each time.
const maxPrepared = 256

// prepared are the reading statements that were asked before: preparing one costs as much as finding a document.
type prepared struct {
	mu   sync.Mutex
	stmt map[string]*sql.Stmt
}

// of is the statement of a query, nil if there is no room for one more.
func (p *prepared) of(ctx context.Context, db *sql.DB, query string) (*sql.Stmt, error) {
	p.mu.Lock()
	stmt, ok := p.stmt[query]
	full := len(p.stmt) >= maxPrepared
	p.mu.Unlock()
	if ok || full {
		return stmt, nil
	}
	made, err := db.PrepareContext(ctx, query) // it waits for a connection: not under the lock
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if stmt, ok := p.stmt[query]; ok { // two made it
		return stmt, made.Close()
	}
	if p.stmt == nil {
		p.stmt = map[string]*sql.Stmt{}
	}
	p.stmt[query] = made
	return made, nil
}

// close closes them, before their connections.
func (p *prepared) close() (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, stmt := range p.stmt {
		err = errors.Join(err, stmt.Close())
	}
	p.stmt = nil
	return err
}
