package protocol_test

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/gateway/store/mongo"
	"usher/gateway/store/mongo/mongotest"
	"usher/gateway/store/schedule"
	"usher/gateway/store/sqlite"
)

var three = []string{"A", "B", "C"}

// merge and the others are operations in short.
func merge(a, b string) operation     { return operation{kind: contact.Merged, a: a, b: b} }
func undo(of string) operation        { return operation{kind: contact.MergeUndone, of: of} }
func apart(a, b string) operation     { return operation{kind: contact.Distinct, a: a, b: b} }
func erase(a string) operation        { return operation{kind: contact.Erased, a: a} }
func readOf(profile string) operation { return operation{kind: reading, a: profile} }

// share is which part of the cases is searched, others each time: one in so many. A full search takes a minute, under the race detector many.
var share = schedule.Part(40)

// eachDriver runs a test on a fresh database of every kind there is a server for. Scale divides how much is tried where each call crosses a network.
func eachDriver(t *testing.T, test func(t *testing.T, driver store.Driver, scale int)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		driver, err := sqlite.Open(filepath.Join(t.TempDir(), "usher.db"))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, driver.Close()) })
		test(t, driver, schedule.Part(3))
	})
	t.Run("mongodb", func(t *testing.T) {
		t.Parallel()
		driver, err := mongo.Open(t.Context(), mongotest.URI(t))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, driver.Close()) })
		test(t, driver, 5*schedule.Part(3))
	})
}

// searched tries every schedule of each universe in memory, with so many crashes of any process at any call. Again are operations that a second worker runs: it goes on although the first is run again.
func searched(t *testing.T, cases []universe, crashes int, again ...int) {
	t.Helper()
	offset := rand.IntN(share)
	var states, runs atomic.Int64
	for part := range 2 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for i := offset + part*share; i < len(cases); i += 2 * share {
				s, r := searchOne(t, cases[i], crashes, again...)
				states.Add(int64(s))
				runs.Add(int64(r))
			}
		})
	}
	t.Cleanup(func() { t.Logf("%d cases, %d states, %d schedules", len(cases)/share, states.Load(), runs.Load()) })
}

func searchOne(t *testing.T, u universe, crashes int, again ...int) (states, runs int) {
	t.Helper()
	tr, err := newLab(t, schedule.NewMemory()).prepare(u, again...)
	require.NoError(t, err)
	prepared := tr.memory.Clone()
	current := tr
	return schedule.Search(t, crashes,
		func() *schedule.Round {
			current = tr.again(prepared)
			return current.round(schedule.Limits{}, nil)
		},
		func(r *schedule.Round) error { return current.judge(r) })
}

// Every schedule of two operations over three profiles, however they interleave, with a crash of either at any call, ends as some serial order does, and one that respects time. The cases are the model's 361.
func TestEveryScheduleOfTwoDecisionsIsSomeSerialOrder(t *testing.T) {
	t.Parallel()
	cases := universes(three, 2, true)
	require.Len(t, cases, 361)
	searched(t, cases, 1)
}

// A worker that was taken for dead goes on while another runs the same operation.
func TestEveryScheduleOfTwoWorkersAtOneDecision(t *testing.T) {
	t.Parallel()
	searched(t, universes(three, 1, true), 1, 0)
}

// Whoever reads a person sees one that stood at some moment.
func TestEveryScheduleOfADecisionAndAReading(t *testing.T) {
	t.Parallel()
	var cases []universe
	for _, u := range universes(three, 1, false) {
		for _, profile := range three {
			cases = append(cases, universe{u.profiles, u.before, append(u.wanted[:1:1], readOf(profile))})
		}
	}
	searched(t, cases, 1)
}

// An erasure beside any other decision, or beside a reading or another erasure, over every history: it takes a person as it stood at some moment, and what is refused because of it was refused after it.
func TestEveryScheduleOfAnErasureAndADecision(t *testing.T) {
	t.Parallel()
	var cases []universe
	for _, u := range universes(three, 1, true) {
		for _, profile := range three {
			cases = append(cases, universe{u.profiles, u.before, append(u.wanted[:1:1], erase(profile))})
		}
	}
	for _, before := range histories(three, false) {
		for _, profile := range three {
			cases = append(cases, universe{three, before, []operation{erase("A"), erase(profile)}}, universe{three, before, []operation{erase("A"), readOf(profile)}})
		}
	}
	searched(t, cases, 1)
}

// On the real stores what a search can try is bounded: every schedule with up to two forced switches, and those with a switch and a crash, of the cases in which simpler protocols fail.
func TestSchedulesOfTwoDecisionsOnRealStores(t *testing.T) {
	t.Parallel()
	eachDriver(t, func(t *testing.T, driver store.Driver, scale int) {
		l := newLab(t, driver)
		for _, u := range []universe{
			{three, nil, []operation{merge("A", "B"), merge("B", "A")}},
			{three, nil, []operation{merge("A", "B"), merge("A", "B")}},
			{three, nil, []operation{merge("A", "B"), apart("A", "B")}},
			{three, []operation{apart("A", "B")}, []operation{merge("A", "C"), merge("B", "C")}},
			{three, []operation{merge("C", "A")}, []operation{undo("i0"), readOf("C")}},
			{three, nil, []operation{merge("A", "B"), undo("0")}},
			{three, nil, []operation{merge("A", "B"), erase("B")}},
			{three, []operation{merge("C", "A")}, []operation{undo("i0"), erase("A")}},
		} {
			for _, limits := range []schedule.Limits{{Preemptions: 2, Runs: 100 / scale}, {Preemptions: 1, Crashes: 1, Runs: 100 / scale}} {
				schedule.Explore(t, limits, func(_ int, choose func(int) int) error { return try(l, u, limits, choose) })
			}
		}
	})
}

// try runs a universe once on a store that goes on.
func try(l *lab, u universe, limits schedule.Limits, choose func(int) int, again ...int) error {
	tr, err := l.prepare(u, again...)
	if err != nil {
		return err
	}
	r := tr.round(limits, choose)
	if err := r.Run(); err != nil {
		return err
	}
	return tr.judge(r)
}

// Three and four operations over four profiles at once, by chance, with crashes and with workers that go on after their rerun: the seed is printed with a failure.
func TestRandomSchedulesOfManyDecisions(t *testing.T) {
	t.Parallel()
	four := []string{"A", "B", "C", "D"}
	eachDriver(t, func(t *testing.T, driver store.Driver, scale int) {
		l := newLab(t, driver)
		for seed := range uint64(150 / scale) {
			u, again := randomUniverse(rand.New(rand.NewPCG(seed, 2)), four)
			rng := rand.New(rand.NewPCG(seed, 3))
			err := try(l, u, schedule.Limits{Preemptions: 1000, Crashes: 2}, func(options int) int { return unlikelyLast(rng, options) }, again...)
			require.NoError(t, err, "seed %d", seed)
		}
	})
	l := newLab(t, schedule.NewMemory())
	for seed := range uint64(3000 / share) {
		u, again := randomUniverse(rand.New(rand.NewPCG(seed, 4)), four)
		rng := rand.New(rand.NewPCG(seed, 5))
		l.at(schedule.NewMemory())
		err := try(l, u, schedule.Limits{Preemptions: 1000, Crashes: 3}, func(options int) int { return unlikelyLast(rng, options) }, again...)
		require.NoError(t, err, "seed %d in memory", seed)
	}
}

// unlikelyLast picks evenly, the last option (a crash) seldom.
func unlikelyLast(rng *rand.Rand, options int) int {
	if options > 1 && rng.IntN(8) > 0 {
		options--
	}
	return rng.IntN(options)
}

func randomUniverse(rng *rand.Rand, profiles []string) (u universe, again []int) {
	pasts := histories(profiles, true)
	u = universe{profiles: profiles, before: pasts[rng.IntN(len(pasts))]}
	n := 3 + rng.IntN(2)
	choices := append(choicesOf(profiles, u.before, n), readOf("A"), readOf("D"))
	for !u.sensible() || len(u.wanted) == 0 {
		u.wanted = nil
		for range n {
			u.wanted = append(u.wanted, choices[rng.IntN(len(choices))])
		}
	}
	if rng.IntN(2) == 0 {
		again = []int{rng.IntN(n)}
	}
	return u, again
}

// A worker that commits and never comes back leaves the last decision unapplied at most; the sweep applies it, and so does whoever reads.
func TestADecisionWhoseWorkerDiedIsAppliedByTheSweep(t *testing.T) {
	t.Parallel()
	eachDriver(t, func(t *testing.T, driver store.Driver, _ int) {
		l := newLab(t, driver)
		for _, o := range []operation{merge("A", "B"), apart("A", "B"), undo("i0")} {
			u := universe{three, []operation{merge("C", "A")}, []operation{o}}
			tr, err := l.prepare(u)
			require.NoError(t, err)
			r := tr.round(schedule.Limits{}, nil)
			require.NoError(t, r.Leave([]schedule.Stop{{Before: schedule.Call{Verb: "insert", Collection: "decisions"}}, {Steps: 1}}))
			want := serial(u, []int{0})
			before, err := tr.stored()
			require.NoError(t, err)
			require.Equal(t, want.log, before.log, "it was committed")
			require.False(t, before.sameState(want), "it was not applied")
			require.NoError(t, l.people.Sweep(t.Context()))
			after, err := tr.stored()
			require.NoError(t, err)
			require.True(t, after.sameState(want))
		}
	})
}

// A merge of many that stops between any two of its calls is finished by sending it again: each is merged once, into the same survivor, however that was chosen.
func TestAMergeOfManyThatStoppedIsFinishedByItsRerun(t *testing.T) {
	t.Parallel()
	for steps := 1; ; steps++ {
		l := newLab(t, schedule.NewMemory())
		tr, err := l.prepare(universe{profiles: []string{"A", "B", "C", "D"}})
		require.NoError(t, err)
		wish := people.Wish{Op: "once", From: []string{tr.id("A"), tr.id("B"), tr.id("C"), tr.id("D")}, Into: people.Auto}
		first := &schedule.Round{Processes: 1, Start: func(int) *schedule.Process {
			return l.slots[0].gate.Start(func() error {
				_, err := l.slots[0].people.Merge(context.Background(), wish)
				return err
			})
		}}
		require.NoError(t, first.Leave([]schedule.Stop{{Steps: steps}}))
		made, err := l.people.Merge(t.Context(), wish)
		require.NoError(t, err, "stopped after %d calls", steps)
		require.Len(t, made, 3)
		person, err := l.people.Person(t.Context(), tr.id("D"))
		require.NoError(t, err)
		require.Len(t, person.Profiles, 4)
		stored, err := tr.stored()
		require.NoError(t, err)
		require.Len(t, stored.log, 3, "stopped after %d calls", steps)
		if first.Finished() {
			require.Greater(t, steps, 50)
			return
		}
	}
}

// A merge writes two documents, whatever the size of trees and histories, and so do the others; run again they write nothing, and so does a refusal.
func TestADecisionWritesTwoDocuments(t *testing.T) {
	t.Parallel()
	eachDriver(t, func(t *testing.T, driver store.Driver, _ int) {
		c := &counted{Driver: driver}
		l := newLab(t, c)
		tr, err := l.prepare(universe{profiles: three})
		require.NoError(t, err)
		at := slot{l.seat, l.db, l.people}
		for _, step := range []struct {
			name   string
			o      operation
			answer string
			writes int64
		}{
			{"0", merge("A", "B"), "ok", 2},
			{"0", merge("A", "B"), "ok", 0},
			{"1", merge("A", "B"), "already_merged", 0},
			{"2", merge("B", "C"), "ok", 2},
			{"3", undo("0"), "ok", 2},
			{"4", apart("A", "B"), "ok", 2},
			{"5", merge("A", "C"), "merge_contradicts_decision", 0},
		} {
			before := c.writes.Load()
			answer, err := tr.do(at, step.name, step.o)
			require.NoError(t, err)
			require.Equal(t, step.answer, answer, step.o)
			require.Equal(t, step.writes, c.writes.Load()-before, step.o)
		}
	})
}

// counted counts what is written.
type counted struct {
	store.Driver
	writes atomic.Int64
}

func (c *counted) Insert(ctx context.Context, s *store.Schema, doc contact.Stored) error {
	c.writes.Add(1)
	return c.Driver.Insert(ctx, s, doc)
}

func (c *counted) Swap(ctx context.Context, s *store.Schema, doc contact.Stored, old int64) error {
	c.writes.Add(1)
	return c.Driver.Swap(ctx, s, doc, old)
}
