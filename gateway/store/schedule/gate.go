package schedule

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// ErrCrash is what a process sees that is stopped between two steps.
var ErrCrash = errors.New("crashed")

// Call is what a process is about to ask of the store.
type Call struct {
	Verb       string // insert, swap, delete, read, range, count
	Collection string
}

// Process is one run of an operation by one worker.
type Process struct {
	Err error // what it ended with

	parked  chan bool // true: waiting before a call; false: finished
	pick    chan error
	alive   bool
	at      Call
	history maphash.Hash // of the answers it got: all that it knows
}

// seed makes fingerprints comparable within one process.
var seed = maphash.MakeSeed()

// Gate parks the process that uses it before each call to the store.
type Gate struct {
	store.Driver
	// Describe says all of a document that processes act on; nil where states are not compared.
	Describe func(doc any) string

	process *Process
}

// Start begins an operation that uses the gate, parked before its first call.
func (g *Gate) Start(operation func() error) *Process {
	p := &Process{parked: make(chan bool), pick: make(chan error)}
	p.history.SetSeed(seed)
	g.process = p
	go func() {
		p.Err = operation()
		p.parked <- false
	}()
	p.alive = <-p.parked
	return p
}

// aside are the keys of matching and of the search, the blocks, and who is a member of what. They are no part of the protocols: nothing that they decide hangs on them, and stopping there too would only multiply the schedules.
var aside = []string{"block_keys", "hot_keys", "search_terms", "blocks", "memberships"}

// park waits to be picked.
func (g *Gate) park(verb string, s *store.Schema) error {
	if g.process == nil || slices.Contains(aside, s.Name) {
		return nil
	}
	g.process.at = Call{verb, s.Name}
	g.process.parked <- true
	return <-g.process.pick
}

// heard notes an answer.
func (g *Gate) heard(answer string) {
	if g.Describe != nil && g.process != nil {
		_, _ = g.process.history.WriteString(answer) // it never fails
		_ = g.process.history.WriteByte(0)
	}
}

func (g *Gate) outcome(err error) error {
	switch {
	case err == nil:
		g.heard("done")
	case errors.Is(err, store.ErrExists), errors.Is(err, store.ErrStale):
		g.heard("refused")
	}
	return err
}

// hears notes each document that a read finds.
func (g *Gate) hears(found func(store.Decode) error) func(store.Decode) error {
	return func(decode store.Decode) error {
		return found(func(into any) error {
			if err := decode(into); err != nil {
				return err
			}
			if g.Describe != nil {
				g.heard(g.Describe(into))
			}
			return nil
		})
	}
}

// Insert parks, then inserts.
func (g *Gate) Insert(ctx context.Context, s *store.Schema, doc contact.Stored) error {
	if err := g.park("insert", s); err != nil {
		return err
	}
	return g.outcome(g.Driver.Insert(ctx, s, doc))
}

// InsertMissing inserts the documents one by one, as every store may.
func (g *Gate) InsertMissing(ctx context.Context, s *store.Schema, docs []contact.Stored) error {
	for _, doc := range docs {
		if err := g.Insert(ctx, s, doc); err != nil && !errors.Is(err, store.ErrExists) {
			return err
		}
	}
	return nil
}

// Swap parks, then swaps.
func (g *Gate) Swap(ctx context.Context, s *store.Schema, doc contact.Stored, old int64) error {
	if err := g.park("swap", s); err != nil {
		return err
	}
	return g.outcome(g.Driver.Swap(ctx, s, doc, old))
}

// Delete parks, then deletes.
func (g *Gate) Delete(ctx context.Context, s *store.Schema, id string, old int64) error {
	if err := g.park("delete", s); err != nil {
		return err
	}
	return g.outcome(g.Driver.Delete(ctx, s, id, old))
}

// Read reads the documents one by one: a read of several is not atomic on every store.
func (g *Gate) Read(ctx context.Context, s *store.Schema, ids []string, found func(store.Decode) error) error {
	for _, id := range ids {
		if err := g.park("read", s); err != nil {
			return err
		}
		if err := g.Driver.Read(ctx, s, []string{id}, g.hears(found)); err != nil {
			return err
		}
		g.heard("read")
	}
	return nil
}

// Range reads the documents one by one, each where the one before ended, as they are then.
func (g *Gate) Range(ctx context.Context, s *store.Schema, r store.Range, found func(store.Decode) error) error {
	one := r
	one.Limit = 1
	for range r.Limit {
		if err := g.park("range", s); err != nil {
			return err
		}
		last := s.New()
		read := false
		err := g.Driver.Range(ctx, s, one, func(decode store.Decode) error {
			read = true
			if err := decode(last); err != nil {
				return err
			}
			return g.hears(found)(decode)
		})
		g.heard("read")
		if err != nil || !read {
			return err
		}
		one.After = s.Position(last, one)
	}
	return nil
}

// Ranges reads one range after the other.
func (g *Gate) Ranges(ctx context.Context, s *store.Schema, all []store.Range, found func(store.Decode) error) error {
	for _, r := range all {
		if err := g.Range(ctx, s, r, found); err != nil {
			return err
		}
	}
	return nil
}
