package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// A scheduler around the store: each process parks before every call until it is picked, and reads of several documents are split, so that a run is decided by a list of choices alone.

// errCrash is what a process sees that is stopped between two steps.
var errCrash = errors.New("crashed")

// process is one run of a delivery by one worker.
type process struct {
	parked chan bool // true: waiting before a call; false: finished
	pick   chan error
	err    error
	alive  bool
}

// gate parks a process before each call to the store.
type gate struct {
	store.Driver
	process *process
}

// park waits to be picked. The keys of matching are no part of the protocol: nothing that it decides hangs on them, and stopping there too would only multiply the schedules.
func (g *gate) park(s *store.Schema) error {
	if g.process == nil || s.Name == "block_keys" || s.Name == "hot_keys" {
		return nil
	}
	g.process.parked <- true
	return <-g.process.pick
}

func (g *gate) Insert(ctx context.Context, s *store.Schema, doc contact.Stored) error {
	if err := g.park(s); err != nil {
		return err
	}
	return g.Driver.Insert(ctx, s, doc)
}

// InsertMissing adds the documents one by one, as every store may.
func (g *gate) InsertMissing(ctx context.Context, s *store.Schema, docs []contact.Stored) error {
	for _, doc := range docs {
		if err := g.Insert(ctx, s, doc); err != nil && !errors.Is(err, store.ErrExists) {
			return err
		}
	}
	return nil
}

func (g *gate) Swap(ctx context.Context, s *store.Schema, doc contact.Stored, old int64) error {
	if err := g.park(s); err != nil {
		return err
	}
	return g.Driver.Swap(ctx, s, doc, old)
}

// Read reads the documents one by one: a read of several is not atomic on every store.
func (g *gate) Read(ctx context.Context, s *store.Schema, ids []string, found func(store.Decode) error) error {
	for _, id := range ids {
		if err := g.park(s); err != nil {
			return err
		}
		if err := g.Driver.Read(ctx, s, []string{id}, found); err != nil {
			return err
		}
	}
	return nil
}

func (g *gate) Range(ctx context.Context, s *store.Schema, r store.Range, found func(store.Decode) error) error {
	if err := g.park(s); err != nil {
		return err
	}
	return g.Driver.Range(ctx, s, r, found)
}

// step is one choice of a run: what was chosen of how many.
type step struct{ chosen, options int }

// limits bound a search.
type limits struct {
	preemptions int // how often a process that could go on is made to wait
	crashes     int // how often a process is stopped and run again
	runs        int
}

// explore runs every schedule within the limits; run gets a chooser and reports a failure.
func explore(t testing.TB, l limits, run func(n int, choose func(options int) int) error) (runs int) {
	t.Helper()
	var prefix []step
	for runs = 0; runs < l.runs; runs++ {
		var taken []step
		choose := func(options int) int {
			chosen := 0
			if len(taken) < len(prefix) {
				chosen = prefix[len(taken)].chosen
			}
			taken = append(taken, step{chosen, options})
			return chosen
		}
		if err := run(runs, choose); err != nil {
			t.Fatalf("schedule %v: %v", taken, err)
		}
		prefix = next(taken)
		if prefix == nil {
			return runs + 1
		}
	}
	return runs
}

// next is the schedule after taken in order, nil after the last.
func next(taken []step) []step {
	for i := len(taken) - 1; i >= 0; i-- {
		if taken[i].chosen+1 < taken[i].options {
			following := append([]step{}, taken[:i]...)
			return append(following, step{taken[i].chosen + 1, taken[i].options})
		}
	}
	return nil
}

// schedule runs the processes to their ends as choose decides. start begins process i anew.
func schedule(count int, l limits, choose func(options int) int, start func(i int) *process) error {
	all := make([]*process, count)
	for i := range all {
		all[i] = start(i)
		all[i].alive = <-all[i].parked
	}
	current, preemptions, crashes := 0, l.preemptions, l.crashes
	for steps := 0; ; steps++ {
		if steps > 10_000 {
			return errors.New("no end after 10,000 steps")
		}
		order := candidates(all, current)
		if len(order) == 0 {
			return nil
		}
		switching := order[0] == current && preemptions == 0
		options := len(order)
		if switching {
			options = 1
		}
		choices := options
		if crashes > 0 {
			choices++
		}
		chosen := choose(choices)
		if chosen == options { // the crash
			crashes--
			victim := order[0]
			all[victim].pick <- errCrash
			for <-all[victim].parked {
				all[victim].pick <- errCrash
			}
			all[victim] = start(victim)
			all[victim].alive = <-all[victim].parked
			continue
		}
		if chosen > 0 && order[0] == current {
			preemptions--
		}
		current = order[chosen]
		all[current].pick <- nil
		all[current].alive = <-all[current].parked
		if !all[current].alive && all[current].err != nil {
			return fmt.Errorf("process %d: %w", current, all[current].err)
		}
	}
}

// candidates are the processes that can go on, the current one first.
func candidates(all []*process, current int) []int {
	var order []int
	for i := range all {
		if p := (current + i) % len(all); all[p].alive {
			order = append(order, p)
		}
	}
	return order
}
