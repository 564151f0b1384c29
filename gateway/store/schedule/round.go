package schedule

import (
	"errors"
	"fmt"
	"strings"
)

// Limits bound a search.
type Limits struct {
	Preemptions int // how often a process that could go on is made to wait
	Crashes     int // how often a process is stopped and run again
	Runs        int
}

// Round is one run of several processes to their ends.
type Round struct {
	Processes int
	Limits    Limits
	Choose    func(options int) int
	Start     func(i int) *Process // begins process i, or begins it anew
	State     func() string        // what is stored; for Search
	Known     func() bool          // whether the rest of the round was seen before; Search sets it

	// Before is, for each process, which others had ended when it took its first step: a serial order has them first.
	Before []uint64

	all     []*Process
	ended   uint64
	begun   []bool
	crashes int // still to come
}

// errKnown ends a round whose rest is known.
var errKnown = errors.New("known from here")

const maxSteps = 10_000

// Run runs the processes as Choose decides. The error of a process ends it.
func (r *Round) Run() error {
	r.begin()
	current, preemptions := 0, r.Limits.Preemptions
	for range maxSteps {
		order := candidates(r.all, current)
		if len(order) == 0 {
			return nil
		}
		if r.Known != nil && r.Known() {
			return r.abandon(errKnown)
		}
		options := len(order)
		if order[0] == current && preemptions == 0 {
			options = 1
		}
		chosen := r.Choose(options + r.victims(order))
		if chosen >= options {
			r.crash(order[chosen-options])
			continue
		}
		if chosen > 0 && order[0] == current {
			preemptions--
		}
		current = order[chosen]
		if err := r.step(current); err != nil {
			return r.abandon(err)
		}
	}
	return r.abandon(fmt.Errorf("no end after %d steps", maxSteps))
}

// begin parks every process before its first call.
func (r *Round) begin() {
	r.all, r.Before, r.begun = make([]*Process, r.Processes), make([]uint64, r.Processes), make([]bool, r.Processes)
	r.ended, r.crashes = 0, r.Limits.Crashes
	for i := range r.all {
		r.all[i] = r.Start(i)
	}
}

// victims is how many processes may crash here: the current one, in a search any.
func (r *Round) victims(order []int) int {
	switch {
	case r.crashes == 0:
		return 0
	case r.Known == nil:
		return 1
	}
	return len(order)
}

// step lets a process make its call.
func (r *Round) step(i int) error {
	p := r.all[i]
	if !r.begun[i] {
		r.begun[i], r.Before[i] = true, r.ended
	}
	p.pick <- nil
	p.alive = <-p.parked
	if p.alive {
		return nil
	}
	r.ended |= 1 << i
	if p.Err != nil {
		return fmt.Errorf("process %d: %w", i, p.Err)
	}
	return nil
}

// crash stops a process and begins it anew.
func (r *Round) crash(i int) {
	r.crashes--
	r.all[i].kill()
	r.all[i] = r.Start(i)
}

// kill answers every further call of a process with a crash.
func (p *Process) kill() {
	for p.alive {
		p.pick <- ErrCrash
		p.alive = <-p.parked
	}
}

// abandon stops whoever still runs.
func (r *Round) abandon(err error) error {
	for _, p := range r.all {
		p.kill()
	}
	return err
}

// state is all that the rest of the round depends on.
func (r *Round) state() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %x\n", r.crashes, r.ended)
	for i, p := range r.all {
		fmt.Fprintf(&b, "%x %t %x\n", p.history.Sum64(), r.begun[i], r.Before[i])
	}
	b.WriteString(r.State())
	return b.String()
}

// candidates are the processes that can go on, the current one first.
func candidates(all []*Process, current int) []int {
	var order []int
	for i := range all {
		if p := (current + i) % len(all); all[p].alive {
			order = append(order, p)
		}
	}
	return order
}
